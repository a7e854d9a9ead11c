"""The parts of the event table: one for each month, made ahead and dropped when old, with what apps synced then."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg import sql

NAME = r"^audit_event_[0-9]{4}_[0-9]{2}$"
LOCK_LIMIT = "5s"  # dropping waits for whoever reads events, and everybody who writes one waits for it meanwhile

PARTS = """
select c.relname, to_date(right(c.relname, 7), 'YYYY_MM'), c.reltuples, pg_total_relation_size(c.oid)
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
 where i.inhparent = 'audit_event'::regclass and c.relname ~ %s
 order by c.relname
"""
STRAYS = "from audit_event_default where created_at < %s"
OLD_SYNCS = "from audit_synclog where created_at < %s"


@dataclass(frozen=True, slots=True)
class Part:
    """A month of events; `rows` is PostgreSQL's estimate, -1 when it has none."""

    name: str
    month: dt.date
    rows: int
    size_bytes: int


def make_parts(*, months_ahead: int) -> int:
    """Make what is missing from this month on. Returns how many parts were made."""
    with connection.cursor() as cursor:
        cursor.execute("select audit_make_event_parts(%s)", [months_ahead])
        return cursor.fetchone()[0]


def parts() -> list[Part]:
    """Every month that has a part, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [NAME])
        return [Part(name, month, int(rows), size) for name, month, rows, size in cursor.fetchall()]


def strays_before(month: dt.date) -> int:
    """How many events older than this month lie in the default part, because nobody made theirs."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) {STRAYS}", [_start_of(month)])
        return cursor.fetchone()[0]


def drop_part(part: Part) -> None:
    """Drop a month with its events, for good. The owner's right.

    :raises OperationalError: somebody reads events for longer than `LOCK_LIMIT`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_LIMIT).as_string())
        cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(part.name)).as_string())


def delete_strays(*, before: dt.date) -> int:
    """Delete the events of the default part that are older than this month. The owner's right."""
    with connection.cursor() as cursor:
        cursor.execute(f"delete {STRAYS}", [_start_of(before)])
        return cursor.rowcount


def syncs_before(month: dt.date) -> int:
    """How many acts that apps synced are older than this month."""
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) {OLD_SYNCS}", [_start_of(month)])
        return cursor.fetchone()[0]


def delete_syncs(*, before: dt.date) -> int:
    """Delete what apps synced before this month. The owner's right."""
    with connection.cursor() as cursor:
        cursor.execute(f"delete {OLD_SYNCS}", [_start_of(before)])
        return cursor.rowcount


def _start_of(month: dt.date) -> dt.datetime:
    return dt.datetime(month.year, month.month, 1, tzinfo=dt.UTC)
