"""What the application's database role may do, and nothing more.

The owner migrates; the application runs with the rights written here. They are granted after every
migrate, whole, so that a right taken out of this file is gone with the next deployment.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from config.database import APPLICATION

# What a table gets that is not named below. Nobody but the owner may truncate.
EVERY_RIGHT = "select, insert, update, delete"
TABLES: Mapping[str, str] = {
    # Money is written by the ledger's functions alone, which run with the owner's rights.
    "payments_asset": "select",
    "payments_inflow": "select",
    "payments_posting": "select",
    "payments_transaction": "select",
    "payments_wallet": ("select, insert, update (name, address, is_primary, status, auth_server, resource_server, updated_at)"),
    # What people agreed to stays; a withdrawal is written beside it.
    "accounts_consent": "select, insert, update (withdrawn_at, ip_address)",
    # What happened stays.
    "accounts_closure": "select, insert",
    "audit_auditentry": "select, insert",
    "audit_event": "select, insert",
    "audit_synclog": "select, insert",
    # What programs are told happened is not changed afterwards; it goes when it is old.
    "merchants_storeevent": "select, insert, update (position), delete",
    "merchants_webhookattempt": "select, insert, delete",
    # Views, which only a refresh changes.
    "merchants_storemovement": "select",
    "merchants_storedailystats": "select",
    "merchants_storepartstats": "select",
    "merchants_statistics_until": "select",
    "django_migrations": "select",
}
# Functions that run with the owner's rights belong to nobody by default; the ledger's inner parts lie in a schema nobody
# may look into.
FUNCTIONS: frozenset[str] = frozenset({
    "ledger_post", "ledger_settle", "ledger_fold", "audit_make_event_parts", "audit_forget_events",
    "merchants_refresh_statistics",
})  # fmt: skip

# A part of a table is reached through the whole, with the whole's rights, and has none of its own.
OWNED_RELATIONS = """
select c.relname, c.relkind = 'S' from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S') and c.relowner = current_user::regrole
   and not c.relispartition
"""
OWNED_FUNCTIONS = """
select p.oid::regprocedure::text, p.proname from pg_proc p
 where p.pronamespace = 'public'::regnamespace and p.proowner = current_user::regrole and p.prosecdef
"""
POWERS = """
select r.rolsuper or r.rolbypassrls,
       exists (select from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                                        and pg_has_role(current_user, c.relowner, 'member'))
  from pg_roles r where r.rolname = current_user
"""


def grant(connection: BaseDatabaseWrapper) -> None:
    """Give the application's role exactly the rights of this module, on everything the connected owner owns.

    Does nothing when one role does everything.
    """
    application = settings.DATABASE_ROLES[APPLICATION]["USER"]
    if application == connection.settings_dict["USER"]:
        return
    role = sql.Identifier(application)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(OWNED_RELATIONS)
        statements = [_relation_rights(name, is_sequence, role) for name, is_sequence in cursor.fetchall()]
        cursor.execute(OWNED_FUNCTIONS)
        statements += [_function_rights(signature, name, role) for signature, name in cursor.fetchall()]
        if statements:
            cursor.execute(sql.SQL("; ").join(statements).as_string(connection.connection))


def _relation_rights(name: str, is_sequence: bool, role: sql.Identifier) -> sql.Composable:
    relation = sql.SQL("sequence {}" if is_sequence else "table {}").format(sql.Identifier("public", name))
    rights = sql.SQL("select, usage" if is_sequence else TABLES.get(name, EVERY_RIGHT))
    return sql.SQL("revoke all on {0} from {1}, public; grant {2} on {0} to {1}").format(relation, role, rights)


def _function_rights(signature: str, name: str, role: sql.Identifier) -> sql.Composable:
    function = sql.SQL(signature)  # quoted by the database itself
    revoked = sql.SQL("revoke all on function {} from {}, public").format(function, role)
    if name not in FUNCTIONS:
        return revoked
    return sql.SQL("{}; grant execute on function {} to {}").format(revoked, function, role)


def grant_after_migrate(sender: AppConfig, using: str, **_signal: Any) -> None:
    """Receives `post_migrate`."""
    grant(connections[using])


@register(Tags.database, deploy=True)
def check_powers(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **_options: Any
) -> Iterable[CheckMessage]:
    """The connected role must be subject to the rights and rules of the database (`check --deploy --database default`)."""
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(POWERS)
            above_rules, is_owner = cursor.fetchone()
        name = connections[alias].settings_dict["USER"]
        if above_rules:
            yield Error(f"The database role {name} is a superuser or bypasses row security.", id="florin.E101")
        if is_owner:
            yield Error(
                f"The database role {name} owns tables, so the database can't refuse it anything.",
                hint="Migrate with DATABASE_OWNER_URL, then connect with a role that owns nothing.",
                id="florin.E102",
            )
