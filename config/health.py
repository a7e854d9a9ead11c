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


class NotReady(Refused):
    """Something this process needs is missing; `failed` says what."""

    code = "not_ready"
    status = 503
    message = _("The service can't answer right now. Try again in a moment.")


class SchemaOutdatedError(Exception):
    """The code is newer than the database's schema."""


def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing of anyone."""
    return _answer(request, JsonResponse({"status": "alive"}))


def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, is migrated and its queue can be read; else a 503 problem."""
    for name, check in CHECKS.items():
        try:
            check()
        except (DatabaseError, SchemaOutdatedError) as error:
            log.warning("not ready", failed=name, error=type(error).__name__)
            connection.close()  # the next probe tries a new one
            return _answer(request, refusal_response(request, NotReady(failed=name), as_data=True))
    return _answer(request, JsonResponse({"status": "ready"}))


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select 1")


@cache  # a schema does not go back under a running process; a failure is asked again
def _compare_schema() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise SchemaOutdatedError


def _ask_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select 1 from procrastinate_jobs limit 1")


def _answer(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    response.headers["Cache-Control"] = "no-store"
    return response


# Each rests on those before it.
CHECKS: Mapping[str, Callable[[], None]] = {"database": _ask_database, "schema": _compare_schema, "queue": _ask_queue}
PROBES: Mapping[str, Callable[[HttpRequest], HttpResponse]] = {"/health/live": live, "/health/ready": ready}
