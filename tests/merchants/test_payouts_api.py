"""Paying a store out, by the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from merchants.destinations import read_iban
from merchants.models import PayoutDestination, Store
from merchants.operations import add_destination, pay_store
from payments.models import Wallet
from payments.money import Money
from tests.factories import open_wallet_for
from tests.mailbox import Mailbox
from tests.proving import confirmed

type Api = Callable[[User], APIClient]

pytestmark = pytest.mark.django_db(transaction=True)

IBAN = "PT50000201231234567890154"


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=10_000_000)


def earn(store: Store, wallet: Wallet, minor: int) -> None:
    assert wallet.user
    amount, now = Money(minor, "EUR"), timezone.now()
    pay_store(store=store, amount=amount, payer_wallet=wallet, actor=wallet.user, key=None, now=now)


@pytest.fixture
def store(greengrocer: Store, wallet: Wallet) -> Store:
    earn(greengrocer, wallet, 10_000)
    return greengrocer


def bank(store: Store) -> PayoutDestination:
    owner = store.members.get(role="owner").user
    return add_destination(store=store, place=read_iban(IBAN, "Olivia Prado"), actor=owner, now=timezone.now())


def test_adding_a_place_is_confirmed_and_told(store: Store, olivia: User, api_for: Api, mailbox: Mailbox) -> None:
    api, address = api_for(olivia), f"/api/stores/{store.pk}/destinations"
    body = {"kind": "iban", "iban": IBAN, "holder": "Olivia Prado"}
    made = confirmed(api, lambda: api.post(address, body))
    assert (made.status_code, made.json()["hint"], made.json()["type"]) == (201, "PT••• 0154", "bank")
    assert "Olivia's Greens can be paid out to another place" in [mail.subject for mail in mailbox()]
    assert api.post(address, {**body, "holder": "Mallory"}).json()["code"] == "step_up_required"
    assert [row["id"] for row in api.get(address).json()["results"]] == [made.json()["id"]]
    assert api.delete(f"{address}/{made.json()['id']}").status_code == 204
    assert api.get(address).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "iban", "iban": IBAN[:-1] + "5", "holder": "Olivia"}, "bad_destination"),
        ({"kind": "iban", "iban": IBAN}, "invalid_input"),
        ({"kind": "iban", "iban": IBAN, "holder": "O", "key": "x"}, "invalid_input"),
        ({"kind": "gold"}, "invalid_input"),
        ({"kind": "pix", "key_type": "cpf", "key": "390.533.447-05"}, "payouts_unavailable"),
        ({"kind": "wallet", "address": "abcdefgh2345"}, "no_such_wallet"),
    ],
)
def test_the_api_refuses_wrong_places(body: dict[str, str], code: str, store: Store, olivia: User, api_for: Api) -> None:
    assert api_for(olivia).post(f"/api/stores/{store.pk}/destinations", body).json()["code"] == code


def test_the_api_asks_approves_and_cancels(store: Store, wallet: Wallet, olivia: User, amara: User, api_for: Api) -> None:
    earn(store, wallet, 1_000_000)
    owner, approver, address = api_for(olivia), api_for(amara), f"/api/stores/{store.pk}/payouts"
    place = bank(store)

    def ask_for(amount: str, key: str) -> Any:  # an answer
        body = {"amount": amount, "asset": "EUR", "destination": str(place.pk)}
        return owner.post(address, body, headers={"Idempotency-Key": key})

    made = confirmed(owner, lambda: ask_for("5000.00", "payout-one"))
    assert (made.status_code, made.json()["status"], made.json()["fee"]) == (201, "pending", "10.00")
    assert ask_for("5000.00", "payout-one").json() == made.json()
    payout = f"{address}/{made.json()['id']}"
    assert owner.post(f"{payout}/approvals", {"revision": 1}).json()["code"] == "own_approval"
    assert approver.post(f"{payout}/approvals", {"revision": 2}).json()["code"] == "payout_changed"
    approved = confirmed(approver, lambda: approver.post(f"{payout}/approvals", {"revision": 1}))
    assert (approved.status_code, approved.json()["needs_approval"]) == (201, True)
    small = ask_for("1.00", "payout-two").json()
    assert owner.post(f"{address}/{small['id']}/cancellations").json()["error_code"] == "cancelled"
    assert [row["amount"] for row in owner.get(address).json()["results"]] == ["1.00", "5000.00"]
