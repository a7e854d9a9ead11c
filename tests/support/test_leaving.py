"""What support does for people who ask for their data or to close their account (R46, R47)."""

import io
import json
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Closure, User
from audit.models import AuditEntry
from support.models import Agent
from tests.factories import PASSWORD, UserFactory, open_wallet_for
from tests.mailbox import Mailbox
from tests.unchanged import nothing_changes

ADMIN, AGENT = settings.ADMIN_ALLOWED_HOSTS[0], settings.AGENT_ALLOWED_HOSTS[0]
ASKED = {"reason": "Asked by letter, case 77", "_form_submitted": "True"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory.create(name="Ada", email="ada@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def agent(db: None) -> User:
    person: User = UserFactory.create(name="Gus", email="gus@example.com", is_staff=True)
    Agent.objects.create(user=person, username="gus", full_name="Gus", email="gus@example.com")
    return person


def at_console(person: User, host: str) -> Client:
    client = Client(headers={"host": host})
    client.post("/login/", {"username": person.email, "password": PASSWORD})
    return client


def test_saves_a_customers_data_with_a_reason_and_tells_them(admin: User, alice: User, mailbox: Mailbox) -> None:
    client = at_console(admin, ADMIN)
    page = f"/accounts/user/{alice.pk}/take_data/"
    assert b"Everything Florin knows about Alice Moreau" in client.get(page).content
    with nothing_changes("django_session"):
        assert client.post(page, {"reason": ""}).status_code == 200  # the form again

    answer = client.post(page, ASKED)

    archive = ZipFile(io.BytesIO(answer.getvalue()))
    assert json.loads(archive.read("tables/accounts.user.json"))[0]["email"] == "alice@example.com"
    entry = AuditEntry.objects.get(action="user.data_taken")
    assert (entry.actor, entry.customer, entry.metadata) == (admin, alice, {"reason": ASKED["reason"]})
    told = [mail.subject for mail in mailbox() if mail.to == ["alice@example.com"]]
    assert told == ["Your data was saved to a file"]


def test_closes_a_customers_account_with_a_reason(admin: User, alice: User) -> None:
    open_wallet_for(alice)
    answer = at_console(admin, ADMIN).post(f"/accounts/user/{alice.pk}/close/", ASKED, follow=True)
    assert b"The account is closed." in answer.content
    assert b"Alice" not in answer.content
    assert Closure.objects.get(user=alice).closed_by == admin
    entry = AuditEntry.objects.get(action="user.closed")
    assert (entry.actor, entry.metadata["reason"]) == (admin, ASKED["reason"])


def test_says_what_stands_in_the_way(admin: User, alice: User) -> None:
    open_wallet_for(alice, minor=100)
    answer = at_console(admin, ADMIN).post(f"/accounts/user/{alice.pk}/close/", ASKED, follow=True)
    assert b"There is still money in a wallet." in answer.content
    assert not Closure.objects.exists()


def test_does_neither_for_an_account_that_is_closed_nor_closes_staffs(admin: User, agent: User, alice: User) -> None:
    client = at_console(admin, ADMIN)
    client.post(f"/accounts/user/{alice.pk}/close/", ASKED)
    with nothing_changes("django_session"):
        for person, act in ((alice, "take_data"), (alice, "close"), (agent, "close"), (admin, "close")):
            assert client.post(f"/accounts/user/{person.pk}/{act}/", ASKED).status_code == 403


@pytest.mark.parametrize("act", ["take_data", "close"])
def test_agents_can_not(agent: User, alice: User, act: str) -> None:
    client = at_console(agent, AGENT)
    with nothing_changes("django_session"):
        assert client.post(f"/accounts/user/{alice.pk}/{act}/", ASKED).status_code in {302, 404}
