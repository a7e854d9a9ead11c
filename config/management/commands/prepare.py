"""Makes the database ready: at first use, and after every update."""

from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.models import User

DEMO_FIXTURE = "demo"


class Command(BaseCommand):
    """Everything a database needs before web and worker start. May run any number of times."""

    help = "Create the cache table, migrate, grant the application's rights, and load the demo world into an empty demo."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("createcachetable", verbosity=options["verbosity"])
        call_command("migrate", interactive=False, verbosity=options["verbosity"])  # its end grants the rights
        if settings.ENVIRONMENT == "demo" and has_demo_fixture() and not User.objects.exists():
            self.stdout.write("Loading the demo world ...")
            call_command("loaddata", DEMO_FIXTURE, verbosity=options["verbosity"])


def has_demo_fixture() -> bool:
    """Whether any app ships a part of the demo world."""
    return any(any((Path(app.path) / "fixtures").glob(f"{DEMO_FIXTURE}.*")) for app in apps.get_app_configs())
