"""The shared cache: each act is one statement, so that what is counted in it is counted once."""

import datetime as dt

import pytest
import time_machine
from django.core.cache import cache, caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from config.cache import SharedCache
from config.tasks import forget_counts
from tests.threads import together

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from florin_cache")
        return cursor.fetchone()[0]


def test_is_ours() -> None:
    assert isinstance(caches["default"], SharedCache)


def test_keeps_and_gives_back_values_of_any_kind() -> None:
    cache.set_many({"a": [1.5, 2], "b": None, "c": {"x": b"\0"}}, 60)
    assert cache.get_many(["a", "b", "c", "d"]) == {"a": [1.5, 2], "b": None, "c": {"x": b"\0"}}
    assert cache.get("d", "nothing") == "nothing"
    assert cache.delete("a")
    assert not cache.delete("a")
    assert cache.get_many([]) == {}


@time_machine.travel(NOON, tick=False)
def test_forgets_when_the_time_is_over() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        cache.set("short", 1, 10)
        cache.set("long", 1, None)
        assert cache.touch("short", 20)
        clock.shift(20)
        assert cache.get("short") == 1
        clock.shift(0.001)
        assert cache.get("short") is None
        assert not cache.touch("short", 20)
        assert not cache.touch("never", 20)
        assert cache.get("long") == 1


def test_adds_only_what_is_not_there_or_is_over() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert cache.add("lock", "mine", 10)
        assert not cache.add("lock", "yours", 10)
        clock.shift(10.5)
        assert cache.add("lock", "yours", 10)
        assert cache.get("lock") == "yours"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("left_behind", [False, True])
def test_lets_one_of_many_add(left_behind: bool) -> None:
    """Also when an old one is over: Django's own backend then lets several think that they were first."""
    if left_behind:
        with time_machine.travel(NOON):
            cache.set("lock", "old", 1)
    assert together([lambda: cache.add("lock", "new", 60)] * 10).count(True) == 1


def test_each_act_is_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(4), CaptureQueriesContext(connection) as asked:
        cache.set("a", 1, 60)
        cache.add("a", 1, 60)
        cache.touch("a", 60)
        cache.get_many(["a", "b"])
    assert not any("count(" in query["sql"].lower() for query in asked.captured_queries)


def test_reading_what_is_over_deletes_nothing() -> None:
    """Somebody else may have written it anew between the look and the deletion."""
    with time_machine.travel(NOON, tick=False) as clock:
        cache.set("count", [1], 10)
        clock.shift(60)
        assert cache.get("count") is None
    assert rows() == 1


def test_a_job_takes_away_what_is_over_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.tasks.COUNTS_AT_ONCE", 2)
    with time_machine.travel(NOON, tick=False) as clock:
        cache.set_many({f"short{number}": 1 for number in range(5)}, 10)
        cache.set("long", 1, 60)
        clock.shift(20)
        forget_counts(timestamp=0)
        assert cache.get("long") == 1
    assert rows() == 1
