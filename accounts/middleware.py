"""Every page in its reader's language and time zone, and when they were last here."""

import datetime as dt
import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.models import Session, User
from config.problems import API_PREFIX

ACTIVITY_STEP = dt.timedelta(minutes=5)


class PersonMiddleware:
    """What a person set in their profile wins over what their browser asks for.

    The API is left alone: it knows its callers by token, and its times are UTC.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(API_PREFIX) or not isinstance(request.user, User):
            return self.get_response(request)
        user = request.user
        note_activity(user, session_key=request.session.session_key, now=timezone.now())
        with translation.override(user.language.lower()), timezone.override(zone_of(user)):
            return self.get_response(request)


def zone_of(user: User) -> dt.tzinfo:
    """The person's time zone; UTC if the tz database of this machine lost it."""
    try:
        return zoneinfo.ZoneInfo(user.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def note_activity(user: User, *, session_key: str | None, now: dt.datetime) -> None:
    """Remember that the person was here, to the nearest few minutes: two writes then, none on most pages."""
    if user.last_active_at and now - user.last_active_at < ACTIVITY_STEP:
        return
    User.objects.filter(pk=user.pk).update(last_active_at=now)
    Session.objects.filter(session_key=session_key).update(last_seen_at=now)
