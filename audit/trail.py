"""The one way to write the audit trail."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from config.models import uuid7

INSERT = """
insert into audit_auditentry (id, created_at, actor_id, customer_id, action, resource_type, resource_id,
                              old_values, new_values, metadata, ip_address, user_agent)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; `config.middleware` sets it for the length of the request.

    Whoever finds out who is signed in adds by which session: its id when an access token named it, or the
    key that a browser's cookie holds. `NOWHERE` is the platform itself at work: a job, a command.
    """

    ip_address: str | None = None
    user_agent: str = ""
    session_id: uuid.UUID | None = None
    session_key: str | None = field(default=None, repr=False)


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def signed_in_by(*, session_id: uuid.UUID | None = None, session_key: str | None = None) -> None:
    """Add to the request's origin which session acts."""
    origin.set(replace(origin.get(), session_id=session_id, session_key=session_key))


def record(
    action: str,
    *,
    actor: models.Model | None,
    resource: models.Model,
    now: dt.datetime,
    customer_id: uuid.UUID | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry, in the caller's transaction.

    `action` is `noun.past_participle` ("charge.paid"); `actor` is the user who acted, or None for
    the platform itself; `old` and `new` hold the changed values as JSON-friendly mappings, never
    secrets or personal data that erasure must reach.
    """
    came_from = origin.get()
    with connection.cursor() as cursor:
        # Plain SQL: the entry has no defaults to fill and this runs in every payment.
        cursor.execute(
            INSERT,
            [
                uuid7(),
                now,
                actor.pk if actor else None,
                customer_id,
                action,
                resource._meta.label_lower,  # noqa: SLF001 Django documents it as public
                str(resource.pk),
                _json(old),
                _json(new),
                _json(metadata),
                came_from.ip_address,
                came_from.user_agent[:400],
            ],
        )


def _json(values: Mapping[str, Any] | None) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder) if values else "{}"
