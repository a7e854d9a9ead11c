"""What a store has taken: by hour, day, week, month and year, by way of paying and by cashier."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.charts import BarChart, Point, bar_chart
from merchants import statistics
from merchants.models import StoreMovement
from merchants.roles import Act
from merchants.statistics import DayFigures, Figures, Part
from merchants.statistics_table import csv_answer
from merchants.views.pages import StoreView
from payments.money import Money
from payments.statements.period import Period
from payments.templatetags.money import money_text
from payments.views.movements import dated

ONE_DAY = dt.timedelta(days=1)
FIRST_YEAR = 2000
EVERY_HOUR_SAID, EVERY_DAY_SAID = 6, 5  # which bars say theirs on the axis, where there are many

METHODS: dict[str | None, Promise] = {each.value: each.label for each in StoreMovement.Method}


class Unit(models.TextChoices):
    """How long a span is."""

    DAY = "day", gettext_lazy("Day")
    WEEK = "week", gettext_lazy("Week")
    MONTH = "month", gettext_lazy("Month")
    YEAR = "year", gettext_lazy("Year")


@dataclass(frozen=True, slots=True)
class Span:
    """A day, week, month or year of the calendar; weeks begin on Monday (ISO 8601)."""

    unit: Unit
    first: dt.date

    @classmethod
    def around(cls, unit: Unit, day: dt.date) -> Self:
        """The span that the day lies in."""
        first = {
            Unit.DAY: day,
            Unit.WEEK: day - day.weekday() * ONE_DAY,
            Unit.MONTH: day.replace(day=1),
            Unit.YEAR: day.replace(month=1, day=1),
        }[unit]
        return cls(unit, first)

    @property
    def after(self) -> Self:
        longest = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 31, Unit.YEAR: 366}[self.unit]
        return self.around(self.unit, self.first + longest * ONE_DAY)

    @property
    def before(self) -> Self:
        return self.around(self.unit, self.first - ONE_DAY)

    @property
    def period(self) -> Period:
        return Period(self.first, self.after.first - ONE_DAY)

    def __str__(self) -> str:
        if self.unit == Unit.DAY:
            return dated(self.first)
        if self.unit == Unit.MONTH:
            return date_format(self.first, "YEAR_MONTH_FORMAT")
        if self.unit == Unit.YEAR:
            return str(self.first.year)
        return _("%(first)s to %(last)s") % {
            "first": date_format(self.first, "DATE_FORMAT"),
            "last": date_format(self.period.last, "DATE_FORMAT"),
        }


@dataclass(frozen=True, slots=True)
class Share:
    """A line of a list of parts: how much, and of the largest one how many per cent."""

    label: str
    count: int
    revenue: Money
    percent: int


class Statistics(StoreView):
    """A span's figures, with charts. Today's are those of this moment."""

    needs = Act.SEE_STATISTICS

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        today = self.store.today(self.now)
        span = self._span(today)
        period = span.period
        figures = statistics.figures(self.store, period, now=self.now)
        before = statistics.daily(self.store, span.before.period, now=self.now)
        context = {
            "units": Unit,
            "span": span,
            "today": today,
            "figures": figures,
            "before": Money(sum(day.revenue.amount for day in before), self.store.asset),
            "chart": hour_chart(figures.hours) if span.unit == Unit.DAY else day_chart(span, figures, today),
            "hours": hour_chart(figures.hours) if span.unit != Unit.DAY else None,
            "methods": shares(figures.methods, {each.value: str(each.label) for each in StoreMovement.Method}),
            "cashiers": shares(figures.cashiers, {None: _("Nobody at a till")}),
            "is_running": period.first <= today <= period.last,
            "earlier": self._address(span.before),
            "later": self._address(span.after) if span.after.first <= today else "",
            "files": f"?start={period.first}&end={min(period.last, today)}",
        }
        return self.page("statistics", context)

    def _span(self, today: dt.date) -> Span:
        """What the address asks for: this week, unless it says another; what it can't mean is left out."""
        asked = self.request.GET
        unit = Unit(asked["by"]) if asked.get("by") in Unit.values else Unit.WEEK
        try:
            day = dt.date.fromisoformat(asked.get("date", ""))
        except ValueError:
            day = today
        return Span.around(unit, day if day.year >= FIRST_YEAR and day <= today else today)

    def _address(self, span: Span) -> str:
        return f"{reverse('statistics', args=[self.store.pk])}?by={span.unit}&date={span.first}"


class StatisticsFile(StoreView):
    """The days' figures, or each payment, as CSV: sent while it is read, however long it is."""

    needs = Act.SEE_STATISTICS

    def get(self, request: HttpRequest, store_id: uuid.UUID, what: str) -> HttpResponseBase:
        period = Period.parse(request.GET.get("start", ""), request.GET.get("end", ""))
        period.instants(self.store.zone, now=self.now)
        return csv_answer(self.store, period, what, now=self.now)


def hour_chart(hours: list[Part]) -> BarChart:
    """What each hour of the clock brought."""
    points = [
        Point(
            f"{part.key:02d}:00",
            part.revenue.amount,
            money_text(part.revenue),
            tick=f"{part.key:02d}" if index % EVERY_HOUR_SAID == 0 else "",
        )
        for index, part in enumerate(hours)
    ]
    return bar_chart(
        points, title=_("By hour"), description=_("What came in during each hour of the day."), current=_highest(points)
    )


def day_chart(span: Span, figures: Figures, today: dt.date) -> BarChart:
    """What each day brought; of a year, each month. The day that still runs stands out, else the best."""
    points = _months(figures.days) if span.unit == Unit.YEAR else _days(span, figures.days)
    running = [
        index
        for index, day in enumerate(figures.days)
        if day.date == today and span.unit != Unit.YEAR
    ]  # fmt: skip
    title = _("By month") if span.unit == Unit.YEAR else _("By day")
    description = _("What came in: %(span)s.") % {"span": span}
    return bar_chart(points, title=title, description=description, current=running[0] if running else _highest(points))


def shares(parts: Iterable[Part], labels: Mapping[str | None, str | Promise]) -> list[Share]:
    """Parts as lines, each against the largest."""
    parts = list(parts)
    most = max((part.revenue.amount for part in parts), default=0)
    return [
        Share(str(labels.get(_text(part.key), part.key)), part.count, part.revenue, 100 * part.revenue.amount // most)
        for part in parts
    ]


def _text(key: int | str | uuid.UUID | None) -> str | None:
    return None if key is None else str(key)


def _days(span: Span, days: list[DayFigures]) -> list[Point]:
    if span.unit == Unit.WEEK:
        return [Point(date_format(day.date, "D"), day.revenue.amount, money_text(day.revenue)) for day in days]
    return [
        Point(
            date_format(day.date, "MONTH_DAY_FORMAT"),
            day.revenue.amount,
            money_text(day.revenue),
            tick=str(day.date.day) if day.date.day == 1 or day.date.day % EVERY_DAY_SAID == 0 else "",
        )
        for day in days
    ]


def _months(days: list[DayFigures]) -> list[Point]:
    points = []
    for _month, each in groupby(days, key=lambda day: day.date.month):
        of_month = list(each)
        revenue = Money(sum(day.revenue.amount for day in of_month), of_month[0].revenue.asset)
        first = of_month[0].date
        points.append(Point(date_format(first, "F"), revenue.amount, money_text(revenue), tick=date_format(first, "M")))
    return points


def _highest(points: list[Point]) -> int:
    return max(range(len(points)), key=lambda index: points[index].value)
