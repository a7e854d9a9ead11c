"""A store's figures and payments as CSV (RFC 4180, UTF-8), made row by row."""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

from merchants import statistics
from merchants.models import Store
from merchants.queries import PaymentRow, as_store_sees
from merchants.statistics import DayFigures
from payments.money import Money
from payments.statements.period import BadPeriod, Period
from payments.statements.table import csv_line, inert

DAY_COLUMNS = ("date", "payments", "revenue", "refunded", "customers", "average", "asset")
PAYMENT_COLUMNS = (
    "time", "status", "amount", "tip", "refunded", "asset", "till", "cashier", "note", "confirmation_code", "transaction",
)  # fmt: skip


def daily_rows(days: Iterable[DayFigures]) -> Iterator[str]:
    """A row for each day."""
    yield csv_line(DAY_COLUMNS)
    for day in days:
        revenue = day.revenue
        yield csv_line([
            day.date, day.count, revenue.plain(), day.refunded.plain(), day.customers, day.average.plain(), revenue.asset,
        ])  # fmt: skip


def payment_rows(store: Store, payments: Iterable[PaymentRow]) -> Iterator[str]:
    """A row for each payment; times are the store's."""
    yield csv_line(PAYMENT_COLUMNS)
    for row in payments:
        payment, charge = as_store_sees(row), getattr(row, "charge", None)
        yield csv_line([
            row.created_at.astimezone(store.zone).isoformat(timespec="seconds"), payment.status, payment.amount.plain(),
            Money(charge.tip if charge else 0, store.asset).plain(), payment.refunded.plain(), payment.amount.asset,
            inert(charge.terminal) if charge else "", inert(str(charge.cashier or "")) if charge else "", inert(row.notes),
            row.confirmation_code, row.pk,
        ])  # fmt: skip


def csv_answer(store: Store, period: Period, what: str, *, now: dt.datetime) -> StreamingHttpResponse:
    """`days` or `payments` of the period as a file.

    :raises BadPeriod: more days than have a row each.
    """
    rows: Iterator[str]
    if what == "days":
        if (period.last - period.first).days > statistics.MAX_DAYS:
            raise BadPeriod
        rows = daily_rows(statistics.daily(store, period, now=now))
    else:
        rows = payment_rows(store, statistics.payments_in(store, period))
    answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="florin-{store.symbol}-{what}-{period.first}-{period.last}.csv"'
    return answer
