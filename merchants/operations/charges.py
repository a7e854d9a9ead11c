"""What tills ask for: asking, taking it back, and letting its time pass."""

import datetime as dt

from django.conf import settings

from audit import trail
from config.database import operation
from config.errors import Refused
from merchants.errors import ChargeCancelled, ChargeExpired, ChargePaid, StoreClosed, WrongCurrency
from merchants.models import Charge, Shift, Store
from merchants.operations.codes import with_free_code
from merchants.roles import Act, Actor, by, demand
from merchants.webhooks import payloads
from merchants.webhooks.events import publish
from payments.money import Money

EXPIRED_AT_ONCE = 10_000
OVER: dict[str, type[Refused]] = {
    Charge.Status.PAID: ChargePaid,
    Charge.Status.CANCELLED: ChargeCancelled,
    Charge.Status.EXPIRED: ChargeExpired,
}


@operation
def create_charge(
    *,
    store: Store,
    amount: Money,
    cashier: Actor,
    now: dt.datetime,
    note: str = "",
    terminal: str = "",
    tip: Money | None = None,
) -> Charge:
    """Ask for `amount` and `tip` together at a till, payable by anybody for `CHARGE_LIFETIME_S`.

    It counts for the shift that the cashier has open here.

    :raises NotInYourRole: the cashier does not work in the store.
    :raises StoreClosed: the store takes no payments.
    :raises WrongCurrency: the amount is not in the store's currency.
    """
    demand(Act.TAKE_PAYMENT, store=store, person=cashier)
    total = amount + tip if tip else amount
    check_payable(store, total, now=now)
    person, by_key = by(cashier)
    running = Shift.objects.running().select_for_update(no_key=True).filter(store=store, cashier=person)
    shift = running.first() if person else None
    charge = with_free_code(
        lambda: Charge.objects.create(
            store=store,
            terminal=terminal,
            cashier=person,
            shift=shift,
            amount=total.amount,
            tip=tip.amount if tip else 0,
            note=note,
            expires_at=now + dt.timedelta(seconds=settings.CHARGE_LIFETIME_S),
            created_at=now,
        )
    )
    new = {"amount": total.amount, "tip": charge.tip, "asset": total.asset, "store": str(store.pk)}
    trail.record("charge.created", actor=person, resource=charge, new=new, metadata=by_key, now=now)
    return charge


@operation
def cancel_charge(*, charge: Charge, actor: Actor, now: dt.datetime) -> Charge:
    """Take back what a till asked for, so that nobody can pay it any more.

    :raises NotInYourRole: the actor does not work in the store.
    :raises ChargePaid, ChargeExpired, ChargeCancelled: it is over already.
    """
    demand(Act.TAKE_PAYMENT, store=charge.store, person=actor)
    charge = locked(charge)
    if over := OVER.get(charge.status_at(now)):
        raise over
    charge.status = Charge.Status.CANCELLED
    charge.save(update_fields=["status", "updated_at"])
    record_end("charge.cancelled", charge, actor=actor, now=now)
    tell_charge(charge, now=now)
    return charge


@operation
def expire_charges(*, now: dt.datetime) -> int:
    """Write down which charges nobody paid in time; answers how many.

    They count as expired before: this keeps lists and counts honest. Charges that somebody is just
    paying or cancelling are left to them.
    """
    rows = Charge.objects.overdue(now).select_for_update(of=("self",), skip_locked=True, no_key=True)
    overdue = list(rows.select_related("store__settlement_wallet")[:EXPIRED_AT_ONCE])
    Charge.objects.filter(pk__in=[charge.pk for charge in overdue]).update(status=Charge.Status.EXPIRED, updated_at=now)
    for charge in overdue:
        charge.status = Charge.Status.EXPIRED
        tell_charge(charge, now=now)
    return len(overdue)


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


def locked(charge: Charge) -> Charge:
    """The charge as it is now, locked until the commit, with its store and wallet."""
    rows = Charge.objects.select_for_update(of=("self",), no_key=True).select_related("store__settlement_wallet")
    return rows.get(pk=charge.pk)


def tell_charge(charge: Charge, *, now: dt.datetime) -> None:
    """The event of a charge that nobody paid."""
    if charge.store.has_listeners:
        publish(charge.store, f"charge.{charge.status}", resource_id=charge.pk, data=payloads.charge(charge), now=now)


def record_end(action: str, charge: Charge, *, actor: Actor, now: dt.datetime) -> None:
    """The audit entry of a charge that is over."""
    person, by_key = by(actor)
    trail.record(
        action,
        actor=person,
        resource=charge,
        customer_id=charge.transaction.payer_wallet.user_id if charge.transaction else None,
        old={"status": Charge.Status.PENDING},
        new={"status": charge.status},
        metadata={**by_key, **({"transaction": str(charge.transaction_id)} if charge.transaction_id else {})},
        now=now,
    )
