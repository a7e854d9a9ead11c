"""How the product meets its database: connections by role, and what an operation is."""

import os
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from config import embedded

# One operation is one commit. Inside another operation it joins it instead of setting a savepoint:
# a refusal always undoes the whole act, and a payment saves two round trips.
operation = transaction.atomic(savepoint=False)

ROLE_VARIABLE = "FLORIN_DATABASE_ROLE"
OWNER = "owner"  # owns the tables and migrates them
APPLICATION = "application"  # runs the product, with the rights config/rights.py grants
CONNECT_LIMIT_S = 10

type Connection = dict[str, Any]  # an entry of Django's DATABASES, whose values are of many types


def role() -> str:
    """The role this process connects as: the application's, unless manage.py chose the owner for its command."""
    chosen = os.environ.get(ROLE_VARIABLE, APPLICATION)
    if chosen not in {OWNER, APPLICATION}:
        raise ImproperlyConfigured(f"{ROLE_VARIABLE} is {chosen!r}; it can be {OWNER!r} or {APPLICATION!r}.")
    return chosen


def is_embedded() -> bool:
    """Whether the project starts a PostgreSQL for itself."""
    return not os.environ.get("DATABASE_URL")


def connections_by_role(env: environ.Env, *, debug: bool, cluster: embedded.EmbeddedPostgres) -> dict[str, Connection]:
    """The same database as each of its two roles, from `DATABASE_URL`, `DATABASE_OWNER_URL` and `DB_POOL_MAX`.

    Without `DATABASE_URL` it is the embedded cluster, which this does not start. Without
    `DATABASE_OWNER_URL` one role does everything; the deploy check refuses that.

    :raises ImproperlyConfigured: no `DATABASE_URL`, and this is not a development machine.
    """
    if not is_embedded():
        application = _from_url(env, "DATABASE_URL")
        owner = _from_url(env, "DATABASE_OWNER_URL") if env.str("DATABASE_OWNER_URL", "") else dict(application)
    elif debug:
        application, owner = _embedded(cluster, embedded.APPLICATION), _embedded(cluster, embedded.OWNER)
    else:
        raise ImproperlyConfigured("Set DATABASE_URL. Only with DEBUG=true the project starts a PostgreSQL of its own.")
    pool_max = env.int("DB_POOL_MAX", 0)
    if pool_max:
        # A pool keeps its connections itself, so none may be persistent. The owner's commands need one only.
        pool = {"min_size": 1, "max_size": pool_max, "timeout": CONNECT_LIMIT_S}
        application |= {"OPTIONS": application["OPTIONS"] | {"pool": pool}, "CONN_MAX_AGE": 0}
    return {OWNER: owner, APPLICATION: application}


def _from_url(env: environ.Env, variable: str) -> Connection:
    connection: Connection = env.db_url(variable)
    if connection["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{variable} must name a PostgreSQL: postgres://user:password@host:5432/name")
    # Options of the URL's query win: a socket folder comes as ?host=.
    connection["OPTIONS"] = {"connect_timeout": CONNECT_LIMIT_S} | connection.get("OPTIONS", {})
    return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True} | connection


def _embedded(cluster: embedded.EmbeddedPostgres, user: str) -> Connection:
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": embedded.DATABASE,
        "USER": user,
        "HOST": str(cluster.socket_dir),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": CONNECT_LIMIT_S},
    }
