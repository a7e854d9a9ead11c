"""Brings the clients of the system before this one over."""

import csv
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import batched
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone
from tqdm import tqdm

from payments.imports import OldClient, Row, RowFault, UnusableFileError, read_rows
from payments.models import ImportedClient
from payments.operations import import_clients, invite_clients
from payments.statements.table import inert

BATCH = 500  # rows in one commit
SHOWN = 50  # rows named on the screen; the report has all
REPORT_COLUMNS = ("line", "id", "outcome", "reason", "words", "user", "wallet")
KNOWN_ALREADY = "already_imported"


class Command(BaseCommand):
    """Says what it would do; with `--commit` it does. What was made stays made: stopped, it goes on where it was.

    Exit status 1 when the file can't be read as a whole; rows that are left out are in the report.
    """

    help = "Make people and wallets of the clients in a CSV file. See docs/operations.md for its columns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV in UTF-8; the first line names the columns")
        parser.add_argument("--commit", action="store_true", help="write; otherwise only say what would become of each row")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write what became of each row, as CSV")
        parser.add_argument("--invite", action="store_true", help="with --commit: mail those who have an address, each once")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["invite"] and not options["commit"]:
            raise CommandError("--invite needs --commit: nobody is told of an account that is not there.")
        counts: Counter[str] = Counter()
        try:
            with ExitStack() as stack:
                report = self._report(stack, options["report"])
                for row, outcome in self._outcomes(options["file"], commit=options["commit"]):
                    self._say(row, outcome, counts)
                    report(row, outcome)
        except (OSError, UnusableFileError) as error:
            raise CommandError(f"{error} {sum(counts.values())} rows before it were read.") from error
        self._sum_up(counts, commit=options["commit"])
        if options["invite"]:
            self.stdout.write(f"{self._invite()} people were sent an invitation.")

    def _outcomes(self, file: Path, *, commit: bool) -> Iterator[tuple[Row, ImportedClient | RowFault]]:
        """Each row of the file and what became of it, a commit for each batch."""
        with file.open("rb") as lines, tqdm(total=file.stat().st_size, unit="B", unit_scale=True, disable=None) as bar:
            for rows in batched(read_rows(lines, now=timezone.now()), BATCH):
                made = iter(_import([row.client for row in rows if row.client], commit=commit))
                for row in rows:
                    yield row, row.fault or next(made)
                bar.update(lines.tell() - bar.n)

    def _report(self, stack: ExitStack, path: Path | None) -> Any:  # a function of a row and what became of it
        if path is None:
            return lambda row, outcome: None
        writer = csv.writer(stack.enter_context(path.open("w", encoding="utf-8", newline="")))
        writer.writerow(REPORT_COLUMNS)
        return lambda row, outcome: writer.writerow(_report_cells(row, outcome))

    def _say(self, row: Row, outcome: ImportedClient | RowFault, counts: Counter[str]) -> None:
        if not isinstance(outcome, RowFault):
            counts["created"] += 1
            counts["without a way in"] += not (outcome.user.email or outcome.user.phone)
            return
        counts[outcome.code] += 1
        left_out = sum(number for code, number in counts.items() if code not in {"created", "without a way in", KNOWN_ALREADY})
        if outcome.code != KNOWN_ALREADY and left_out <= SHOWN:
            self.stderr.write(f"Line {row.line} ({row.source_id or 'no id'}): left out. {outcome.words}")

    def _sum_up(self, counts: Counter[str], *, commit: bool) -> None:
        created, no_way = counts.pop("created", 0), counts.pop("without a way in", 0)
        self.stdout.write(f"{created} clients {'were' if commit else 'would be'} made, {no_way} of them without a way in.")
        for code, number in sorted(counts.items()):
            self.stdout.write(f"{number} rows left out: {code}")
        if not commit:
            self.stdout.write("Nothing was written: say --commit to write.")

    def _invite(self) -> int:
        told, now = 0, timezone.now()
        while batch := invite_clients(most=BATCH, now=now):
            told += batch
        return told


def _import(clients: list[OldClient], *, commit: bool) -> list[ImportedClient | RowFault]:
    """What becomes of these clients, in one commit; one by one when somebody took what was theirs in that moment."""
    try:
        with transaction.atomic():
            outcomes = import_clients(clients=clients, now=timezone.now())
            transaction.set_rollback(not commit)
    except IntegrityError:
        if len(clients) == 1:
            return [RowFault("taken_meanwhile", "Somebody took this address, phone or wallet while it was imported.")]
        return [outcome for client in clients for outcome in _import([client], commit=commit)]
    return outcomes


def _report_cells(row: Row, outcome: ImportedClient | RowFault) -> list[str | int]:
    head: list[str | int] = [row.line, inert(row.source_id)]
    if not isinstance(outcome, RowFault):
        return [*head, "created", "", "", str(outcome.user_id), str(outcome.wallet_id)]
    said = "present" if outcome.code == KNOWN_ALREADY else "left out"
    return [*head, said, outcome.code, inert(outcome.words), "", ""]
