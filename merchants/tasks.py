"""Jobs of stores and tills. Each may run twice, or be killed anywhere, and the outcome is the same."""

import datetime as dt
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from merchants import statistics
from merchants.models import Payout
from merchants.operations import (
    begin_payout,
    close_idle_stores,
    complete_payout,
    expire_charges,
    fail_payout,
    refund_overdue,
    remind_stores,
)
from merchants.providers.bank_file import BankFiles
from merchants.providers.payouts import payout_provider_named
from merchants.webhooks.events import forget_events
from merchants.webhooks.sending import deliver_to, endpoints_with_work, place_events
from payments.providers.funding import Declined, Outcome, ProviderUnanswered, Underway

log = structlog.get_logger("florin.payouts")

PATIENCE = RetryStrategy(max_attempts=5, exponential_wait=3)
ASK_AGAIN_S = 5  # while a payout is young, somebody is looking at it
YOUNG = dt.timedelta(minutes=1)  # older ones are the janitor's
EVERY_20_S = "* * * * * */20"
EVERY_SECOND = "* * * * * *"


@app.periodic(cron="* * * * *")
@app.task(name="merchants.expire_charges", queueing_lock="merchants.expire_charges")
def expire(timestamp: int) -> None:
    """Write down once a minute which charges nobody paid in time."""
    expire_charges(now=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="merchants.close_idle_stores", queueing_lock="merchants.close_idle_stores")
def close_idle(timestamp: int) -> None:
    """Close once a night the stores that nobody pays."""
    while close_idle_stores(now=timezone.now()):
        pass  # as many again as one commit takes


@app.periodic(cron="41 3 * * *")
@app.task(name="merchants.forget_events", queue="webhooks", queueing_lock="merchants.forget_events")
def forget_old_events(timestamp: int) -> None:
    """Delete once a night the events that are too old to be asked for."""
    forget_events(now=timezone.now())


@app.periodic(cron="23 * * * *")
@app.task(name="merchants.watch_disputes", queueing_lock="merchants.watch_disputes")
def watch_disputes(timestamp: int) -> None:
    """Once an hour: give back what stores did not answer in time, and remind those that have little left."""
    refund_overdue(now=timezone.now())
    while remind_stores(now=timezone.now()):
        pass  # as many again as one commit takes


@app.periodic(cron="*/10 * * * *")
@app.task(name="merchants.refresh_statistics", queueing_lock="merchants.refresh_statistics")
def refresh_statistics(timestamp: int) -> None:
    """Take all stores' figures anew. Those of today are read from the ledger, so nobody waits for this."""
    statistics.refresh()


@app.task(name="merchants.send_payout", queue="funding", retry=PATIENCE)
def send_payout(payout_id: str) -> None:
    """Ask the provider to pay, and note what it says. While it says nothing that is final, it is asked again."""
    payout = begin_payout(payout_id=payout_id, now=timezone.now())
    if payout is None:
        return
    outcome = _answer(payout)
    now = timezone.now()
    if isinstance(outcome, Underway):
        if payout.asked_at and now - payout.asked_at < YOUNG and payout_provider_named(payout.provider).is_asked:
            ask_again(payout_id, in_s=ASK_AGAIN_S)
    elif isinstance(outcome, Declined):
        fail_payout(payout=payout, error_code=outcome.code, error_message=outcome.message, now=now)
    else:
        complete_payout(payout=payout, external_id=outcome.provider_reference, now=now)


@app.periodic(cron=EVERY_20_S)
@app.task(name="merchants.resolve_payouts", queue="funding", queueing_lock="merchants.resolve_payouts")
def resolve_payouts(timestamp: int) -> None:
    """Have the provider asked again about every payout whose end nobody knows for a minute."""
    waiting = Payout.objects.unanswered().filter(asked_at__lt=timezone.now() - YOUNG).order_by("asked_at")
    for payout_id in waiting.exclude(provider=BankFiles.name).values_list("pk", flat=True):
        ask_again(str(payout_id), in_s=0)


def ask_again(payout_id: str, *, in_s: int) -> None:
    """Queue the question, unless it waits there already."""
    task = app.configure_task(
        "merchants.send_payout", queueing_lock=f"merchants.ask:{payout_id}", schedule_in={"seconds": in_s}
    )
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(payout_id=payout_id)


def _answer(payout: Payout) -> Outcome:
    """What the provider says, outside any transaction; no answer is as good as none yet."""
    provider, text = payout_provider_named(payout.provider), payout.store.name
    try:
        return provider.pay_out(payout.pk, payout.money, payout.place, text, settings.PROVIDER_TIMEOUT_S)
    except ProviderUnanswered:
        log.warning("provider unanswered", provider=provider.name, payout=str(payout.pk))
        return Underway()


@app.periodic(cron=EVERY_SECOND)
@app.task(name="merchants.place_events", queue="webhooks", queueing_lock="merchants.place_events")
def place(timestamp: int) -> None:
    """Once a second: place what was committed, and start a job for each endpoint that something is due for."""
    now = timezone.now()
    place_events(now=now)
    for endpoint_id in endpoints_with_work(now=now):
        task = app.configure_task("merchants.deliver", queueing_lock=f"webhook:{endpoint_id}", lock=f"webhook:{endpoint_id}")
        with suppress(AlreadyEnqueued), transaction.atomic():
            task.defer(endpoint_id=endpoint_id)


@app.task(name="merchants.deliver", queue="webhooks")
def deliver(endpoint_id: str) -> None:
    """Send what is due to one endpoint. Its lock keeps two jobs from sending to the same one."""
    deliver_to(endpoint_id)
