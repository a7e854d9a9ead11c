"""Runs jobs until it is told to stop."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from config.worker import worker_app


class Command(BaseCommand):
    """One worker process. SIGTERM and SIGINT let running jobs finish first."""

    help = "Run queued and periodic jobs until told to stop."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--queue", action="append", dest="queues", help="run this queue's jobs only; repeatable")
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at the same time (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        worker_app().run_worker(queues=options["queues"], concurrency=options["concurrency"])
