"""Where in the world an IP address is used, by a database on this machine: nobody elsewhere is asked about people.

The database is a file in MaxMind's format (MaxMind DB File Format Specification 2.0) with records of cities or of countries,
as MaxMind and DB-IP publish them; operators name it by `GEOIP_DATABASE` and may replace it while the product runs. Where it is
wrong, or says nothing, so do we: a place is a hint for whoever reads it and decides nothing.
"""

import ipaddress
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb
from django.conf import settings
from django.utils.translation import get_language

from config.countries import country_choices

log = logging.getLogger("florin.places")

SOURCE_LANGUAGE = "en"


def place_of(address: str | None) -> str:
    """The city and country of an address ("Lisbon, Portugal") in the reader's language; empty if nobody knows."""
    if not address or not settings.GEOIP_DATABASE:
        return ""
    try:
        record = database().get(ipaddress.ip_address(address))
    except (OSError, maxminddb.InvalidDatabaseError):
        log.warning("geoip.unreadable")  # somebody's list of devices, or their sign-in, goes on without it
        return ""
    return ", ".join(filter(None, (_city(record), _country(record)))) if isinstance(record, dict) else ""


def database() -> maxminddb.Reader:
    """What GEOIP_DATABASE names.

    :raises OSError, maxminddb.InvalidDatabaseError: there is none, or it is none.
    """
    path = Path(settings.GEOIP_DATABASE)
    return _reader(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _reader(path: Path, _changed_at: int) -> maxminddb.Reader:
    """The database, opened once for each time it is replaced."""
    return maxminddb.open_database(path)


def _city(record: dict[str, Any]) -> str:
    names = record.get("city", {}).get("names", {})
    wanted = (get_language() or SOURCE_LANGUAGE).lower()
    by_language = {str(language).lower(): str(name) for language, name in names.items()}
    return by_language.get(wanted) or by_language.get(wanted.partition("-")[0]) or by_language.get(SOURCE_LANGUAGE, "")


def _country(record: dict[str, Any]) -> str:
    code = str(record.get("country", {}).get("iso_code", ""))
    return dict(country_choices(get_language() or SOURCE_LANGUAGE)).get(code, "")
