"""Disputes: a customer asks about a payment, and the store gives it back or says why not.

A dispute ends with the refund that gives back the last of its payment, whichever page or program asked for it; what the store
has not answered in time is given back by the platform.
"""

import datetime as dt
import uuid

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from audit import trail
from config.database import operation
from config.errors import Refused
from merchants import notices
from merchants.errors import DisputeOver, NotDisputable
from merchants.models import Dispute, Store
from merchants.roles import Act, demand
from merchants.webhooks import payloads
from merchants.webhooks.events import publish
from payments.models import Transaction, Wallet
from payments.operations import refund
from payments.operations.refunds import refundable

RELATED = ("store__settlement_wallet", "payment__payer_wallet", "payment__payee_wallet", "customer")
BATCH = 100
REMINDED_DAYS_AHEAD = 3

log = structlog.get_logger("florin.disputes")


def can_dispute(payment: Transaction, now: dt.datetime) -> bool:
    """Whether its payer may ask the store about it: completed, young enough, not all of it is back, and there is where to."""
    window = dt.timedelta(days=settings.DISPUTE_WINDOW_DAYS)
    return (
        payment.kind == Transaction.Kind.PAYMENT
        and payment.status == Transaction.Status.COMPLETED
        and payment.created_at > now - window
        and payment.payer_wallet.status != Wallet.Status.CLOSED
        and not Dispute.objects.filter(payment=payment).exists()
        and bool(refundable(payment))
    )


@operation
def open_dispute(*, payment: Transaction, reason: str, actor: User, now: dt.datetime, note: str = "") -> Dispute:
    """Ask the store about a payment of the actor's. Its managers are told; they have `DISPUTE_ANSWER_DAYS`.

    :raises NotDisputable: somebody else's, too old, all given back, asked about before, or no payment to a store.
    """
    # Their account is not closed meanwhile: what the store may give back needs the wallet that paid.
    actor = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    store = Store.objects.filter(settlement_wallet=payment.payee_wallet).select_related("settlement_wallet").first()
    if (
        actor.status == User.Status.DELETED
        or store is None
        or payment.payer_wallet.user_id != actor.pk
        or not can_dispute(payment, now)
    ):
        raise NotDisputable
    dispute = Dispute(
        created_at=now,
        payment=payment,
        store=store,
        customer=actor,
        reason=reason,
        note=note,
        due_at=now + dt.timedelta(days=settings.DISPUTE_ANSWER_DAYS),
    )
    try:
        with transaction.atomic():
            dispute.save(force_insert=True)
    except IntegrityError as clash:  # another request was faster
        raise NotDisputable from clash
    notices.tell_disputed(dispute)
    _record("dispute.opened", dispute, actor=actor, now=now, new={"reason": reason})
    return dispute


@operation
def reject_dispute(*, dispute: Dispute, answer: str, actor: User, now: dt.datetime) -> Dispute:
    """Say no, with the reason that the customer reads.

    :raises NotInYourRole: the actor may answer nothing here.
    :raises DisputeOver: it was answered, or taken back.
    """
    dispute = _locked(dispute)
    demand(Act.ANSWER_DISPUTE, store=dispute.store, person=actor)
    _end(dispute, Dispute.Status.REJECTED, actor=actor, now=now, answer=answer)
    notices.tell_dispute_ended(dispute, now=now)
    return dispute


@operation
def withdraw_dispute(*, dispute: Dispute, actor: User, now: dt.datetime) -> Dispute:
    """Take a question back, because it has cleared up. The caller knows that it is the actor's.

    :raises DisputeOver: it was answered, or taken back.
    """
    dispute = _locked(dispute)
    _end(dispute, Dispute.Status.WITHDRAWN, actor=actor, now=now)
    return dispute


def open_dispute_about(payment: Transaction) -> Dispute | None:
    """The open dispute about the payment, locked: whoever gives the payment back takes this lock before the ledger's."""
    open_ones = Dispute.objects.open().filter(payment=payment)
    return open_ones.select_for_update(of=("self",), no_key=True).select_related(*RELATED).first()


def end_if_given_back(dispute: Dispute | None, back: Transaction, *, actor: User | None, now: dt.datetime) -> None:
    """End the dispute if nothing of its payment is left. `dispute` is locked."""
    if dispute is None or refundable(dispute.payment):
        return
    _end(dispute, Dispute.Status.REFUNDED, actor=actor, now=now, refund_with=back)
    notices.tell_dispute_ended(dispute, now=now)


def refund_overdue(*, now: dt.datetime) -> int:
    """Give back what was asked about and not answered in time; answers how much of it was.

    A store whose wallet holds too little stays in debt: the question stays open, and is tried again.
    """
    overdue = Dispute.objects.open().filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    return sum(_refund_one(dispute_id, now) for dispute_id in list(overdue))


@operation
def remind_stores(*, now: dt.datetime) -> int:
    """Remind those who have little time left to answer, once; answers how many."""
    soon = now + dt.timedelta(days=REMINDED_DAYS_AHEAD)
    waiting = Dispute.objects.open().filter(reminded_at__isnull=True, due_at__lte=soon, due_at__gt=now)
    found = list(waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related(*RELATED)[:BATCH])
    for dispute in found:
        notices.tell_disputed(dispute)
        dispute.reminded_at = now
        dispute.save(update_fields=["reminded_at", "updated_at"])
    return len(found)


def _refund_one(dispute_id: uuid.UUID, now: dt.datetime) -> bool:
    try:
        return _give_back(dispute_id, now)
    except Refused as refusal:
        log.warning("dispute overdue", dispute=str(dispute_id), code=refusal.code)
        return False


@operation
def _give_back(dispute_id: uuid.UUID, now: dt.datetime) -> bool:
    """Give all that is left back, if the question is still open."""
    dispute = open_dispute_about(Dispute.objects.select_related("payment").get(pk=dispute_id).payment)
    if dispute is None:
        return False
    back = refund(original=dispute.payment, amount=None, actor=None, key=None, reason="", now=now)
    publish(dispute.store, "refund.completed", resource_id=dispute.payment_id, data=payloads.refund(back), now=now)
    end_if_given_back(dispute, back, actor=None, now=now)
    return True


def _locked(dispute: Dispute) -> Dispute:
    """The dispute as it is now, locked until the commit."""
    return Dispute.objects.select_for_update(of=("self",), no_key=True).select_related(*RELATED).get(pk=dispute.pk)


def _end(
    dispute: Dispute,
    status: str,
    *,
    actor: User | None,
    now: dt.datetime,
    answer: str = "",
    refund_with: Transaction | None = None,
) -> None:
    if not dispute.is_open:
        raise DisputeOver
    dispute.status, dispute.answer, dispute.refund = status, answer, refund_with
    dispute.ended_at, dispute.ended_by = now, actor
    dispute.save()
    _record(f"dispute.{status}", dispute, actor=actor, now=now, old={"status": "open"})


def _record(
    action: str,
    dispute: Dispute,
    *,
    actor: User | None,
    now: dt.datetime,
    old: dict[str, object] | None = None,
    new: dict[str, object] | None = None,
) -> None:
    publish(dispute.store, action, resource_id=dispute.payment_id, data=payloads.dispute(dispute), now=now)
    metadata = {"store": str(dispute.store_id), "payment": str(dispute.payment_id)}
    trail.record(
        action,
        actor=actor,
        customer_id=dispute.customer_id,
        resource=dispute,
        old=old,
        new=new,
        metadata=metadata,
        now=now,
    )
