"""The test database: its owner makes and empties it, the tests run as the application's role."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from config.database import APPLICATION, OWNER
from payments.verification import faults

# Rows that migrations made and no test may lose.
KEPT_TABLES = frozenset({"django_migrations", "django_content_type", "auth_permission", "django_site", "payments_asset"})
IDENTITY = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
LOCK_LIMIT = "15s"  # a thread that a test left inside a transaction is an error, not a hang

# Every table with rows of its own (a partitioned one keeps them in its partitions) and the bytes it takes up on disk.
TABLES = """
select relname, pg_relation_size(oid) from pg_class
 where relnamespace = 'public'::regnamespace and relkind = 'r' order by relname
"""
# Small tables are emptied by delete, which takes 5 ms where truncate takes 100: it makes new files for all of them.
DELETED_BELOW = 1 << 20  # bytes
MONEY = """
select exists (select from payments_posting) or exists (select from payments_transaction)
       or exists (select from payments_wallet where balance <> 0)
"""
LEFT_OPEN = """
select pg_terminate_backend(pid) from pg_stat_activity
 where datname = current_database() and usename = current_user and pid <> pg_backend_pid()
"""
GUARDS = "select array_agg(tgname::text) from pg_trigger where tgname like 'pgtrigger!_%' escape '!'"


def connect_as(role: str) -> None:
    """Make every new connection of this process use the role; the current thread's is closed."""
    target = settings.DATABASE_ROLES[role]
    connection.close()
    connection.settings_dict.update({key: target[key] for key in IDENTITY if key in target})


@contextmanager
def as_owner() -> Iterator[None]:
    """Run a transactional test's step with the owner's rights, as `manage.py loaddata` does."""
    connect_as(OWNER)
    try:
        yield
    finally:
        connect_as(APPLICATION)


def open_owner_connection() -> psycopg.Connection:
    """The owner's own connection to the test database, outside Django's, each statement its own commit."""
    parameters = connection.get_connection_params()
    for key in ("context", "cursor_factory", "prepare_threshold"):
        parameters.pop(key, None)
    owner = settings.DATABASE_ROLES[OWNER]
    parameters |= {"user": owner["USER"], "password": owner.get("PASSWORD") or None}
    return psycopg.connect(**parameters, autocommit=True)


def end_connections() -> None:
    """End what threads of tests left open: a live server's may be at its last answer when the session ends."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT_OPEN)


def empty_tables(owner: psycopg.Connection) -> None:
    """Take every row away but those migrations made; what `flush` does for whoever may truncate."""
    with owner.transaction(), owner.cursor() as cursor:
        cursor.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_LIMIT))
        cursor.execute("set local search_path = public, ledger")  # the ledger's checks trust who sees its schema
        (guards,) = cursor.execute(GUARDS).fetchone() or ([],)
        cursor.execute("select set_config('pgtrigger.ignore', %s::text[]::text, true)", [guards])
        sizes = {name: size for name, size in cursor.execute(TABLES).fetchall() if name not in KEPT_TABLES}
        tables = sql.SQL(", ").join(map(sql.Identifier, sizes))
        cursor.execute(sql.SQL("lock table {} in access exclusive mode").format(tables))
        if max(sizes.values()) < DELETED_BELOW:
            for name in filter(sizes.get, sizes):
                cursor.execute(sql.SQL("delete from {}").format(sql.Identifier(name)))
        else:
            cursor.execute(sql.SQL("truncate {}").format(tables))


def close_books(owner: psycopg.Connection) -> None:
    """End a test: whatever it did with money, its books must be true. Then take its rows away.

    :raises AssertionError: they are not; says which rows.
    """
    try:
        if owner.execute(MONEY).fetchone() == (True,):
            lies = [str(fault) for fault in faults(5)]
            assert not lies, "the books are not true: " + "; ".join(lies)
    finally:
        empty_tables(owner)
