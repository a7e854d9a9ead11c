"""The one way to write the audit trail."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from audit import events
from audit.origin import NOWHERE, Origin, origin, signed_in_by
from config.models import uuid7

__all__ = ["NOWHERE", "Origin", "origin", "record", "signed_in_by"]

INSERT = """
insert into audit_auditentry (id, created_at, actor_id, customer_id, action, resource_type, resource_id,
                              old_values, new_values, metadata, ip_address, user_agent)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


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
    secrets or personal data that erasure must reach. What customers did to their account, or the platform did to it,
    is an event as well, which they see; not what staff did or looked at, some of which they must not learn.
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
    by_staff = actor is not None and actor.pk != customer_id
    if customer_id and not by_staff and events.is_noted(action, resource):
        events.note(action, user_id=customer_id, now=now, properties=metadata)


def _json(values: Mapping[str, Any] | None) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder) if values else "{}"
