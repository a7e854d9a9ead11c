"""What the plumbing does at night."""

import datetime as dt

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import User
from config.models import IdempotencyKey
from config.tasks import forget_ended_sessions, forget_old_keys
from tests.jobs import JobRunner

pytestmark = pytest.mark.django_db
INSERT_FAILED = """
with job as (
    insert into procrastinate_jobs (queue_name, task_name, args, status)
    values (%(queue)s, %(name)s, '{}', 'failed') returning id
)
insert into procrastinate_events (job_id, type, at) select id, 'failed', %(ended)s from job
"""
INSERT_JOB = """
insert into procrastinate_jobs (queue_name, task_name, queueing_lock, args, status, scheduled_at)
values ('default', %(name)s::text, %(name)s::text, '{"timestamp": 0}', %(status)s, %(at)s)
"""


def test_forgets_keys_after_thirty_days(alice: User) -> None:
    for key, age in (("old", dt.timedelta(days=30, minutes=1)), ("young", dt.timedelta(days=29, hours=23))):
        IdempotencyKey.objects.create(caller=alice.pk, key=key, digest=bytes(32), created_at=timezone.now() - age)
    forget_old_keys(timestamp=0)
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]


def test_forgets_sessions_whose_time_is_over() -> None:
    for key, left in (("a" * 32, dt.timedelta(minutes=-1)), ("b" * 32, dt.timedelta(minutes=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + left)
    forget_ended_sessions(timestamp=0)
    assert list(Session.objects.values_list("session_key", flat=True)) == ["b" * 32]


@pytest.mark.django_db(transaction=True)
def test_queues_what_a_killed_worker_left_beside_a_job_that_waits_already(
    run_jobs: JobRunner, owner_connection: psycopg.Connection
) -> None:
    tomorrow = timezone.now() + dt.timedelta(days=1)
    for name, status, at in (
        ("config.forget_old_keys", "doing", None),
        ("config.forget_old_keys", "todo", tomorrow),
        ("config.forget_ended_sessions", "doing", None),
    ):
        owner_connection.execute(INSERT_JOB, {"name": name, "status": status, "at": at})
    app.configure_task("config.retry_stalled_jobs").defer(timestamp=0)

    assert run_jobs() == ["config.retry_stalled_jobs", "config.forget_ended_sessions"]


@pytest.mark.django_db(transaction=True)
def test_forgets_letters_that_could_not_be_delivered(run_jobs: JobRunner, owner_connection: psycopg.Connection) -> None:
    for queue in ("default", "mail"):
        for days in (29, 31):
            job = {"queue": queue, "name": f"{queue} {days}", "ended": timezone.now() - dt.timedelta(days=days)}
            owner_connection.execute(INSERT_FAILED, job)
    app.configure_task("config.forget_finished_jobs").defer(timestamp=0)
    run_jobs()
    left = owner_connection.execute("select task_name from procrastinate_jobs where status = 'failed' order by 1").fetchall()
    assert left == [("default 29",), ("default 31",), ("mail 29",)]
