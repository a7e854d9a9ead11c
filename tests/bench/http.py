"""`./run bench http`: one payment by HTTP, and everybody paying one store, against pgbench's TPC-B in the same run.

A payment here is a signed-in request with an idempotency key that ends in a double entry, an audit entry, a
queued receipt and a stored answer, all in one commit. The server is granian as in production; the clients are
processes with a keep-alive connection each, on the same machine. `--quick` shortens every run.
"""

import argparse
import json
import multiprocessing
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench import cluster, report
from tests.bench.report import Row, median

PORT = 8199
WORKERS = 2
THREADS = 4  # in each worker
CLIENTS = 8
PAYERS = 200
START_LIMIT_S = 30
CREATED = b"HTTP/1.1 201"


@dataclass(frozen=True, slots=True)
class Payer:
    """Somebody signed in, with a wallet."""

    token: str
    wallet: str
    address: str


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench http", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    seconds, rounds = (4, 3) if parser.parse_args().quick else (8, 3)
    print(f"Machine: {report.machine()}")
    cluster.use()
    cluster.lay()
    import django

    django.setup()
    from tests.bench import world

    world.fill()
    cluster.psql("vacuum analyze", database=cluster.DATABASE)
    payers = _payers()
    statements = _statements(payers)

    payments, store_payments, tpcb, failures = [], [], [], 0
    store = _store()
    with _server():
        for where in ("", store):
            _pay(payers, 2, where)  # the workers' first requests load their modules
        for _round in range(rounds):
            before = cluster.pgbench(script=None, clients=CLIENTS, seconds=seconds).per_s
            rate, failed = _pay(payers, seconds)
            between = cluster.pgbench(script=None, clients=CLIENTS, seconds=seconds).per_s
            store_rate, store_failed = _pay(payers, seconds, store)
            after = cluster.pgbench(script=None, clients=CLIENTS, seconds=seconds).per_s
            payments.append(rate)
            store_payments.append(store_rate)
            tpcb.append((before + between, between + after))
            failures += failed + store_failed
    ratio = median([2 * rate / around for rate, (around, _later) in zip(payments, tpcb, strict=True)])
    store_ratio = median([2 * rate / around for rate, (_earlier, around) in zip(store_payments, tpcb, strict=True)])
    at = f"{CLIENTS} clients"
    rows = [
        Row("", f"pgbench TPC-B, {at}", f"{median([sum(both) / 4 for both in tpcb]):,.0f}/s", 1.0),
        Row("P1", f"one payment by HTTP, {at}", f"{median(payments):,.0f}/s", ratio, 0.15, 0.30),
        Row("P0", f"everybody pays one store by HTTP, {at}", f"{median(store_payments):,.0f}/s", store_ratio),
        Row("R10", "answers other than 201", str(failures), failures, 0, at_most=True),
        Row("P3", "statements of one payment by HTTP, beside BEGIN and COMMIT", str(statements)),
    ]
    print(report.table("HTTP", rows))


def _payers() -> list[Payer]:
    from payments.models import Wallet
    from tests.doors import open_tokens

    wallets = Wallet.objects.filter(kind=Wallet.Kind.PERSONAL).select_related("user").order_by("pk")[:PAYERS]
    return [Payer(open_tokens(wallet.user).access_token, str(wallet.pk), wallet.address) for wallet in wallets if wallet.user]


def _store() -> str:
    """The store that everybody pays."""
    from django.utils import timezone

    from merchants.models import Store
    from tests.bench import world

    store = Store.objects.create(
        name="Busy store", symbol="BUSY", category="other", city="Lisbon", country="PT", settlement_wallet_id=world.STORE,
        short_code="BUSYAA", active_since=timezone.now(),
    )  # fmt: skip
    return str(store.pk)


def _statements(payers: list[Payer]) -> int:
    """P3 over HTTP: authentication, key, wallets, ledger, audit, queue and answer."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from rest_framework.test import APIClient

    payer, payee = payers[0], payers[1]
    client = APIClient(headers={"authorization": f"Bearer {payer.token}", "host": "localhost"})
    with CaptureQueriesContext(connection) as asked:
        answer = client.post("/api/transfers", _body(payer, payee), format="json", headers={"idempotency-key": "statements-1"})
    if answer.status_code != 201:
        sys.exit(f"The payment was refused: {answer.content.decode()}")
    return sum(query["sql"] not in {"BEGIN", "COMMIT"} for query in asked.captured_queries)


@contextmanager
def _server() -> Iterator[None]:
    """The server as config/supervisor.py starts it, on a port of its own."""
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT), "--no-ws",
        "--workers", str(WORKERS), "--blocking-threads", str(THREADS), "--log-level", "error", "config.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ)
    try:
        _wait_for_answer()
        yield
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for_answer() -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The server did not start.")


def _pay(payers: list[Payer], seconds: int, store: str = "") -> tuple[float, int]:
    """Payments per second of all clients together, and how many were not answered by 201: to each other, or to the store."""
    parts = [payers[client::CLIENTS] for client in range(CLIENTS)]
    with multiprocessing.get_context("spawn").Pool(CLIENTS) as pool:
        counts = pool.starmap(_client, [(part, seconds, store) for part in parts], chunksize=1)
    return sum(paid for paid, _failed in counts) / seconds, sum(failed for _paid, failed in counts)


def _client(payers: list[Payer], seconds: int, store: str) -> tuple[int, int]:
    """One connection that pays again and again."""
    paid = failed = 0
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            payer, payee = random.sample(payers, 2)
            connection.sendall(_request(payer, payee, store))
            answer = _answer(connection)
            paid, failed = (paid + 1, failed) if answer.startswith(CREATED) else (paid, failed + 1)
    return paid, failed


def _body(payer: Payer, payee: Payer) -> dict[str, object]:
    return {"wallet": payer.wallet, "payee": {"address": payee.address}, "amount": "0.05", "asset": "EUR"}


def _request(payer: Payer, payee: Payer, store: str) -> bytes:
    body = json.dumps({"wallet": payer.wallet, "amount": "0.05", "asset": "EUR"} if store else _body(payer, payee))
    path = f"/api/stores/{store}/payments" if store else "/api/transfers"
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {payer.token}\r\nIdempotency-Key: {random.getrandbits(128):032x}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _answer(connection: socket.socket) -> bytes:
    """One whole answer with a Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _blank, rest = received.partition(b"\r\n\r\n")
    length = next(int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(rest) < length:
        rest += _more(connection)
    return head


def _more(connection: socket.socket) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise ConnectionError("The server closed the connection.")
    return chunk


if __name__ == "__main__":
    main()
