"""Figures for the consoles' first page."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.utils import timezone

from accounts.models import User
from merchants.models import Store
from payments.models import Transaction
from payments.money import Money

MONEY_IN_USE = [Transaction.Kind.PAYMENT, Transaction.Kind.TRANSFER]


@dataclass(frozen=True, slots=True)
class Overview:
    """How the platform stands now. `moved` is what was paid and sent in the last 24 hours, per asset."""

    customers: int
    new_this_week: int
    active_today: int
    stores: int
    transactions_today: int
    pending: int
    oldest_pending_at: dt.datetime | None
    moved: list[Money]


def overview() -> Overview:
    """Five indexed queries."""
    now = timezone.now()
    today, week = now - dt.timedelta(days=1), now - dt.timedelta(days=7)
    people = User.objects.aggregate(
        customers=Count("pk", filter=Q(is_staff=False)),
        new=Count("pk", filter=Q(is_staff=False, created_at__gte=week)),
        active=Count("pk", filter=Q(is_staff=False, last_active_at__gte=today)),
    )
    recent = Transaction.objects.filter(created_at__gte=today)
    moved = (
        recent.filter(status=Transaction.Status.COMPLETED, kind__in=MONEY_IN_USE)
        .values("asset_id")
        .annotate(total=Sum("amount"))
        .order_by("-total")[:6]
    )
    pending = Transaction.objects.filter(status=Transaction.Status.PENDING)
    oldest = pending.order_by("created_at").values_list("created_at", flat=True).first()
    return Overview(
        customers=people["customers"],
        new_this_week=people["new"],
        active_today=people["active"],
        stores=Store.objects.filter(status=Store.Status.ACTIVE).count(),
        transactions_today=recent.count(),
        pending=pending.count(),
        oldest_pending_at=oldest,
        moved=[Money(int(row["total"]), row["asset_id"]) for row in moved],
    )
