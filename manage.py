#!/usr/bin/env python
"""Django's command line, with the database role that each command needs."""

import os
import sys

# These change the schema or write what the application may not; everything else runs with the application's rights.
OWNER_COMMANDS = {"createcachetable", "flush", "loaddata", "migrate", "pgtrigger", "prepare"}
OWNER_FLAG = "--owner"  # for a look or a repair by hand: manage.py dbshell --owner
WITHOUT_DATABASE = {
    "help", "version", "--version", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages",
    "spectacular", "startapp",
}  # fmt: skip


def main(arguments: list[str]) -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in OWNER_COMMANDS or OWNER_FLAG in arguments:
        os.environ["FLORIN_DATABASE_ROLE"] = "owner"
    arguments = [argument for argument in arguments if argument != OWNER_FLAG]

    from django.conf import settings
    from django.core.management import execute_from_command_line

    from config.embedded import EmbeddedPostgresError

    if command not in WITHOUT_DATABASE and "--help" not in arguments and settings.EMBEDDED_POSTGRES:
        try:
            settings.EMBEDDED_POSTGRES.join()
        except EmbeddedPostgresError as error:
            sys.exit(f"The embedded PostgreSQL: {error}")
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main(sys.argv)
