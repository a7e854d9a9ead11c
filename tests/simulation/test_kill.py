"""R6: kill -9 of web or worker, at named points of a payment. On return it is there once, or not at all.

The processes are the real ones, on wires to the database that a test can hold (wire.py). The code that runs is the
product's, without hooks.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from accounts.models import User
from audit.models import AuditEntry
from config.supervisor import manage, web_command
from payments.models import ReceiptMail, SandboxOrder, Transaction, Wallet
from payments.money import Money
from payments.operations import start_deposit
from payments.verification import faults
from tests.doors import open_tokens
from tests.factories import open_wallet_for
from tests.payments.balances import minor_in
from tests.simulation.wire import Wire

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT_S = 60  # for machines that are busy with other things
# Asked as the application's role, which sees what its own connections do.
OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
WAITING = f"{OTHERS} and wait_event_type = 'Lock'"
BUSY = f"{OTHERS} and usename = current_user and state <> 'idle'"


@dataclass
class Process:
    """One of the product's processes, over a wire of its own."""

    command: list[str]
    wire: Wire
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
            "DATABASE_URL": self.wire.url,
            "DATABASE_OWNER_URL": self.wire.url,  # nothing here migrates
            "MAIL_URL": "memorymail://",
            "WEB_WORKERS": "1",
            "WEB_THREADS": "2",
        }
        self.running.append(subprocess.Popen(self.command, env=environment, cwd=settings.BASE_DIR, start_new_session=True))

    def kill(self) -> None:
        """Kill -9, of the process and all it started."""
        for process in self.running:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(LIMIT_S)
        self.running.clear()
        self.wire.let_go()


@dataclass
class Web(Process):
    """The web server, and a client of it."""

    port: int = 0

    def start(self) -> None:
        super().start()
        wait_until(self._answers)

    def pay(self, token: str, key: str, payer: Wallet, payee: Wallet) -> tuple[int, bool, dict[str, Any]]:
        """A transfer of 25 euros: the status, whether it is the first try's answer once more, and the body."""
        peer = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        body = {"wallet": str(payer.pk), "payee": {"address": payee.address}, "amount": "25.00", "asset": "EUR"}
        headers = {"Host": "localhost", "Authorization": f"Bearer {token}", "Idempotency-Key": key}
        with ends(peer):
            peer.request("POST", "/api/transfers", json.dumps(body), headers | {"Content-Type": "application/json"})
            answer = peer.getresponse()
            return answer.status, answer.headers["Idempotency-Replayed"] == "true", json.loads(answer.read())

    def _answers(self) -> bool:
        peer = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_S)
        with suppress(OSError, http.client.HTTPException), ends(peer):
            peer.request("GET", "/health/live")
            return peer.getresponse().status == http.HTTPStatus.OK
        return False


@contextmanager
def ends(peer: http.client.HTTPConnection) -> Iterator[None]:
    """A block after which the connection is closed."""
    try:
        yield
    finally:
        peer.close()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A wire to the test database, as the application's role."""
    parameters = connection.get_connection_params()
    wire = Wire({name: parameters.get(name) for name in ("user", "dbname", "host", "port")})
    yield wire
    wire.close()


@pytest.fixture
def web(wire: Wire) -> Iterator[Web]:
    """The web server as `./run` starts it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Web(web_command("127.0.0.1", port), wire, port=port)
    yield server
    server.kill()


@pytest.fixture
def worker(wire: Wire) -> Iterator[Process]:
    """The worker as `./run` starts it."""
    process = Process([*manage(), "worker"], wire)
    yield process
    process.kill()


class TestWeb:
    """The same request again, with the same key, is what a client does that got no answer."""

    POINTS = ("waits for the payer's wallet", "has written everything", "has committed")

    @pytest.mark.parametrize("point", POINTS)
    def test_pays_once(self, point: str, alice: User, bruno: User, web: Web, owner_connection: psycopg.Connection) -> None:
        payer, payee = open_wallet_for(alice, minor=100_00), open_wallet_for(bruno)
        token, key = open_tokens(alice).access_token, str(uuid.uuid4())
        web.start()

        with ThreadPoolExecutor(1) as pool, self.held_where_it(point, web, payer, owner_connection) as wait:
            unanswered = pool.submit(web.pay, token, key, payer, payee)
            wait()
            web.kill()
        assert isinstance(unanswered.exception(), OSError | http.client.HTTPException)
        wait_until(lambda: asked(BUSY) == 0)
        transfers = Transaction.objects.filter(kind=Transaction.Kind.TRANSFER)
        assert transfers.count() == (1 if point == "has committed" else 0)

        web.start()
        first = web.pay(token, key, payer, payee)
        second = web.pay(token, key, payer, payee)

        assert (first[0], first[1]) == (201, point == "has committed")
        assert second == (201, True, first[2])
        assert str(transfers.get().pk) == first[2]["id"]
        assert (minor_in(payer), minor_in(payee)) == (75_00, 25_00)
        jobs = ProcrastinateJob.objects.filter(task_name="payments.send_receipt", args__transaction_id=first[2]["id"])
        entries = AuditEntry.objects.filter(action="transfer.completed", resource_id=first[2]["id"])
        assert (jobs.count(), entries.count()) == (1, 1)
        assert list(faults(1)) == []

    @contextmanager
    def held_where_it(self, point: str, web: Web, payer: Wallet, owner: psycopg.Connection) -> Iterator[Callable[[], None]]:
        """Answers a function that waits until the payment has come to the point."""
        if point == "waits for the payer's wallet":
            with owner.transaction():
                owner.execute("select from payments_wallet where id = %s for update", [payer.pk])
                yield lambda: wait_until(lambda: asked(WAITING) == 1)
        else:
            hold = web.wire.hold_after if point == "has committed" else web.wire.hold_before
            hold(b"ledger_post", b"COMMIT")
            yield web.wire.wait


class TestWorker:
    """A deposit: the processor has been asked, then the books are written, then the receipt is mailed."""

    @pytest.mark.parametrize(
        ("hold", "texts", "status"),
        [
            pytest.param(Wire.hold_before, [b"ledger_settle"], "pending", id="the provider has answered"),
            pytest.param(Wire.hold_before, [b"ledger_settle", b"COMMIT"], "pending", id="everything is written"),
            pytest.param(Wire.hold_after, [b"ledger_settle", b"COMMIT"], "completed", id="it is committed"),
            pytest.param(Wire.hold_before, [b"payments_receiptmail", b"COMMIT"], "completed", id="a receipt is being mailed"),
        ],
    )
    def test_collects_once(
        self,
        hold: Callable[..., None],
        texts: list[bytes],
        status: str,
        alice: User,
        worker: Process,
        owner_connection: psycopg.Connection,
    ) -> None:
        wallet = open_wallet_for(alice)
        deposit = start_deposit(
            wallet=wallet, amount=Money(25_00, "EUR"), provider="sandbox", source="tok_success", actor=alice, key=None,
            now=timezone.now(),
        )  # fmt: skip
        hold(worker.wire, *texts)
        worker.start()
        worker.wire.wait()
        worker.kill()
        wait_until(lambda: asked(BUSY) == 0)
        deposit.refresh_from_db()
        assert (deposit.status, SandboxOrder.objects.get().status) == (status, "succeeded")
        assert ProcrastinateJob.objects.filter(status="doing", args__transaction_id=str(deposit.pk)).count() == 1

        # Half a minute later nobody has heard of that worker.
        owner_connection.execute("update procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
        with suppress(AlreadyEnqueued):  # the worker may have had the time to queue it itself
            app.configure_task("config.retry_stalled_jobs").defer(timestamp=0)
        worker.start()
        wait_until(lambda: not ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).exists())

        deposit.refresh_from_db()
        assert (deposit.status, minor_in(wallet)) == ("completed", 25_00)
        assert SandboxOrder.objects.count() == 1
        assert ReceiptMail.objects.filter(transaction=deposit).count() == 1
        assert ProcrastinateJob.objects.filter(task_name="config.tasks.deliver_mail", status="succeeded").count() == 1
        assert list(faults(1)) == []


def asked(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        (count,) = cursor.fetchone()
        return int(count)
