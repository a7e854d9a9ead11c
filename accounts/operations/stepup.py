"""Confirming an act."""

import datetime as dt
import uuid

from django.conf import settings

from accounts.errors import StepUpOver
from accounts.models import Session, StepUp, StepUpMethod, User
from accounts.stepup import Challenge, demand_change_of_way, methods_of
from audit import trail
from config.database import operation


@operation
def allow_new_way(*, user: User, way: str, words: str, now: dt.datetime) -> None:
    """Whether somebody without a password or a second factor may add this way in. Others were asked for theirs by the page.

    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    if set(methods_of(user)) <= {StepUpMethod.SMS}:
        demand_change_of_way(user=user, subject={"add": way}, words=words, now=now)


@operation
def confirm_step_up(*, challenge: Challenge, user: User, session: Session, method: StepUpMethod, now: dt.datetime) -> StepUp:
    """Let the challenge's act through once, within `STEP_UP_LIFETIME_S`; the caller has checked the proof.

    Confirming it a second time before it is used changes nothing.

    :raises StepUpOver: the act was done already.
    """
    confirmed, made = StepUp.objects.get_or_create(
        pk=uuid.UUID(challenge.id),
        defaults={
            "user": user,
            "session": session,
            "act": challenge.act,
            "digest": bytes.fromhex(challenge.digest),
            "method": method,
            "created_at": now,
            "expires_at": now + dt.timedelta(seconds=settings.STEP_UP_LIFETIME_S),
        },
    )
    if confirmed.used_at:
        raise StepUpOver
    if made:
        new, told = {"act": challenge.act, "method": method}, {"act": challenge.act}
        trail.record("step_up.confirmed", actor=user, resource=confirmed, customer_id=user.pk, new=new, metadata=told, now=now)
    return confirmed
