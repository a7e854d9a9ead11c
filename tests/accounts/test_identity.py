"""Saying who one is by law, in the portal and by API: hidden afterwards, from its own person too."""

import datetime as dt
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import IdentityProfile, User
from accounts.operations import approve_identity, reject_identity
from audit.models import AuditEntry
from tests import doors
from tests.factories import UserFactory
from tests.mailbox import Mailbox
from tests.people import CANARIES, PAYLOAD, identify
from tests.unchanged import nothing_changes

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
Browser = Callable[[User], Client]
Api = Callable[[User], APIClient]


@pytest.fixture
def ada(db: None) -> User:
    """An admin."""
    return UserFactory.create(name="Ada Admin", email="ada@example.com", is_staff=True, is_superuser=True)


def approved(user: User, ada: User) -> IdentityProfile:
    identity = identify(user)
    return approve_identity(identity=identity, submitted_at=identity.submitted_at, actor=ada, now=NOW)


def rejected(user: User, ada: User, reason: str = "The street has no such number.") -> IdentityProfile:
    identity = identify(user)
    return reject_identity(
        identity=identity, submitted_at=identity.submitted_at, grounds="address", reason=reason, actor=ada, now=NOW
    )


# --- by API ---


def test_says_that_nothing_was_sent(alice: User, api_for: Api) -> None:
    answer = api_for(alice).get("/api/identity").json()

    assert answer.pop("kyc_status") == "none"
    assert set(answer.values()) == {None}


def test_takes_an_identity_and_hides_it(alice: User, api_for: Api) -> None:
    api = api_for(alice)
    sent = api.put("/api/identity", PAYLOAD)

    assert sent.status_code == 200
    assert sent.json() == api.get("/api/identity").json()
    assert sent.json() | {"submitted_at": ""} == {
        "kyc_status": "pending", "customer_number": None, "first_name": "Alice", "last_name": "Moreau",
        "date_of_birth": "1987-••-••", "ssn_last4": "••••", "address_line1": "••••••", "address_line2": "••••••",
        "city": "Oakland", "state": "CA", "postal_code": "94607", "country": "US", "phone": "••••••32",
        "submitted_at": "", "reviewed_at": None, "grounds": "", "reason": "",
    }  # fmt: skip
    stored = IdentityProfile.objects.get(user=alice)
    assert {name: str(getattr(stored, name)) for name in CANARIES} == CANARIES


def test_sending_it_again_replaces_it(alice: User, api_for: Api) -> None:
    api = api_for(alice)
    api.put("/api/identity", PAYLOAD)
    without = {name: value for name, value in PAYLOAD.items() if name not in {"address_line2", "phone", "ssn_last4"}}

    assert api.put("/api/identity", without).json()["ssn_last4"] is None
    assert IdentityProfile.objects.get().phone is None


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"date_of_birth": "2015-01-01"}, "#/date_of_birth", "too_young"),
        ({"date_of_birth": "29/03/1987"}, "#/date_of_birth", "invalid"),
        ({"date_of_birth": None}, "#/date_of_birth", "null"),
        ({"country": "Portugal"}, "#/country", "max_length"),
        ({"country": "PT"}, "#/postal_code", "invalid_postal_code"),
        ({"postal_code": "1"}, "#/postal_code", "invalid_postal_code"),
        ({"ssn_last4": "12345"}, "#/ssn_last4", "max_length"),
        ({"first_name": ""}, "#/first_name", "blank"),
        ({"first_name": "x" * 61}, "#/first_name", "max_length"),
        ({"kyc_status": "approved"}, "#/kyc_status", "unknown_field"),
        ({"customer_number": "CUS-2026-000001"}, "#/customer_number", "unknown_field"),
        ({"user": "018f"}, "#/user", "unknown_field"),
    ],
)
def test_refuses_bad_input(alice: User, api_for: Api, change: dict[str, Any], pointer: str, code: str) -> None:
    api = api_for(alice)
    with nothing_changes():
        answer = api.put("/api/identity", {**PAYLOAD, **change})

    assert answer.status_code == 400
    assert {"pointer": pointer, "code": code} in [
        {"pointer": each["pointer"], "code": each["code"]} for each in answer.json()["errors"]
    ]
    assert not any(canary in answer.content.decode() for canary in CANARIES.values())


@pytest.mark.parametrize("missing", ["first_name", "last_name", "date_of_birth", "address_line1", "country"])
def test_demands_what_a_review_needs(alice: User, api_for: Api, missing: str) -> None:
    api = api_for(alice)
    with nothing_changes():
        answer = api.put("/api/identity", {name: value for name, value in PAYLOAD.items() if name != missing})

    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [(f"#/{missing}", "required")]


@pytest.mark.django_db(transaction=True)  # the refusal must undo a whole transaction, not the test's
def test_refuses_to_change_what_was_verified(alice: User, ada: User, api_for: Api) -> None:
    approved(alice, ada)
    api = api_for(alice)
    with nothing_changes():
        answer = api.put("/api/identity", PAYLOAD)

    assert (answer.status_code, answer.json()["code"], answer.json()["money_moved"]) == (409, "identity_approved", False)
    assert api.get("/api/identity").json()["customer_number"] == "CUS-2026-000001"
    assert api.get("/api/me").json()["customer_number"] == "CUS-2026-000001"


def test_shows_each_person_only_their_own(alice: User, mallory: User, api_for: Api) -> None:
    identify(alice)

    assert api_for(mallory).get("/api/identity").json()["kyc_status"] == "none"
    with nothing_changes():
        assert APIClient().put("/api/identity", PAYLOAD).status_code == 401


# --- in the portal ---


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/profile/identity/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_asks_explains_and_sends(alice: User, client_for: Browser) -> None:
    browser = client_for(alice)
    assert "The law asks us" in page(browser)

    sent = browser.post("/profile/identity/", PAYLOAD)

    assert (sent.status_code, sent.headers["Location"]) == (302, "/profile/identity/")
    after = page(browser)
    assert "We are looking at it" in after
    assert "1987-••-••" in after
    assert 'name="ssn_last4"' not in after
    assert IdentityProfile.objects.get(user=alice).address_line1 == CANARIES["address_line1"]
    assert "In review" in browser.get("/profile/").content.decode()


def test_lets_a_waiting_person_send_something_else(alice: User, client_for: Browser) -> None:
    identify(alice)
    form = page(client_for(alice), "?change")

    assert 'value="Oakland"' in form
    assert not any(canary in form for canary in CANARIES.values())


def test_says_why_it_was_rejected_and_asks_again(alice: User, ada: User, client_for: Browser) -> None:
    rejected(alice, ada)
    browser = client_for(alice)
    shown = page(browser)

    assert "The address could not be confirmed." in shown
    assert "The street has no such number." in shown
    assert 'value="Oakland"' in shown
    assert not any(canary in shown for canary in CANARIES.values())
    browser.post("/profile/identity/", PAYLOAD)
    assert IdentityProfile.objects.get().kyc_status == "pending"


@pytest.mark.django_db(transaction=True)  # the refusal must undo a whole transaction, not the test's
def test_shows_the_customer_number_and_no_form_when_verified(alice: User, ada: User, client_for: Browser) -> None:
    approved(alice, ada)
    browser = client_for(alice)

    assert "CUS-2026-000001" in page(browser, "?change")
    assert "<form" not in page(browser, "?change").partition("<main")[2].partition("</main>")[0]
    with nothing_changes("django_session"):
        assert browser.post("/profile/identity/", PAYLOAD).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"date_of_birth": "2015-01-01"}, "date_of_birth"),
        ({"date_of_birth": ""}, "date_of_birth"),
        ({"country": "XX"}, "country"),
        ({"postal_code": ""}, "postal_code"),
        ({"country": "PT", "postal_code": "1200-161"}, "ssn_last4"),
        ({"last_name": ""}, "last_name"),
    ],
)
def test_the_form_refuses_bad_input(alice: User, client_for: Browser, change: dict[str, str], field: str) -> None:
    browser = client_for(alice)
    with nothing_changes("django_session"):
        answer = browser.post("/profile/identity/", {**PAYLOAD, **change})
    assert list(answer.context["form"].errors) == [field]


def test_takes_a_portuguese_form(bruno: User, client_for: Browser) -> None:
    """In another language the date is the same text, because it is the browser's own field."""
    sent = {
        **PAYLOAD,
        "country": "BR",
        "state": "SP",
        "city": "São Paulo",
        "postal_code": "01310-100",
        "ssn_last4": "",
        "phone": "",
    }
    assert client_for(bruno).post("/profile/identity/", sent).status_code == 302
    assert str(IdentityProfile.objects.get(user=bruno).date_of_birth) == CANARIES["date_of_birth"]


# --- telling ---


def test_mails_the_decision(alice: User, ada: User, mailbox: Mailbox) -> None:
    rejected(alice, ada)
    approved(alice, ada)

    no, yes = mailbox()
    assert (no.to, no.subject) == (["alice@example.com"], "Your identity could not be confirmed")
    assert "The street has no such number." in str(no.body)
    assert yes.subject == "Your identity is verified"
    assert "CUS-2026-000001" in str(yes.body)
    assert re.search(r"http://localhost:\d+/profile/identity/", str(yes.body))
    for message in (no, yes):
        whole = str(message.body) + str(message.alternatives)
        assert not any(canary in whole for canary in CANARIES.values())


def test_mails_nobody_without_a_proven_address(ada: User, mailbox: Mailbox) -> None:
    approved(UserFactory.create(email=None, phone="+351912345678"), ada)

    assert mailbox() == []


# --- nothing leaks ---


def test_leaves_values_nowhere_else(
    alice: User, ada: User, api_for: Api, client_for: Browser, caplog: pytest.LogCaptureFixture, mailbox: Mailbox
) -> None:
    """A canary in every encrypted field: not in any other row of the database, any log line or any answer (R35's way)."""
    caplog.set_level(logging.DEBUG)
    answers = [
        api_for(alice).put("/api/identity", PAYLOAD),
        api_for(alice).put("/api/identity", {**PAYLOAD, "country": "PT"}),
        api_for(alice).get("/api/identity"),
        client_for(alice).get("/profile/identity/"),
        client_for(alice).post("/profile/identity/", PAYLOAD),
    ]
    rejected(alice, ada)
    approved(alice, ada)
    mailbox()

    assert [answer.status_code for answer in answers] == [200, 400, 200, 200, 302]
    seen = "".join(answer.getvalue().decode() for answer in answers) + caplog.text + database_text()
    assert [name for name, canary in CANARIES.items() if stands_in(seen, canary)] == []
    assert AuditEntry.objects.filter(resource_type="accounts.identityprofile").count() >= 6


def test_an_error_page_shows_no_value(alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A bug in the middle of it: the answer and the log name what broke and not what was sent."""
    monkeypatch.setattr("accounts.api.identity.submit_identity", lambda **_given: 1 / 0)
    api = doors.api_client(alice)
    api.raise_request_exception = False

    answer = api.put("/api/identity", PAYLOAD)

    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert "ZeroDivisionError" in caplog.text
    assert not any(canary in answer.content.decode() + caplog.text for canary in CANARIES.values())


def stands_in(text: str, canary: str) -> bool:
    """Whether it is there by itself: four digits may well be part of an id, a hash or a time."""
    return re.search(rf"(?<![\w.-]){re.escape(canary)}(?![\w-])", text) is not None


def database_text() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname from pg_class"
            " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition"
        )
        tables = [name for (name,) in cursor.fetchall()]
        text = []
        for table in tables:
            cursor.execute(f'select t::text from "{table}" t')
            text += [row for (row,) in cursor.fetchall()]
    return "\n".join(text)
