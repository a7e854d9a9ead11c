"""What the plumbing does at night."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import User
from config.models import IdempotencyKey
from config.tasks import forget_ended_sessions, forget_old_keys

pytestmark = pytest.mark.django_db


def test_forgets_keys_after_thirty_days(alice: User) -> None:
    for key, age in (("old", dt.timedelta(days=30, minutes=1)), ("young", dt.timedelta(days=29, hours=23))):
        IdempotencyKey.objects.create(caller=alice.pk, key=key, digest=bytes(32), created_at=timezone.now() - age)
    forget_old_keys(timestamp=0)
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]


def test_forgets_sessions_whose_time_is_over() -> None:
    for key, left in (("a" * 32, dt.timedelta(minutes=-1)), ("b" * 32, dt.timedelta(minutes=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + left)
    forget_ended_sessions(timestamp=0)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b" * 32]
