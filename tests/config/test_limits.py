"""Limits: no two tries share a place, and what does not count gives its place back."""

import datetime as dt
from contextlib import suppress
from functools import partial

import pytest
import time_machine
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from config import limits
from config.limits import Limit
from config.models import Tally
from config.tasks import forget_counts
from tests.threads import together

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
THREE = Limit(3, 60)
pytestmark = pytest.mark.django_db


THING = {"is": "there"}


def look(found: bool, **counts: Limit) -> str:
    """What becomes of one look."""
    try:
        with limits.counted(counts or {"person": THREE}, misses=KeyError, refusal=PermissionError()):
            THING["is" if found else "is not"]
    except KeyError:
        return "missed"
    except PermissionError:
        return "stopped"
    return "found"


def taken(key: str = "person") -> int:
    return len(Tally.objects.get(key=key).taken)


def test_stops_after_so_many_misses_and_then_hits_too() -> None:
    assert [look(False) for _try in range(4)] == ["missed"] * 3 + ["stopped"]
    assert look(True) == "stopped"


def test_hits_take_no_place_for_good() -> None:
    assert {look(True) for _try in range(10)} == {"found"}
    assert taken() == 0


def test_whatever_else_goes_wrong_takes_no_place() -> None:
    for _try in range(5):
        with suppress(ZeroDivisionError), limits.counted({"person": THREE}, misses=KeyError, refusal=PermissionError()):
            raise ZeroDivisionError
    assert taken() == 0


def test_places_are_free_again_when_their_time_is_over() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for _try in range(3):
            look(False)
            clock.shift(20)
        assert look(False) == "missed"  # the first place is a minute old
        assert look(False) == "stopped"
        assert taken() == 3


def test_keys_are_apart() -> None:
    for _try in range(3):
        look(False, mallory=THREE)
    assert (look(False, mallory=THREE), look(True, alice=THREE)) == ("stopped", "found")


def test_of_two_limits_each_must_have_a_place_and_neither_loses_one_to_the_other() -> None:
    for person in ("ana", "ben", "eva"):
        look(False, **{person: THREE}, network=THREE)
    assert look(True, zoe=THREE, network=THREE) == "stopped"
    assert taken("zoe") == 0


def test_a_limit_that_was_lowered_holds_at_once() -> None:
    for _try in range(3):
        look(False)
    assert look(False, person=Limit(2, 60)) == "stopped"


def test_costs_two_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        look(True, person=THREE, network=THREE)
    with django_assert_num_queries(1):
        look(False, person=THREE, network=THREE)


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_moment_get_no_more_places_than_there_are() -> None:
    outcomes = together([partial(look, False, person=Limit(7, 60), network=Limit(20, 60))] * 20)
    assert (outcomes.count("missed"), outcomes.count("stopped")) == (7, 13)
    assert (taken("person"), taken("network")) == (7, 7)


@pytest.mark.django_db(transaction=True)
def test_hits_and_misses_at_the_very_same_microsecond_are_told_apart() -> None:
    with time_machine.travel(NOON, tick=False):
        outcomes = together(
            [partial(look, number % 2 == 0, person=Limit(40, 60), network=Limit(40, 60)) for number in range(16)]
        )
    assert (outcomes.count("missed"), outcomes.count("found")) == (8, 8)
    assert (taken("person"), taken("network")) == (8, 8)


def test_a_job_takes_away_tallies_that_count_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.tasks.COUNTS_AT_ONCE", 2)
    with time_machine.travel(NOON, tick=False) as clock:
        for person in "abcde":
            look(False, **{person: THREE})
        clock.shift(30)
        look(False, f=THREE)
        clock.shift(31)
        forget_counts(timestamp=0)
    assert list(Tally.objects.values_list("key", flat=True)) == ["f"]


def test_writes_nothing_to_disk() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select relpersistence from pg_class where relname = 'config_tally'")
        assert cursor.fetchone() == ("u",)
