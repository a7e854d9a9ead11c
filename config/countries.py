"""Countries by their two letters (ISO 3166), in the reader's language."""

import re
from functools import lru_cache

from babel import Locale

TWO_LETTERS = re.compile(r"[A-Z]{2}")
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ"})  # what the CLDR names beside countries


@lru_cache(maxsize=16)
def country_choices(language: str) -> list[tuple[str, str]]:
    """Every country's code and name, in the order of the names."""
    names = Locale.parse(language, sep="-").territories
    codes = [str(code) for code in names if TWO_LETTERS.fullmatch(str(code))]  # beside "001", the world
    countries = [(code, str(names[code])) for code in codes if code not in NO_COUNTRIES]
    return sorted(countries, key=lambda country: country[1].casefold())


def is_country(code: str) -> bool:
    """Whether a country has this code."""
    return code in dict(country_choices("en"))
