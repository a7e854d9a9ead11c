"""Registering with one's identity (the BILLS payload): staged until the address is proven, for nobody else."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session as DjangoSession
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import IdentityProfile, Session, User
from audit.models import AuditEntry
from config.sessions import SessionStore
from tests.factories import PASSWORD
from tests.mailbox import Mailbox, code_in, wrong
from tests.people import CANARIES, DETAILS, PAYLOAD
from tests.unchanged import nothing_changes

NORA = {"email": "nora@example.com", "password": PASSWORD, **PAYLOAD}
BILLS = ["first_name", "last_name", "phone", "date_of_birth", "ssn_last4", "address_line1", "address_line2", "city", "state",
         "postal_code"]  # fmt: skip


@pytest.fixture
def api() -> APIClient:
    """A client that nobody is signed in with."""
    return APIClient()


def staged() -> list[dict[str, Any]]:
    """What the sessions of the database hold, opened."""
    return [SessionStore(key).load() for key in DjangoSession.objects.values_list("session_key", flat=True)]


def register(api: APIClient, **change: Any) -> str:
    answer = api.post("/api/auth/register", {**NORA, **change})
    assert answer.status_code == 202, answer.content
    return answer.json()["session_token"]


def test_takes_every_field_of_the_bills_system(api: APIClient) -> None:
    schema = api.get("/api/schema/?format=json").json()
    asked = schema["components"]["schemas"]["RegisterInputRequest"]
    assert set(BILLS) <= set(asked["properties"])
    assert asked["required"] == ["email"]  # whoever gives no password will have a passkey


def test_puts_the_identity_up_for_review_with_the_proof_of_the_address(api: APIClient, mailbox: Mailbox, db: None) -> None:
    token = register(api)
    assert not IdentityProfile.objects.exists()

    verified = api.post("/api/auth/verify", {"session_token": token, "code": code_in(mailbox()[0])})

    assert verified.status_code == 200
    identity = IdentityProfile.objects.get()
    assert (identity.user.email, identity.kyc_status) == ("nora@example.com", "pending")
    assert {name: str(getattr(identity, name)) for name in CANARIES} == CANARIES
    assert (identity.user.name, identity.user.phone) == ("Alice Moreau", None)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "user.signed_up", "user.email_verified", "identity.submitted", "user.signed_in",
    ]  # fmt: skip
    assert not any(canary in json.dumps(staged()) for canary in CANARIES.values())
    session = Session.objects.get(user=identity.user)
    left = DjangoSession.objects.get(session_key=session.session_key).expire_date - timezone.now()
    assert left.days >= 13  # as long as any other


def test_keeps_a_name_that_was_given(api: APIClient, db: None) -> None:
    register(api, name="Nora")
    assert User.objects.get().name == "Nora"


def test_an_account_that_is_never_proven_gets_nothing(api: APIClient, mailbox: Mailbox, db: None) -> None:
    token = register(api)
    refused = api.post("/api/auth/verify", {"session_token": token, "code": wrong(code_in(mailbox()[0]))})

    assert refused.status_code == 400
    assert not IdentityProfile.objects.exists()


def test_what_was_staged_rests_sealed_and_not_for_long(api: APIClient, db: None) -> None:
    register(api)
    session = DjangoSession.objects.get()

    assert CANARIES["ssn_last4"] in json.dumps(staged())
    assert not any(canary in session.session_data for canary in CANARIES.values())
    assert (session.expire_date - timezone.now()).total_seconds() <= 3600
    with time_machine.travel(session.expire_date + dt.timedelta(seconds=1)):
        SessionStore.clear_expired()
        assert staged() == []


def test_an_address_that_has_an_account_gets_the_same_answer_and_nothing_is_kept(
    api: APIClient, alice: User, mailbox: Mailbox
) -> None:
    known = api.post("/api/auth/register", {**NORA, "email": alice.email})
    unknown = api.post("/api/auth/register", NORA)

    assert (known.status_code, set(known.json())) == (unknown.status_code, set(unknown.json()))
    assert known.json()["expires_in"] == unknown.json()["expires_in"]
    kept = SessionStore(known.json()["session_token"]).load()
    assert not any(value in json.dumps(kept) for value in [*CANARIES.values(), DETAILS.first_name, DETAILS.city])
    assert not IdentityProfile.objects.exists()
    User.objects.get(pk=alice.pk, name="Alice Moreau", phone=None)
    assert len(mailbox()) == 2


def test_what_one_sign_up_staged_does_not_reach_another_account(api: APIClient, mailbox: Mailbox, db: None) -> None:
    """Mallory signs up with nora's address and her own details; nora, who signs up later, gets only hers."""
    register(api, last_name="Mallory")
    later = APIClient()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        token = register(later, last_name="Lind", email="nora2@example.com")
        code = code_in(mailbox()[-1])
        assert later.post("/api/auth/verify", {"session_token": token, "code": code}).status_code == 200

    assert [each.last_name for each in IdentityProfile.objects.all()] == ["Lind"]


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"date_of_birth": "2015-01-01"}, {"#/date_of_birth"}),
        ({"postal_code": "1"}, {"#/postal_code"}),
        ({"country": "XX"}, {"#/country"}),
        ({"customer_number": "CUS-2026-000001"}, {"#/customer_number"}),
    ],
)
@pytest.mark.parametrize("address", ["nora@example.com", "alice@example.com"])
def test_refuses_bad_details_before_it_looks_at_the_address(
    api: APIClient, alice: User, address: str, change: dict[str, str], pointers: set[str]
) -> None:
    with nothing_changes():
        answer = api.post("/api/auth/register", {**NORA, "email": address, **change})

    assert answer.status_code == 400
    assert {each["pointer"] for each in answer.json()["errors"]} == pointers


def test_takes_an_identity_whole_or_not_at_all(api: APIClient, db: None) -> None:
    with nothing_changes():
        answer = api.post("/api/auth/register", {"email": "n@example.com", "password": PASSWORD, "last_name": "Lind"})

    missing = {"#/first_name", "#/date_of_birth", "#/address_line1", "#/country"}
    assert {each["pointer"] for each in answer.json()["errors"]} == missing
