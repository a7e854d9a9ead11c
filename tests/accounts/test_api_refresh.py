"""Refresh tokens: each works once, and one that comes back ends its session."""

import datetime as dt
from functools import partial

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session as DjangoSession
from rest_framework.test import APIClient

from accounts.models import Session, TokenFamily, User
from audit.models import AuditEntry
from tests import doors
from tests.factories import UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def refresh(token: str) -> object:
    return APIClient().post("/api/auth/refresh", {"refresh_token": token})


def works(access_token: str) -> bool:
    return APIClient().get("/api/me", headers={"Authorization": f"Bearer {access_token}"}).status_code == 200


def test_gives_a_new_pair_of_the_same_session(alice: User) -> None:
    old = doors.open_tokens(alice)
    answer = APIClient().post("/api/auth/refresh", {"refresh_token": old.refresh_token})
    assert answer.status_code == 200
    new = answer.json()
    assert new["refresh_token"] != old.refresh_token
    assert new["user"]["email"] == alice.email
    assert works(new["access_token"])
    assert works(old.access_token)
    assert Session.objects.count() == 1


def test_keeps_a_session_in_use_alive(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = doors.open_tokens(alice).refresh_token
        for _ in range(4):
            clock.shift(dt.timedelta(days=10))
            answer = APIClient().post("/api/auth/refresh", {"refresh_token": token}, headers={"User-Agent": "App/2"})
            assert answer.status_code == 200
            token = answer.json()["refresh_token"]
        assert DjangoSession.objects.get().expire_date == NOON + dt.timedelta(days=40) + settings.REFRESH_TOKEN_LIFETIME
        assert (Session.objects.get().user_agent, Session.objects.get().last_seen_at) == (
            "App/2",
            NOON + dt.timedelta(days=40),
        )


def test_is_over_after_two_weeks_without_use(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = doors.open_tokens(alice).refresh_token
        clock.shift(settings.REFRESH_TOKEN_LIFETIME + dt.timedelta(seconds=1))
        with nothing_changes():
            answer = APIClient().post("/api/auth/refresh", {"refresh_token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_refused")


def test_repeated_at_once_is_refused_and_harms_nobody(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = doors.open_tokens(alice)
        second = APIClient().post("/api/auth/refresh", {"refresh_token": first.refresh_token}).json()
        clock.shift(9)
        with nothing_changes():
            assert APIClient().post("/api/auth/refresh", {"refresh_token": first.refresh_token}).status_code == 401
        assert works(second["access_token"])
        assert APIClient().post("/api/auth/refresh", {"refresh_token": second["refresh_token"]}).status_code == 200


def test_used_again_later_ends_the_whole_family(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        stolen = doors.open_tokens(alice)
        mine = APIClient().post("/api/auth/refresh", {"refresh_token": stolen.refresh_token}).json()
        clock.shift(11)
        assert APIClient().post("/api/auth/refresh", {"refresh_token": stolen.refresh_token}).status_code == 401
        assert not works(mine["access_token"])
        assert not works(stolen.access_token)
        assert APIClient().post("/api/auth/refresh", {"refresh_token": mine["refresh_token"]}).status_code == 401
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.customer) == ("session.ended", None, alice)
    assert entry.metadata["reason"] == "refresh_token_reused"


def test_the_grandparent_of_a_token_ends_the_family_at_once(alice: User) -> None:
    with time_machine.travel(NOON, tick=False):
        first = doors.open_tokens(alice)
        second = APIClient().post("/api/auth/refresh", {"refresh_token": first.refresh_token}).json()
        third = APIClient().post("/api/auth/refresh", {"refresh_token": second["refresh_token"]}).json()
        assert APIClient().post("/api/auth/refresh", {"refresh_token": first.refresh_token}).status_code == 401
        assert not works(third["access_token"])


def test_reuse_ends_that_session_only(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        stolen, other = doors.open_tokens(alice), doors.open_tokens(alice)
        APIClient().post("/api/auth/refresh", {"refresh_token": stolen.refresh_token})
        clock.shift(60)
        APIClient().post("/api/auth/refresh", {"refresh_token": stolen.refresh_token})
        assert works(other.access_token)


@pytest.mark.parametrize("tries", [6])
def test_six_at_once_give_exactly_one_pair(transactional_db: None, tries: int) -> None:
    alice = UserFactory.create()
    token = doors.open_tokens(alice).refresh_token
    answers = together([lambda: APIClient().post("/api/auth/refresh", {"refresh_token": token})] * tries)
    statuses = sorted(getattr(answer, "status_code", 0) for answer in answers)
    assert statuses == [200] + [401] * (tries - 1)
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]  # type: ignore[union-attr]
    assert works(winner["access_token"])
    assert TokenFamily.objects.count() == 1


@pytest.mark.parametrize("spent", ["the one before", "the one before that"])
def test_copies_used_by_many_at_once_end_the_family_once(transactional_db: None, spent: str) -> None:
    """R25: thieves and owner at the same moment. Whoever comes first, nobody is left with a session."""
    alice = UserFactory.create()
    with time_machine.travel(NOON, tick=False) as clock:
        first = doors.open_tokens(alice)
        pairs = [APIClient().post("/api/auth/refresh", {"refresh_token": first.refresh_token}).json()]
        pairs.append(APIClient().post("/api/auth/refresh", {"refresh_token": pairs[0]["refresh_token"]}).json())
        stolen = pairs[0]["refresh_token"] if spent == "the one before" else first.refresh_token
        clock.shift(11)
        calls = [partial(refresh, token) for token in [stolen] * 6 + [pairs[1]["refresh_token"]]]
        answers = together(calls)
        statuses = [getattr(answer, "status_code", 0) for answer in answers]
        assert statuses[:6] == [401] * 6
        assert statuses[6] in {200, 401}
        won = [answers[6].json()] if statuses[6] == 200 else []  # type: ignore[attr-defined]
        assert not [pair for pair in pairs + won if works(pair["access_token"])]
        assert refresh((pairs + won)[-1]["refresh_token"]).status_code == 401  # type: ignore[attr-defined]
    assert AuditEntry.objects.filter(action="session.ended").count() == 1
    assert Session.objects.get().revoked_at is not None


def test_the_cookie_needs_its_header(alice: User) -> None:
    api = APIClient()
    api.cookies["florin_refresh"] = doors.open_tokens(alice).refresh_token
    with nothing_changes():
        assert api.post("/api/auth/refresh").status_code == 401
    answer = api.post("/api/auth/refresh", headers={"X-Token-Transport": "cookie"})
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    assert answer.cookies["florin_refresh"].value


def test_nothing_is_refused(db: None) -> None:
    with nothing_changes():
        answer = APIClient().post("/api/auth/refresh", {})
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_refused")


def test_a_suspended_persons_token_is_refused(alice: User) -> None:
    token = doors.open_tokens(alice).refresh_token
    User.objects.filter(pk=alice.pk).update(status=User.Status.SUSPENDED)
    assert APIClient().post("/api/auth/refresh", {"refresh_token": token}).status_code == 401
