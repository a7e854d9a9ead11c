"""Keeping a person out, and letting them in again."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.errors import AlreadySuspended, NotSuspended, SuspendingOneself
from accounts.models import User
from accounts.operations import reinstate_user, suspend_user
from audit.models import AuditEntry
from tests import doors
from tests.factories import PASSWORD, UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes


@pytest.fixture
def agent(db: None) -> User:
    return UserFactory.create(is_staff=True, name="Agent")


def test_ends_every_session_in_the_same_commit(alice: User, agent: User) -> None:
    browser, phone = doors.portal_client(alice), doors.open_tokens(alice)
    api = doors.api_client(alice)
    bystander = doors.api_client(agent)

    suspend_user(user=alice, actor=agent, reason="stolen card", now=timezone.now())

    assert browser.get("/profile/").headers["Location"] == "/signin/?next=/profile/"
    assert api.get("/api/me").json()["code"] == "session_ended"
    assert api.post("/api/auth/refresh", {"refresh_token": phone.refresh_token}).json()["code"] == "refresh_token_refused"
    assert bystander.get("/api/me").status_code == 200
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.customer) == ("user.suspended", agent, alice)
    assert (entry.old_values, entry.new_values) == ({"status": "active"}, {"status": "suspended"})
    assert entry.metadata == {"reason": "stolen card", "sessions_ended": 3}


def test_holds_even_for_a_session_that_was_missed(alice: User) -> None:
    browser, api = doors.portal_client(alice), doors.api_client(alice)
    User.objects.filter(pk=alice.pk).update(status=User.Status.SUSPENDED)
    assert browser.get("/profile/").status_code == 302
    assert api.get("/api/me").status_code == 401


def test_is_refused_at_the_api_with_the_right_password_only(alice: User, agent: User) -> None:
    suspend_user(user=alice, actor=agent, reason="", now=timezone.now())
    api = doors.api_client(agent)
    api.credentials()
    known = api.post("/api/auth/login", {"email": alice.email, "password": PASSWORD})
    assert (known.status_code, known.json()["code"]) == (403, "account_suspended")
    guessed = api.post("/api/auth/login", {"email": alice.email, "password": "not her password"})
    assert (guessed.status_code, guessed.json()["code"]) == (401, "wrong_credentials")


def test_reinstated_people_sign_in_anew(alice: User, agent: User) -> None:
    old = doors.portal_client(alice)
    suspend_user(user=alice, actor=agent, reason="", now=timezone.now())
    reinstate_user(user=alice, actor=agent, reason="card was found", now=timezone.now())
    assert old.get("/profile/").status_code == 302
    assert old.post("/signin/", {"login": alice.email, "password": PASSWORD}).headers["Location"] == "/"
    assert AuditEntry.objects.filter(action="user.reinstated").get().metadata == {"reason": "card was found"}


def test_refuses_what_makes_no_sense(alice: User, agent: User) -> None:
    with nothing_changes():
        with pytest.raises(SuspendingOneself), transaction.atomic():
            suspend_user(user=agent, actor=agent, reason="", now=timezone.now())
        with pytest.raises(NotSuspended), transaction.atomic():
            reinstate_user(user=alice, actor=agent, reason="", now=timezone.now())
    suspend_user(user=alice, actor=None, reason="", now=timezone.now())
    with nothing_changes(), pytest.raises(AlreadySuspended), transaction.atomic():
        suspend_user(user=alice, actor=agent, reason="", now=timezone.now())


def test_two_agents_at_once_suspend_once(transactional_db: None) -> None:
    alice = UserFactory.create()
    outcomes = together([lambda: suspend_user(user=alice, actor=None, reason="", now=timezone.now())] * 4)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadySuspended"] * 3 + ["User"]
    assert AuditEntry.objects.count() == 1
