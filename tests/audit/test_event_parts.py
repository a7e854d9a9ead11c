"""The event table is parted by month: parts are made ahead, old ones go, and the application may do neither by hand."""

import datetime as dt
from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection
from django.utils import timezone

import manage
from accounts.models import User
from audit import events
from audit.models import Event
from audit.parts import Part, make_parts, parts
from audit.tasks import make_event_parts
from tests.database import as_owner
from tests.factories import UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes

LONG_AGO = dt.datetime(2020, 2, 29, 23, 59, 59, 999999, tzinfo=dt.UTC)
MARCH = dt.datetime(2020, 3, 1, tzinfo=dt.UTC)


def part_of(event: Event) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass::text from audit_event where id = %s", [event.pk])
        return cursor.fetchone()[0]


def note(now: dt.datetime, user: User | None = None) -> Event:
    events.note("user.signed_in", user_id=user.pk if user else None, now=now)
    return Event.objects.latest("pk")


def months() -> list[dt.date]:
    return [part.month for part in parts()]


@pytest.fixture
def no_parts_left_behind(owner_connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The owner's connection, in a test whose parts of long ago go with it."""
    yield owner_connection
    for part in old_parts():
        owner_connection.execute(f"drop table {part.name}")


def old_parts() -> list[Part]:
    return [part for part in parts() if part.month.year < 2026]


class TestMaking:
    """Parts are made before they are needed."""

    def test_this_month_and_the_next_three_stand_after_migrating(self, db: None) -> None:
        this = timezone.now().astimezone(dt.UTC).date().replace(day=1)
        assert len([month for month in months() if month >= this]) >= 4
        assert part_of(note(timezone.now())) == f"audit_event_{this:%Y_%m}"

    def test_makes_each_once(self, db: None) -> None:
        assert make_parts(months_ahead=3) == 0

    def test_by_many_workers_at_once(self, no_parts_left_behind: psycopg.Connection) -> None:
        note(LONG_AGO)
        made = together([lambda: make_parts(months_ahead=3)] * 6)
        assert (made.count(1), made.count(0)) == (1, 5)

    def test_moves_what_waited_in_the_default_part_to_its_month(self, no_parts_left_behind: psycopg.Connection) -> None:
        february, march = note(LONG_AGO), note(MARCH)
        assert part_of(february) == part_of(march) == "audit_event_default"
        make_event_parts(timestamp=0)
        assert (part_of(february), part_of(march)) == ("audit_event_2020_02", "audit_event_2020_03")
        assert Event.objects.filter(pk__in=[february.pk, march.pk]).count() == 2

    def test_while_people_are_writing(self, no_parts_left_behind: psycopg.Connection) -> None:
        note(LONG_AGO)
        made, *_written = together([lambda: make_parts(months_ahead=3), *[lambda: note(LONG_AGO)] * 7])
        assert made == 1
        assert Event.objects.count() == 8

    def test_leaves_the_future_alone(self, db: None) -> None:
        """Whoever can write an event can't make the database grow parts without end."""
        far = note(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
        assert make_parts(months_ahead=1000) <= 21
        assert part_of(far) == "audit_event_default"


class TestDropping:
    """Whole months go when they are old."""

    @pytest.fixture
    def old(self, no_parts_left_behind: psycopg.Connection) -> Event:
        """An event of long ago in its part, one of today, and a stray that nobody made a part for."""
        event = note(LONG_AGO)
        make_parts(months_ahead=3)
        note(timezone.now())
        note(MARCH)
        return event

    def drop(self, *options: str) -> str:
        out = StringIO()
        with as_owner():
            call_command("drop_old_events", *options, stdout=out)
        return out.getvalue()

    def test_only_says_it_at_first(self, old: Event) -> None:
        with nothing_changes():
            said = self.drop("--keep-months", "13")
        assert "audit_event_2020_02" in said
        assert "audit_event_default: 1 events" in said
        assert "Nothing was dropped" in said
        assert part_of(old) == "audit_event_2020_02"

    def test_drops_whole_months_and_strays_and_nothing_else(self, old: Event) -> None:
        said = self.drop("--keep-months", "13", "--commit")
        assert "1 months dropped" in said
        assert not old_parts()
        assert Event.objects.count() == 1

    def test_keeps_as_many_months_as_it_is_told(self, no_parts_left_behind: psycopg.Connection) -> None:
        today = timezone.now().astimezone(dt.UTC)
        index = today.year * 12 + today.month - 1 - 2
        kept = dt.datetime(index // 12, index % 12 + 1, 1, tzinfo=dt.UTC)
        note(kept)
        note(kept - dt.timedelta(microseconds=1))
        make_parts(months_ahead=3)
        self.drop("--keep-months", "2", "--commit")
        assert months()[0] == kept.date()
        assert Event.objects.count() == 1
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(f"drop table audit_event_{kept:%Y_%m}")

    @pytest.mark.parametrize("months", ["0", "-3"])
    def test_refuses_to_keep_nothing(self, db: None, months: str) -> None:
        with pytest.raises(CommandError, match="at least one month"):
            call_command("drop_old_events", "--keep-months", months)

    def test_runs_as_the_owner(self) -> None:
        assert manage.role_for(["drop_old_events", "--keep-months", "13"]) == "owner"

    def test_the_application_may_not(self, old: Event) -> None:
        with nothing_changes(), pytest.raises(ProgrammingError, match="must be owner"):
            call_command("drop_old_events", "--keep-months", "13", "--commit", stdout=StringIO())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set name = ''",
        "delete from audit_event",
        "truncate audit_event",
        "select * from audit_event_default",
        "delete from audit_event_default",
        "update audit_event_default set name = ''",
        "insert into audit_event_default select * from audit_event",
        "drop table audit_event",
        "drop table audit_event_default",
        "alter table audit_event detach partition audit_event_default",
        "create table audit_event_2019_01 partition of audit_event for values from ('2019-01-01') to ('2019-02-01')",
    ],
)
def test_the_application_may_only_add_and_read(statement: str) -> None:
    with pytest.raises(DatabaseError) as caught, connection.cursor() as cursor:
        cursor.execute(statement)
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.sqlstate == "42501"


def test_a_persons_list_reads_an_index_of_each_month_and_no_table(owner_connection: psycopg.Connection) -> None:
    alice = UserFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("set enable_seqscan = off")
        cursor.execute(
            "explain select * from audit_event where user_id = %s order by created_at desc, id desc limit 25", [alice.pk]
        )
        plan = "\n".join(row for (row,) in cursor.fetchall())
        cursor.execute("reset enable_seqscan")
    assert "Seq Scan" not in plan
    assert plan.count("Index Cond: (user_id") == len(parts()) + 1
