"""Fills an empty demo with as many people as wanted, through the real operations."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from accounts.models import User
from config.demo.business import do_business
from config.demo.consents import let_agree
from config.demo.identities import introduce
from config.demo.world import World


class Command(BaseCommand):
    """Slower than loading a fixture, and exactly as true: every amount went through the ledger."""

    help = "Make a demo world of N customers with months of history, in an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=100, metavar="N", help="how many (default: 100)")
        parser.add_argument("--days", type=int, default=120, help="length of their history (default: 120)")
        parser.add_argument("--seed", type=int, default=1, help="the same number gives the same world (default: 1)")
        parser.add_argument("--end", type=dt.datetime.fromisoformat, help="when the history ends (default: now)")

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("There are people in this database already. A demo world wants an empty one.")
        if options["customers"] < 2 or options["days"] < 1:  # noqa: PLR2004 alice and bruno
            raise CommandError("A demo world has at least 2 customers and 1 day.")
        end = options["end"] or timezone.now()
        if timezone.is_naive(end):
            end = end.replace(tzinfo=dt.UTC)
        world = World(customers=options["customers"], days=options["days"], seed=options["seed"], end=end)
        with tqdm(total=world.steps, unit="day", desc="Demo world", disable=None) as bar:
            world.build(lambda done: bar.update(done) and None)
        introduce(end)
        let_agree(end)
        do_business(end)
        self.stdout.write(f"{User.objects.count()} people, {world.days} days of history.")
