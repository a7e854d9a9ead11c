"""R6: a worker that is killed between the provider and the ledger."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from payments.models import SandboxOrder
from payments.money import Money
from payments.operations import start_deposit
from tests.factories import open_wallet_for
from tests.jobs import JobRunner
from tests.payments.balances import minor_in

# A worker as in production, but for the instruction at which it dies: the provider has answered, nothing is written.
WORKER = """
import os, signal, sys
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from procrastinate.periodic import PeriodicRegistry
from config.worker import worker_app
from payments import tasks
tasks.complete_deposit = lambda **_arguments: os.kill(os.getpid(), signal.SIGKILL)
worker = worker_app()
worker.periodic_registry = PeriodicRegistry()
worker.run_worker(wait=False, listen_notify=False)
"""
LIMIT_S = 30


@pytest.mark.django_db(transaction=True)
def test_the_money_arrives_once_when_the_worker_is_killed(
    alice: User, run_jobs: JobRunner, owner_connection: psycopg.Connection
) -> None:
    wallet = open_wallet_for(alice)
    deposit = start_deposit(
        wallet=wallet, amount=Money(25_00, "EUR"), provider="sandbox", source="tok_success", actor=alice, key=None,
        now=timezone.now(),
    )  # fmt: skip

    killed = subprocess.run(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"]],
        env=os.environ | {"PYTHONPATH": str(settings.BASE_DIR), "DJANGO_SETTINGS_MODULE": "config.settings_test"},
        check=False,
        timeout=LIMIT_S,
    )

    assert killed.returncode == -signal.SIGKILL
    assert SandboxOrder.objects.get().status == "succeeded"  # the processor has the money
    deposit.refresh_from_db()
    assert (deposit.status, minor_in(wallet)) == ("pending", 0)
    job = ProcrastinateJob.objects.get(task_name="payments.collect_deposit")
    assert job.status == "doing"

    # Half a minute later nobody has heard of that worker.
    owner_connection.execute("update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
    app.configure_task("config.retry_stalled_jobs").defer(timestamp=0)
    run_jobs()

    deposit.refresh_from_db()
    assert (deposit.status, minor_in(wallet)) == ("completed", 25_00)
    assert SandboxOrder.objects.get().times_asked == 2
    assert ProcrastinateJob.objects.get(pk=job.pk).status == "succeeded"
