"""Money from outside into a wallet.

The intent is committed first, as a pending transaction without postings; a job then asks the
provider and calls `complete_deposit` or `fail_deposit`. While the provider has not answered, the
deposit stays pending: unknown is not failed.
"""

import datetime as dt

from accounts.legal import demand_agreement
from accounts.models import User
from config.database import operation
from payments import ledger
from payments.ledger import Leg, WalletClosed, WalletFrozen
from payments.models import Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations.transfers import record_money
from payments.queue import enqueue


@operation
def start_deposit(
    *, wallet: Wallet, amount: Money, provider: str, source: str, actor: User, key: str | None, now: dt.datetime
) -> Transaction:
    """Record that `amount` is to be collected by `provider` from `source` (its token), and queue the asking.

    :raises AgreementNeeded: the actor has not agreed to the texts in force.
    :raises AssetMismatch: the wallet holds another asset.
    :raises WalletFrozen: the wallet is frozen.
    :raises WalletClosed: the wallet is closed.
    """
    demand_agreement(actor)
    if amount.asset != wallet.asset_id:
        raise AssetMismatch
    if wallet.status != Wallet.Status.ACTIVE:
        raise WalletFrozen if wallet.status == Wallet.Status.FROZEN else WalletClosed
    transaction = Transaction(
        created_at=now,
        kind=Transaction.Kind.DEPOSIT,
        rail=Transaction.Rail.CARD,
        status=Transaction.Status.PENDING,
        initiated_by=actor,
        payer_wallet=Wallet.objects.system(f"external:{provider}", amount.asset),
        payee_wallet=wallet,
        amount=amount.amount,
        asset_id=amount.asset,
        idempotency_key=key,
        metadata={"provider": provider, "source": source},
    )
    ledger.post(transaction, [])
    transaction.fee = 0
    record_money("deposit.started", transaction, actor=actor, customer=wallet, now=now)
    enqueue("collect_deposit", transaction_id=str(transaction.pk))
    return transaction


@operation
def complete_deposit(*, deposit: Transaction, provider_reference: str, now: dt.datetime) -> Transaction:
    """The provider has the money: credit the wallet.

    :raises AlreadySettled: completed or failed before.
    """
    legs = [Leg(deposit.payer_wallet, -deposit.amount), Leg(deposit.payee_wallet, deposit.amount)]
    metadata = {"provider_reference": provider_reference}
    ledger.settle(deposit, legs, status=Transaction.Status.COMPLETED, metadata=metadata, now=now)
    record_money("deposit.completed", deposit, actor=None, customer=deposit.payee_wallet, now=now)
    enqueue("send_receipt", transaction_id=str(deposit.pk))
    return deposit


@operation
def fail_deposit(*, deposit: Transaction, error_code: str, error_message: str, now: dt.datetime) -> Transaction:
    """The provider has refused: nothing was collected and nothing moves.

    :raises AlreadySettled: completed or failed before.
    """
    status = Transaction.Status.FAILED
    ledger.settle(deposit, [], status=status, error_code=error_code, error_message=error_message, now=now)
    record_money("deposit.failed", deposit, actor=None, customer=deposit.payee_wallet, now=now, reason=error_code)
    return deposit
