"""`./run bench ledger`: the ledger against pgbench's TPC-B, and against a peer from the package index.

Runs in turn on one server, so that a noisy machine is noisy for everybody; quoted are medians of the rounds.
`--quick` shortens every run, `--no-peer` leaves django-hordak out.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import cluster, report
from tests.bench.report import Row, median

HERE = Path(__file__).resolve().parent
SQL = HERE / "sql"
LINES_IN_BULK = 100
PEER_DATABASE = "hordak"
PEER_HOME = Path("var/bench/hordak")
PEER_CLIENTS = 4
WARM_UP_S = 4
MILLION = 1_000_000
VERIFY_LIMIT_S = 30


def main() -> None:
    options = _options()
    seconds, rounds = (3, 3) if options.quick else (6, 5)
    print(f"Machine: {report.machine()}")
    cluster.use()
    cluster.lay()
    import django

    django.setup()
    from tests.bench import world

    world.fill()
    cluster.psql("vacuum analyze", database=cluster.DATABASE)

    _warm_up()
    rows = [row for clients in (8, 32) for row in _payments(clients, seconds, rounds)]
    rows += [row for clients in (8, 32) for row in _bulk(clients, seconds)]
    rows += _round_trips()
    if not options.no_peer:
        rows += _peer(seconds)
    rows += _verification(MILLION // 20 if options.quick else MILLION)
    print(report.table("Ledger", rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench ledger", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-peer", action="store_true")
    return parser.parse_args()


def _warm_up() -> None:
    """Touch every page once after a checkpoint: the log then holds changes, and not whole pages of whoever came first."""
    cluster.psql("checkpoint")
    for script in (None, SQL / "random.sql", SQL / "hot.sql"):
        cluster.pgbench(script=script, clients=8, seconds=WARM_UP_S)


def _payments(clients: int, seconds: int, rounds: int) -> list[Row]:
    """P0: each round runs TPC-B first and last, and both kinds of payment between."""
    rates: dict[str, list[float]] = {"tpcb": [], "random": [], "hot": []}
    for _round in range(rounds):
        before = cluster.pgbench(script=None, clients=clients, seconds=seconds).per_s
        for name in ("random", "hot"):
            rates[name].append(cluster.pgbench(script=SQL / f"{name}.sql", clients=clients, seconds=seconds).per_s)
        after = cluster.pgbench(script=None, clients=clients, seconds=seconds).per_s
        rates["tpcb"].append((before + after) / 2)
        _fold()
    ratios = {
        name: median([rate / tpcb for rate, tpcb in zip(rates[name], rates["tpcb"], strict=True)]) for name in ("random", "hot")
    }
    at = f"{clients} clients"
    return [
        Row("", f"pgbench TPC-B, {at}", f"{median(rates['tpcb']):,.0f}/s", 1.0),
        Row("P0", f"two legs, random wallets, {at}", f"{median(rates['random']):,.0f}/s", ratios["random"], 1.0, 1.5),
        Row("P0", f"everyone pays one store, {at}", f"{median(rates['hot']):,.0f}/s", ratios["hot"], 1.0, 1.5),
    ]


def _bulk(clients: int, seconds: int) -> list[Row]:
    """P2: a hundred lines in one transaction, TPC-B before and after."""
    before = cluster.pgbench(script=None, clients=clients, seconds=seconds).per_s
    lines = cluster.pgbench(script=SQL / "bulk.sql", clients=clients, seconds=seconds).per_s * LINES_IN_BULK
    after = cluster.pgbench(script=None, clients=clients, seconds=seconds).per_s
    ratio = lines / ((before + after) / 2)
    return [Row("P2", f"lines posted in bulk, {clients} clients", f"{lines:,.0f}/s", ratio, 1.5, 3.0)]


def _fold() -> None:
    """What the job does every few seconds; the inflow of a run must not slow the next one down."""
    from payments import ledger

    while ledger.fold():
        pass


def _round_trips() -> list[Row]:
    """P3: what one transfer asks the database."""
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from payments.models import Wallet
    from payments.money import Money
    from payments.operations import transfer

    payer, payee = Wallet.objects.filter(kind=Wallet.Kind.PERSONAL).select_related("user")[:2]
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        transfer(payer=payer, payee=payee, amount=Money(5, "EUR"), actor=payer.user, key="round-trips", now=timezone.now())
    statements = [query["sql"] for query in asked.captured_queries if query["sql"] not in {"BEGIN", "COMMIT"}]
    what = "statements of one transfer, beside BEGIN and COMMIT"
    return [Row("P3", what, str(len(statements)), len(statements), 4, at_most=True)]


def _peer(seconds: int) -> list[Row]:
    """The same act from Python by django-hordak and by us: two legs, one commit, several processes."""
    python = PEER_HOME / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, PEER_HOME], check=True)
    sync = ["pip", "sync", "--quiet", "--require-hashes", "--python", str(python), str(HERE / "hordak.lock")]
    subprocess.run([sys.executable, "-m", "uv", *sync], check=True)
    cluster.psql(f"drop database if exists {PEER_DATABASE} with (force)")
    cluster.psql(f"create database {PEER_DATABASE}")
    where = [str(cluster.CLUSTER.socket_dir), PEER_DATABASE]
    # -P: the folder of the script has a module named http, which must not stand before the standard one
    theirs = _count([python, "-P", HERE / "hordak_peer.py", *where, str(PEER_CLIENTS), str(seconds)])
    ours = _count([sys.executable, "-m", "tests.bench.florin_peer", str(PEER_CLIENTS), str(seconds)])
    return [
        Row("", f"django-hordak from Python, {PEER_CLIENTS} processes: two legs", f"{theirs:,.0f}/s"),
        Row("", "Florin's transfer from Python: two legs, audit entry, queued receipt", f"{ours:,.0f}/s", ours / theirs),
    ]


def _count(command: list[str | Path]) -> float:
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def _verification(postings: int) -> list[Row]:
    """R1: how long the whole proof takes."""
    from payments.models import Posting
    from payments.verification import faults

    missing = postings - Posting.objects.count()
    if missing > 0:
        cluster.pgbench(script=SQL / "bulk.sql", clients=4, transactions=missing // LINES_IN_BULK // 4 + 1)
    cluster.psql("analyze", database=cluster.DATABASE)
    begun = time.monotonic()
    found = list(faults())
    took_s = time.monotonic() - begun
    if found:
        sys.exit(f"The books are wrong: {found[0]}")
    what = f"verify_ledger over {Posting.objects.count():,} postings, seconds"
    return [Row("R1", what, f"{took_s:.1f} s", took_s, VERIFY_LIMIT_S, at_most=True)]


if __name__ == "__main__":
    main()
