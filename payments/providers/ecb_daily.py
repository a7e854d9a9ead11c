"""The European Central Bank's reference rates of the day, over HTTP."""

import datetime as dt
import http.client
import time
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener
from xml.etree.ElementTree import ParseError

import structlog
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.core.cache import cache

from payments.errors import RateUnavailable
from payments.providers.rates import Rate, cross

log = structlog.get_logger("florin.rates")

CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
CACHE_KEY = "payments:ecb_daily"
FRESH_S = 3600  # rates change once a working day, in the afternoon
RETRY_S = 60  # after a failure the bank is left alone for this long
KEEP_S = 30 * 24 * 3600
CONNECT_LIMIT_S = 3
TOTAL_LIMIT_S = 6
MAX_BYTES = 256 * 1024  # the real document has 2 kB
CHUNK_BYTES = 16 * 1024
MAX_DIGITS = 20


class FeedError(Exception):
    """The document did not come, or is none."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Units of each currency per euro on a day."""

    date: dt.date
    rates: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class _Kept:
    """The last good feed, if there was one, and when (Unix time) to ask again."""

    feed: Feed | None
    ask_again_at: int


class _NoRedirect(HTTPRedirectHandler):
    """The address is configured; nobody else chooses where we ask."""

    def redirect_request(self, *_arguments: object) -> None:
        """None: a redirect is an error."""


class EcbDaily:
    """The day's rates from `url`, which serves the bank's `eurofxref-daily.xml`.

    All processes share one copy in the cache. When the bank does not answer, the copy serves until
    its rates are older than `max_age`; then there is no rate.
    """

    name = "ECB"

    def __init__(self, url: str, *, max_age: dt.timedelta) -> None:
        self.url = url
        self.max_age = max_age

    def rate(self, source: str, target: str, on: dt.date) -> Rate:
        """The rate of the last published day.

        :raises RateUnavailable: no rate for the pair, or none that is recent enough on that day.
        """
        feed = self._feed()
        if feed is None or on - feed.date > self.max_age:
            raise RateUnavailable
        return Rate(cross(feed.rates, source, target), feed.date, self.name)

    def _feed(self) -> Feed | None:
        kept: _Kept | None = cache.get(CACHE_KEY)
        now = int(time.time())
        if kept and now < kept.ask_again_at:
            return kept.feed
        try:
            kept = _Kept(parse(fetch(self.url)), now + FRESH_S)
        except FeedError as error:
            log.warning("rates not fetched", reason=str(error))
            kept = _Kept(kept.feed if kept else None, now + RETRY_S)
        cache.set(CACHE_KEY, kept, KEEP_S)
        return kept.feed


def fetch(url: str) -> bytes:
    """The document, in `TOTAL_LIMIT_S` or a little more.

    :raises FeedError: no answer in time, another status than 200, or more than `MAX_BYTES`.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise FeedError("not an http address")
    deadline = time.monotonic() + TOTAL_LIMIT_S
    body = b""
    try:
        with build_opener(_NoRedirect).open(url, timeout=CONNECT_LIMIT_S) as response:
            while chunk := response.read1(CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise FeedError("too large")
                if time.monotonic() > deadline:
                    raise FeedError("too slow")
    except (URLError, http.client.HTTPException, OSError) as error:
        raise FeedError(type(error).__name__) from error
    return body


def parse(document: bytes) -> Feed:
    """Read the bank's format.

    :raises FeedError: it is another format, expands entities, or holds a rate that is none.
    """
    try:
        root = fromstring(document, forbid_dtd=True)
        day = next(cube for cube in root.iter(CUBE) if "time" in cube.attrib)
        rates = {cube.attrib["currency"]: _rate(cube.attrib["rate"]) for cube in day.iter(CUBE) if "currency" in cube.attrib}
        date = dt.date.fromisoformat(day.attrib["time"])
    except (ParseError, DefusedXmlException, StopIteration, KeyError, ValueError, InvalidOperation) as error:
        raise FeedError(type(error).__name__) from error
    if not rates:
        raise FeedError("no rates")
    return Feed(date, {"EUR": Decimal(1), **rates})


def _rate(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or value <= 0 or len(text) > MAX_DIGITS:
        raise ValueError(text)
    return value
