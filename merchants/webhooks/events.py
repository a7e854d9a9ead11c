"""What happens in stores that their programs hear of: the catalogue, and writing an event down."""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.models import uuid7
from merchants.models import Store, StoreEvent, WebhookDelivery

CATALOGUE: Mapping[str, Promise] = {
    "payment.received": _("Somebody has paid the store. The data is the payment."),
    "refund.completed": _("Money of a payment went back. The data is the refund."),
    "charge.cancelled": _("A till has taken back what it asked for. The data is the charge."),
    "charge.expired": _("Nobody paid in time what a till asked for. The data is the charge."),
    "payout.requested": _("An owner asked for a payout. The data is the payout."),
    "payout.approved": _("A second person approved it."),
    "payout.cancelled": _("It was taken back before it left."),
    "payout.completed": _("It has arrived."),
    "payout.failed": _("It came back; amount and fee are in the store's wallet again."),
    "dispute.opened": _("A customer asks about a payment. The data is the dispute; answer before `due_at`."),
    "dispute.refunded": _("All of the payment was given back."),
    "dispute.rejected": _("The store has said no, with a reason."),
    "dispute.withdrawn": _("The customer has taken the question back."),
    "store.updated": _("What the store says of itself has changed, or whether it takes payments. The data is the store."),
    "webhook.test": _("Somebody pressed the button that sends a test."),
}
TYPES = [(name, name) for name in CATALOGUE]
TEST = "webhook.test"
KEPT_DAYS = 90
FORGOTTEN_AT_ONCE = 5_000
INSERT = """
insert into merchants_storeevent (id, created_at, store_id, type, resource_id, data) values (%s, %s, %s, %s, %s, %s::jsonb)
"""


def publish(store: Store, event_type: str, *, resource_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime) -> None:
    """Write an event in the caller's commit, if anybody listens to this store. Costs nobody else a statement.

    `data` is JSON. It reaches endpoints within a second or two of the commit.
    """
    if not store.has_listeners:
        return
    if event_type not in CATALOGUE:
        raise ValueError(event_type)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [uuid7(), now, store.pk, event_type, resource_id, json.dumps(data, cls=DjangoJSONEncoder)])


def forget_events(*, now: dt.datetime) -> int:
    """Delete events older than `KEPT_DAYS` with their deliveries, oldest first; answers how many.

    One that is still on its way to an endpoint stays.
    """
    until, after, forgotten = now - dt.timedelta(days=KEPT_DAYS), 0, 0
    waiting = WebhookDelivery.objects.filter(event=OuterRef("pk"), status=WebhookDelivery.Status.PENDING)
    while True:
        with transaction.atomic():
            first = StoreEvent.objects.filter(position__gt=after).order_by("position")[:FORGOTTEN_AT_ONCE]
            old = [event for event in first.only("position", "created_at") if event.created_at < until]
            _rows, by_model = StoreEvent.objects.filter(~Exists(waiting), pk__in=[event.pk for event in old]).delete()
        forgotten += by_model.get(StoreEvent._meta.label, 0)  # noqa: SLF001 documented
        if len(old) < FORGOTTEN_AT_ONCE:
            return forgotten
        after = old[-1].position or after


def next_position() -> int:
    """A place after all that were given."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('merchants_event_position')")
        return int(cursor.fetchone()[0])
