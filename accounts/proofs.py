"""Proofs that it is still the person who signed in. Tries count as at the doors, so this is no second chance (R20)."""

import re
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import TooManyAttempts, WrongProof
from accounts.models import StepUpMethod, User
from audit import trail

NOT_IN_A_CODE = re.compile(r"[\s-]")


def prove(request: HttpRequest, user: User, *, method: StepUpMethod, secret: str) -> None:
    """Check what the person typed: a code, or the password.

    Outside any transaction: what is counted and written down of a wrong one must stay.

    :raises WrongProof: it is wrong, or was used before.
    :raises TooManyAttempts: there were too many wrong ones, here or at another door.
    """
    check, key = CHECKS[method], _key(request, user, method)
    usage = ratelimit.consume(request, app="allauth.account", action="login_failed", key=key)
    if not usage:
        raise TooManyAttempts
    if not check(user, secret):
        trail.record(
            "step_up.failed",
            actor=None,  # whoever tried is not known to be this person
            resource=user,
            customer_id=user.pk,
            now=timezone.now(),
            metadata={"method": method},
        )
        raise WrongProof(field="password" if method == StepUpMethod.PASSWORD else "code")
    usage.rollback()


def _key(request: HttpRequest, user: User, method: StepUpMethod) -> str:
    """Whose tries these are, as sign-in counts them: passwords by address, second factors by person."""
    if method == StepUpMethod.PASSWORD and user.email:
        return str(get_adapter(request)._get_login_attempts_cache_key(request, email=user.email))  # noqa: SLF001 ours
    return f"mfa-auth-user-{user.pk}"


def _is_password(user: User, secret: str) -> bool:
    return check_password(secret, user.password)


def _is_code_of(kind: Authenticator.Type) -> Callable[[User, str], bool]:
    def check(user: User, secret: str) -> bool:
        factor = Authenticator.objects.filter(user=user, type=kind).first()
        if factor is None or not factor.wrap().validate_code(NOT_IN_A_CODE.sub("", secret)):
            return False
        factor.record_usage()
        return True

    return check


CHECKS: dict[StepUpMethod, Callable[[User, str], bool]] = {
    StepUpMethod.PASSWORD: _is_password,
    StepUpMethod.TOTP: _is_code_of(Authenticator.Type.TOTP),
    StepUpMethod.RECOVERY_CODE: _is_code_of(Authenticator.Type.RECOVERY_CODES),
}
