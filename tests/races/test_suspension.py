"""Somebody is suspended while they come in, or pay: whoever comes first, nothing of theirs goes on afterwards."""

import os
import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.operations import suspend_user
from accounts.sessions import living_sessions
from payments.models import Transaction, Wallet
from payments.verification import faults
from tests import doors
from tests.factories import PASSWORD, UserFactory, open_wallet_for
from tests.threads import together

ROUNDS = 40 if os.environ.get("FLORIN_LONG") else 8

pytestmark = pytest.mark.django_db(transaction=True)


def suspend(person: User) -> object:
    return suspend_user(user=User.objects.get(pk=person.pk), actor=None, reason="a stolen card", now=timezone.now())


def test_leaves_no_session_of_somebody_who_was_just_coming_in() -> None:
    for number in range(ROUNDS):
        person = UserFactory.create(email=f"ada{number}@example.com")
        form = {"login": person.email, "password": PASSWORD}
        body = {"email": person.email, "password": PASSWORD}
        token = doors.open_tokens(person).refresh_token
        calls: list[Callable[[], object]] = [
            partial(suspend, person),
            partial(Client().post, "/signin/", form),
            partial(APIClient().post, "/api/auth/login", body),
            partial(APIClient().post, "/api/auth/refresh", {"refresh_token": token}),
        ]
        answers = together(calls)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert not living_sessions(person, now=timezone.now()).exists()


def test_lets_no_payment_begin_once_it_is_answered() -> None:
    payee = open_wallet_for(UserFactory.create())
    for _round in range(ROUNDS):
        payer = UserFactory.create()
        wallet = open_wallet_for(payer, minor=10_000)
        api = doors.api_client(payer)
        body = {"wallet": wallet.pk, "payee": {"address": payee.address}, "amount": "1.00", "asset": "EUR"}

        def pay(api: APIClient = api, body: dict[str, object] = body) -> int:
            key = {"Idempotency-Key": str(uuid.uuid4())}
            return int(api.post("/api/transfers", body, headers=key).status_code)

        calls: list[Callable[[], object]] = [partial(suspend, payer), *[pay] * 4]
        statuses = together(calls)[1:]
        paid = Transaction.objects.filter(payer_wallet=wallet).count()
        assert statuses.count(201) == paid
        assert {201, 401} >= set(statuses)
        assert Wallet.objects.get(pk=wallet.pk).balance == 10_000 - 100 * paid
        assert (pay(), Transaction.objects.filter(payer_wallet=wallet).count()) == (401, paid)
    assert list(faults()) == []
