"""Naming devices, and signing them out."""

import datetime as dt
import uuid
from collections.abc import Iterable

from accounts.models import Session, User
from accounts.sessions import end_sessions, forget_devices, lock_signed_in
from audit import trail
from config.database import operation


@operation
def sign_out_devices(*, user: User, sessions: Iterable[Session], now: dt.datetime) -> int:
    """End some of a person's own sessions, at once, and forget their devices. Returns how many there were."""
    ended = lock_signed_in(sessions)
    end_sessions(ended, now=now)
    forget_devices(user, ended)
    for session in ended:
        trail.record(
            "session.ended",
            actor=user,
            resource=user,
            customer_id=user.pk,
            now=now,
            metadata={"session": str(session.pk), "reason": "signed_out_by_owner"},
        )
    return len(ended)


@operation
def name_device(*, user: User, session: Session, name: str, now: dt.datetime) -> Session:
    """Give one of a person's own devices a name; an empty one leaves what it says of itself. The trail does not repeat it."""
    if session.device_name == name:
        return session
    session.device_name = name
    session.save(update_fields=["device_name"])
    trail.record(
        "session.named", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"session": str(session.pk)}
    )
    return session


@operation
def sign_out(*, session_id: uuid.UUID, user_id: uuid.UUID, now: dt.datetime) -> bool:
    """End one session by what its token says. False if it had ended before."""
    session = Session.objects.select_related("user").filter(pk=session_id, user=user_id, revoked_at__isnull=True).first()
    if session is None:
        return False
    trail.signed_in_by(session_id=session.pk)
    end_sessions([session], now=now)
    user = session.user
    trail.record(
        "user.signed_out", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"session": str(session_id)}
    )
    return True
