"""Forgets what people did long ago."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit.parts import delete_strays, delete_syncs, drop_part, parts, strays_before, syncs_before


class Command(BaseCommand):
    """Says what it would drop; with `--commit` it does. The trail, money and people are not touched."""

    help = "Drop the events, and the sync events, of months that ended more than N months ago. Runs as the database's owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep-months", type=int, required=True, metavar="N", help="full months to keep before this one")
        parser.add_argument("--commit", action="store_true", help="drop them; otherwise only say which they are")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep_months"] < 1:
            raise CommandError("Keep at least one month.")
        first_kept = months_before(timezone.now().astimezone(dt.UTC).date(), options["keep_months"])
        old = [part for part in parts() if part.month < first_kept]
        for part in old:
            self.stdout.write(f"{part.name}: about {max(part.rows, 0)} events, {part.size_bytes // 1024} kB")
            if options["commit"]:
                drop_part(part)
        strays = delete_strays(before=first_kept) if options["commit"] else strays_before(first_kept)
        if strays:
            self.stdout.write(f"audit_event_default: {strays} events")
        syncs = delete_syncs(before=first_kept) if options["commit"] else syncs_before(first_kept)
        if syncs:
            self.stdout.write(f"audit_synclog: {syncs} sync events")
        self.stdout.write(self._verdict(len(old), first_kept, committed=options["commit"]))

    def _verdict(self, count: int, first_kept: dt.date, *, committed: bool) -> str:
        if committed:
            return f"{count} months dropped. Events are kept from {first_kept:%B %Y} on."
        return f"{count} months are older than {first_kept:%B %Y}. Nothing was dropped: say --commit to drop them."


def months_before(day: dt.date, months: int) -> dt.date:
    """The first day of the month this many months before that of `day`."""
    index = day.year * 12 + day.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, 1)
