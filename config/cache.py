"""The cache that every process shares: a table of the database.

Rate limits count in it (allauth's, behind a lock that is a key added here), so it may neither let two processes add one key
nor forget what somebody else has just written. Django's own asks first and writes then, counts the whole table at each
write, and deletes what it read as over even if it was set anew meanwhile. Here each is one statement, and what is over
goes by a job.
"""

import base64
import datetime as dt
import pickle
from collections.abc import Iterable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.utils import timezone
from psycopg import sql

FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)
MODES = {
    "set": """
        insert into {table} as kept (cache_key, value, expires) values (%(key)s, %(value)s, %(expires)s)
        on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires
        """,
    "add": """
        insert into {table} as kept (cache_key, value, expires) values (%(key)s, %(value)s, %(expires)s)
        on conflict (cache_key) do update set value = excluded.value, expires = excluded.expires where kept.expires < %(now)s
        """,
    "touch": "update {table} set expires = %(expires)s where cache_key = %(key)s and expires >= %(now)s",
}
READ = "select cache_key, value from {table} where cache_key = any(%(keys)s) and expires >= %(now)s"
FORGET = """
delete from {table}
 where cache_key in (select cache_key from {table} where expires < %(now)s limit %(most)s for update skip locked)
"""


class SharedCache(DatabaseCache):
    """Django's cache in the database, each act of it one statement."""

    _table: str

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:  # values are of any type
        """What is kept of these keys and not over."""
        named = {self.make_and_validate_key(key, version=version): key for key in keys}
        if not named:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(self._statement(READ), {"keys": list(named), "now": timezone.now()})
            return {named[key]: self._unpack(value) for key, value in cursor.fetchall()}

    def _base_set(self, mode: str, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT) -> bool:
        """Whether it was written; an added key only when nobody else's is kept."""
        seconds = self.get_backend_timeout(timeout)
        expires = FOREVER if seconds is None else dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
        values: dict[str, Any] = {"key": key, "value": self._pack(value), "expires": expires, "now": timezone.now()}
        with connection.cursor() as cursor:
            cursor.execute(self._statement(MODES[mode]), values)
            return cursor.rowcount == 1

    def forget(self, *, most: int) -> int:
        """Delete up to `most` entries that are over. Returns how many there were."""
        with connection.cursor() as cursor:
            cursor.execute(self._statement(FORGET), {"now": timezone.now(), "most": most})
            return cursor.rowcount

    def _statement(self, text: str) -> str:
        return sql.SQL(text).format(table=sql.Identifier(self._table)).as_string()

    def _pack(self, value: Any) -> str:
        return base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("ascii")

    def _unpack(self, text: str) -> Any:
        return pickle.loads(base64.b64decode(text))  # noqa: S301 as Django's does; only this product writes the table
