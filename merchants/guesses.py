"""Stops people who try codes until one fits: look-ups that find nothing count, of the person and of where they come from."""

from collections.abc import Iterator
from contextlib import contextmanager

from accounts.models import User
from audit.trail import origin
from config import limits
from config.limits import Limit
from merchants.errors import CodeUnknown, TooManyGuesses

WINDOW_S = 600
OF_A_PERSON = Limit(20, WINDOW_S)
OF_AN_ADDRESS = Limit(100, WINDOW_S)  # many people may stand behind one: a café's network, a phone company


@contextmanager
def counted(person: User) -> Iterator[None]:
    """Within it, a `CodeUnknown` counts; after `OF_A_PERSON` even codes that exist are refused.

    :raises TooManyGuesses: the person, or where they come from, has no guess left.
    """
    kept = {f"codes:person:{person.pk}": OF_A_PERSON}
    if address := origin.get().ip_address:
        kept[f"codes:network:{limits.network_of(address)}"] = OF_AN_ADDRESS
    with limits.counted(kept, misses=CodeUnknown, refusal=TooManyGuesses(retry_after=WINDOW_S)):
        yield
