"""Every write of stores and tills, one function each. Money moves through payments.operations, in the same commit."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import TypedDict, Unpack

from django.conf import settings
from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from accounts.legal import demand_agreement
from accounts.models import User
from audit import trail
from config.database import operation
from config.errors import Refused
from merchants.errors import ChargeCancelled, ChargeExpired, ChargePaid, StoreClosed, SymbolTaken, WrongCurrency
from merchants.models import Charge, Store, StoreMember
from merchants.roles import Act, demand
from payments.assets import ASSETS
from payments.ledger import NotRefundable
from payments.models import Asset, Transaction, Wallet
from payments.money import Money, UnknownAsset
from payments.operations import refund, transfer

CODES_TO_TRY = 5  # with a million stores, one new code in a thousand is taken
SYMBOL_ONCE = "merchants_store_symbol_key"
CODE_ONCE = frozenset({"merchants_store_short_code_key", "merchants_charge_code_key"})
EXPIRED_AT_ONCE = 10_000
OVER: dict[str, type[Refused]] = {
    Charge.Status.PAID: ChargePaid,
    Charge.Status.CANCELLED: ChargeCancelled,
    Charge.Status.EXPIRED: ChargeExpired,
}


class NoFreeCodeError(Exception):
    """Every code drawn was taken: the codes have become too short for how many there are."""


class StoreDetails(TypedDict, total=False):
    """What a store may say of itself beside its name."""

    description: str
    address_line1: str
    address_line2: str
    city: str
    state: str
    postal_code: str
    country: str
    latitude: Decimal | None
    longitude: Decimal | None
    email: str
    phone: str
    website: str
    instagram: str


@operation
def open_store(
    *, owner: User, name: str, symbol: str, category: str, asset: str, now: dt.datetime, **details: Unpack[StoreDetails]
) -> Store:
    """Open a store of this person, with a settlement wallet in `asset` that bears its name.

    :raises AgreementNeeded: the owner has not agreed to the texts in force.
    :raises UnknownAsset: no currency or stablecoin has this code.
    :raises SymbolTaken: another store has this symbol.
    """
    demand_agreement(owner)
    if asset not in ASSETS or ASSETS[asset].kind == Asset.Kind.CREDIT:
        raise UnknownAsset
    wallet = Wallet.objects.create(kind=Wallet.Kind.STORE, name=name, asset_id=asset, buffered=True, created_at=now)
    store = _with_free_code(
        lambda: Store.objects.create(
            name=name, symbol=symbol, category=category, settlement_wallet=wallet, created_at=now, **details
        )
    )
    StoreMember.objects.create(
        store=store, user=owner, role=StoreMember.Role.OWNER, invited_at=now, accepted_at=now, created_at=now
    )
    new = {"name": name, "symbol": symbol, "asset": asset, "code": store.short_code}
    trail.record("store.opened", actor=owner, resource=store, customer_id=owner.pk, new=new, now=now)
    return store


@operation
def create_charge(
    *, store: Store, amount: Money, cashier: User, now: dt.datetime, note: str = "", terminal: str = ""
) -> Charge:
    """Ask for `amount` at a till, payable by anybody for `CHARGE_LIFETIME_S`.

    :raises NotInYourRole: the cashier does not work in the store.
    :raises StoreClosed: the store takes no payments.
    :raises WrongCurrency: the amount is not in the store's currency.
    """
    demand(Act.TAKE_PAYMENT, store=store, person=cashier)
    check_payable(store, amount, now=now)
    charge = _with_free_code(
        lambda: Charge.objects.create(
            store=store,
            terminal=terminal,
            cashier=cashier,
            amount=amount.amount,
            note=note,
            expires_at=now + dt.timedelta(seconds=settings.CHARGE_LIFETIME_S),
            created_at=now,
        )
    )
    new = {"amount": amount.amount, "asset": amount.asset, "store": str(store.pk)}
    trail.record("charge.created", actor=cashier, resource=charge, new=new, now=now)
    return charge


@operation
def cancel_charge(*, charge: Charge, actor: User, now: dt.datetime) -> Charge:
    """Take back what a till asked for, so that nobody can pay it any more.

    :raises NotInYourRole: the actor does not work in the store.
    :raises ChargePaid, ChargeExpired, ChargeCancelled: it is over already.
    """
    demand(Act.TAKE_PAYMENT, store=charge.store, person=actor)
    charge = _locked(charge)
    if over := OVER.get(charge.status_at(now)):
        raise over
    charge.status = Charge.Status.CANCELLED
    charge.save(update_fields=["status", "updated_at"])
    _record_end("charge.cancelled", charge, actor=actor, now=now)
    return charge


@operation
def pay_charge(*, charge: Charge, payer_wallet: Wallet, actor: User, key: str | None, now: dt.datetime) -> Transaction:
    """Pay what a till asks for, from a wallet that the caller knows to be the actor's.

    Of several payers at the same moment one pays; the others find it paid.

    :raises ChargePaid, ChargeExpired, ChargeCancelled: it is over.
    :raises StoreClosed: the store takes no payments.
    :raises WrongCurrency: the wallet holds another currency.
    :raises InsufficientFunds: and the other refusals of `payments.operations.transfer`.
    """
    charge = _locked(charge)
    payment = _pay(charge.store, charge.money, payer_wallet, actor=actor, key=key, now=now, notes=charge.note, charge=charge)
    charge.status = Charge.Status.PAID
    charge.transaction = payment
    charge.save(update_fields=["status", "transaction", "updated_at"])
    _record_end("charge.paid", charge, actor=actor, now=now)
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
    return _pay(store, amount, payer_wallet, actor=actor, key=key, now=now, notes=notes)


@operation
def refund_payment(
    *,
    store: Store,
    original: Transaction,
    amount: Money | None,
    actor: User,
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
    return refund(original=original, amount=amount, actor=actor, key=key, reason=reason, now=now)


@operation
def expire_charges(*, now: dt.datetime) -> int:
    """Write down which charges nobody paid in time; answers how many.

    They count as expired before: this keeps lists and counts honest. Charges that somebody is just
    paying or cancelling are left to them.
    """
    overdue = Charge.objects.overdue(now).select_for_update(skip_locked=True, no_key=True).values("pk")[:EXPIRED_AT_ONCE]
    return Charge.objects.filter(pk__in=overdue).update(status=Charge.Status.EXPIRED, updated_at=now)


def check_payable(store: Store, amount: Money, *, charge: Charge | None = None, now: dt.datetime) -> None:
    """Refuse what can't be paid now, without looking at a wallet.

    :raises ChargePaid, ChargeExpired, ChargeCancelled: the charge is over.
    :raises StoreClosed: the store takes no payments.
    :raises WrongCurrency: the amount is in another currency.
    """
    if charge and (over := OVER.get(charge.status_at(now))):
        raise over
    if not store.is_open:
        raise StoreClosed
    if amount.asset != store.asset:
        raise WrongCurrency(store.asset, field="asset")


def _locked(charge: Charge) -> Charge:
    """The charge as it is now, locked until the commit, with its store and wallet."""
    rows = Charge.objects.select_for_update(of=("self",), no_key=True).select_related("store__settlement_wallet")
    return rows.get(pk=charge.pk)


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


def _record_end(action: str, charge: Charge, *, actor: User, now: dt.datetime) -> None:
    trail.record(
        action,
        actor=actor,
        resource=charge,
        customer_id=charge.transaction.payer_wallet.user_id if charge.transaction else None,
        old={"status": Charge.Status.PENDING},
        new={"status": charge.status},
        metadata={"transaction": str(charge.transaction_id)} if charge.transaction_id else None,
        now=now,
    )


def _with_free_code[Row: (Store, Charge)](insert: Callable[[], Row]) -> Row:
    """Insert a row whose code is drawn at random, drawing again while another row has it."""
    for _try in range(CODES_TO_TRY):
        try:
            with transaction.atomic():
                return insert()
        except IntegrityError as error:
            constraint = error.__cause__.diag.constraint_name if isinstance(error.__cause__, UniqueViolation) else None
            if constraint == SYMBOL_ONCE:
                raise SymbolTaken from None
            if constraint not in CODE_ONCE:
                raise
    raise NoFreeCodeError
