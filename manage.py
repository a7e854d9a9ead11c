#!/usr/bin/env python
"""Django's command line, with the database role that each command needs."""

import os
import sys

# These change the schema or write what the application may not; everything else runs with the application's rights.
OWNER_COMMANDS = {"createcachetable", "drop_old_events", "flush", "loaddata", "migrate", "pgtrigger", "prepare"}
OWNER_FLAG = "--owner"  # for a look or a repair by hand: manage.py dbshell --owner
WITHOUT_DATABASE = {
    "help", "version", "--version", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages",
    "startapp",
}  # fmt: skip


def role_for(arguments: list[str]) -> str:
    """The database role for a command line without the program's name."""
    needs_owner = OWNER_FLAG in arguments or OWNER_COMMANDS.intersection(arguments[:1])
    return "owner" if needs_owner else "application"


def main(arguments: list[str]) -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if role_for(arguments[1:]) == "owner":
        os.environ["FLORIN_DATABASE_ROLE"] = "owner"  # read when the settings are
    arguments = [argument for argument in arguments if argument != OWNER_FLAG]

    from django.conf import settings
    from django.core.management import execute_from_command_line

    from config.embedded import EmbeddedPostgresError

    offline = len(arguments) == 1 or arguments[1] in WITHOUT_DATABASE or "--help" in arguments
    if settings.EMBEDDED_POSTGRES and not offline:
        try:
            settings.EMBEDDED_POSTGRES.join()
        except EmbeddedPostgresError as error:
            sys.exit(f"The embedded PostgreSQL: {error}")
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
