"""Step-up: a fresh proof that it is still this person, tied to what is being done (R23).

An operation calls `demand_step_up`. Unless its act was confirmed in the same session a moment ago, it is refused
with a challenge: a sealed text that says who, in which session, is to confirm what. The refusal rolls everything
back, so nothing but that text remembers it. Whoever answers it with a proof that the account demands leaves a
`StepUp`, and the same act with the same subject then goes through once.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.functional import Promise

from accounts.errors import SessionEnded, SignInAgain, StepUpOver, StepUpRequired
from accounts.factors import METHODS
from accounts.models import Session, StepUp, StepUpAct, StepUpMethod, User
from accounts.sessions import acting_session
from audit import trail
from config.database import operation
from config.idempotency import digest_of
from config.sealing import BrokenSealError, seal, unseal

PURPOSE = "step-up"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be confirmed, by whom and in which session. `words` say it to a person; times are Unix seconds."""

    id: str
    user: str
    session: str
    act: str
    digest: str
    words: str
    expires_at: int

    def seal(self) -> str:
        """As it travels: nobody can read it, change it or make one."""
        return seal(json.dumps(asdict(self)).encode(), purpose=PURPOSE)

    @property
    def nonce(self) -> bytes:
        """32 bytes that stand for all of it: what a passkey or a wallet signs, so that the signature is for this act."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).digest()


@operation
def demand_step_up(
    *, user: User, act: StepUpAct, subject: Mapping[str, Any], now: dt.datetime, words: str | Promise = ""
) -> None:
    """Refuse unless this session confirmed exactly this act with exactly this `subject` (JSON values), and use that up.

    Inside an operation it joins that commit: if it is refused afterwards, the confirmation is still good. `words`
    say to the person what they confirm ("Send 2,500.00 EUR to Maria Silva"); the act's own label if left out. When no
    request is served (a job, a command), the platform itself acts and nobody is asked.

    :raises StepUpRequired: with the challenge to answer.
    :raises SessionEnded: nobody is signed in any more who could confirm it.
    """
    if trail.origin.get() is trail.NOWHERE:
        return
    session = acting_session(user)
    if session is None:
        raise SessionEnded
    digest = digest_of(act, contents=dict(subject))
    # The row's lock orders two uses at once; the second finds it used.
    confirmed = (
        StepUp.objects.select_for_update(no_key=True)
        .filter(user=user, session=session, act=act, digest=digest, used_at__isnull=True, expires_at__gt=now)
        .order_by("created_at")
        .first()
    )
    if confirmed is None:
        challenge = _challenge(user, session, act, digest, words=str(words or act.label), now=now)
        raise StepUpRequired(
            challenge=challenge.seal(),
            act=challenge.act,
            words=challenge.words,
            methods=list(methods_of(user)),
            expires_in=settings.STEP_UP_LIFETIME_S,
        )
    confirmed.used_at = now
    confirmed.save(update_fields=["used_at"])
    trail.record("step_up.used", actor=user, resource=confirmed, customer_id=user.pk, now=now, new={"act": act})


@operation
def demand_change_of_way(*, user: User, subject: Mapping[str, Any], words: str | Promise, now: dt.datetime) -> None:
    """Refuse to change how somebody signs in unless they have just shown that it is them. As `demand_fresh_proof`."""
    demand_fresh_proof(user=user, act=StepUpAct.CHANGE_WAY_IN, subject=subject, words=words, now=now)


@operation
def demand_fresh_proof(
    *, user: User, act: StepUpAct, subject: Mapping[str, Any], now: dt.datetime, words: str | Promise = ""
) -> None:
    """As `demand_step_up`, but for everybody: who has nothing here to show it by has just signed in with what they have.

    That is an account elsewhere, or an Ethereum wallet.

    :raises StepUpRequired: not confirmed yet.
    :raises SignInAgain: nothing to confirm it by, and the sign-in was too long ago.
    :raises SessionEnded: nobody is signed in any more.
    """
    if methods_of(user):
        demand_step_up(user=user, act=act, subject=subject, words=words, now=now)
    elif trail.origin.get() is not trail.NOWHERE:
        session = acting_session(user)
        if session is None:
            raise SessionEnded
        if session.created_at < now - dt.timedelta(seconds=settings.STEP_UP_LIFETIME_S):
            raise SignInAgain


def open_challenge(sealed: str, *, user: User, now: dt.datetime) -> tuple[Challenge, Session]:
    """The challenge and the session that it is for, which is the one that asks.

    :raises StepUpOver: it was not made here, is too old, or is for somebody else or another session.
    """
    try:
        challenge = Challenge(**json.loads(unseal(sealed, purpose=PURPOSE)))
    except (BrokenSealError, ValueError, TypeError):
        raise StepUpOver from None
    session = acting_session(user)
    if session is None or (challenge.user, challenge.session) != (str(user.pk), str(session.pk)):
        raise StepUpOver
    if challenge.expires_at <= now.timestamp():
        raise StepUpOver
    return challenge, session


def methods_of(user: User) -> Sequence[StepUpMethod]:
    """The proofs that this account accepts: the strongest kind it has, and never a weaker one."""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if kinds - {Authenticator.Type.RECOVERY_CODES}:
        return [method for kind, method in METHODS.items() if kind in kinds]
    if user.has_usable_password():
        return [StepUpMethod.PASSWORD]
    return [StepUpMethod.SMS] if user.phone and user.phone_verified_at else []


def _challenge(user: User, session: Session, act: StepUpAct, digest: bytes, *, words: str, now: dt.datetime) -> Challenge:
    return Challenge(
        id=str(uuid.uuid4()),
        user=str(user.pk),
        session=str(session.pk),
        act=act.value,
        digest=digest.hex(),
        words=words,
        expires_at=int(now.timestamp()) + settings.STEP_UP_LIFETIME_S,
    )
