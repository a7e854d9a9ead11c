"""How passwords are stored, and which are refused.

Fifteen characters for a password that stands alone, eight when the account has a second factor. The rules are
length and unpredictability, nothing else: composition rules make people choose `Password1!`.
"""

import re

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import factors
from accounts.models import User

MIN_LENGTH = 15
MIN_LENGTH_WITH_FACTOR = 8
MAX_LENGTH = 128
MIN_DIFFERENT_CHARACTERS = 6
MIN_COMMON_WORD = 4
SEQUENCES = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm")


class Argon2id(Argon2PasswordHasher):
    """Argon2id with OWASP's parameters: 19 MiB, two passes, one lane.

    Django's own default takes 100 MiB and eight lanes for each sign-in, more than a whole web worker may use here.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


def min_length_for(user: AbstractBaseUser | None) -> int:
    """How long this person's password must be, as long as they keep their second factor."""
    return MIN_LENGTH_WITH_FACTOR if isinstance(user, User) and factors.has_second_factor(user) else MIN_LENGTH


class MinimumLengthValidator:
    """Refuses what is too short for this person."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        # Only a password between the two lengths costs the question.
        if len(password) >= MIN_LENGTH:
            return
        least = min_length_for(user)
        if len(password) < least:
            raise ValidationError(
                ngettext(
                    "This password is too short. It needs at least %(min_length)d character.",
                    "This password is too short. It needs at least %(min_length)d characters.",
                    least,
                ),
                code="password_too_short",
                params={"min_length": least},
            )

    def get_help_text(self) -> str:
        return _("At least %(alone)d characters, or %(with_factor)d with two-step verification.") % {
            "alone": MIN_LENGTH,
            "with_factor": MIN_LENGTH_WITH_FACTOR,
        }


class MaximumLengthValidator:
    """Refuses what is too long to be typed and long enough to make hashing expensive."""

    def __init__(self, max_length: int = MAX_LENGTH) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long", params={"max_length": self.max_length})

    def get_help_text(self) -> str:
        return ngettext(
            "Your password may have at most %(max_length)d character.",
            "Your password may have at most %(max_length)d characters.",
            self.max_length,
        ) % {"max_length": self.max_length}


class PredictablePasswordValidator:
    """Refuses long passwords that are as guessable as short ones.

    The lists of common passwords hold few of fifteen characters, because people who must reach a length
    repeat a short one: `passwordpassword`, `123456123456123`, `aaaaaaaaaaaaaaa`, `qwertyuiopasdfgh`.
    """

    @cached_property
    def common(self) -> frozenset[str]:
        return frozenset(CommonPasswordValidator().passwords)

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        # Shorter ones are refused for that alone.
        if len(password) >= MIN_LENGTH_WITH_FACTOR and self.is_predictable(password.casefold()):
            raise ValidationError(
                _("This password is easy to guess. Four unrelated words make a good one."), code="password_predictable"
            )

    def get_help_text(self) -> str:
        return _("Repeated words and keyboard rows are refused; four unrelated words are welcome.")

    def is_predictable(self, password: str) -> bool:
        if len(set(password)) < MIN_DIFFERENT_CHARACTERS:
            return True
        core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", password)
        return self._is_row(password) or self._is_repetition(password) or self._is_repetition(core) or self._is_common(core)

    def _is_row(self, password: str) -> bool:
        """The keys in the order of the alphabet, the digits or the keyboard, forwards or backwards."""
        rows = [row for sequence in SEQUENCES for row in (sequence * 3, sequence[::-1] * 3)]
        return any(password in row for row in rows)

    def _is_repetition(self, password: str) -> bool:
        """One short piece again and again, the last one perhaps cut. A piece that is long enough alone may repeat."""
        for size in range(1, min(MIN_LENGTH, len(password) * 2 // 3 + 1)):
            repeated = password[:size] * (len(password) // size + 1)
            if repeated.startswith(password):
                return True
        return False

    def _is_common(self, core: str) -> bool:
        """A common password dressed up with digits and signs at its ends."""
        return len(core) >= MIN_COMMON_WORD and core in self.common
