"""`./run bench rotation`: a new field key for the identities of many people, while some of them write theirs anew.

`manage.py rotate_keys` runs as in operation; processes beside it send identities again and again and read them back. At
the end each row must open with the new key alone, and hold what its person wrote last. `--quick` takes a tenth of the people.
"""

import argparse
import base64
import datetime as dt
import multiprocessing
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier, Event
from typing import Any

from tests.bench import cluster, report
from tests.bench.report import Row, median

PEOPLE = 100_000
WRITERS = 2
ALONE_S = 15  # how long the writers run before the rotation
BATCH = 2000
BORN = dt.date(1987, 3, 29)
START_LIMIT_S = 120


@dataclass
class Written:
    """What one writer did: the last digits of each person by their number, and how long each write took, from when."""

    digits: dict[int, str] = field(default_factory=dict)
    took: list[tuple[float, float]] = field(default_factory=list)


def main() -> None:
    """Fill, write alone, rotate under load, prove."""
    parser = argparse.ArgumentParser(prog="./run bench rotation", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    people = PEOPLE // 10 if parser.parse_args().quick else PEOPLE
    cluster.use()
    cluster.lay()
    setup()
    before, machine = fill(people), report.machine()
    new = f"new:{base64.b64encode(os.urandom(32)).decode()}"
    os.environ["FIELD_ENCRYPTION_KEYS"] = f"{new},{os.environ['FIELD_ENCRYPTION_KEYS']}"
    begun, ended, written = rotate_under_load(people)
    lost = faults(before | {number: digits for each in written for number, digits in each.digits.items()}, key=new)
    took = [one for each in written for one in each.took]
    alone = [duration for at, duration in took if at < begun]
    meanwhile = [duration for at, duration in took if begun <= at < ended]
    rows = [
        Row("", f"rows encrypted anew, of {people:,}", f"{people / (ended - begun):,.0f}/s, {ended - begun:.1f} s in all"),
        Row("", f"identities sent by {WRITERS} processes before it", _rate(alone, ALONE_S)),
        Row("", "identities sent while it ran", _rate(meanwhile, ended - begun)),
        Row("", "rows that don't open with the new key alone, or hold something else", f"{lost}"),
    ]
    print(machine)
    print(report.table("A new key", rows))
    sys.exit(1 if lost or not meanwhile else 0)


def _rate(durations: list[float], seconds: float) -> str:
    if not durations:
        return "none"
    slow = sorted(durations)[int(len(durations) * 0.99)]
    return f"{len(durations) / seconds:,.0f}/s, median {median(durations) * 1000:.1f} ms, 99 % within {slow * 1000:.1f} ms"


def setup() -> None:
    """Django, pointed at the benchmarks' server."""
    import django

    django.setup()


def fill(people: int) -> dict[int, str]:
    """An identity for each person, with digits to know it by."""
    from django.db import connection

    from accounts.models import IdentityProfile
    from config.models import uuid7
    from tests.bench.world import FIRST, PEOPLE_SQL

    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_SQL, [FIRST, FIRST + people - 1])
    now = dt.datetime.now(dt.UTC)
    for start in range(0, people, BATCH):
        rows = []
        for number in range(start, min(start + BATCH, people)):
            row = IdentityProfile(id=uuid7(), user_id=person_id(number), first_name="Alice", last_name="Moreau", country="US")
            row.date_of_birth, row.ssn_last4, row.phone = BORN, f"{number % 10_000:04d}", "+14155550132"
            row.address_line1, row.city, row.state, row.postal_code, row.submitted_at = "1 Main", "Oakland", "CA", "94607", now
            rows.append(row)
        IdentityProfile.objects.bulk_create(rows)
    return {number: f"{number % 10_000:04d}" for number in range(people)}


def person_id(number: int) -> str:
    from tests.bench.world import FIRST

    return f"00000000-0000-7000-8000-{FIRST + number}"


def rotate_under_load(people: int) -> tuple[float, float, list[Written]]:
    """When the rotation began and ended, and what the writers did before and meanwhile."""
    context = multiprocessing.get_context("spawn")
    start, stop = context.Barrier(WRITERS + 1), context.Event()
    with context.Pool(WRITERS, initializer=share, initargs=(start, stop)) as pool:
        writers = [pool.apply_async(write, (number, people)) for number in range(WRITERS)]
        start.wait(START_LIMIT_S)
        time.sleep(ALONE_S)
        begun = time.time()
        subprocess.run([sys.executable, "manage.py", "rotate_keys"], check=True)
        ended = time.time()
        stop.set()
        return begun, ended, [writer.get(timeout=60) for writer in writers]


SHARED: dict[str, Any] = {}  # what begins and what ends the writers, in each of their processes


def share(start: Barrier, stop: Event) -> None:
    """Give a writer's process what begins and what ends it."""
    SHARED.update(start=start, stop=stop)
    setup()


def write(writer: int, people: int) -> Written:
    """Send the identities of this writer's people, one after another at random, and read each back."""
    from accounts.identity import IdentityDetails
    from accounts.models import IdentityProfile, User
    from accounts.operations import submit_identity

    written, count = Written(), 0
    SHARED["start"].wait(START_LIMIT_S)
    while not SHARED["stop"].is_set():
        number = random.randrange(writer, people, WRITERS)
        count += 1
        digits = f"{count % 10_000:04d}"
        details = IdentityDetails(
            first_name="Alice", last_name="Moreau", date_of_birth=BORN, address_line1=f"{count} Main", country="US",
            city="Oakland", state="CA", postal_code="94607", ssn_last4=digits, phone="+14155550132",
        )  # fmt: skip
        at = time.time()
        submit_identity(user=User(pk=person_id(number)), details=details, now=dt.datetime.now(dt.UTC))
        written.took.append((at, time.time() - at))
        written.digits[number] = digits
        assert IdentityProfile.objects.get(user__id=person_id(number)).ssn_last4 == digits
    return written


def faults(wanted: dict[int, str], *, key: str) -> int:
    """How many rows don't open with this key alone, or hold other digits than these."""
    from django.conf import settings

    from accounts.models import IdentityProfile
    from config.encryption import UnreadableValueError

    settings.FIELD_ENCRYPTION_KEYS = [key]
    found = 0
    by_person = {person_id(number): digits for number, digits in wanted.items()}
    for row in IdentityProfile.objects.iterator(chunk_size=BATCH):
        try:
            found += (row.ssn_last4, row.date_of_birth) != (by_person.pop(str(row.user_id)), BORN)
        except UnreadableValueError as error:
            print(error)
            found += 1
    return found + len(by_person)


if __name__ == "__main__":
    main()
