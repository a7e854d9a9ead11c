"""Giving money back."""

import datetime as dt

from django.db.models import Sum

from accounts.models import User
from config.database import operation
from payments import ledger
from payments.ledger import Leg, NotRefundable, RefundExceedsPayment
from payments.models import Transaction
from payments.money import AssetMismatch, Money
from payments.operations.transfers import record_money
from payments.queue import enqueue

REFUNDABLE = frozenset({Transaction.Kind.PAYMENT, Transaction.Kind.TRANSFER, Transaction.Kind.BILL_PAYMENT})


@operation
def refund(
    *, original: Transaction, amount: Money | None, actor: User | None, key: str | None, reason: str, now: dt.datetime
) -> Transaction:
    """Give `amount` of a completed payment, or all that is left of it, back from payee to payer.

    All refunds of one payment together never exceed it, however many are asked for at once. The fee
    stays with the platform. The caller has made sure that `actor`, or the program in their place (None), may act for the payee.

    :raises NotRefundable: not completed, or not a payment, transfer or bill payment.
    :raises RefundExceedsPayment: more than is left, or nothing is.
    :raises InsufficientFunds: the payee's wallet holds less.
    :raises WalletClosed: the payer's wallet is closed.
    """
    if original.kind not in REFUNDABLE:
        raise NotRefundable
    amount = amount or refundable(original)
    if amount.asset != original.asset_id:
        raise AssetMismatch
    if amount.amount <= 0:
        raise RefundExceedsPayment(available="0")
    transaction = Transaction(
        created_at=now,
        kind=Transaction.Kind.REFUND,
        status=Transaction.Status.COMPLETED,
        initiated_by=actor,
        payer_wallet=original.payee_wallet,
        payee_wallet=original.payer_wallet,
        amount=amount.amount,
        asset_id=amount.asset,
        refund_of=original,
        idempotency_key=key,
        notes=reason,
    )
    ledger.post(transaction, [Leg(original.payee_wallet, -amount.amount), Leg(original.payer_wallet, amount.amount)])
    transaction.fee = 0
    record_money("refund.completed", transaction, actor=actor, customer=original.payer_wallet, now=now, reason=reason)
    enqueue("send_receipt", transaction_id=str(transaction.pk))
    return transaction


def refundable(original: Transaction) -> Money:
    """What is left to refund of it now; another refund may be faster."""
    refunds = original.refunds.filter(status__in=[Transaction.Status.PENDING, Transaction.Status.COMPLETED])
    refunded = refunds.aggregate(total=Sum("amount"))["total"] or 0
    return Money(original.amount - int(refunded), original.asset_id)
