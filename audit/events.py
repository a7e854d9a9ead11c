"""What people did, as one stream: for their own eyes, for support, and for whoever counts what is used.

The trail keeps what happened for good; events go after some months (`manage.py drop_old_events`), and only they know
session and device.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models

from audit.origin import origin
from config.models import uuid7

# What says itself elsewhere: movements of money are rows of their own, and a payment writes as little as it can.
TOLD_ELSEWHERE = frozenset({"payments.transaction", "payments.conversionquote", "merchants.charge"})
# A confirmed act was noted when it was confirmed.
UNTOLD = frozenset({"step_up.used"})
FAILED = "_failed"  # how an act is named that did not succeed: not its customer's doing, but theirs to know

# One statement. A browser's session is known by its key, and an event by the session's id, which stays when the key goes.
INSERT = """
insert into audit_event (id, created_at, name, properties, user_id, session_id, device_id, ip_address, user_agent)
values (%s, %s, %s, %s, %s, coalesce(%s, (select id from accounts_session where session_key = %s)), %s, %s, %s)
"""


def note(name: str, *, user_id: uuid.UUID | None, now: dt.datetime, properties: Mapping[str, Any] | None = None) -> None:
    """Write one event, in the caller's transaction.

    `name` is `noun.past_participle`, as in the trail; `user_id` is None when nobody is known; `properties` are
    JSON-friendly and never personal.
    """
    came_from = origin.get()
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [
                uuid7(),
                now,
                name,
                json.dumps(properties or {}, cls=DjangoJSONEncoder),
                user_id,
                came_from.session_id,
                came_from.session_key,
                came_from.device_id,
                came_from.ip_address,
                came_from.user_agent[:400],
            ],
        )


def forget(user_id: uuid.UUID) -> None:
    """Delete every event of a person whose account is closed, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select audit_forget_events(%s)", [user_id])


def is_noted(action: str, resource: models.Model) -> bool:
    """Whether this act on this thing is an event, and not only an entry of the trail."""
    return action not in UNTOLD and resource._meta.label_lower not in TOLD_ELSEWHERE  # noqa: SLF001 Django documents it as public
