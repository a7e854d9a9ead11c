"""`./run bench takeout`: everything about a person who sent money fifty thousand times, written as their file.

How long the file takes and how much memory it needs beyond what the process holds anyway, measured against somebody who
did nothing yet. `--quick` takes a tenth of the payments.
"""

import argparse
import datetime as dt
import io
import resource
import tempfile
import time
from typing import IO, Any
from zipfile import ZipFile

from tests.bench import cluster, report
from tests.bench.ledger import SQL
from tests.bench.report import Row

PAYMENTS = 50_000
LIMIT_S = 60  # R46
MEMORY_LIMIT_MB = 50  # P13


def main() -> None:
    """Fill, write twice, count."""
    parser = argparse.ArgumentParser(prog="./run bench takeout", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    payments = PAYMENTS // 10 if parser.parse_args().quick else PAYMENTS
    cluster.use()
    cluster.lay()
    import django

    django.setup()
    from accounts.models import User
    from tests.bench import world

    world.fill()
    cluster.pgbench(script=SQL / "one_payer.sql", clients=1, transactions=payments)
    cluster.psql("vacuum analyze", database=cluster.DATABASE)
    payer, payee = (User.objects.get(name=f"Person {number}") for number in (world.FIRST, world.FIRST + 1))
    machine = report.machine()
    with io.BytesIO() as file:
        write(payee, file)
    before = peak_mb()
    with tempfile.TemporaryFile() as file:
        begun = time.monotonic()
        write(payer, file)
        took_s, grown_mb, size_mb = time.monotonic() - begun, peak_mb() - before, file.tell() / 1e6
        rows = rows_of(file)
    print(machine)
    what = f"{rows:,} rows as a file of {size_mb:.1f} MB"
    print(
        report.table(
            "Taking one's data away",
            [
                Row("R46", f"{what}, seconds", f"{took_s:.1f} s, {rows / took_s:,.0f} rows/s", took_s, LIMIT_S, at_most=True),
                Row("P13", f"{what}, MB of memory", f"{grown_mb:.1f} MB", grown_mb, MEMORY_LIMIT_MB, at_most=True),
            ],
        )
    )


def write(user: Any, file: IO[bytes]) -> None:
    """The file, as the portal writes it."""
    from config.takeout.archive import write_archive

    write_archive(user, file, zone=dt.UTC, now=dt.datetime.now(dt.UTC))


def peak_mb() -> float:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def rows_of(file: IO[bytes]) -> int:
    """How many rows of tables and lines of statements the file holds."""
    with ZipFile(file) as archive:
        return sum(
            archive.read(name).count(b"\n") - 1 for name in archive.namelist() if name.startswith(("tables/", "statements/"))
        )


if __name__ == "__main__":
    main()
