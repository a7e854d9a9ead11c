"""Signed-in devices: opening, finding and ending their sessions, portal and API alike.

A session is two rows: Django's own (its key is the secret, its content is sealed) and allauth's
`UserSession`, which names the person and the device. Without the first the second is nothing.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from accounts.models import User

PASSWORD_MARK = "password_mark"  # noqa: S105 a key, not a secret

FIELDS = User._meta.concrete_fields  # noqa: SLF001 documented, whatever its name says
NAMES = [field.attname for field in FIELDS]
BEARER = f"select {', '.join(str(field.column) for field in FIELDS)} from accounts_bearer(%s, %s, %s)"  # noqa: S608 our own names


def password_mark(user: User) -> str:
    """Changes with the password; `accounts_password_mark` in sql/bearer.sql is the same."""
    return hashlib.sha256(user.password.encode()).hexdigest()[:32]


def open_session(request: HttpRequest, user: User) -> UserSession:
    """Name the person and the device of the request's session, which was just signed in."""
    request.session.save()
    UserSession.objects.create_from_request(request)
    return renew_mark(user, UserSession.objects.get(session_key=request.session.session_key))


def renew_mark(user: User, session: UserSession) -> UserSession:
    """Bind a session to the password as it is now."""
    session.data[PASSWORD_MARK] = password_mark(user)
    session.save(update_fields=["data"])
    return session


def bearer(*, session_id: int, user_id: uuid.UUID, now: dt.datetime) -> User | None:
    """The person of a living session, or None: ended, over, suspended, or older than the password. One round trip."""
    with connection.cursor() as cursor:
        # Plain SQL: this runs in every call, and the ORM would take longer to write the query than the database to answer.
        cursor.execute(BEARER, [session_id, user_id, now])
        row = cursor.fetchone()
    return User.from_db(connection.alias, NAMES, row) if row else None


def living_sessions(user: User, *, now: dt.datetime) -> QuerySet[UserSession]:
    """The person's signed-in devices, the latest first."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now)
    sessions: QuerySet[UserSession] = UserSession.objects.filter(Exists(alive), user=user)
    return sessions.order_by("-last_seen_at", "-pk")


def end_sessions(sessions: Iterable[UserSession]) -> int:
    """Sign these devices out, at once; their refresh tokens go with them. Returns how many there were."""
    ended = list(sessions)
    with transaction.atomic():
        Session.objects.filter(session_key__in=[each.session_key for each in ended]).delete()
        UserSession.objects.filter(pk__in=[each.pk for each in ended]).delete()
    return len(ended)


def end_all_sessions(user: User) -> int:
    """Sign out every device of this person. Returns how many there were."""
    return end_sessions(UserSession.objects.filter(user=user))


def forget_ended_sessions() -> int:
    """Delete what is left of sessions that are over: who and where. Returns how many there were."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    _total, by_model = UserSession.objects.exclude(Exists(alive)).delete()
    return by_model.get(UserSession._meta.label, 0)  # noqa: SLF001 documented, whatever its name says
