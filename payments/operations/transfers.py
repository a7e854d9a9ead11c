"""Money from one wallet to another."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from accounts.legal import demand_agreement
from accounts.models import User
from audit import trail
from config.database import operation
from payments import ledger
from payments.errors import OwnWallet
from payments.fees import fee_for
from payments.ledger import Leg, WalletClosed, WalletFrozen
from payments.limits import demand_room
from payments.models import Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.proofs import demand_proof_of_sending
from payments.queue import enqueue


@operation
def transfer(
    *,
    payer: Wallet,
    payee: Wallet,
    amount: Money,
    actor: User,
    key: str | None,
    now: dt.datetime,
    kind: Transaction.Kind = Transaction.Kind.TRANSFER,
    notes: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Transaction:
    """Move `amount` from payer to payee at once, the payer paying the fee of this kind beside it.

    The caller has made sure that `actor` may spend from `payer`. `key` is the actor's idempotency key.

    :raises AgreementNeeded: the actor has not agreed to the texts in force.
    :raises OwnWallet: payer and payee are one wallet.
    :raises AssetMismatch: the amount and both wallets are not of one asset.
    :raises WalletFrozen: either wallet is frozen.
    :raises WalletClosed: either wallet is closed.
    :raises InsufficientFunds: the payer has less than amount and fee.
    :raises OverPaymentLimit, OverDailyLimit: its person lets no more leave.
    :raises StepUpRequired: the amount is large, and its person has not just confirmed it.
    """
    demand_agreement(actor)
    check_parties(payer, payee, amount)
    fee = fee_for(kind, amount)
    transaction = Transaction(
        created_at=now,
        kind=kind,
        status=Transaction.Status.COMPLETED,
        initiated_by=actor,
        payer_wallet=payer,
        payee_wallet=payee,
        amount=amount.amount,
        asset_id=amount.asset,
        idempotency_key=key,
        notes=notes,
        metadata=dict(metadata or {}),
    )
    legs = [Leg(payer, -(amount + fee).amount), Leg(payee, amount.amount)]
    if fee:
        legs.append(Leg(Wallet.objects.system("platform:fees", fee.asset), fee.amount))
    ledger.post(transaction, legs)
    # Asked last: nobody has to confirm what would be refused anyway, and the refusal takes the posting back.
    demand_room(payer=payer, payee=payee, amount=amount, actor=actor, now=now)
    demand_proof_of_sending(payer=payer, payee=payee, amount=amount, kind=kind, actor=actor, now=now)
    transaction.fee = fee.amount
    record_money(f"{kind}.completed", transaction, actor=actor, customer=payer, now=now)
    enqueue("send_receipt", transaction_id=str(transaction.pk))
    return transaction


def check_parties(payer: Wallet, payee: Wallet, amount: Money) -> None:
    """Refuse what needs no look at a balance: one wallet on both sides, other assets, frozen or closed wallets.

    What only its owner has frozen can still be paid into.
    """
    if payer.pk == payee.pk:
        raise OwnWallet
    if not payer.asset_id == payee.asset_id == amount.asset:
        raise AssetMismatch
    if Wallet.Status.CLOSED in {payer.status, payee.status}:
        raise WalletClosed
    if payer.status == Wallet.Status.FROZEN:
        raise WalletFrozen
    if payee.status == Wallet.Status.FROZEN and not Wallet.objects.taking_money().filter(pk=payee.pk).exists():
        raise WalletFrozen


def record_money(
    action: str, transaction: Transaction, *, actor: User | None, customer: Wallet, now: dt.datetime, reason: str = ""
) -> None:
    """The audit entry of a money act: what moved, for the customer whose wallet it concerns."""
    trail.record(
        action,
        actor=actor,
        resource=transaction,
        customer_id=customer.user_id,
        new={"status": transaction.status, "amount": transaction.amount, "asset": transaction.asset_id},
        metadata={"reason": reason} if reason else None,
        now=now,
    )
