"""Apps say what they synced: each act once however often it is told, the refused call not at all, others' never seen."""

import datetime as dt
import json
from functools import partial
from io import StringIO
from typing import Any
from uuid import UUID

import psycopg
import pytest
import time_machine
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from accounts.operations import suspend_user
from accounts.serializers.sync import MOST_EVENTS
from accounts.sessions import end_all_sessions
from audit.models import SyncLog
from audit.sync import Outcome, Synced, record_syncs
from config.api import MAX_BODY_BYTES
from tests import doors
from tests.database import as_owner
from tests.factories import UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes

PATH = "/api/sync/events"
NOON = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)


def event_id(number: int) -> str:
    return str(UUID(int=number, version=4))


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    return {"event_id": event_id(number), "event_type": "contacts.pulled", "event_source": "ios.background", **more}


def tell(client: APIClient, *events: dict[str, Any]) -> list[str]:
    """What became of each."""
    answer = client.post(PATH, {"events": events})
    assert answer.status_code == 200, answer.content
    assert [each["event_id"] for each in answer.json()["events"]] == [each["event_id"] for each in events]
    return [each["outcome"] for each in answer.json()["events"]]


@pytest.fixture
def app(alice: User) -> APIClient:
    client = doors.api_client(alice)
    client.defaults |= {"HTTP_USER_AGENT": "FlorinApp/1.0", "REMOTE_ADDR": "192.0.2.7"}
    return client


class TestRecording:
    """What is written of an act."""

    def test_success_and_error(self, app: APIClient, alice: User) -> None:
        failed = event(2, success=False, error_message="The disk is full.")
        assert tell(app, event(1, data={"added": 3, "of": ["a", None]}), failed) == ["recorded", "recorded"]
        rows = SyncLog.objects.order_by("event_id").values_list("event_type", "data", "success", "error_message")
        assert list(rows) == [
            ("contacts.pulled", {"added": 3, "of": ["a", None]}, True, ""),
            ("contacts.pulled", {}, False, "The disk is full."),
        ]

    def test_by_whom_and_from_where(self, app: APIClient, alice: User) -> None:
        tell(app, event())
        row, session = SyncLog.objects.get(), alice.sessions.get()
        assert (row.user, row.session_id, row.client_ip, row.user_agent) == (alice, session.pk, "192.0.2.7", "FlorinApp/1.0")

    def test_told_again_in_the_same_words_is_written_once(self, app: APIClient) -> None:
        tell(app, event(data={"a": 1, "b": 1.5}))
        with nothing_changes():
            assert tell(app, event(data={"b": 1.50, "a": 1})) == ["duplicate"]

    @pytest.mark.parametrize("number", [1e23, 1e300, 10**30, -0.0, 5e-324])
    def test_the_same_words_are_the_same_numbers(self, app: APIClient, number: float) -> None:
        tell(app, event(data={"n": number}))
        assert tell(app, event(data={"n": number})) == ["duplicate"]

    @pytest.mark.parametrize(
        "other",
        [
            {"data": {"added": 4}},
            {"event_type": "contacts.pushed"},
            {"event_source": "ios.share"},
            {"success": False},
            {"success": False, "error_message": "Late."},
        ],
    )
    def test_other_words_under_the_same_id_change_nothing(self, app: APIClient, other: dict[str, Any]) -> None:
        tell(app, event())
        with nothing_changes():
            assert tell(app, event(**other)) == ["conflict"]

    def test_new_and_old_in_one_call(self, app: APIClient) -> None:
        tell(app, event(1), event(2))
        assert tell(app, event(3), event(1), event(2, data={"x": 1}), event(0)) == [
            "recorded", "duplicate", "conflict", "recorded",
        ]  # fmt: skip
        assert SyncLog.objects.count() == 4

    def test_the_same_id_of_somebody_else_is_another_act(self, app: APIClient, bruno: User) -> None:
        tell(app, event())
        assert tell(doors.api_client(bruno), event()) == ["recorded"]

    def test_takes_as_few_statements_for_fifty_as_for_one(self, app: APIClient) -> None:
        counts = []
        for numbers in (range(100, 101), range(200, 200 + MOST_EVENTS)):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                tell(app, *map(event, numbers))
            counts.append(len(asked))
        assert counts[0] == counts[1]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"event_id": None}, "null"),
    "an id that is none": ({"event_id": "1"}, "invalid"),
    "no type": ({"event_type": ""}, "blank"),
    "a type of two words": ({"event_type": "contacts pulled"}, "invalid"),
    "a type too long": ({"event_type": "a" * 65}, "max_length"),
    "no source": ({"event_source": None}, "null"),
    "data that is a list": ({"data": [1]}, "not_a_dict"),
    "data too long": ({"data": {"note": "x" * 4096}}, "too_long"),
    "success as a word": ({"success": "perhaps"}, "invalid"),
    "an error that worked": ({"error_message": "Late."}, "invalid"),
    "an error too long": ({"success": False, "error_message": "x" * 501}, "max_length"),
    "an unknown key": ({"user": "somebody else"}, "unknown_field"),
}


class TestRefusing:
    """One wrong event refuses all, and nothing is written."""

    @pytest.mark.parametrize("name", WRONG)
    def test_a_wrong_event_beside_a_right_one(self, app: APIClient, name: str) -> None:
        change, code = WRONG[name]
        with nothing_changes():
            answer = app.post(PATH, {"events": [event(1), event(2, **change)]})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
        (error,) = answer.json()["errors"]
        assert (error["code"], error["pointer"].startswith("#/events/1/")) == (code, True)

    @pytest.mark.parametrize(
        "events", [[], [event(1), event(1)], [event(each) for each in range(MOST_EVENTS + 1)], "none", None, [[]]],
        ids=["none", "twice the same", "too many", "a word", "null", "no object"],
    )  # fmt: skip
    def test_a_wrong_list(self, app: APIClient, events: Any) -> None:
        with nothing_changes():
            assert app.post(PATH, {"events": events}).status_code == 400

    @pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity"])
    def test_a_number_that_is_none(self, app: APIClient, number: str) -> None:
        body = json.dumps({"events": [event(data={"n": 0.5})]}).replace("0.5", number)
        with nothing_changes():
            answer = app.post(PATH, body, content_type="application/json")
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")

    def test_a_full_call_fits_into_a_body(self, app: APIClient) -> None:
        biggest = [event(each, data={"note": "x" * 4000}) for each in range(MOST_EVENTS)]
        assert len(str(biggest)) < MAX_BODY_BYTES
        assert tell(app, *biggest) == ["recorded"] * MOST_EVENTS

    def test_somebody_who_is_signed_out_or_suspended(self, app: APIClient, alice: User) -> None:
        end_all_sessions(alice, now=NOON)
        with nothing_changes():
            assert app.post(PATH, {"events": [event()]}).status_code == 401
        other = doors.api_client(alice)
        suspend_user(user=alice, actor=UserFactory.create(is_staff=True, is_superuser=True), reason="a look", now=NOON)
        with nothing_changes():
            assert other.post(PATH, {"events": [event()]}).status_code == 401

    def test_more_than_sixty_calls_a_minute(self, alice: User, bruno: User) -> None:
        with time_machine.travel(NOON, tick=False):
            fresh = doors.api_client(alice)
            assert {fresh.get(PATH).status_code for _ in range(60)} == {200}
            with nothing_changes():
                answer = fresh.post(PATH, {"events": [event()]})
            assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (429, "throttled", "60")
            assert doors.api_client(bruno).get(PATH).status_code == 200


class TestListing:
    """What a person's apps said, by page and by filter."""

    def test_newest_first_by_cursor_each_once(self, app: APIClient, alice: User) -> None:
        for minute in range(5):
            events = [
                Synced(UUID(event_id(minute * 10 + each)), "a", "b", {"at": minute}, success=True, error_message="")
                for each in range(3)
            ]
            record_syncs(user_id=alice.pk, events=events, now=NOON + dt.timedelta(minutes=minute))
        seen, address = [], f"{PATH}?page_size=4"
        while address:
            page = app.get(address).json()
            seen += page["results"]
            address = page["next"]
        assert len({each["event_id"] for each in seen}) == len(seen) == 15
        assert [each["data"]["at"] for each in seen] == [at for at in (4, 3, 2, 1, 0) for _ in range(3)]

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("success=false", {2}),
            ("success=true", {1, 3}),
            ("event_type=notes.pushed", {3}),
            ("event_source=ios.background&success=true", {1, 3}),
            ("event_source=android", set()),
        ],
    )
    def test_filters(self, app: APIClient, query: str, numbers: set[int]) -> None:
        tell(app, event(1), event(2, success=False, error_message="Late."), event(3, event_type="notes.pushed"))
        found = app.get(f"{PATH}?{query}").json()["results"]
        assert {each["event_id"] for each in found} == set(map(event_id, numbers))

    @pytest.mark.parametrize("query", ["sucess=false", "success=perhaps", "user=1", "cursor=x", "page_size=0"])
    def test_refuses_what_is_no_filter(self, app: APIClient, query: str) -> None:
        assert app.get(f"{PATH}?{query}").status_code == 400

    def test_shows_nobody_elses(self, app: APIClient, mallory: User) -> None:
        tell(app, event())
        assert doors.api_client(mallory).get(PATH).json()["results"] == []


class TestKeeping:
    """The database's own rules, and how long it lasts."""

    @pytest.mark.parametrize("statement", ["update audit_synclog set success = false", "delete from audit_synclog"])
    def test_the_application_may_not_change_what_was_told(self, app: APIClient, statement: str) -> None:
        tell(app, event())
        with nothing_changes(), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    def test_nothing_that_worked_has_an_error(self, alice: User) -> None:
        row = SyncLog(user=alice, event_id=event_id(1), event_type="a", event_source="b", success=True, error_message="Late.")
        with pytest.raises(IntegrityError, match="sync_error_only_of_failures"), transaction.atomic():
            row.save()

    @pytest.mark.django_db(transaction=True)
    def test_goes_with_the_events_of_its_month(self, alice: User, owner_connection: psycopg.Connection) -> None:
        long_ago = dt.datetime(2020, 2, 29, 23, 59, tzinfo=dt.UTC)
        for number, now in enumerate((long_ago, NOON)):
            told = Synced(UUID(event_id(number)), "a", "b", {}, success=True, error_message="")
            assert record_syncs(user_id=alice.pk, events=[told], now=now) == [Outcome.RECORDED]
        for options, left in ([], 2), (["--commit"], 1):
            out = StringIO()
            with as_owner():
                call_command("drop_old_events", "--keep-months", "13", *options, stdout=out)
            assert "audit_synclog: 1 sync events" in out.getvalue()
            assert SyncLog.objects.count() == left
        assert SyncLog.objects.get().created_at == NOON


@pytest.mark.django_db(transaction=True)
def test_twenty_calls_with_the_same_events_write_each_once(alice: User) -> None:
    events = [Synced(UUID(event_id(each)), "a", "b", {}, success=True, error_message="") for each in range(30)]
    orders = [events if index % 2 else events[::-1] for index in range(20)]
    answers = together([partial(record_syncs, user_id=alice.pk, events=order, now=NOON) for order in orders])
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    outcomes = [outcome for answer in answers for outcome in answer]  # type: ignore[union-attr] # none is an exception
    assert (outcomes.count(Outcome.RECORDED), outcomes.count(Outcome.DUPLICATE)) == (30, 570)
    assert SyncLog.objects.count() == 30
