"""What a store has taken, over days of its own calendar.

Days that were over at the last refresh come from `StoreDailyStats`; all others, today among them, from the ledger as it is now.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from merchants.models import Store, StoreDailyStats, StoreMovement
from merchants.queries import PaymentRow, payments_to
from payments.money import Money
from payments.statements.period import Period

PAID = Q(paid__gt=0)
COUNT, REVENUE = Count("pk", filter=PAID), Coalesce(Sum("paid"), 0)
CHUNK = 2000
MAX_DAYS = 3660
ONE_DAY = dt.timedelta(days=1)


class Row(NamedTuple):
    """A day in minor units."""

    payments: int
    revenue: int
    refunded: int
    customers: int


class Cell(NamedTuple):
    """What came in during one hour of the clock, in one way, at one cashier's; minor units."""

    hour: int
    method: str
    cashier: uuid.UUID
    payments: int
    revenue: int
    tips: int


NOTHING = Row(0, 0, 0, 0)
NOBODY = uuid.UUID(int=0)
KEPT_CELLS = """
select hour, method, cashier_id, sum(payments)::bigint, sum(revenue)::bigint, sum(tips)::bigint
  from merchants_storepartstats where store_id = %s and date >= %s and date <= %s and date < %s
 group by hour, method, cashier_id
"""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day of the store's calendar. `revenue` is what was paid; `refunded` is what was given back that day."""

    date: dt.date
    count: int
    revenue: Money
    refunded: Money
    customers: int

    @property
    def average(self) -> Money:
        return average(self.revenue, self.count)


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to one hour, way of paying or cashier (`key`)."""

    key: int | str | uuid.UUID | None
    count: int
    revenue: Money


@dataclass(frozen=True, slots=True)
class Figures:
    """Some days together. `returning` customers paid more than once in them.

    `hours` are the 24 of the clock; `methods` are ways of paying and `cashiers` names, the largest first, where None is for
    money that nobody asked for at a till.
    """

    days: list[DayFigures]
    customers: int
    returning: int
    tips: Money
    count: int
    revenue: Money
    refunded: Money
    hours: list[Part]
    methods: list[Part]
    cashiers: list[Part]

    @property
    def average(self) -> Money:
        return average(self.revenue, self.count)

    @property
    def repeat_rate(self) -> int:
        """Per cent of the customers who paid more than once, rounded half up."""
        return (200 * self.returning + self.customers) // (2 * self.customers) if self.customers else 0


def average(revenue: Money, count: int) -> Money:
    """What one payment was on average, in whole minor units, rounded half up; nothing of none."""
    return Money((2 * revenue.amount + count) // (2 * count) if count else 0, revenue.asset)


def daily(store: Store, period: Period, *, now: dt.datetime) -> list[DayFigures]:
    """Each day of the period, also those without payments. The store's wallet must be selected."""
    live_from = _first_live_day(store, now)
    kept = StoreDailyStats.objects.filter(store=store, date__gte=period.first, date__lte=period.last, date__lt=live_from)
    rows = {
        date: Row(*figures)
        for date, *figures in kept.values_list("date", "transaction_count", "revenue", "refunded", "unique_customers")
    }
    if period.last >= live_from:
        rows |= _live(store, Period(max(period.first, live_from), period.last))
    return [_day(store.asset, date, rows.get(date, NOTHING)) for date in _dates(period)]


def figures(store: Store, period: Period, *, now: dt.datetime) -> Figures:
    """The days of the period, what they come to, and what they are made of."""
    days, asset = daily(store, period, now=now), store.asset
    visits = _in(store, period).filter(PAID).values("customer").annotate(payments=Count("pk"))
    people = visits.aggregate(customers=Count("customer"), returning=Count("customer", filter=Q(payments__gt=1)))
    cells = _cells(store, period, now)
    return Figures(
        days=days,
        **people,
        tips=Money(sum(cell.tips for cell in cells), asset),
        count=sum(day.count for day in days),
        revenue=Money(sum(day.revenue.amount for day in days), asset),
        refunded=Money(sum(day.refunded.amount for day in days), asset),
        hours=_hours(cells, asset),
        methods=_parts(cells, asset, lambda cell: cell.method),
        cashiers=_named(_parts(cells, asset, lambda cell: cell.cashier)),
    )


def refresh() -> None:
    """Take the figures of all stores anew, while readers go on with those that stand."""
    with connection.cursor() as cursor:
        cursor.execute("select merchants_refresh_statistics()")


def payments_in(store: Store, period: Period) -> Iterator[PaymentRow]:
    """The payments of the period, oldest first, read in pieces: however many there are, few are held."""
    start, end = store.day_start(period.first), store.day_start(period.last + ONE_DAY)
    rows = payments_to(store).filter(created_at__gte=start, created_at__lt=end).select_related("charge__cashier")
    rows = rows.order_by("created_at", "pk")
    last: PaymentRow | None = None
    while chunk := list(_after(rows, last)[:CHUNK]):
        yield from chunk
        last = chunk[-1]


def _after(rows: QuerySet[PaymentRow], last: PaymentRow | None) -> QuerySet[PaymentRow]:
    if last is None:
        return rows
    later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
    return rows.filter(later, created_at__gte=last.created_at)


def _first_live_day(store: Store, now: dt.datetime) -> dt.date:
    """The day from which on the kept figures are not complete: the beginning of time, if they follow another clock."""
    if StoreDailyStats.objects.filter(store=store).exclude(timezone=store.timezone).exists():
        return dt.date.min
    with connection.cursor() as cursor:
        cursor.execute("select at from merchants_statistics_until")
        (until,) = cursor.fetchone()
    return min(store.today(until), store.today(now))


def _in(store: Store, period: Period) -> QuerySet[StoreMovement]:
    return StoreMovement.objects.filter(
        store=store, at__gte=store.day_start(period.first), at__lt=store.day_start(period.last + ONE_DAY)
    )


def _live(store: Store, period: Period) -> dict[dt.date, Row]:
    rows = (
        _in(store, period)
        .values("date")
        .annotate(
            count=COUNT, revenue=REVENUE, given_back=Sum("refunded"), customers=Count("customer", distinct=True, filter=PAID)
        )
    )
    return {row["date"]: Row(row["count"], int(row["revenue"]), int(row["given_back"]), row["customers"]) for row in rows}


def _cells(store: Store, period: Period, now: dt.datetime) -> list[Cell]:
    """What came in, by hour, way of paying and cashier together: of kept days from the view, of others from the ledger."""
    live_from = _first_live_day(store, now)
    with connection.cursor() as cursor:
        cursor.execute(KEPT_CELLS, [store.pk, period.first, period.last, live_from])
        cells = [Cell(*row) for row in cursor.fetchall()]
    if period.last >= live_from:
        rows = _in(store, Period(max(period.first, live_from), period.last)).filter(PAID)
        by = rows.values("hour", "method", who=Coalesce("cashier", Value(NOBODY)))
        cells += [
            Cell(row["hour"], row["method"], row["who"], row["count"], int(row["revenue"]), int(row["tips"]))
            for row in by.annotate(count=COUNT, revenue=REVENUE, tips=Coalesce(Sum("tip"), 0))
        ]
    return cells


def _hours(cells: list[Cell], asset: str) -> list[Part]:
    """The 24 hours of the clock: one that a day has twice holds both, one that it skips holds nothing."""
    found = {part.key: part for part in _parts(cells, asset, lambda cell: cell.hour)}
    return [found.get(hour, Part(hour, 0, Money(0, asset))) for hour in range(24)]


def _parts(cells: list[Cell], asset: str, key_of: Callable[[Cell], int | str | uuid.UUID]) -> list[Part]:
    """Sums by one of what the cells differ in, the largest first."""
    counts, sums = Counter[int | str | uuid.UUID](), Counter[int | str | uuid.UUID]()
    for cell in cells:
        counts[key_of(cell)] += cell.payments
        sums[key_of(cell)] += cell.revenue
    return [Part(key, counts[key], Money(cents, asset)) for key, cents in sums.most_common()]


def _named(parts: list[Part]) -> list[Part]:
    """Cashiers by their names; None is for money that nobody asked for at a till. People of one name stay apart."""
    names = dict(User.objects.filter(pk__in=[part.key for part in parts]).values_list("pk", "name"))
    return [replace(part, key=names.get(part.key) if isinstance(part.key, uuid.UUID) else part.key) for part in parts]


def _day(asset: str, date: dt.date, row: Row) -> DayFigures:
    count, revenue, refunded, customers = row
    return DayFigures(date, count, Money(revenue, asset), Money(refunded, asset), customers)


def _dates(period: Period) -> Iterator[dt.date]:
    for number in range((period.last - period.first).days + 1):
        yield period.first + number * ONE_DAY
