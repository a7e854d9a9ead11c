"""Stops people who try codes until one fits.

Each miss takes a place for `WINDOW_S` seconds, of the person and of the address they come from; who has none left
looks nothing up. Places are keys of the shared cache that are added, never counted up, so that tries at the same
moment can't share one.
"""

import ipaddress

from django.core.cache import cache

from accounts.models import User
from audit.trail import origin
from merchants.errors import TooManyGuesses

WINDOW_S = 600
PLACES_OF_A_PERSON = 20
PLACES_OF_AN_ADDRESS = 100  # many people may stand behind one: a café's network, a phone company
IPV6, IPV6_PREFIX = 6, 64


def check(person: User) -> None:
    """:raises TooManyGuesses: the person, or where they come from, has no place left."""
    rows = _rows(person)
    taken = set(cache.get_many([place for row in rows for place in row]))
    if any(taken.issuperset(row) for row in rows):
        raise TooManyGuesses(retry_after=WINDOW_S)


def note_miss(person: User) -> None:
    """Take a place of the person, and one of the address."""
    for row in _rows(person):
        taken = set(cache.get_many(row))
        for place in row:
            if place not in taken and cache.add(place, True, WINDOW_S):
                break


def _rows(person: User) -> list[list[str]]:
    rows = [[f"guess:{person.pk}:{place}" for place in range(PLACES_OF_A_PERSON)]]
    if address := origin.get().ip_address:
        rows.append([f"guess:{_network(address)}:{place}" for place in range(PLACES_OF_AN_ADDRESS)])
    return rows


def _network(address: str) -> str:
    """The address; of IPv6 the part that a provider gives out, because the rest is its holder's to choose."""
    parsed = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False)[0]) if parsed.version == IPV6 else address
