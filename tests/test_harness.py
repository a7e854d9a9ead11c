"""The promises of the harness itself: roles, emptied tables, jobs in both kinds of test, real threads."""

from collections.abc import Iterator

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from audit.models import AuditEntry
from payments.models import Asset, Wallet
from tests.jobs import JobRunner
from tests.threads import together


@pytest.fixture
def open_wallet_task() -> Iterator[str]:
    """A task that opens a system wallet, by its name and what becomes of it."""

    @app.task(name="tests.open_wallet", retry=RetryStrategy(max_attempts=1, wait=60))
    def open_wallet(name: str, ending: str = "") -> None:
        with transaction.atomic():
            Wallet.objects.system(name, "EUR")
            if ending:
                app.configure_task("tests.open_wallet").defer(name=f"{name}:next")
            if ending == "raise":
                raise OSError(name)

    yield "tests.open_wallet"
    del app.tasks["tests.open_wallet"]


def names() -> set[str]:
    return set(Wallet.objects.values_list("name", flat=True))


class JobContract:
    """What holds in both kinds of test."""

    def test_keeps_jobs_as_rows_until_they_are_run(self, run_jobs: JobRunner, open_wallet_task: str) -> None:
        app.configure_task(open_wallet_task).defer(name="platform:fees")
        assert ProcrastinateJob.objects.get().status == "todo"
        assert names() == set()

        assert run_jobs() == ["tests.open_wallet"]

        assert names() == {"platform:fees:EUR"}
        assert ProcrastinateJob.objects.get().status == "succeeded"

    def test_runs_jobs_that_jobs_defer(self, run_jobs: JobRunner, open_wallet_task: str) -> None:
        app.configure_task(open_wallet_task).defer(name="platform:fees", ending="defer")
        run_jobs()
        assert names() == {"platform:fees:EUR", "platform:fees:next:EUR"}

    def test_undoes_a_failing_task_with_the_jobs_it_deferred(self, run_jobs: JobRunner, open_wallet_task: str) -> None:
        app.configure_task(open_wallet_task).defer(name="platform:fees", ending="raise")
        with pytest.raises(OSError, match="platform:fees"):
            run_jobs()
        assert names() == set()
        assert [(job.status, job.attempts) for job in ProcrastinateJob.objects.all()] == [("todo", 1)]  # to be tried again

    def test_keeps_no_job_of_a_transaction_that_fails(self, run_jobs: JobRunner, open_wallet_task: str) -> None:
        with transaction.atomic():
            app.configure_task(open_wallet_task).defer(name="platform:fees")
            transaction.set_rollback(True)
        assert run_jobs() == []


@pytest.mark.django_db
class TestJobsInATransaction(JobContract):
    """On the test's own connection."""


@pytest.mark.django_db(transaction=True)
class TestJobsCommitted(JobContract):
    """By a worker with connections of its own."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", [1, 2])
def test_empties_guarded_tables_between_tests_and_keeps_what_migrations_made(_time: int) -> None:
    wallet = Wallet.objects.system("platform:fees", "EUR")
    AuditEntry.objects.create(action="wallet.opened", resource_type="payments.wallet", resource_id=str(wallet.pk))
    assert (Wallet.objects.count(), AuditEntry.objects.count()) == (1, 1)
    assert Asset.objects.filter(code="EUR").exists()
    assert ContentType.objects.filter(app_label="payments", model="wallet").exists()


@pytest.mark.django_db(transaction=True)
def test_guards_truncation_even_from_the_owner(owner_connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.RaiseException, match="Cannot truncate"):
        owner_connection.execute("truncate audit_auditentry")


@pytest.mark.django_db(transaction=True)
def test_gives_threads_their_own_connections() -> None:
    def backend() -> int:
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid(), current_user::text")
            pid, user = cursor.fetchone()
        assert user == "florin"
        return pid

    results = together([backend] * 4)
    assert len({*results, backend()}) == 5
