"""Writes what is encrypted anew with the current key."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import models
from tqdm import tqdm

from config.encryption import current_key_name
from config.rotation import encrypted_fields, rotate, rows_left


class Command(BaseCommand):
    """Exit status 0 when no value of an older key is left, so that the older keys may go; 1 otherwise."""

    help = "Encrypt every field that has an older key with the first of FIELD_ENCRYPTION_KEYS. May be stopped and run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=500, metavar="N", help="rows in one commit (default: 500)")
        parser.add_argument("--check", action="store_true", help="only say what is left")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"] < 1:
            raise CommandError("A batch has at least one row.")
        left = 0
        for model, fields in encrypted_fields().items():
            if not options["check"]:
                self._rotate(model, options["batch"])
            rows = rows_left(model)
            left += rows
            names = ", ".join(each.name for each in fields)
            self.stdout.write(f"{model._meta.label} ({names}): {rows} rows left with an older key")  # noqa: SLF001 documented
        if left:
            self.stderr.write(self.style.WARNING(f"{left} rows are left: keep the older keys, and run this again."))
            sys.exit(1)
        self.stdout.write(f"Everything is encrypted with {current_key_name()!r}: older keys may go.")

    def _rotate(self, model: type[models.Model], batch: int) -> None:
        with tqdm(total=rows_left(model), unit="row", desc=model._meta.label, disable=None) as bar:  # noqa: SLF001 documented
            for progress in rotate(model, batch=batch):
                for error in progress.broken:
                    self.stderr.write(self.style.ERROR(str(error)))
                bar.update(progress.rows)
