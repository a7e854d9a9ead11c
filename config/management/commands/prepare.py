"""Makes the database ready: at first use, and after every update."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import User
from config.demo import fixture


class Command(BaseCommand):
    """Everything a database needs before web and worker start. May run any number of times."""

    help = "Create the cache table, migrate, grant the application's rights, and load the demo world into an empty demo."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("createcachetable", verbosity=options["verbosity"])
        call_command("migrate", interactive=False, verbosity=options["verbosity"])  # its end grants the rights
        if settings.ENVIRONMENT == "demo" and not User.objects.exists():
            self.stdout.write("Loading the demo world ...")
            fixture.load(timezone.now(), verbosity=options["verbosity"])
