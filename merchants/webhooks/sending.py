"""From events to deliveries to tries: placing what was committed, finding what is due, sending, and noting what came back.

An endpoint's job sends what is due in rounds: of each resource the oldest event that waits, several resources at once. Only
threads of the round talk to the network; rows are read and written between the rounds.
"""

import datetime as dt
import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from config.outbound import AddressForbidden, Answer, Unanswered, post
from merchants.models import StoreEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchants.webhooks.signing import signed_headers

TIMEOUT_S = 10
ROUND = 40  # deliveries at once, by
SENDERS = 8  # threads
ROUNDS = 25  # in one job, which then gives way to others
GIVEN_UP_AFTER = dt.timedelta(days=3)
# Seconds until the next try, after each that failed: closer together at first, three days in all.
BACKOFF_S = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 72_000, 87_445)
JITTER = 10  # per cent, so that what failed together does not come back together
RESTS_AFTER = 3  # failures in a row
PLACE_LOCK = 0x_F10_E7E  # an advisory lock: one job places events at a time
KEPT_HEADERS = 20

# The order of positions is that in which events are seen here, after their commits.
PLACE = """
with found as (
    select id from merchants_storeevent where position is null order by created_at, id limit %s
), placed as (
    update merchants_storeevent e set position = p.position
      from (select id, nextval('merchants_event_position') as position from found) p where e.id = p.id
    returning e.id, e.store_id, e.type, e.resource_id, e.position
)
insert into merchants_webhookdelivery (id, created_at, updated_at, event_id, endpoint_id, resource_id, position, status,
                                       attempt_count, next_attempt_at)
select gen_random_uuid(), %s, %s, p.id, w.id, p.resource_id, p.position, 'pending', 0, %s
  from placed p join merchants_webhookendpoint w on w.store_id = p.store_id and w.is_enabled and w.removed_at is null
                                                 and (w.event_types = '{}' or p.type = any(w.event_types))
returning endpoint_id
"""
# Of each resource the first that waits, if its time has come.
DUE = """
select id from (
    select distinct on (resource_id) id, next_attempt_at, position
      from merchants_webhookdelivery where endpoint_id = %s and status = 'pending' order by resource_id, position
) first where next_attempt_at <= %s order by position limit %s
"""
READY = """
select w.id from merchants_webhookendpoint w
 where w.is_enabled and (w.rests_until is null or w.rests_until <= %(now)s)
   and exists (select from merchants_webhookdelivery d
                where d.endpoint_id = w.id and d.status = 'pending' and d.next_attempt_at <= %(now)s)
"""
PLACED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Tried:
    """A try, and what came of it: an answer, or why there is none."""

    delivery: WebhookDelivery
    headers: dict[str, str]
    answer: Answer | None
    error: str = ""

    @property
    def worked(self) -> bool:
        """Whether the endpoint has said that it has the event."""
        return self.answer is not None and 200 <= self.answer.status < 300  # noqa: PLR2004 the class of the status


def place_events(*, now: dt.datetime) -> int:
    """Give events that were committed their position, and make a delivery for each endpoint that wants one.

    Answers how many deliveries. Whoever comes while another places waits for nothing: the other sees to it, or the next run.
    """
    made = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_xact_lock(%s)", [PLACE_LOCK])
            if not cursor.fetchone()[0]:
                return made
            waiting = StoreEvent.objects.filter(position__isnull=True).exists()
            if not waiting:
                return made
            cursor.execute(PLACE, [PLACED_AT_ONCE, now, now, now])
            made += cursor.rowcount


def endpoints_with_work(*, now: dt.datetime) -> list[str]:
    """The endpoints that something is due for and that don't rest."""
    with connection.cursor() as cursor:
        cursor.execute(READY, {"now": now})
        return [str(row[0]) for row in cursor.fetchall()]


def deliver_to(endpoint_id: str) -> int:
    """Send what is due to one endpoint, round by round, until nothing is or it fails. Answers how many tries were made."""
    tried = 0
    with ThreadPoolExecutor(SENDERS, "webhooks") as pool:
        for _round in range(ROUNDS):
            endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id, is_enabled=True).first()
            now = timezone.now()
            if endpoint is None or (endpoint.rests_until and endpoint.rests_until > now):
                break
            # One that failed is asked with a single event first.
            due = _due(endpoint, now, limit=1 if endpoint.failures else ROUND)
            if not due:
                break
            outcomes = list(pool.map(lambda delivery: _try(endpoint, delivery), due))  # noqa: B023 used up in this round
            tried += len(outcomes)
            _note(endpoint, outcomes, now=timezone.now())
    return tried


def payload_of(event: StoreEvent) -> bytes:
    """What is sent: the same bytes at every try."""
    content = {
        "id": str(event.pk), "type": event.type, "timestamp": event.created_at.isoformat(), "store": str(event.store_id),
        "data": event.data,
    }  # fmt: skip
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def _due(endpoint: WebhookEndpoint, now: dt.datetime, *, limit: int) -> list[WebhookDelivery]:
    with connection.cursor() as cursor:
        cursor.execute(DUE, [endpoint.pk, now, limit])
        ids = [row[0] for row in cursor.fetchall()]
    return list(WebhookDelivery.objects.filter(pk__in=ids).select_related("event").order_by("position"))


def _try(endpoint: WebhookEndpoint, delivery: WebhookDelivery) -> Tried:
    """Send one event. Touches no row: it runs in a thread of its own."""
    body = payload_of(delivery.event)
    headers = signed_headers(str(delivery.event_id), body, endpoint.living_secrets(timezone.now()), now=timezone.now())
    try:
        return Tried(delivery, headers, post(endpoint.url, body, headers, timeout_s=TIMEOUT_S))
    except AddressForbidden:
        return Tried(delivery, headers, None, "the address leads into a private network")
    except Unanswered as reason:
        return Tried(delivery, headers, None, str(reason))


@transaction.atomic
def _note(endpoint: WebhookEndpoint, outcomes: Sequence[Tried], *, now: dt.datetime) -> None:
    """Write a round down: the tries, what became of each delivery, and whether the endpoint rests."""
    WebhookAttempt.objects.bulk_create([_attempt(tried, now) for tried in outcomes])
    for tried in outcomes:
        delivery = tried.delivery
        delivery.attempt_count += 1
        if tried.worked:
            delivery.status, delivery.delivered_at, delivery.next_attempt_at = "delivered", now, None
        else:
            _put_off(delivery, now)
        delivery.updated_at = now
    WebhookDelivery.objects.bulk_update(
        [tried.delivery for tried in outcomes], ["status", "attempt_count", "next_attempt_at", "delivered_at", "updated_at"]
    )
    _note_endpoint(endpoint, outcomes, now)


def _put_off(delivery: WebhookDelivery, now: dt.datetime) -> None:
    """Try again later, or give up after three days."""
    if now - delivery.created_at >= GIVEN_UP_AFTER or delivery.attempt_count > len(BACKOFF_S):
        delivery.status, delivery.next_attempt_at = "failed", None
        return
    wait_s = BACKOFF_S[delivery.attempt_count - 1]
    spread = random.randint(-JITTER, JITTER)  # noqa: S311 nothing here is secret
    delivery.next_attempt_at = now + dt.timedelta(seconds=wait_s * (100 + spread) / 100)


def _note_endpoint(endpoint: WebhookEndpoint, outcomes: Sequence[Tried], now: dt.datetime) -> None:
    """Count failures in a row; one that goes on failing rests as long as its events wait."""
    failures = 0 if any(tried.worked for tried in outcomes) else endpoint.failures + 1
    rests_until = None
    if failures >= RESTS_AFTER:
        step = min(failures - RESTS_AFTER, len(BACKOFF_S) - 1)
        rests_until = now + dt.timedelta(seconds=min(BACKOFF_S[step], 3_600))
    if (failures, rests_until) != (endpoint.failures, endpoint.rests_until):
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failures=failures, rests_until=rests_until)


def _attempt(tried: Tried, now: dt.datetime) -> WebhookAttempt:
    answer = tried.answer
    return WebhookAttempt(
        delivery=tried.delivery,
        created_at=now,
        request_headers=tried.headers,
        status_code=answer.status if answer else None,
        response_headers=dict(list(answer.headers.items())[:KEPT_HEADERS]) if answer else {},
        response_body=answer.body.replace("\0", "") if answer else "",
        error=tried.error,
        duration_ms=answer.duration_ms if answer else 0,
    )
