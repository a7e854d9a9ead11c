"""When a person was last here."""

import datetime as dt

import time_machine
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client

from accounts.models import Session, TokenFamily, User
from accounts.tasks import forget_ended_devices
from tests import doors
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
