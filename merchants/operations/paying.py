"""Paying a store, and giving back."""

import datetime as dt

from accounts.models import User
from audit import trail
from config.database import operation
from merchants.errors import WrongCurrency
from merchants.models import Charge, Store
from merchants.operations.charges import check_payable, locked, record_end
from merchants.operations.disputes import end_if_given_back, open_dispute_about
from merchants.roles import Act, Actor, by, demand
from merchants.webhooks import payloads
from merchants.webhooks.events import publish
from payments.ledger import NotRefundable
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import refund, transfer


@operation
def pay_charge(*, charge: Charge, payer_wallet: Wallet, actor: User, key: str | None, now: dt.datetime) -> Transaction:
    """Pay what a till asks for, from a wallet that the caller knows to be the actor's.

    Of several payers at the same moment one pays; the others find it paid.

    :raises ChargePaid, ChargeExpired, ChargeCancelled: it is over.
    :raises StoreClosed: the store takes no payments.
    :raises WrongCurrency: the wallet holds another currency.
    :raises InsufficientFunds: and the other refusals of `payments.operations.transfer`.
    """
    charge = locked(charge)
    payment = _pay(charge.store, charge.money, payer_wallet, actor=actor, key=key, now=now, notes=charge.note, charge=charge)
    charge.status = Charge.Status.PAID
    charge.transaction = payment
    charge.save(update_fields=["status", "transaction", "updated_at"])
    record_end("charge.paid", charge, actor=actor, now=now)
    _tell(charge.store, payment, charge, now=now)
    return payment


@operation
def pay_store(
    *, store: Store, amount: Money, payer_wallet: Wallet, actor: User, key: str | None, now: dt.datetime, notes: str = ""
) -> Transaction:
    """Pay a store an amount that the payer names, from a wallet that the caller knows to be the actor's.

    `store` comes with its settlement wallet.

    :raises StoreClosed: the store takes no payments.
    :raises WrongCurrency: the wallet, or the amount, is in another currency.
    :raises InsufficientFunds: and the other refusals of `payments.operations.transfer`.
    """
    payment = _pay(store, amount, payer_wallet, actor=actor, key=key, now=now, notes=notes)
    _tell(store, payment, None, now=now)
    return payment


@operation
def refund_payment(
    *,
    store: Store,
    original: Transaction,
    amount: Money | None,
    actor: Actor,
    key: str | None,
    reason: str,
    now: dt.datetime,
) -> Transaction:
    """Give `amount` of a payment to this store, or all that is left of it, back to its payer.

    :raises NotInYourRole: the actor may not refund in this store.
    :raises NotRefundable: it is no completed payment to this store.
    :raises RefundExceedsPayment: more than is left, or nothing is.
    :raises InsufficientFunds: the store's wallet holds less.
    """
    demand(Act.REFUND, store=store, person=actor)
    if original.kind != Transaction.Kind.PAYMENT or original.payee_wallet_id != store.settlement_wallet_id:
        raise NotRefundable
    person, by_key = by(actor)
    dispute = open_dispute_about(original)
    back = refund(original=original, amount=amount, actor=person, key=key, reason=reason, now=now)
    if by_key:
        trail.record("refund.by_program", actor=None, resource=back, metadata=by_key, now=now)
    publish(store, "refund.completed", resource_id=original.pk, data=payloads.refund(back), now=now)
    end_if_given_back(dispute, back, actor=person, now=now)
    return back


def _pay(
    store: Store,
    amount: Money,
    payer_wallet: Wallet,
    *,
    actor: User,
    key: str | None,
    now: dt.datetime,
    notes: str,
    charge: Charge | None = None,
) -> Transaction:
    check_payable(store, amount, charge=charge, now=now)
    if payer_wallet.asset_id != store.asset:
        raise WrongCurrency(store.asset)
    return transfer(
        payer=payer_wallet,
        payee=store.settlement_wallet,
        amount=amount,
        actor=actor,
        key=key,
        now=now,
        kind=Transaction.Kind.PAYMENT,
        notes=notes,
    )


def _tell(store: Store, payment: Transaction, charge: Charge | None, *, now: dt.datetime) -> None:
    """The event of a payment; for programs a payment and its refunds are one resource, so they hear of them in order."""
    if store.has_listeners:
        publish(store, "payment.received", resource_id=payment.pk, data=payloads.payment(payment, charge), now=now)
