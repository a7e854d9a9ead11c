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
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from accounts.models import User

PASSWORD_MARK = "password_mark"  # noqa: S105 a key, not a secret

COLUMNS = User._meta.concrete_fields  # noqa: SLF001 documented, whatever its name says
# One round trip proves that the session lives and brings its person: this runs in every API call.
BEARER = f"""
select {", ".join(f"u.{field.column}" for field in COLUMNS)},
       s.data ->> '{PASSWORD_MARK}' as session_password_mark
from usersessions_usersession s
join django_session d on d.session_key = s.session_key
join accounts_user u on u.id = s.user_id
where s.id = %s and s.user_id = %s and d.expire_date > %s and u.status = '{User.Status.ACTIVE}'
"""  # noqa: S608 column names of our own model


def password_mark(user: User) -> str:
    """Changes with the password, whoever changes it and however; says nothing about it."""
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
    """The person of a living session, or None: ended, expired, suspended, or older than the password."""
    for user in User.objects.raw(BEARER, [session_id, user_id, now]):
        mark: str | None = vars(user)["session_password_mark"]  # the column that is no field
        if mark == password_mark(user):
            return user
    return None


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


def end_all_sessions(user: User, *, but: str | None = None) -> int:
    """Sign out every device of this person, or every one but the session with the key `but`."""
    return end_sessions(UserSession.objects.filter(user=user).exclude(session_key=but or ""))
