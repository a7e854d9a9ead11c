"""Which currencies a person is offered, in their language, and which one first."""

from functools import lru_cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

from accounts.models import User
from payments.assets import ASSETS
from payments.models import Asset
from payments.money import asset_name

FALLBACK = "EUR"


def suggested_currency(user: User) -> str:
    """The money of the place where the person's clock says they are, or where their language is spoken most."""
    place = get_global("zone_territories").get(user.timezone) or _home_of(user.language)
    current = get_territory_currencies(place) if place else []
    return next((code for code in current if code in ASSETS), FALLBACK)


@lru_cache(maxsize=16)
def currency_choices(language: str) -> list[tuple[str, str]]:
    """Every currency by its code, in the order of its name in this language."""
    currencies = [code for code, fact in ASSETS.items() if fact.kind == Asset.Kind.FIAT]
    named = [(code, f"{_capitalized(asset_name(code, language))} ({code})") for code in currencies]
    return sorted(named, key=lambda choice: choice[1].casefold())


def _capitalized(name: str) -> str:
    # Not str.capitalize, which would lower the rest: "East Caribbean Dollar".
    return name[:1].upper() + name[1:]


def _home_of(language: str) -> str | None:
    locale = Locale.parse(language, sep="-")
    if not locale.territory:
        likely = get_global("likely_subtags").get(str(locale))
        locale = Locale.parse(likely) if likely else locale
    return locale.territory
