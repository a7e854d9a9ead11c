"""What apps say they synced, each act once."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models
from django.db.models import Q

from audit.models import SyncLog
from audit.origin import origin


class Outcome(models.TextChoices):
    """What became of one act that an app told of. Never stored."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"  # told before, in the same words
    CONFLICT = "conflict"  # told before in other words, which stay


@dataclass(frozen=True, slots=True)
class Synced:
    """One act as its app tells of it. `event_id` is the app's own; `error_message` is empty when it worked."""

    event_id: uuid.UUID
    event_type: str
    event_source: str
    data: dict[str, Any]
    success: bool
    error_message: str


def record_syncs(*, user_id: uuid.UUID, events: Sequence[Synced], now: dt.datetime) -> list[Outcome]:
    """Write what was not told before, in one statement. Answers what became of each, in their order."""
    came_from = origin.get()
    rows = [
        SyncLog(
            created_at=now,
            user_id=user_id,
            event_id=event.event_id,
            event_type=event.event_type,
            event_source=event.event_source,
            data=event.data,
            success=event.success,
            error_message=event.error_message,
            session_id=came_from.session_id,
            client_ip=came_from.ip_address,
            user_agent=came_from.user_agent[:400],
        )
        # In one order, so that two calls with the same ids never wait for each other in a circle.
        for event in sorted(events, key=lambda event: event.event_id)
    ]
    SyncLog.objects.bulk_create(rows, ignore_conflicts=True)
    written = set(SyncLog.objects.filter(pk__in=[row.pk for row in rows]).values_list("event_id", flat=True))
    told_before = [event for event in events if event.event_id not in written]
    same = _told_in_these_words(user_id, told_before) if told_before else set()
    return [
        Outcome.RECORDED if event.event_id in written else Outcome.DUPLICATE if event.event_id in same else Outcome.CONFLICT
        for event in events
    ]


def _told_in_these_words(user_id: uuid.UUID, events: Sequence[Synced]) -> set[uuid.UUID]:
    """The database compares: to it 1e23 and the integer are the same number, as to JSON."""
    same_words = Q()
    for event in events:
        same_words |= Q(**asdict(event))
    return set(SyncLog.objects.filter(same_words, user=user_id).values_list("event_id", flat=True))
