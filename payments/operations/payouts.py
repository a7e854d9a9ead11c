"""Money from a store's wallet to whoever owns the store: to a bank, by Pix, or into a wallet.

As a withdrawal: amount and fee are on hold from the request on, and leave when the provider has paid.
"""

import datetime as dt

from accounts.models import User
from config.database import operation
from payments import ledger
from payments.fees import fee_for
from payments.ledger import Leg
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import outgoing
from payments.operations.transfers import check_parties, record_money


@operation
def start_payout(
    *, payer: Wallet, payee: Wallet, amount: Money, actor: User | None, key: str | None, now: dt.datetime
) -> Transaction:
    """Set `amount` and its fee aside. `payee` is the provider's wallet, or the one that gets the money.

    :raises AssetMismatch: and OwnWallet, WalletFrozen, WalletClosed, InsufficientFunds, as `transfer` does.
    """
    check_parties(payer, payee, amount)
    transaction = Transaction(
        created_at=now,
        kind=Transaction.Kind.PAYOUT,
        status=Transaction.Status.PENDING,
        initiated_by=actor,
        payer_wallet=payer,
        payee_wallet=payee,
        amount=amount.amount,
        asset_id=amount.asset,
        idempotency_key=key,
    )
    outgoing.set_aside(transaction, amount, fee_for(Transaction.Kind.PAYOUT, amount))
    record_money("payout.started", transaction, actor=actor, customer=payer, now=now)
    return transaction


@operation
def complete_payout(*, payout: Transaction, provider_reference: str, now: dt.datetime) -> Transaction:
    """The money has arrived: what was held leaves, the fee goes to the platform.

    :raises AlreadySettled: completed, failed or cancelled before.
    """
    outgoing.pay_held(payout, provider_reference=provider_reference, now=now)
    return payout


@operation
def fail_payout(*, payout: Transaction, error_code: str, error_message: str, now: dt.datetime) -> Transaction:
    """The provider has refused: all that was held goes back.

    :raises AlreadySettled: completed, failed or cancelled before.
    """
    outgoing.give_back(payout, status=Transaction.Status.FAILED, code=error_code, message=error_message, now=now)
    return payout


@operation
def return_payout(*, payout: Transaction, reason: str, now: dt.datetime) -> Transaction:
    """It had arrived, and comes back: the amount is the payer's again. The fee stays with the platform.

    :raises NotRefundable: it was not completed.
    :raises RefundExceedsPayment: it came back before.
    """
    back = Transaction(
        created_at=now,
        kind=Transaction.Kind.REFUND,
        status=Transaction.Status.COMPLETED,
        payer_wallet=payout.payee_wallet,
        payee_wallet=payout.payer_wallet,
        amount=payout.amount,
        asset_id=payout.asset_id,
        refund_of=payout,
        notes=reason,
    )
    ledger.post(back, [Leg(payout.payee_wallet, -payout.amount), Leg(payout.payer_wallet, payout.amount)])
    back.fee = 0
    record_money("payout.returned", back, actor=None, customer=payout.payer_wallet, now=now, reason=reason)
    return back


@operation
def cancel_payout(*, payout: Transaction, reason: str, now: dt.datetime) -> Transaction:
    """It is not wanted any more, before anybody was asked to pay: all that was held goes back.

    :raises AlreadySettled: completed, failed or cancelled before.
    """
    outgoing.give_back(payout, status=Transaction.Status.CANCELLED, code=reason, message="", now=now)
    return payout
