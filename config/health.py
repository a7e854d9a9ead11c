"""Probes. Alive means that this process answers; ready means that it can do its work.

Both are answered on any host, because probes call an address, and neither is logged or cached.
A process that is not ready must not be restarted for it: restarting does not mend a database.
"""

from collections.abc import Callable, Mapping
from functools import cache

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.problems import refusal_response

log = structlog.get_logger("florin.health")

QUEUE = "select 1 from procrastinate_jobs limit 1"


class NotReady(Refused):
    """Something this process needs is missing; `checks` says what."""

    code = "not_ready"
    status = 503
    message = _("The service can't answer right now. Try again in a moment.")


def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing of anyone."""
    return _answer(request, JsonResponse({"status": "alive"}))


def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, is migrated and its queue can be read; else a 503 problem."""
    checks = {"database": "ok", "migrations": "ok", "queue": "ok"}
    for name, check in (("database", _ask_database), ("migrations", _demand_migrations), ("queue", _ask_queue)):
        try:
            check()
        except (DatabaseError, MigrationsMissing) as error:
            log.warning("not ready", check=name, error=type(error).__name__)
            checks[name] = "failed"
            break  # what comes after rests on it
    if "failed" in checks.values():
        connection.close()
        unknown = {name: "unknown" if "failed" in list(checks.values())[:index] else state
                   for index, (name, state) in enumerate(checks.items())}  # fmt: skip
        return _answer(request, refusal_response(request, NotReady(checks=unknown), as_data=True))
    return _answer(request, JsonResponse({"status": "ready", "checks": checks}))


PROBES: Mapping[str, Callable[[HttpRequest], HttpResponse]] = {"/health/live": live, "/health/ready": ready}


class MigrationsMissing(Exception):
    """The code is newer than the schema."""


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select 1")


def _ask_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUEUE)


@cache  # a schema does not go back under a running process; a failure is asked again
def _demand_migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MigrationsMissing


def _answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response.headers["Cache-Control"] = "no-store"
    return response
