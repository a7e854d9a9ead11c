"""Limits on how often something may fail: as many tries at once as one likes, there are no more places than that.

A try takes its places before it is made, in one statement whose row locks order those of all processes, and gives them
back when it does not count. Whoever has no place left does not get to try.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

IPV6, IPV6_PREFIX = 6, 64

# In the order of their keys, so that two tries at the same places never wait for each other in a circle. A row that
# is full is not written, and not returned.
TAKE = """
insert into config_tally as tally (key, most, window_s, taken, expires_at)
select key, most, window_s, array[%(now)s::timestamptz], %(now)s::timestamptz + make_interval(secs => window_s)
  from unnest(%(keys)s::text[], %(most)s::int[], %(windows)s::int[]) as wanted (key, most, window_s)
 order by key
on conflict (key) do update
   set most = excluded.most, window_s = excluded.window_s, expires_at = excluded.expires_at,
       taken = array(select place from unnest(tally.taken) place
                      where place > excluded.taken[1] - make_interval(secs => excluded.window_s)) || excluded.taken
 where (select count(*) from unnest(tally.taken) place
         where place > excluded.taken[1] - make_interval(secs => excluded.window_s)) < excluded.most
returning key
"""
# One place only, should another have been taken in the same microsecond.
GIVE_BACK = """
with mine as (select key from config_tally where key = any(%(keys)s) order by key for update)
update config_tally tally
   set taken = taken[:array_position(taken, %(at)s::timestamptz) - 1] || taken[array_position(taken, %(at)s::timestamptz) + 1:]
  from mine
 where tally.key = mine.key and %(at)s::timestamptz = any(taken)
"""
FORGET = """
delete from config_tally where key in (select key from config_tally where expires_at < %s limit %s for update skip locked)
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries that count in any `window_s` seconds."""

    most: int
    window_s: int


@contextmanager
def counted(
    limits: Mapping[str, Limit], *, misses: type[Exception] | tuple[type[Exception], ...], refusal: Exception
) -> Iterator[None]:
    """Within it, whatever ends in one of `misses` counts against each of `limits`, by the key of whoever tries.

    Stands outside the transaction of the act, because what it counts must survive the act's refusal.

    :raises Exception: `refusal`, before the act, when one of them has no place left.
    """
    at = timezone.now()
    if not _take(limits, at):
        raise refusal
    try:
        yield
    except misses:
        raise
    except BaseException:
        _give_back(list(limits), at)
        raise
    else:
        _give_back(list(limits), at)


def network_of(address: str) -> str:
    """The address; of IPv6 the part that a provider gives out, because the rest is its holder's to choose."""
    parsed = ipaddress.ip_address(address)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False)[0]) if parsed.version == IPV6 else address


def forget(*, most: int) -> int:
    """Delete up to `most` tallies whose last place is free again. Returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [timezone.now(), most])
        return cursor.rowcount


def _take(limits: Mapping[str, Limit], at: dt.datetime) -> bool:
    """A place of each, or none of any."""
    wanted: dict[str, Any] = {
        "keys": list(limits),
        "most": [limit.most for limit in limits.values()],
        "windows": [limit.window_s for limit in limits.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"now": at, **wanted})
        got = [key for (key,) in cursor.fetchall()]
    if len(got) == len(limits):
        return True
    _give_back(got, at)
    return False


def _give_back(keys: list[str], at: dt.datetime) -> None:
    if keys:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_BACK, {"keys": keys, "at": at})
