"""The review queue of the admin console: who may look, what they see, what a decision is about."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import IdentityProfile, User
from accounts.operations import reject_identity
from audit.models import AuditEntry
from support.models import Agent
from tests.factories import UserFactory
from tests.people import CANARIES, identify
from tests.unchanged import nothing_changes

AGENT, ADMIN = "agent.localhost", "admin.localhost"
SENT = {"_form_submitted": "True"}
REJECTION = {**SENT, "grounds": "address", "reason": "The street has no such number."}

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal must undo a whole transaction, not the test's


@pytest.fixture
def desk(admin: User, console: Callable[[User, str], Client]) -> Client:
    """The admin's browser."""
    return console(admin, ADMIN)


def page(identity: IdentityProfile) -> str:
    return f"/accounts/identityprofile/{identity.pk}/change/"


def button(identity: IdentityProfile, name: str) -> str:
    return f"/accounts/identityprofile/{identity.pk}/{name}/"


def test_lists_who_waits_first_and_longest(desk: Client, alice: User, bruno: User, mallory: User, admin: User) -> None:
    now = timezone.now()
    decided = identify(mallory, now=now - dt.timedelta(days=9))
    reject_identity(
        identity=decided, submitted_at=decided.submitted_at, grounds="name", reason="Not readable.", actor=admin, now=now
    )
    second, first = identify(alice, now=now), identify(bruno, now=now - dt.timedelta(hours=1))

    listed = desk.get("/accounts/identityprofile/")

    assert [row.pk for row in listed.context["cl"].result_list] == [first.pk, second.pk, decided.pk]
    assert not any(canary in listed.content.decode() for canary in CANARIES.values())
    assert list(desk.get("/accounts/identityprofile/", {"q": "bruno"}).context["cl"].result_list) == [first]


def test_shows_what_is_to_be_decided_and_records_each_look(desk: Client, alice: User, admin: User) -> None:
    identity = identify(alice)

    for _ in range(2):
        shown = desk.get(page(identity)).content.decode()
        assert all(canary in shown for canary in CANARIES.values())

    looks = AuditEntry.objects.filter(action="identityprofile.viewed")
    assert [(look.actor, look.customer, look.resource_id) for look in looks] == [(admin, alice, str(identity.pk))] * 2
    assert not any(canary in str(vars(look)) for look in looks for canary in CANARIES.values())


def test_hides_it_again_once_decided(desk: Client, alice: User) -> None:
    identity = identify(alice)
    desk.get(page(identity))
    desk.post(button(identity, "approve"), SENT)

    shown = desk.get(page(identity)).content.decode()

    assert "1987-••-••" in shown
    assert not any(canary in shown for canary in CANARIES.values())


def test_approves_what_was_looked_at(desk: Client, alice: User, admin: User) -> None:
    identity = identify(alice)
    desk.get(page(identity))

    assert desk.post(button(identity, "approve"), SENT).status_code == 302

    identity.refresh_from_db()
    assert (identity.kyc_status, identity.reviewed_by) == ("approved", admin)
    assert User.objects.get(pk=alice.pk).customer_number == f"CUS-{timezone.now().year}-000001"


def test_rejects_with_a_reason(desk: Client, alice: User) -> None:
    identity = identify(alice)
    desk.get(page(identity))
    with nothing_changes("django_session"):
        asked = desk.post(button(identity, "reject"), {**REJECTION, "reason": " "})
    assert asked.status_code == 200  # the question again

    desk.post(button(identity, "reject"), REJECTION)

    identity.refresh_from_db()
    assert (identity.kyc_status, identity.grounds, identity.reason) == ("rejected", "address", REJECTION["reason"])
    entry = AuditEntry.objects.get(action="identity.rejected")
    assert entry.metadata == {"grounds": "address"}


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_decides_about_nothing_that_was_not_looked_at(name: str, desk: Client, alice: User) -> None:
    identity = identify(alice)
    with nothing_changes("django_session"):
        desk.post(button(identity, name), REJECTION)

    desk.get(page(identity))
    identify(alice, last_name="Somebody Else")  # while the page is open
    with nothing_changes("django_session"):
        desk.post(button(identity, name), REJECTION)
    again = desk.get(page(identity)).content.decode()
    assert "has sent something else meanwhile" in again
    assert "Somebody Else" in again
    desk.post(button(identity, name), REJECTION)
    assert IdentityProfile.objects.get().kyc_status != "pending"


def test_lets_no_admin_decide_about_themselves(desk: Client, admin: User) -> None:
    identity = identify(admin)
    desk.get(page(identity))
    for name in ("approve", "reject"):
        with nothing_changes("django_session"):
            assert desk.post(button(identity, name), REJECTION).status_code == 403


def test_takes_the_first_of_two_admins(desk: Client, alice: User, console: Callable[[User, str], Client]) -> None:
    identity = identify(alice)
    other = console(UserFactory.create(is_staff=True, is_superuser=True), ADMIN)
    for browser in (desk, other):
        browser.get(page(identity))
    other.post(button(identity, "reject"), REJECTION)

    with nothing_changes("django_session"):
        assert desk.post(button(identity, "approve"), SENT).status_code == 403
    assert IdentityProfile.objects.get().kyc_status == "rejected"


def test_can_not_be_changed_or_deleted_by_hand(desk: Client, alice: User) -> None:
    identity = identify(alice)
    with nothing_changes("django_session"):
        assert desk.post(page(identity), {"first_name": "x", "kyc_status": "approved"}).status_code == 403
        assert desk.post(f"/accounts/identityprofile/{identity.pk}/delete/", {"post": "yes"}).status_code == 403
        assert desk.post("/accounts/identityprofile/add/", {"first_name": "x"}).status_code == 403


def test_agents_see_the_state_and_nothing_else(alice: User, console: Callable[[User, str], Client]) -> None:
    person = UserFactory.create(email="agent@example.com", is_staff=True)
    Agent.objects.create(user=person, username="gil", full_name="Gil Agent", email="agent@example.com")
    identity = identify(alice)
    client = console(person, AGENT)

    shown = client.get(f"/accounts/user/{alice.pk}/change/").content.decode()

    assert "in review" in shown
    assert str(identity.pk) not in shown
    assert not any(canary in shown for canary in CANARIES.values())
    assert client.get(page(identity)).status_code == 404
    assert client.get("/accounts/identityprofile/").status_code == 404


def test_admins_get_from_the_customer_to_the_identity(desk: Client, alice: User, bruno: User) -> None:
    identity = identify(alice)

    assert page(identity) in desk.get(f"/accounts/user/{alice.pk}/change/").content.decode()
    assert "nothing sent" in desk.get(f"/accounts/user/{bruno.pk}/change/").content.decode()
