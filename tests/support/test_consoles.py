"""The consoles: who gets in, what is found, what can't be touched."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit import trail
from audit.models import AuditEntry
from payments.models import Posting, Transaction, Wallet
from payments.money import Money
from payments.operations import complete_deposit, open_wallet, start_deposit, transfer
from support.models import Agent
from tests.factories import PASSWORD, UserFactory
from tests.payments.pages.reading import words

type SignIn = Callable[[User, str], Client]

AGENT, ADMIN = "agent.localhost", "admin.localhost"


@pytest.fixture
def agent(db: None) -> User:
    person: User = UserFactory.create(email="agent@example.com", name="Gil Agent", is_staff=True)
    Agent.objects.create(user=person, username="gil", full_name="Gil Agent", email="agent@example.com")
    return person


@pytest.fixture
def payment(alice: User, bruno: User) -> Transaction:
    now = timezone.now()
    payer = open_wallet(user=alice, asset="EUR", name="Main", actor=alice, now=now)
    payee = open_wallet(user=bruno, asset="EUR", name="Main", actor=bruno, now=now)
    deposit = start_deposit(
        wallet=payer, amount=Money(10_000, "EUR"), provider="sandbox", source="x", actor=alice, key=None, now=now
    )
    complete_deposit(deposit=deposit, provider_reference="x", now=now)
    return transfer(payer=payer, payee=payee, amount=Money(2_500, "EUR"), actor=alice, key=None, now=now)


LISTS = [
    "accounts/user", "payments/wallet", "payments/transaction", "payments/posting", "payments/conversionquote",
    "merchants/store", "merchants/charge", "audit/auditentry", "audit/synclog",
]  # fmt: skip


@pytest.mark.parametrize("host", [AGENT, ADMIN])
@pytest.mark.parametrize("page", LISTS)
def test_shows_every_list_to_its_staff(
    page: str, host: str, agent: User, admin: User, payment: Transaction, console: SignIn
) -> None:
    client = console(agent if host == AGENT else admin, host)

    assert client.get(f"/{page}/").status_code == 200


def test_keeps_agents_out_of_the_admin_console(agent: User) -> None:
    client = Client(headers={"host": ADMIN})
    client.post("/login/", {"username": agent.email, "password": PASSWORD})

    assert client.get("/accounts/user/").status_code == 302
    assert client.get("/accounts/user/").headers["Location"].startswith("/login/")


def test_keeps_admins_who_are_no_agents_out_of_the_agent_console(admin: User) -> None:
    client = Client(headers={"host": AGENT})
    client.post("/login/", {"username": admin.email, "password": PASSWORD})

    assert client.get("/accounts/user/").headers["Location"].startswith("/login/")


@pytest.mark.parametrize("host", [AGENT, ADMIN])
def test_keeps_customers_out(host: str, alice: User) -> None:
    client = Client(headers={"host": host})
    answer = client.post("/login/", {"username": alice.email, "password": PASSWORD})

    assert answer.status_code == 200  # the form again
    assert client.get("/").headers["Location"].startswith("/login/")


def test_ends_a_dismissed_agents_access_with_the_next_request(agent: User, console: SignIn) -> None:
    client = console(agent, AGENT)
    Agent.objects.update(is_active=False)

    assert client.get("/accounts/user/").headers["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("page", "sought"),
    [
        ("accounts/user", "alice"),
        ("accounts/user", "{alice.email}"),
        ("accounts/user", "{alice.pk}"),
        ("payments/transaction", "{payment.pk}"),
        ("payments/transaction", "{payment.confirmation_code}"),
        ("payments/transaction", "{alice.email}"),
        ("payments/wallet", "{payment.payer_wallet.address}"),
        ("payments/wallet", "{alice.email}"),
        ("payments/posting", "{payment.pk}"),
        ("audit/auditentry", "transfer.completed"),
        ("audit/auditentry", "{payment.pk}"),
    ],
)
def test_finds_what_staff_have_in_hand(
    page: str, sought: str, admin: User, alice: User, payment: Transaction, console: SignIn
) -> None:
    client = console(admin, ADMIN)

    found = client.get(f"/{page}/", {"q": sought.format(alice=alice, payment=payment)})

    assert found.status_code == 200
    assert found.context["cl"].result_count > 0
    assert client.get(f"/{page}/", {"q": "nobody at all"}).context["cl"].result_count == 0


@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("host", [AGENT, ADMIN])
def test_refuses_to_change_or_delete_what_only_operations_write(
    page: str, host: str, agent: User, admin: User, payment: Transaction, console: SignIn
) -> None:
    client = console(agent if host == AGENT else admin, host)
    rows: dict[str, Any] = {
        "accounts/user": User,
        "payments/wallet": Wallet,
        "payments/transaction": Transaction,
        "payments/posting": Posting,
    }
    row = rows.get(page, AuditEntry).objects.first()

    assert client.post(f"/{page}/{row.pk}/change/", {"name": "x"}).status_code in {403, 302}
    assert client.post(f"/{page}/{row.pk}/delete/", {"post": "yes"}).status_code in {403, 302}
    assert client.get(f"/{page}/add/").status_code == 403
    assert rows.get(page, AuditEntry).objects.filter(pk=row.pk).exists()


def test_leaves_changing_a_password_to_the_portal(agent: User, console: SignIn) -> None:
    client = console(agent, AGENT)
    before = agent.password
    new = {
        "old_password": PASSWORD,
        "new_password1": "kestrel orbit moss lantern",
        "new_password2": "kestrel orbit moss lantern",
    }

    answer = client.post("/password_change/", new)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"{settings.PORTAL_ORIGIN}/profile/password/")
    agent.refresh_from_db()
    assert agent.password == before


def test_leaves_an_entry_for_every_look_at_a_customer(agent: User, alice: User, payment: Transaction, console: SignIn) -> None:
    client = console(agent, AGENT)

    page = client.get(f"/accounts/user/{alice.pk}/change/")

    assert page.status_code == 200
    assert payment.confirmation_code in page.content.decode()
    entry = AuditEntry.objects.get(action="user.viewed")
    assert (entry.actor, entry.customer) == (agent, alice)


@pytest.mark.parametrize("host", [AGENT, ADMIN])
def test_sums_up_what_a_customer_does(
    host: str, agent: User, admin: User, alice: User, payment: Transaction, console: SignIn
) -> None:
    trail.record("user.profile_changed", actor=alice, resource=alice, customer_id=alice.pk, now=timezone.now())
    client = console(agent if host == AGENT else admin, host)

    with CaptureQueriesContext(connection) as asked:
        page = words(client.get(f"/accounts/user/{alice.pk}/change/"))

    assert re.search(r"Actions:? 4 In the last seven days:? 4", page), page  # opened, topped up, sent, renamed
    assert len([query for query in asked.captured_queries if "mode() within group" in query["sql"]]) == 1


def test_freezes_a_wallet_with_a_reason(admin: User, payment: Transaction, console: SignIn) -> None:
    client = console(admin, ADMIN)
    address = f"/payments/wallet/{payment.payer_wallet_id}/freeze/"

    client.post(address, {"reason": "", "_form_submitted": "True"})
    assert Wallet.objects.get(pk=payment.payer_wallet_id).status == "active"

    client.post(address, {"reason": "Reported stolen", "_form_submitted": "True"})
    assert Wallet.objects.get(pk=payment.payer_wallet_id).status == "frozen"
    entry = AuditEntry.objects.get(action="wallet.frozen")
    assert (entry.actor, entry.metadata) == (admin, {"reason": "Reported stolen"})


def test_offers_agents_no_button_that_changes_anything(agent: User, payment: Transaction, console: SignIn) -> None:
    client = console(agent, AGENT)

    answer = client.post(
        f"/payments/wallet/{payment.payer_wallet_id}/freeze/", {"reason": "Because", "_form_submitted": "True"}
    )

    assert answer.status_code in {302, 403, 404}
    assert Wallet.objects.get(pk=payment.payer_wallet_id).status == "active"


def test_suspends_and_reinstates_a_customer(admin: User, alice: User, console: SignIn) -> None:
    client = console(admin, ADMIN)

    client.post(f"/accounts/user/{alice.pk}/suspend/", {"reason": "Fraud case 12", "_form_submitted": "True"})
    alice.refresh_from_db()
    assert alice.status == User.Status.SUSPENDED

    client.post(f"/accounts/user/{alice.pk}/reinstate/", {"reason": "Cleared", "_form_submitted": "True"})
    alice.refresh_from_db()
    assert alice.status == User.Status.ACTIVE


def test_makes_an_agent_of_an_account(admin: User, bruno: User, console: SignIn) -> None:
    client = console(admin, ADMIN)

    answer = client.post("/support/agent/add/", {"email": bruno.email, "username": "bru", "full_name": "Bruno B", "phone": ""})

    assert answer.status_code == 302, answer.content.decode()
    bruno.refresh_from_db()
    assert bruno.is_staff
    assert Agent.objects.get(user=bruno).is_active
