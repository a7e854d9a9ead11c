"""Counting attempts, so that guessing and flooding stop (R20, R33)."""

from allauth.core import ratelimit
from django.http import HttpRequest

from accounts.errors import TooManyAttempts
from accounts.models import User


def count_attempt(request: HttpRequest, action: str, *, key: str | None = None, user: User | None = None) -> None:
    """Count one more on the limits of `action` (`ACCOUNT_RATE_LIMITS`): for this address, this `key` and this person.

    :raises TooManyAttempts: there were too many.
    """
    if not ratelimit.consume(request, action=action, key=key, user=user):
        raise TooManyAttempts
