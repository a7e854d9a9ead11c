"""Second factors: which ones a person has, and whether a code proves one.

allauth keeps them, one `Authenticator` row each, and asks for them in its sign-in. Codes are checked here, because
each must work once however many try it at the same moment, and because their secrets rest encrypted.
"""

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from allauth.core.internal.cryptokit import compare_user_code, normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.db import transaction

from accounts.models import FactorSecret, StepUpMethod, User
from config.encryption import TamperedValueError

ISSUER = "Florin"
STEP_S = 30
DRIFT = 1  # steps that a phone's clock may be wrong by, either way
CODES = 10
CODE_DIGITS = 8
FEW_CODES = 3

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # what makes an account ask for a second step
TYPED = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)

type Types = Collection[Authenticator.Type]


METHODS = {  # the strongest first
    Authenticator.Type.WEBAUTHN: StepUpMethod.PASSKEY,
    Authenticator.Type.TOTP: StepUpMethod.TOTP,
    Authenticator.Type.RECOVERY_CODES: StepUpMethod.RECOVERY_CODE,
}


@dataclass(frozen=True, slots=True)
class Factors:
    """Everything a person has set up. `codes_left` is None where there never were recovery codes."""

    passkeys: list[Authenticator]
    totp: Authenticator | None
    recovery_codes: Authenticator | None

    @property
    def is_strong(self) -> bool:
        """Whether signing in takes a second step."""
        return bool(self.passkeys or self.totp)

    @property
    def codes_left(self) -> int | None:
        """Recovery codes that still work."""
        return len(unused_codes(self.recovery_codes)) if self.recovery_codes else None

    @property
    def has_few_codes(self) -> bool:
        """Whether it is time for new ones."""
        return self.codes_left is not None and self.codes_left <= FEW_CODES

    @property
    def methods(self) -> list[StepUpMethod]:
        """What the person can prove themselves by now."""
        has = (self.passkeys, self.totp, self.codes_left)
        return [method for method, held in zip(METHODS.values(), has, strict=True) if held]


def factors_of(user: User) -> Factors:
    """One query."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    return Factors(
        passkeys=[row for row in rows if row.type == Authenticator.Type.WEBAUTHN],
        totp=next((row for row in rows if row.type == Authenticator.Type.TOTP), None),
        recovery_codes=next((row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES), None),
    )


def has_second_factor(user: User) -> bool:
    """Whether signing in takes a second step."""
    if user._state.adding:  # noqa: SLF001 documented, whatever its name says
        return False
    return Authenticator.objects.filter(user_id=user.pk, type__in=STRONG).exists()


def use_code(*, user: User, code: str, now: dt.datetime, types: Types = TYPED) -> Authenticator | None:
    """The factor that a typed code proves, used up in the caller's transaction or one of its own.

    None: it is none of this person's, or it was used before.
    """
    typed = normalize_user_code(code)
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update().filter(user=user, type__in=types).order_by("-type")
        for row in rows:  # the app first
            spend = _spend_totp if row.type == Authenticator.Type.TOTP else _spend_recovery_code
            if spend(row, typed, now):
                row.last_used_at = now
                row.save(update_fields=["data", "last_used_at"])
                return row
    return None


# --- authenticator apps -------------------------------------------------------------------------------------


def new_totp_secret() -> str:
    """160 random bits in base 32, as apps want them."""
    return generate_totp_secret()


def totp_address(user: User, secret: str) -> str:
    """What the QR code says: the secret, and how the app names the entry."""
    label = f"{ISSUER}:{user.email or user.phone or user}"
    return f"otpauth://totp/{quote(label)}?{urlencode({'secret': secret, 'issuer': ISSUER})}"


def matching_step(secret: str, typed: str, *, now: dt.datetime, after: int = -1) -> int | None:
    """The step of time that a code belongs to, if it is later than `after` and the clock is roughly there."""
    current = int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        if compare_user_code(actual=typed, expected=format_hotp_value(hotp_value(secret, step))) and step > after:
            found = step
    return found


def keep_totp(user: User, secret: str, *, step: int, now: dt.datetime) -> Authenticator:
    """The row of a new authenticator app. `step` is that of the last code which was used."""
    kind = Authenticator.Type.TOTP
    row = Authenticator.objects.create(user=user, type=kind, data={"last_step": step}, created_at=now)
    _hide(row, {"secret": secret})
    return row


def _spend_totp(row: Authenticator, typed: str, now: dt.datetime) -> bool:
    step = matching_step(_seen(row)["secret"], typed, now=now, after=row.data["last_step"])
    if step is None:
        return False
    row.data["last_step"] = step
    return True


# --- recovery codes -----------------------------------------------------------------------------------------


def keep_recovery_codes(user: User, *, now: dt.datetime) -> Authenticator:
    """The row of new codes, all unused."""
    row = Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={}, created_at=now)
    codes: dict[str, None] = {}  # in the order they were drawn, none twice
    while len(codes) < CODES:
        codes[f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"] = None
    _hide(row, {"codes": list(codes)})
    return row


def unused_codes(row: Authenticator) -> list[str]:
    """The recovery codes that still work, in the clear: for their owner's eyes only."""
    codes: list[str] = _seen(row)["codes"]
    return codes


def _spend_recovery_code(row: Authenticator, typed: str, now: dt.datetime) -> bool:
    codes = unused_codes(row)
    left = [code for code in codes if not compare_user_code(actual=typed, expected=code)]
    if len(left) == len(codes):
        return False
    _hide(row, {"codes": left})
    return True


# --- how they rest ------------------------------------------------------------------------------------------


def _hide(row: Authenticator, content: dict[str, Any]) -> None:
    kept = FactorSecret.objects.filter(factor=row).first() or FactorSecret(factor=row)
    kept.content = {**content, "user": str(row.user_id)}
    kept.save()


def _seen(row: Authenticator) -> dict[str, Any]:  # JSON values
    """:raises UnreadableValueError: it was tampered with, moved here from elsewhere, or its key is gone."""
    kept = FactorSecret.objects.get(factor=row)
    content: dict[str, Any] = kept.content or {}
    if content.get("user") != str(row.user_id):
        raise TamperedValueError(FactorSecret._meta.get_field("content").place(kept), "it is another person's")  # noqa: SLF001 documented
    return content
