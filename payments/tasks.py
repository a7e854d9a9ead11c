"""Jobs of this app. Each may run twice, or be killed anywhere, and the outcome is the same."""

import datetime as dt
import uuid
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from payments import ledger
from payments.ledger import AlreadySettled
from payments.models import Transaction
from payments.operations import complete_deposit, complete_withdrawal, fail_deposit, fail_withdrawal
from payments.providers.funding import Declined, Outcome, ProviderUnanswered, Succeeded, Underway, UnknownToken, provider_named
from payments.receipts import mail_receipts

log = structlog.get_logger("florin.funding")

# What comes to nobody's mind: the database was away, a mail could not be rendered. Five tries in two minutes.
PATIENCE = RetryStrategy(max_attempts=5, exponential_wait=3)

ASK_AGAIN_S = 5  # while a transaction is young, somebody is looking at it
YOUNG = dt.timedelta(minutes=1)  # older ones are the janitor's
EVERY_20_S = "* * * * * */20"
EVERY_10_S = "* * * * * */10"
FOLDED_AT_ONCE = 10_000  # rows of one wallet, whose debits wait meanwhile: some 50 ms

ASKING = {Transaction.Kind.DEPOSIT: "payments.collect_deposit", Transaction.Kind.WITHDRAWAL: "payments.pay_withdrawal"}


@app.task(name="payments.collect_deposit", queue="funding", retry=PATIENCE)
def collect_deposit(transaction_id: str) -> None:
    """Ask the provider for a deposit's money, and enter what it says."""
    deposit = _pending(transaction_id)
    outcome = _ask(deposit) if deposit else None
    if deposit and outcome:
        now = timezone.now()
        with suppress(AlreadySettled):  # another run of this job was faster
            if isinstance(outcome, Declined):
                fail_deposit(deposit=deposit, error_code=outcome.code, error_message=outcome.message, now=now)
            else:
                complete_deposit(deposit=deposit, provider_reference=outcome.provider_reference, now=now)


@app.task(name="payments.pay_withdrawal", queue="funding", retry=PATIENCE)
def pay_withdrawal(transaction_id: str) -> None:
    """Ask the provider to pay a withdrawal out, and enter what it says."""
    withdrawal = _pending(transaction_id)
    outcome = _ask(withdrawal) if withdrawal else None
    if withdrawal and outcome:
        now = timezone.now()
        with suppress(AlreadySettled):
            if isinstance(outcome, Declined):
                fail_withdrawal(withdrawal=withdrawal, error_code=outcome.code, error_message=outcome.message, now=now)
            else:
                complete_withdrawal(withdrawal=withdrawal, provider_reference=outcome.provider_reference, now=now)


@app.periodic(cron=EVERY_20_S)
@app.task(name="payments.resolve_unanswered", queue="funding", queueing_lock="payments.resolve_unanswered")
def resolve_unanswered(timestamp: int) -> None:
    """Have the provider asked again about everything that it has not answered for a minute."""
    waiting = Transaction.objects.filter(
        status=Transaction.Status.PENDING, kind__in=ASKING, created_at__lt=timezone.now() - YOUNG
    )
    for transaction_id, kind in waiting.order_by("created_at").values_list("pk", "kind"):
        _ask_again(transaction_id, kind, in_s=0)


@app.periodic(cron=EVERY_10_S)
@app.task(name="payments.fold_inflows", queue="ledger", queueing_lock="payments.fold_inflows")
def fold_inflows(timestamp: int) -> None:
    """Settle what busy wallets took in, so that their inflow stays short."""
    while ledger.fold(FOLDED_AT_ONCE) >= FOLDED_AT_ONCE:
        pass  # a busy wallet has more


@app.task(name="payments.send_receipt", queue="mail", retry=PATIENCE)
def send_receipt(transaction_id: str) -> None:
    """Mail payer and payee what happened."""
    mail_receipts(transaction_id=uuid.UUID(transaction_id), now=timezone.now())


def _pending(transaction_id: str) -> Transaction | None:
    """The transaction, unless it is settled already."""
    found: Transaction = Transaction.objects.with_parties().get(pk=transaction_id)
    return found if found.status == Transaction.Status.PENDING else None


def _ask(pending: Transaction) -> Succeeded | Declined | None:
    """How it ended, says the provider; None while nobody knows, and then it will be asked again.

    Outside any transaction: what the provider does can't be rolled back.
    """
    outcome = _answer(pending)
    if not isinstance(outcome, Underway):
        return outcome
    if timezone.now() - pending.created_at < YOUNG:
        _ask_again(pending.pk, pending.kind, in_s=ASK_AGAIN_S)
    return None


def _answer(pending: Transaction) -> Outcome:
    provider, facts, limit_s = provider_named(pending.metadata["provider"]), pending.metadata, settings.PROVIDER_TIMEOUT_S
    try:
        if pending.kind == Transaction.Kind.DEPOSIT:
            return provider.collect(pending.pk, pending.money, facts["source"], limit_s)
        return provider.pay_out(pending.pk, pending.money, facts["destination"], limit_s)
    except UnknownToken as refusal:  # what it is to come from is not there any more
        return Declined(refusal.code, str(refusal))
    except ProviderUnanswered:
        log.warning("provider unanswered", provider=provider.name, transaction=str(pending.pk))
        return Underway()


def _ask_again(transaction_id: uuid.UUID, kind: str, *, in_s: int) -> None:
    """Queue the question, unless it waits there already."""
    task = app.configure_task(
        ASKING[Transaction.Kind(kind)],
        queueing_lock=f"payments.ask:{transaction_id}",
        schedule_in={"seconds": in_s},
    )
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.defer(transaction_id=str(transaction_id))
