"""Signed-in devices: opening, finding and ending their sessions, portal and API alike."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session as DjangoSession
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.devices import device_type_of
from accounts.models import DeviceLink, Session, TokenFamily, User
from audit import trail
from config.hosts import site_of

KEPT = dt.timedelta(days=90)  # how long people can look back on devices they signed out
ACTIVITY_STEP = dt.timedelta(minutes=5)

FIELDS = User._meta.concrete_fields  # noqa: SLF001 documented, whatever its name says
NAMES = [field.attname for field in FIELDS]
BEARER = f"select {', '.join(str(field.column) for field in FIELDS)} from accounts_bearer(%s, %s, %s)"  # noqa: S608 our own names

METHODS = {"password": Session.AuthMethod.PASSWORD, "socialaccount": Session.AuthMethod.OIDC, "code": Session.AuthMethod.PHONE}


def password_mark(user: User) -> str:
    """Changes with the password; `accounts_password_mark` in sql/bearer.sql is the same."""
    return hashlib.sha256(user.password.encode()).hexdigest()[:32]


def open_session(request: HttpRequest, user: User, *, device_id: uuid.UUID | None = None) -> Session:
    """Name the person and the device of the request's session, which was just signed in."""
    request.session.save()
    origin, now = trail.origin.get(), timezone.now()
    session, _created = Session.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": user,
            "site": site_of(request).name,
            "auth_method": auth_method_of(request, user),
            "device_type": device_type_of(origin.user_agent),
            "device_id": device_id,
            "user_agent": origin.user_agent[:400],
            "ip_address": origin.ip_address,
            "last_seen_at": now,
            "password_mark": password_mark(user),
        },
    )
    return session


def auth_method_of(request: HttpRequest, user: User) -> Session.AuthMethod:
    """How this person came in, by the first proof that their sign-in gave; a second factor comes after it."""
    for record in get_authentication_records(request, user):
        if record["method"] == "mfa" and record.get("type") == "webauthn" and record.get("passwordless"):
            return Session.AuthMethod.PASSKEY
        if record["method"] in METHODS:
            return METHODS[record["method"]]
        if record["method"] in Session.AuthMethod.values:  # ours, which allauth has not
            return Session.AuthMethod(record["method"])
    return Session.AuthMethod.PASSWORD  # a console's sign-in, which keeps no records


def bearer(*, session_id: uuid.UUID, user_id: uuid.UUID, now: dt.datetime) -> User | None:
    """The person of a living session, or None: ended, over, suspended, or older than the password. One round trip."""
    with connection.cursor() as cursor:
        # Plain SQL: this runs in every call, and the ORM would take longer to write the query than the database to answer.
        cursor.execute(BEARER, [session_id, user_id, now])
        row = cursor.fetchone()
    return User.from_db(connection.alias, NAMES, row) if row else None


def note_activity(user: User, *, now: dt.datetime, **session: Any) -> None:
    """Remember that the person was here, to the nearest few minutes: two writes then, none in most requests.

    `session` names the one that acts, by `pk` or `session_key`. Of requests at the same moment one writes.
    """
    step_ago = now - ACTIVITY_STEP
    if user.last_active_at and user.last_active_at > step_ago:
        return
    due = Q(last_active_at__isnull=True) | Q(last_active_at__lte=step_ago)
    if User.objects.filter(due, pk=user.pk).update(last_active_at=now):
        Session.objects.filter(**session, user=user).update(last_seen_at=now)


def acting_session(user: User) -> Session | None:
    """The session of this person that the request at hand came with; None if it has just ended."""
    origin = trail.origin.get()
    named = {"pk": origin.session_id} if origin.session_id else {"session_key": origin.session_key}
    return Session.objects.filter(**named, user=user, revoked_at__isnull=True).first() if any(named.values()) else None


def renew_key(request: HttpRequest) -> None:
    """Give the request's session a new key: whoever copied the old one is signed out (R24).

    :raises SessionInterrupted: it was ended while the request ran, and stays so.
    """
    with transaction.atomic():
        # Locked as `end_sessions` locks it, so that a session is either ended by its new key or not renewed at all.
        session = Session.objects.select_for_update().filter(session_key=request.session.session_key).first()
        if session is None:
            raise SessionInterrupted("The session was ended while this request ran.")
        request.session.cycle_key()
        session.session_key = new = request.session.session_key
        session.save(update_fields=["session_key"])
    trail.signed_in_by(session_key=new)


def living_sessions(user: User, *, now: dt.datetime) -> QuerySet[Session]:
    """The person's signed-in devices, the latest first."""
    return Session.objects.filter(user=user).living(now=now).order_by("-last_seen_at", "-pk")


def ended_sessions(user: User, *, now: dt.datetime) -> QuerySet[Session]:
    """Where the person was signed in until lately, the latest first."""
    return Session.objects.filter(user=user).ended(now=now).order_by("-last_seen_at", "-pk")


def lock_signed_in(sessions: Iterable[Session]) -> list[Session]:
    """Those that nobody has ended, as they are now, locked. Whoever locks refresh tokens or Django's sessions does it after."""
    named = [session.pk for session in sessions]
    return list(Session.objects.select_for_update().filter(pk__in=named, session_key__isnull=False).order_by("pk"))


def end_sessions(sessions: Iterable[Session], *, now: dt.datetime) -> int:
    """Sign these devices out, at once; their refresh tokens go with them. Returns how many there were."""
    with transaction.atomic():
        ended = lock_signed_in(sessions)
        DjangoSession.objects.filter(session_key__in=[each.session_key for each in ended]).delete()
        TokenFamily.objects.filter(session__in=ended).delete()
        return Session.objects.filter(pk__in=[each.pk for each in ended]).update(session_key=None, revoked_at=now)


def end_all_sessions(user: User, *, now: dt.datetime) -> int:
    """Sign out every device of this person, and forget them. Returns how many there were."""
    forget_devices(user, Session.objects.filter(user=user, device_id__isnull=False))
    return end_sessions(Session.objects.filter(user=user, revoked_at__isnull=True), now=now)


def forget_devices(user: User, sessions: Iterable[Session]) -> None:
    """Whoever signs in on the devices of these sessions is somebody new (`accounts.known_devices`), but on the one at hand."""
    here = acting_session(user)
    named = {session.device_id for session in sessions} - {None, here.device_id if here else None}
    Session.objects.filter(user=user, device_id__in=named).update(device_id=None)


def forget_ended_sessions(*, now: dt.datetime) -> int:
    """Delete what is left of sessions that were over long ago: who and where. Returns how many there were.

    Links that let apps in go a day after they are over.
    """
    DeviceLink.objects.filter(expires_at__lt=now - dt.timedelta(days=1)).delete()
    TokenFamily.objects.filter(session__in=Session.objects.over()).delete()
    _total, by_model = Session.objects.over().filter(last_seen_at__lt=now - KEPT).delete()
    return by_model.get(Session._meta.label, 0)  # noqa: SLF001 documented, whatever its name says
