"""Confirming acts in tests: whose request is at hand, what it is refused with, and the way past that."""

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import factors
from accounts.errors import StepUpRequired
from accounts.models import Session, StepUp, StepUpAct, StepUpMethod, User
from accounts.stepup import demand_step_up
from audit.trail import Origin, origin
from config.idempotency import digest_of
from tests.factories import PASSWORD


@contextmanager
def acting(session: Session) -> Iterator[None]:
    """Within it, this session's request is being served."""
    token = origin.set(Origin("192.0.2.1", "a test", session_id=session.pk))
    try:
        yield
    finally:
        origin.reset(token)


def challenge_of(session: Session, act: StepUpAct, subject: Mapping[str, Any], *, words: str = "") -> str:
    """The challenge that this act is refused with in this session."""
    with acting(session), pytest.raises(StepUpRequired) as refusal, transaction.atomic():
        demand_step_up(user=session.user, act=act, subject=subject, words=words, now=timezone.now())
    return str(refusal.value.extra["challenge"])


def proven(session: Session, act: StepUpAct, subject: Mapping[str, Any], *, now: dt.datetime) -> StepUp:
    """Let this session do the act once in the next hour, as if its person had given a proof."""
    digest = digest_of(act, contents=dict(subject))
    return StepUp.objects.create(
        user=session.user,
        session=session,
        act=act,
        digest=digest,
        method=StepUpMethod.PASSWORD,
        created_at=now,
        expires_at=now + dt.timedelta(hours=1),
    )


def confirm(client: APIClient, challenge: str, **proof: Any) -> Any:
    """The API's answer to a proof: the password, unless another is given."""
    proof = proof or {"method": "password", "password": PASSWORD}
    with transaction.atomic():  # an operation that refuses undoes all of it, as in a request
        return client.post("/api/auth/step-up", {"challenge": challenge, **proof})


def confirmed(client: APIClient, send: Callable[[], Any], **proof: Any) -> Any:
    """What the API answers when it is asked for what wants a fresh proof, and asked again after the proof: the password."""
    refused = send()
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_required"), refused.content
    assert confirm(client, refused.json()["challenge"], **proof).status_code == 200
    return send()


def add_totp(user: User) -> str:
    """Give this person an authenticator app; answers its secret. None of its codes was used yet."""
    secret = factors.new_totp_secret()
    factors.keep_totp(user, secret, step=0, now=timezone.now())
    return secret


def code_of(secret: str, *, steps: int = 0) -> str:
    """What the app shows now, or some half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def add_recovery_codes(user: User) -> list[str]:
    """Give this person recovery codes."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    return factors.unused_codes(factors.keep_recovery_codes(user, now=timezone.now()))
