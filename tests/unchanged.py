"""Proves that a refused request left no trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

# Rate limits count refused requests, that is their purpose.
UNTOLD = frozenset({"florin_cache", "config_tally"})

TABLES = """
select relname from pg_class
 where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname
"""
FINGERPRINT = "select '{0}', count(*), md5(string_agg(t::text, '|' order by t::text)) from \"{0}\" t"


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


def _world() -> dict[str, tuple[int, str | None]]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall() if name not in UNTOLD]
        cursor.execute(" union all ".join(map(FINGERPRINT.format, tables)))
        return {table: (count, digest) for table, count, digest in cursor.fetchall()}
