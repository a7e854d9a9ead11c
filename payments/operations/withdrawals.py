"""Money from a wallet to the outside.

The amount and its fee go on hold with the intent; a job then asks the provider and calls
`complete_withdrawal` or `fail_withdrawal`. Until the provider answers, the money stays on hold.
"""

import datetime as dt

from accounts.models import User
from config.database import operation
from payments.fees import fee_for
from payments.limits import demand_room
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import outgoing
from payments.operations.transfers import check_parties, record_money
from payments.proofs import demand_proof_of_withdrawing
from payments.queue import enqueue


@operation
def start_withdrawal(
    *, wallet: Wallet, amount: Money, provider: str, destination: str, actor: User, key: str | None, now: dt.datetime
) -> Transaction:
    """Put `amount` and its fee on hold for `provider` to pay out to `destination` (its token), and queue the asking.

    :raises AssetMismatch: the wallet holds another asset.
    :raises WalletFrozen: and the other refusals of `transfer`, StepUpRequired too.
    """
    outside = Wallet.objects.system(f"external:{provider}", amount.asset)
    check_parties(wallet, outside, amount)
    transaction = Transaction(
        created_at=now,
        kind=Transaction.Kind.WITHDRAWAL,
        status=Transaction.Status.PENDING,
        initiated_by=actor,
        payer_wallet=wallet,
        payee_wallet=outside,
        amount=amount.amount,
        asset_id=amount.asset,
        idempotency_key=key,
        metadata={"provider": provider, "destination": destination},
    )
    outgoing.set_aside(transaction, amount, fee_for(Transaction.Kind.WITHDRAWAL, amount))
    demand_room(payer=wallet, payee=outside, amount=amount, actor=actor, now=now)
    demand_proof_of_withdrawing(wallet=wallet, amount=amount, provider=provider, destination=destination, actor=actor, now=now)
    record_money("withdrawal.started", transaction, actor=actor, customer=wallet, now=now)
    enqueue("pay_withdrawal", transaction_id=str(transaction.pk))
    return transaction


@operation
def complete_withdrawal(*, withdrawal: Transaction, provider_reference: str, now: dt.datetime) -> Transaction:
    """The provider has paid: what was held leaves, the fee goes to the platform.

    :raises AlreadySettled: completed or failed before.
    """
    outgoing.pay_held(withdrawal, provider_reference=provider_reference, now=now)
    return withdrawal


@operation
def fail_withdrawal(*, withdrawal: Transaction, error_code: str, error_message: str, now: dt.datetime) -> Transaction:
    """The provider has refused: all that was held goes back.

    :raises AlreadySettled: completed or failed before.
    """
    outgoing.give_back(withdrawal, status=Transaction.Status.FAILED, code=error_code, message=error_message, now=now)
    return withdrawal
