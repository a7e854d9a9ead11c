"""Proofs that it is still the person who signed in, or is about to: a password, a typed code, a passkey.

Every door that asks for a second factor asks here. What is typed counts on one count of guesses for each account,
whichever door it is typed at, so that none of them is a second chance (R20); passkeys can't be guessed.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import factors, notices, passkeys
from accounts.attempts import count_attempt
from accounts.codes import Use, send_code, spend_code
from accounts.errors import CodeOver, PasskeyRefused, ProofTooWeak, TooManyAttempts, WrongCode, WrongProof, WrongTextCode
from accounts.models import StepUpMethod, User
from accounts.passkeys import JSONObject, Purpose
from accounts.stepup import Challenge, methods_of
from audit import trail

LIMITS = "allauth.account"  # the app whose rate limits are those of the settings


def attempts_key(user: User) -> str:
    """What guesses at this account count on: the same as sign-in counts them."""
    return (user.email or str(user.pk)).lower()


def answer(
    request: HttpRequest, user: User, *, challenge: Challenge, method: StepUpMethod, given: str | JSONObject, now: dt.datetime
) -> None:
    """Check the proof with which the person answers a challenge: what they typed, or what their passkey signed.

    :raises WrongProof, TooManyAttempts: as below.
    """
    if not isinstance(given, str):
        prove_by_signature(request, user, challenge=challenge, credential=given, now=now)
    elif method == StepUpMethod.SMS:
        prove_by_text(request, user, challenge_id=challenge.id, typed=given, now=now)
    else:
        prove(request, user, method=method, secret=given)


def ask_passkey(user: User, challenge: Challenge) -> passkeys.Challenge:
    """What one of the person's passkeys is asked to sign to answer this challenge.

    :raises ProofTooWeak: they have none.
    """
    accepted = methods_of(user)
    if StepUpMethod.PASSKEY not in accepted:
        raise ProofTooWeak(methods=list(accepted))
    return passkeys.begin_signing(user, challenge.nonce)


def send_proof(request: HttpRequest, user: User, *, challenge: Challenge, now: dt.datetime) -> None:
    """Send the code with which the person can answer this challenge, in the place of one that was sent for it before.

    :raises ProofTooWeak: the account is confirmed in another way.
    :raises TooManyAttempts: too many codes were sent to the number.
    """
    accepted = methods_of(user)
    if StepUpMethod.SMS not in accepted or user.phone is None:
        raise ProofTooWeak(methods=list(accepted))
    code_id = uuid.UUID(challenge.id)
    send_code(request, phone=user.phone, use=Use.STEP_UP, subject=challenge.id, code_id=code_id, now=now)


def prove(request: HttpRequest, user: User, *, method: StepUpMethod, secret: str) -> None:
    """Check what the person typed to confirm an act: a code, or the password.

    Outside any transaction: what is counted and written down of a wrong one must stay.

    :raises WrongProof: it is wrong, or was used before.
    :raises TooManyAttempts: there were too many wrong ones, here or at another door.
    """
    check = CHECKS[method]
    usage = ratelimit.consume(request, app=LIMITS, action="login_failed", key=attempts_key(user))
    if not usage:
        raise TooManyAttempts
    if not check(user, secret):
        _note_failure("step_up.failed", user, method=method)
        raise WrongProof(field="password" if method == StepUpMethod.PASSWORD else "code")
    usage.rollback()


def prove_by_text(request: HttpRequest, user: User, *, challenge_id: str, typed: str, now: dt.datetime) -> None:
    """Check the code that was sent to the person's phone for this challenge, and for nothing else.

    Outside any transaction, as `prove`.

    :raises WrongProof: it is wrong, was used before, or none was sent.
    :raises TooManyAttempts: too many were tried for the number.
    """
    phone, code_id = user.phone or "", uuid.UUID(challenge_id)
    try:
        spend_code(request, code_id=code_id, phone=phone, use=Use.STEP_UP, subject=challenge_id, typed=typed, now=now)
    except (WrongTextCode, CodeOver):
        _note_failure("step_up.failed", user, method=StepUpMethod.SMS)
        raise WrongProof(field="code") from None


def prove_by_signature(
    request: HttpRequest, user: User, *, challenge: Challenge, credential: JSONObject, now: dt.datetime
) -> None:
    """Check that one of the person's passkeys signed this challenge, and so its act and subject, and nothing else.

    Outside any transaction, as `prove`.

    :raises WrongProof: it did not.
    :raises TooManyAttempts: too many passkeys were tried from there.
    """
    count_attempt(request, "passkey")
    origins = passkeys.origins_for(request)
    try:
        passkeys.finish_signing(user=user, nonce=challenge.nonce, credential=credential, origins=origins, now=now)
    except PasskeyRefused:
        _note_failure("step_up.failed", user, method=StepUpMethod.PASSKEY)
        raise WrongProof(field="credential") from None


def prove_by_code(request: HttpRequest, *, user: User, code: str, now: dt.datetime) -> Authenticator:
    """The authenticator app or the recovery codes that the code is of. It is used up.

    Outside any transaction, as `prove`.

    :raises WrongCode: it is of neither, or was used before.
    :raises TooManyAttempts: whatever it was.
    """
    usage = ratelimit.consume(request, app=LIMITS, action="login_failed", key=attempts_key(user))
    if not usage:
        raise TooManyAttempts
    factor = _use_code(user, code, factors.TYPED, now=now)
    if factor is None:
        _note_failure("user.second_factor_failed", user)
        raise WrongCode
    usage.rollback()
    return factor


def prove_by_passkey(
    request: HttpRequest, *, user: User | None, purpose: Purpose, token: str, credential: JSONObject, now: dt.datetime
) -> Authenticator:
    """The passkey that answered the challenge: one of this person's, or of whoever it says without `user`.

    :raises PasskeyRefused, TooManyAttempts:
    """
    count_attempt(request, "passkey")
    try:
        return passkeys.finish_proof(
            purpose=purpose, user=user, token=token, credential=credential, origins=passkeys.origins_for(request), now=now
        )
    except PasskeyRefused:
        if user:
            _note_failure("user.second_factor_failed", user)
        raise


def note_proof(request: HttpRequest, factor: Authenticator, *, alone: bool = False, again: bool = False) -> None:
    """Let the sign-in's records know of the proof; `alone` it is the whole sign-in, `again` it comes after it."""
    extra = {name: True for name, is_so in (("passwordless", alone), ("reauthenticated", again)) if is_so}
    record_authentication(request, factor.user, "mfa", id=factor.pk, type=factor.type, **extra)


def _use_code(user: User, code: str, types: factors.Types, *, now: dt.datetime) -> Authenticator | None:
    factor = factors.use_code(user=user, code=code, types=types, now=now)
    if factor and factor.type == Authenticator.Type.RECOVERY_CODES:
        left = len(factors.unused_codes(factor))
        trail.record("recovery_code.used", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"left": left})
        notices.tell(user, title=_("A recovery code was used"), text=_codes_left(left), now=now)
    return factor


def _codes_left(left: int) -> Promise:
    """In the language of whoever reads it; `ngettext_lazy` would be read as soon as the number is put in."""
    return cast("Promise", lazy(_codes_left_now, str)(left))


def _codes_left_now(left: int) -> str:
    return ngettext(
        "%(left)d code is left. You make new ones on the page of your recovery codes.",
        "%(left)d codes are left. You make new ones on the page of your recovery codes.",
        left,
    ) % {"left": left}


def _note_failure(action: str, user: User, **metadata: object) -> None:
    # Whoever tried is not known to be this person.
    trail.record(action, actor=None, resource=user, customer_id=user.pk, now=timezone.now(), metadata=metadata)


def _is_password(user: User, secret: str) -> bool:
    return check_password(secret, user.password)


def _is_code_of(kind: Authenticator.Type) -> Callable[[User, str], bool]:
    return lambda user, secret: _use_code(user, secret, [kind], now=timezone.now()) is not None


CHECKS: dict[StepUpMethod, Callable[[User, str], bool]] = {
    StepUpMethod.PASSWORD: _is_password,
    StepUpMethod.TOTP: _is_code_of(Authenticator.Type.TOTP),
    StepUpMethod.RECOVERY_CODE: _is_code_of(Authenticator.Type.RECOVERY_CODES),
}
