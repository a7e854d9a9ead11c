"""What a store has taken: reports over its payments and their refunds."""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypedDict

from django.db.models import BigIntegerField, Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from merchants.models import Charge, Shift, Store
from merchants.roles import Act, may
from payments.models import Transaction, Wallet
from payments.money import Money

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

LAST_PAYMENTS = 50  # are looked through for stores to pay again


class Refunds(TypedDict):
    """What `payments_to` adds to a payment: minor units given back so far."""

    refunded: int


type PaymentRow = WithAnnotations[Transaction, Refunds]


@dataclass(frozen=True, slots=True)
class StorePayment:
    """A payment as its store sees it. No payer's name: the code is what both sides of the counter know.

    `charge` is None if the payer named the amount. Until it is completed nothing has reached the store.
    """

    STATUSES: ClassVar[tuple[str, ...]] = ("pending", "completed", "partly_refunded", "refunded", "failed", "cancelled")

    transaction: Transaction
    amount: Money
    refunded: Money
    charge: Charge | None

    @property
    def left(self) -> Money:
        """What can still be given back: of what never arrived, nothing."""
        return self.amount - self.refunded if self.is_completed else Money(0, self.amount.asset)

    @property
    def is_completed(self) -> bool:
        return self.transaction.status == Transaction.Status.COMPLETED

    @property
    def is_void(self) -> bool:
        """Whether it came to nothing: the amount never moves."""
        return self.transaction.status in {Transaction.Status.FAILED, Transaction.Status.CANCELLED}

    @property
    def status(self) -> str:
        """One of `STATUSES`: how the payment ended, and then how much of it went back."""
        if not self.is_completed or not self.refunded:
            return self.transaction.status
        return "partly_refunded" if self.left else "refunded"


@dataclass(frozen=True, slots=True)
class Takings:
    """What came in over some time: how many payments, their sum, and what was given back meanwhile."""

    count: int
    paid: Money
    refunded: Money

    @property
    def kept(self) -> Money:
        return self.paid - self.refunded


@dataclass(frozen=True, slots=True)
class ShiftTotals:
    """What a shift brought: payments, their sum and the tips in it, and what its cashier gave back meanwhile."""

    count: int
    paid: Money
    tips: Money
    refunded: Money

    @property
    def kept(self) -> Money:
        return self.paid - self.refunded


def totals_of_shift(shift: Shift, *, until: dt.datetime) -> ShiftTotals:
    """What the shift has brought until then; `store__settlement_wallet` must be selected."""
    asset = shift.store.asset
    paid = shift.charges.filter(status=Charge.Status.PAID).aggregate(
        count=Count("pk"), total=Coalesce(Sum("amount"), 0), tips=Coalesce(Sum("tip"), 0)
    )
    refunded = Transaction.objects.filter(
        payer_wallet=shift.store.settlement_wallet_id,
        kind=Transaction.Kind.REFUND,
        status=Transaction.Status.COMPLETED,
        initiated_by=shift.cashier_id,
        created_at__gte=shift.created_at,
        created_at__lte=until,
    ).aggregate(total=Coalesce(Sum("amount"), 0))
    return ShiftTotals(
        paid["count"], Money(int(paid["total"]), asset), Money(int(paid["tips"]), asset), Money(int(refunded["total"]), asset)
    )


def shifts_seen_by(person: User, store: Store) -> QuerySet[Shift]:
    """The store's shifts that `store.role` lets the person see: everybody's, or their own."""
    shifts = store.shifts.select_related("cashier", "closed_by", "store__settlement_wallet")
    return shifts if may(store.role, Act.SEE_SHIFTS) else shifts.filter(cashier=person)


def kept_totals(shift: Shift, *, now: dt.datetime) -> ShiftTotals:
    """Those written when the shift was closed; of one that runs, those so far."""
    if shift.is_running:
        return totals_of_shift(shift, until=now)
    return ShiftTotals(shift.payment_count or 0, shift.money(shift.paid), shift.money(shift.tips), shift.money(shift.refunded))


def payments_to(store: Store) -> QuerySet[PaymentRow]:
    """Payments to the store with their charge, newest first; adds `refunded`, minor units given back so far."""
    refunds = (
        Transaction.objects.filter(refund_of=OuterRef("pk"), kind=Transaction.Kind.REFUND, status=Transaction.Status.COMPLETED)
        .order_by()
        .values("refund_of")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return (
        Transaction.objects.filter(payee_wallet=store.settlement_wallet_id, kind=Transaction.Kind.PAYMENT)
        .annotate(refunded=Coalesce(Subquery(refunds, output_field=BigIntegerField()), 0))
        .select_related("charge")
        .order_by("-created_at", "-pk")
    )


def payments_seen_in(store: Store, *, now: dt.datetime) -> QuerySet[PaymentRow]:
    """Those of `payments_to` that the role in `store.role` sees: of any day, or of the store's today."""
    payments = payments_to(store)
    if may(store.role, Act.SEE_PAYMENTS):
        return payments
    return payments.filter(created_at__gte=store.day_start(store.today(now)))


def as_store_sees(row: PaymentRow) -> StorePayment:
    """A row of `payments_to`, in the words of the store."""
    return StorePayment(row, row.money, Money(row.refunded, row.asset_id), getattr(row, "charge", None))


def takings_since(store: Store, start: dt.datetime) -> Takings:
    """What the store took from `start` until now; its wallet must be selected."""
    completed = Transaction.objects.filter(created_at__gte=start, status=Transaction.Status.COMPLETED)
    paid = completed.filter(payee_wallet=store.settlement_wallet_id, kind=Transaction.Kind.PAYMENT).aggregate(
        count=Count("pk"), total=Coalesce(Sum("amount"), 0)
    )
    refunded = completed.filter(payer_wallet=store.settlement_wallet_id, kind=Transaction.Kind.REFUND).aggregate(
        total=Coalesce(Sum("amount"), 0)
    )
    return Takings(paid["count"], Money(int(paid["total"]), store.asset), Money(int(refunded["total"]), store.asset))


def balance_of(store: Store) -> Money:
    """What lies in the settlement wallet now."""
    return Wallet.objects.with_balance().get(pk=store.settlement_wallet_id).money


def stores_paid_by(user: User, *, limit: int) -> list[Store]:
    """The stores that this person paid last, the latest first."""
    payments = Transaction.objects.filter(payer_wallet__user=user, kind=Transaction.Kind.PAYMENT).newest_first()
    wallets = list(dict.fromkeys(payments.values_list("payee_wallet", flat=True)[:LAST_PAYMENTS]))
    stores = Store.objects.open().filter(settlement_wallet__in=wallets)
    return sorted(stores, key=lambda store: wallets.index(store.settlement_wallet_id))[:limit]
