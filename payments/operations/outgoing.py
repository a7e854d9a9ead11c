"""Money on its way out of the platform: set aside with its fee, then paid, or given back.

What withdrawals and payouts have in common. Each is one commit with whoever calls it.
"""

import datetime as dt

from payments import ledger
from payments.ledger import Leg
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations.holds import HOLDS, money_held
from payments.operations.transfers import record_money
from payments.queue import enqueue


def set_aside(transaction: Transaction, amount: Money, fee: Money) -> None:
    """Post the pending transaction: amount and fee leave its payer and are held."""
    total = (amount + fee).amount
    held = Wallet.objects.system(HOLDS, amount.asset)
    ledger.post(transaction, [Leg(transaction.payer_wallet, -total), Leg(held, total)])
    transaction.fee = fee.amount


def pay_held(transaction: Transaction, *, provider_reference: str, now: dt.datetime) -> None:
    """What was held leaves, the fee goes to the platform.

    :raises AlreadySettled: completed, failed or cancelled before.
    """
    held = money_held(transaction)
    legs = [
        Leg(Wallet.objects.system(HOLDS, held.asset), -held.amount),
        Leg(transaction.payee_wallet, transaction.amount),
    ]
    if fee := held.amount - transaction.amount:
        legs.append(Leg(Wallet.objects.system("platform:fees", held.asset), fee))
    metadata = {"provider_reference": provider_reference}
    ledger.settle(transaction, legs, status=Transaction.Status.COMPLETED, metadata=metadata, now=now)
    record_money(f"{transaction.kind}.completed", transaction, actor=None, customer=transaction.payer_wallet, now=now)
    enqueue("send_receipt", transaction_id=str(transaction.pk))


def give_back(transaction: Transaction, *, status: Transaction.Status, code: str, message: str, now: dt.datetime) -> None:
    """All that was held goes back to its payer; `status` says whether somebody refused it or took it back.

    :raises AlreadySettled: completed, failed or cancelled before.
    """
    held = money_held(transaction)
    legs = [Leg(Wallet.objects.system(HOLDS, held.asset), -held.amount), Leg(transaction.payer_wallet, held.amount)]
    ledger.settle(transaction, legs, status=status, error_code=code, error_message=message, now=now)
    action = f"{transaction.kind}.{status}"
    record_money(action, transaction, actor=None, customer=transaction.payer_wallet, now=now, reason=code)
