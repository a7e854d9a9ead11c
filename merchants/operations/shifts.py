"""Shifts at the till: beginning one, its totals, and closing it."""

import datetime as dt

from django.db import IntegrityError, transaction

from accounts.models import User
from audit import trail
from config.database import operation
from merchants.errors import ShiftClosed, ShiftRuns
from merchants.models import Charge, Shift, Store
from merchants.operations.charges import record_end, tell_charge
from merchants.queries import totals_of_shift
from merchants.roles import Act, demand


@operation
def open_shift(*, store: Store, cashier: User, now: dt.datetime, terminal: str = "") -> Shift:
    """Begin a shift: what the cashier asks for at this store's tills counts for it from now on.

    :raises NotInYourRole: they do not work there.
    :raises ShiftRuns: they have one open here.
    """
    demand(Act.KEEP_SHIFT, store=store, person=cashier)
    try:
        with transaction.atomic():
            shift = Shift.objects.create(store=store, cashier=cashier, terminal=terminal, created_at=now)
    except IntegrityError:
        raise ShiftRuns from None
    trail.record("shift.opened", actor=cashier, resource=shift, metadata={"store": str(store.pk)}, now=now)
    return shift


@operation
def close_shift(*, shift: Shift, actor: User, now: dt.datetime) -> Shift:
    """End a shift and write its totals down. What of it still waits to be paid is cancelled, so that they stay true.

    :raises NotInYourRole: it is somebody else's, and the actor may not see those.
    :raises ShiftClosed: it was closed before.
    """
    demand(Act.KEEP_SHIFT if shift.cashier_id == actor.pk else Act.SEE_SHIFTS, store=shift.store, person=actor)
    shift = (
        Shift.objects.select_for_update(of=("self",), no_key=True).select_related("store__settlement_wallet").get(pk=shift.pk)
    )
    if not shift.is_running:
        raise ShiftClosed
    waiting = shift.charges.filter(status=Charge.Status.PENDING).select_related("store__settlement_wallet")
    for charge in waiting.select_for_update(of=("self",), no_key=True).order_by("pk"):
        charge.status = Charge.Status.CANCELLED if charge.expires_at > now else Charge.Status.EXPIRED
        charge.save(update_fields=["status", "updated_at"])
        record_end(f"charge.{charge.status}", charge, actor=actor, now=now)
        tell_charge(charge, now=now)
    shift.closed_at, shift.closed_by = now, actor
    totals = totals_of_shift(shift, until=now)
    shift.payment_count, shift.paid = totals.count, totals.paid.amount
    shift.tips, shift.refunded = totals.tips.amount, totals.refunded.amount
    shift.save()
    new = {"payments": totals.count, "paid": shift.paid, "tips": shift.tips, "refunded": shift.refunded}
    trail.record("shift.closed", actor=actor, resource=shift, new=new, metadata={"store": str(shift.store_id)}, now=now)
    return shift
