"""Proves that a refused request left no trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache

import pytest
from django.db import connection, transaction

# Rate limits count refused requests, that is their purpose.
UNTOLD = frozenset({"florin_cache", "config_tally"})

TABLES = """
select relname from pg_class
 where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname
"""
# A sum of each row's digest: in whatever order they come, and without sorting them. It is asked for thousands of times.
FINGERPRINT = "select '{0}', count(*), sum(hashtextextended(t::text, 0)) from \"{0}\" t"


TRAIL, EVENTS = "audit_auditentry", "audit_event"


@contextmanager
def nothing_changes(*but: str) -> Iterator[None]:
    """Every row of every table is the same after the block as before it, but those of the tables named.

    Where the trail may grow, events may: an entry of it can be one.
    """
    before = _world()
    yield
    after = _world()
    changed = {table for table in before if before[table] != after[table]} - {*but, *([EVENTS] if TRAIL in but else [])}
    assert not changed, f"changed: {sorted(changed)}"


@contextmanager
def refused[Refusal: Exception](*kinds: type[Refusal]) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """The block is refused as one of these kinds, and leaves no trace."""
    with nothing_changes(), pytest.raises(kinds) as caught, transaction.atomic():
        yield caught


def _world() -> dict[str, tuple[int, Decimal | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_question())
        return {table: (count, digest) for table, count, digest in cursor.fetchall()}


@cache
def _question() -> str:
    """Asked again and again; no test makes tables."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return " union all ".join(FINGERPRINT.format(name) for (name,) in cursor.fetchall() if name not in UNTOLD)
