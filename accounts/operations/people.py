"""People: kept out and let in again, renamed, and who an address belongs to."""

import datetime as dt
import uuid

from allauth.account.models import EmailAddress
from procrastinate.contrib.django import app

from accounts.errors import AlreadySuspended, NotSuspended, SuspendingOneself
from accounts.models import User
from accounts.sessions import end_all_sessions
from accounts.ways import ways_of
from audit import trail
from config.database import operation


@operation
def suspend_user(*, user: User, actor: User | None, reason: str, now: dt.datetime) -> User:
    """Keep a person out, at once: every session and token of theirs ends in this commit.

    Their money stays where it is. `actor` is None when the platform itself acts.

    :raises SuspendingOneself: staff can't lock themselves out.
    :raises AlreadySuspended: the person is suspended, or the account is closed.
    """
    if actor is not None and actor.pk == user.pk:
        raise SuspendingOneself
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.status != User.Status.ACTIVE:
        raise AlreadySuspended
    user.status = User.Status.SUSPENDED
    user.save(update_fields=["status", "updated_at"])
    ended = end_all_sessions(user, now=now)
    trail.record(
        "user.suspended",
        actor=actor,
        resource=user,
        customer_id=user.pk,
        now=now,
        old={"status": User.Status.ACTIVE},
        new={"status": User.Status.SUSPENDED},
        metadata={"reason": reason, "sessions_ended": ended},
    )
    return user


@operation
def reinstate_user(*, user: User, actor: User | None, reason: str, now: dt.datetime) -> User:
    """Let a suspended person in again; they sign in anew.

    :raises NotSuspended: there is nothing to undo.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.status != User.Status.SUSPENDED:
        raise NotSuspended
    user.status = User.Status.ACTIVE
    user.save(update_fields=["status", "updated_at"])
    trail.record(
        "user.reinstated",
        actor=actor,
        resource=user,
        customer_id=user.pk,
        now=now,
        old={"status": User.Status.SUSPENDED},
        new={"status": User.Status.ACTIVE},
        metadata={"reason": reason},
    )
    return user


@operation
def change_profile(*, user: User, name: str, language: str, timezone: str, now: dt.datetime) -> User:
    """Change how a person is called and spoken to. The trail says which of these changed, not to what."""
    wanted = {"name": name, "language": language, "timezone": timezone}
    changed = [field for field, value in wanted.items() if getattr(user, field) != value]
    if not changed:
        return user
    for field in changed:
        setattr(user, field, wanted[field])
    user.save(update_fields=[*changed, "updated_at"])
    trail.record("user.profile_changed", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"fields": changed})
    return user


@operation
def release_email(*, email: str, proven_by: uuid.UUID, now: dt.datetime) -> int:
    """Take an address from accounts that claimed it and never proved it; it belongs to whoever did.

    An account that could be signed in to by nothing else has nothing, is closed and erased by a job; one that has another
    way in only loses the address. Returns how many there were.
    """
    proven = EmailAddress.objects.filter(verified=True).values("user")
    squatters = list(User.objects.select_for_update().filter(email=email.lower()).exclude(pk=proven_by).exclude(pk__in=proven))
    for user in squatters:
        EmailAddress.objects.filter(user=user).delete()
        closed = not ways_of(user)
        user.email, user.status = None, User.Status.DELETED if closed else user.status
        user.name = "" if closed else user.name
        user.save(update_fields=["email", "status", "name", "updated_at"])
        trail.record(
            "user.closed" if closed else "user.email_released",
            actor=None,
            resource=user,
            customer_id=user.pk,
            now=now,
            metadata={"reason": "email_proven_by_another"},
        )
        if closed:
            app.configure_task("config.erase_leftovers").defer(user_id=str(user.pk))  # by name: it stands above this app
    return len(squatters)
