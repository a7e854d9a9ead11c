"""Lists by cursor: complete, newest first, steady while rows arrive, and strict about what they are asked."""

import datetime as dt
import json
import random
import uuid
from typing import Any

import django_filters
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from config.models import IdempotencyKey
from config.pagination import MAX_SIZE, BadCursor, Cursor, page_of

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


class Row(serializers.Serializer[IdempotencyKey]):
    """One row of the list."""

    key = serializers.CharField()


class Filters(django_filters.FilterSet):
    """What the list can be narrowed by."""

    key = django_filters.CharFilter()
    status = django_filters.NumberFilter()


class PlainRows(ListAPIView[IdempotencyKey]):
    """Any list of records will do."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    serializer_class = Row
    queryset = IdempotencyKey.objects.all()


class Rows(PlainRows):
    """The same with filters."""

    filterset_class = Filters


def add(key: str, *, seconds: int) -> None:
    IdempotencyKey.objects.create(
        caller=uuid.uuid4(), key=key, digest=bytes(32), created_at=NOON + dt.timedelta(seconds=seconds)
    )


def add_many(count: int) -> list[str]:
    """Rows of which each three share one moment; answers their keys, newest first."""
    for number in range(count):
        add(f"key-{number:03}", seconds=number // 3)
    rows = sorted(IdempotencyKey.objects.all(), key=lambda row: (row.created_at, row.pk), reverse=True)
    return [row.key for row in rows]


def ask(url: str = "/api/rows", view: type[PlainRows] = Rows) -> tuple[int, Any]:
    answer = view.as_view()(APIRequestFactory().get(url))
    assert isinstance(answer, Response)
    answer.render()
    return answer.status_code, json.loads(answer.content)


def keys(body: Any) -> list[str]:
    return [row["key"] for row in body["results"]]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 20, 21, 22, 100])
def test_shows_every_row_once_forth_and_back(size: int) -> None:
    expected = add_many(21)
    seen: list[str] = []
    status, page = ask(f"/api/rows?page_size={size}")
    assert page["previous"] is None
    pages = [keys(page)]
    while page["next"]:
        status, page = ask(page["next"])
        assert status == 200
        pages.append(keys(page))
    seen = [key for keys_of_page in pages for key in keys_of_page]
    assert seen == expected
    back = [pages[-1]]
    while page["previous"]:
        _status, page = ask(page["previous"])
        back.insert(0, keys(page))
    assert [key for keys_of_page in back for key in keys_of_page] == expected


def test_shows_no_row_twice_while_others_arrive() -> None:
    expected = add_many(9)
    _status, first = ask("/api/rows?page_size=4")
    add("newcomer", seconds=60)
    _status, second = ask(first["next"])
    assert keys(first) + keys(second) == expected[:8]
    _status, back = ask(second["previous"])
    assert keys(back) == expected[:4]
    _status, newest = ask(back["previous"])
    assert keys(newest) == ["newcomer"]


def test_keeps_the_filters_in_its_links() -> None:
    add_many(9)
    for key in ("same", "same", "same"):
        add(key, seconds=1)
    _status, page = ask("/api/rows?key=same&page_size=2")
    _status, rest = ask(page["next"])
    assert keys(page) + keys(rest) == ["same"] * 3


def test_answers_an_empty_list() -> None:
    assert ask() == (200, {"next": None, "previous": None, "results": []})


def test_asks_the_database_once() -> None:
    add_many(9)
    with CaptureQueriesContext(connection) as queries:
        ask("/api/rows?page_size=3")
    assert len(queries) == 1
    assert "OFFSET" not in queries[0]["sql"]


@pytest.mark.parametrize(
    "cursor", ["x", "!!!!", "AAAA", "é", "0" * 34, "_" * 34, "A" * 33, "A" * 35, "A" * 1000, "%00", "AH" + "_" * 32]
)
def test_refuses_a_cursor_that_is_none(cursor: str) -> None:
    status, body = ask(f"/api/rows?cursor={cursor}")
    assert (status, body["code"]) == (400, "bad_cursor")


def test_survives_any_cursor() -> None:
    add_many(3)
    chance = random.Random(7)
    for _try in range(300):
        text = "".join(chance.choice("ABCDEFabcdef0189-_") for _letter in range(34))
        assert ask(f"/api/rows?cursor={text}")[0] in {200, 400}


def test_writes_a_cursor_as_it_reads_it() -> None:
    cursor = Cursor(NOON + dt.timedelta(microseconds=1), uuid.uuid4(), forward=False)
    assert Cursor.parse(str(cursor)) == cursor
    with pytest.raises(BadCursor):
        Cursor.parse("")


@pytest.mark.parametrize("size", ["0", "-1", "101", "1.5", "abc", "", "\uff19", "1e2", "00001", " 5"])
def test_refuses_a_page_size_that_is_none(size: str) -> None:
    status, body = ask(f"/api/rows?page_size={size}")
    assert (status, body["code"]) == (400, "invalid_input")
    assert [error["parameter"] for error in body["errors"]] == ["page_size"]


def test_shows_at_most_a_hundred_rows() -> None:
    add_many(MAX_SIZE + 2)
    _status, page = ask(f"/api/rows?page_size={MAX_SIZE}")
    assert len(page["results"]) == 100


@pytest.mark.parametrize("view", [Rows, PlainRows])
def test_refuses_parameters_it_does_not_know(view: type[PlainRows]) -> None:
    status, body = ask("/api/rows?colour=red", view)
    assert (status, body["code"]) == (400, "invalid_input")
    assert [(error["parameter"], error["code"]) for error in body["errors"]] == [("colour", "unknown_parameter")]


def test_refuses_values_that_are_none_of_their_parameter() -> None:
    status, body = ask("/api/rows?status=many&key=%00&sort=up")
    assert (status, body["code"]) == (400, "invalid_input")
    assert {(error["parameter"], error["code"]) for error in body["errors"]} == {
        ("sort", "unknown_parameter"),
        ("status", "invalid"),
        ("key", "null_characters_not_allowed"),
    }


def test_serves_pages_of_the_portal_too() -> None:
    expected = add_many(5)
    page = page_of(IdempotencyKey.objects.all(), None, size=2)
    assert page.next is not None
    beyond = page_of(IdempotencyKey.objects.all(), page.next, size=2)
    assert [row.key for row in page.rows] + [row.key for row in beyond.rows] == expected[:4]
