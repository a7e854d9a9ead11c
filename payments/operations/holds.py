"""Money set aside for a payee: held, then captured or released."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models import Sum

from accounts.legal import demand_agreement
from accounts.models import User
from config.database import operation
from payments import ledger
from payments.errors import NotAHold
from payments.ledger import CaptureExceedsHold, Leg
from payments.limits import demand_room
from payments.models import Posting, Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations.transfers import check_parties, record_money
from payments.proofs import demand_proof_of_sending
from payments.queue import enqueue

HOLDS = "platform:holds"


@operation
def hold(
    *,
    payer: Wallet,
    payee: Wallet,
    amount: Money,
    actor: User,
    key: str | None,
    now: dt.datetime,
    kind: Transaction.Kind = Transaction.Kind.PAYMENT,
    notes: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Transaction:
    """Set `amount` aside from payer for payee, as a pending transaction.

    :raises OwnWallet: and the other refusals of `transfer`, AgreementNeeded and StepUpRequired too.
    """
    demand_agreement(actor)
    check_parties(payer, payee, amount)
    transaction = Transaction(
        created_at=now,
        kind=kind,
        status=Transaction.Status.PENDING,
        initiated_by=actor,
        payer_wallet=payer,
        payee_wallet=payee,
        amount=amount.amount,
        asset_id=amount.asset,
        idempotency_key=key,
        notes=notes,
        metadata=dict(metadata or {}),
    )
    ledger.post(transaction, [Leg(payer, -amount.amount), Leg(Wallet.objects.system(HOLDS, amount.asset), amount.amount)])
    demand_room(payer=payer, payee=payee, amount=amount, actor=actor, now=now)
    demand_proof_of_sending(payer=payer, payee=payee, amount=amount, kind=kind, actor=actor, now=now)
    record_money("hold.placed", transaction, actor=actor, customer=payer, now=now)
    return transaction


@operation
def capture(*, held: Transaction, amount: Money | None, actor: User | None, now: dt.datetime) -> Transaction:
    """Give the payee `amount` of what is held, or all of it, and the rest back to the payer.

    :raises NotAHold: nothing is held by this transaction.
    :raises CaptureExceedsHold: more than is held.
    :raises AlreadySettled: captured or released before, also by a faster caller.
    """
    on_hold = money_held(held)
    amount = amount or on_hold
    if amount.asset != on_hold.asset:
        raise AssetMismatch
    if on_hold < amount:
        raise CaptureExceedsHold(available=str(on_hold.amount))
    legs = [
        Leg(Wallet.objects.system(HOLDS, amount.asset), -on_hold.amount),
        Leg(held.payee_wallet, amount.amount),
        Leg(held.payer_wallet, (on_hold - amount).amount),
    ]
    metadata = {"held_amount": on_hold.amount} if amount != on_hold else None
    status = Transaction.Status.COMPLETED
    ledger.settle(held, legs, status=status, amount=amount.amount, metadata=metadata, now=now)
    record_money("hold.captured", held, actor=actor, customer=held.payer_wallet, now=now)
    enqueue("send_receipt", transaction_id=str(held.pk))
    return held


@operation
def release(*, held: Transaction, actor: User | None, reason: str, now: dt.datetime) -> Transaction:
    """Give all that is held back to the payer and cancel the transaction.

    :raises NotAHold: nothing is held by this transaction.
    :raises AlreadySettled: captured or released before, also by a faster caller.
    """
    on_hold = money_held(held)
    legs = [Leg(Wallet.objects.system(HOLDS, on_hold.asset), -on_hold.amount), Leg(held.payer_wallet, on_hold.amount)]
    ledger.settle(held, legs, status=Transaction.Status.CANCELLED, now=now)
    record_money("hold.released", held, actor=actor, customer=held.payer_wallet, now=now, reason=reason)
    return held


def money_held(transaction: Transaction) -> Money:
    """What a transaction has in `platform:holds` now.

    :raises NotAHold: nothing, or it is settled.
    :raises AlreadySettled: it is no longer pending.
    """
    if transaction.status != Transaction.Status.PENDING:
        raise ledger.AlreadySettled
    postings = Posting.objects.filter(transaction=transaction, wallet__name=f"{HOLDS}:{transaction.asset_id}")
    held = postings.aggregate(total=Sum("amount"))["total"] or 0
    if held <= 0:
        # What was held may have been settled since the caller read the transaction.
        still_pending = Transaction.objects.filter(pk=transaction.pk, status=Transaction.Status.PENDING).exists()
        raise NotAHold if still_pending else ledger.AlreadySettled
    return Money(int(held), transaction.asset_id)
