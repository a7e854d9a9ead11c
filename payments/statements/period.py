"""The days that a statement is about."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_lazy as _

from config.errors import Refused


class BadPeriod(Refused):
    """The days are none, or in the wrong order, or have not begun."""

    code = "bad_period"
    status = 400
    message = _("Choose a first day that is not in the future, and a last day that is not before it.")


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of a calendar, both ends included."""

    first: dt.date
    last: dt.date

    @classmethod
    def parse(cls, first: str, last: str) -> Self:
        """From two dates as ISO 8601 writes them (2026-11-21).

        :raises BadPeriod: one is none, or they are in the wrong order.
        """
        try:
            period = cls(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
        except ValueError:
            raise BadPeriod from None
        if period.first > period.last:
            raise BadPeriod
        return period

    def instants(self, zone: dt.tzinfo, *, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """Where it starts, and where it ends (not included): the midnight after, or now if that is still to come.

        :raises BadPeriod: it has not begun.
        """
        try:
            start = dt.datetime.combine(self.first, dt.time(), zone).astimezone(dt.UTC)
            end = dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)
        except OverflowError:  # at the ends of the calendar
            raise BadPeriod from None
        if start > now:
            raise BadPeriod
        return start, min(end, now)
