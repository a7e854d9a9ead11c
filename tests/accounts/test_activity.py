"""When a person was last here."""

import datetime as dt
from functools import partial

import time_machine
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Session, TokenFamily, User
from accounts.sessions import end_all_sessions, note_activity
from accounts.tasks import forget_ended_devices
from tests import doors
from tests.factories import UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def test_is_noted_every_five_minutes_at_most(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(last_active_at=None)
    with time_machine.travel(NOON, tick=False) as clock:
        here = doors.portal_client(alice)
        here.get("/profile/")
        clock.shift(299)
        with nothing_changes():
            here.get("/profile/")
        clock.shift(1)
        here.get("/profile/")
    alice.refresh_from_db()
    assert alice.last_active_at == NOON + dt.timedelta(minutes=5)
    assert Session.objects.get().last_seen_at == NOON + dt.timedelta(minutes=5)


def test_is_noted_of_calls_of_the_api_too_and_costs_most_of_them_nothing(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    User.objects.filter(pk=alice.pk).update(last_active_at=None)
    with time_machine.travel(NOON, tick=False) as clock:
        api = doors.api_client(alice)
        api.get("/api/me")
        clock.shift(299)
        with nothing_changes(), django_assert_num_queries(1):
            api.get("/api/me")
        clock.shift(1)
        with django_assert_num_queries(3):
            api.get("/api/me")
    alice.refresh_from_db()
    assert alice.last_active_at == NOON + dt.timedelta(minutes=5)
    assert Session.objects.get().last_seen_at == NOON + dt.timedelta(minutes=5)


def test_is_not_noted_of_a_call_that_is_refused(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(last_active_at=None)
    tokens = doors.open_tokens(alice)
    end_all_sessions(alice, now=timezone.now())
    with nothing_changes():
        assert APIClient().get("/api/me", headers={"authorization": f"Bearer {tokens.access_token}"}).status_code == 401


def test_is_noted_once_by_many_calls_at_the_same_moment(transactional_db: None) -> None:
    alice = UserFactory.create(last_active_at=None)
    session = doors.open_session(alice)
    moments = [NOON + dt.timedelta(seconds=second) for second in range(8)]
    together([partial(note_activity, alice, pk=session.pk, now=now) for now in moments])
    alice.refresh_from_db()
    session.refresh_from_db()
    assert alice.last_active_at in moments
    assert session.last_seen_at == alice.last_active_at


def test_a_session_that_ran_out_leaves_its_device_for_ninety_days(alice: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        here, gone = doors.open_session(alice), doors.open_tokens(alice)
        DjangoSession.objects.exclude(session_key=here.session_key).delete()
        forget_ended_devices(timestamp=0)
        assert Session.objects.count() == 2
        assert not TokenFamily.objects.exists()
        clock.shift(dt.timedelta(days=90, seconds=1))
        forget_ended_devices(timestamp=0)
    assert list(Session.objects.all()) == [here]
    assert gone.user == alice


def test_is_not_asked_of_strangers(client: Client, db: None) -> None:
    with nothing_changes():
        assert client.get("/signin/").status_code == 200
