"""Proves that the books are true."""

import json
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from payments.models import Posting
from payments.verification import all_checks, faults


class Command(BaseCommand):
    """Exit status 0 when every rule holds, 1 when a row breaks one."""

    help = "Derive balances, holds, refunds and payouts from the postings and name the first row that disagrees with each rule."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line for programs instead of text for people")
        parser.add_argument("--most", type=int, default=1, metavar="N", help="rows to name for each rule (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        found = list(faults(options["most"]))
        rules = len(all_checks())
        took_s = round(time.monotonic() - begun, 2)
        postings = Posting.objects.count()
        if options["json"]:
            report = {"true": not found, "rules": rules, "postings": postings, "seconds": took_s}
            self.stdout.write(json.dumps(report | {"faults": [asdict(fault) for fault in found]}))
        else:
            for fault in found:
                self.stderr.write(self.style.ERROR(str(fault)))
            verdict = f"{len(found)} faults" if found else "The books are true"
            self.stdout.write(f"{verdict}: {rules} rules over {postings} postings in {took_s} s.")
        if found:
            sys.exit(1)
