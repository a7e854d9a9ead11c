"""Exchange rates: the embedded history, and the daily feed against a peer that misbehaves."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone
from pytest_django import Settings

from payments.errors import RateUnavailable
from payments.providers import ecb_daily
from payments.providers.ecb_daily import EcbDaily
from payments.providers.rates import EcbHistory, rates_provider

FRIDAY = dt.date(2026, 11, 20)
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube><Cube time='2026-11-20'><Cube currency='USD' rate='1.0875'/><Cube currency='JPY' rate='164.35'/></Cube></Cube>
</gesmes:Envelope>"""
BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>"""
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'


class Peer:
    """A local web server that answers as it is told: `answer` is called with the request's handler."""

    def __init__(self) -> None:
        self.calls = 0
        self.answer: Callable[[BaseHTTPRequestHandler], None] = sends(FEED)
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                peer.calls += 1
                peer.answer(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/rates.xml"


def sends(body: str, *, status: int = 200, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return answer


def sends_too_much(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _time in range(1000):
            handler.wfile.write(b" " * 100_000)
    except OSError:
        pass  # the caller has heard enough


def drips(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _time in range(200):
            handler.wfile.write(b" ")
            time.sleep(0.02)
    except OSError:
        pass


def says_nothing(_handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


@pytest.fixture
def peer(db: None) -> Iterator[Peer]:
    cache.delete(ecb_daily.CACHE_KEY)
    peer = Peer()
    thread = threading.Thread(target=peer.server.serve_forever, args=(0.01,))
    thread.start()
    yield peer
    peer.server.shutdown()
    thread.join()
    peer.server.server_close()


@pytest.fixture
def rates(peer: Peer) -> EcbDaily:
    return EcbDaily(peer.url, max_age=dt.timedelta(days=5))


def test_reads_the_feed_and_crosses_currencies(rates: EcbDaily) -> None:
    rate = rates.rate("EUR", "USD", FRIDAY)
    assert (rate.value, rate.date, rate.source) == (Decimal("1.0875"), FRIDAY, "ECB")
    assert rates.rate("USD", "EUR", FRIDAY).value == Decimal("0.919540229885")
    assert rates.rate("USD", "JPY", FRIDAY).value == Decimal("151.126436781609")


def test_asks_once_an_hour(rates: EcbDaily, peer: Peer) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _time in range(3):
            rates.rate("EUR", "USD", FRIDAY)
        assert peer.calls == 1
        clock.shift(3601)
        rates.rate("EUR", "USD", FRIDAY)
        assert peer.calls == 2


@pytest.mark.parametrize(
    "answer",
    [
        sends("sorry", status=500),
        sends(FEED, status=404),
        sends("", status=302, Location="http://127.0.0.1:1/elsewhere"),
        sends("this is no XML"),
        sends(""),
        sends("<rates/>"),
        sends(FEED.replace("1.0875", "NaN")),
        sends(FEED.replace("1.0875", "-1")),
        sends(FEED.replace("1.0875", "0")),
        sends(FEED.replace("1.0875", "1" * 400)),
        sends(FEED.replace("2026-11-20", "yesterday")),
        sends(BOMB),
        sends(OUTSIDE),
        sends_too_much,
        drips,
        says_nothing,
    ],
    ids=["500", "404", "redirect", "garbage", "empty", "other", "nan", "negative", "zero", "digits", "date", "bomb", "entity",
         "huge", "drip", "silent"],
)  # fmt: skip
def test_has_no_rate_when_the_feed_is_no_feed(
    rates: EcbDaily, peer: Peer, answer: Callable[[BaseHTTPRequestHandler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ecb_daily, "CONNECT_LIMIT_S", 0.3)
    monkeypatch.setattr(ecb_daily, "TOTAL_LIMIT_S", 0.5)
    peer.answer = answer
    started = time.monotonic()
    with pytest.raises(RateUnavailable):
        rates.rate("EUR", "USD", FRIDAY)
    assert time.monotonic() - started < 2
    # A feed that fails is left alone for a while.
    calls = peer.calls
    with pytest.raises(RateUnavailable):
        rates.rate("EUR", "USD", FRIDAY)
    assert peer.calls == calls


def test_lives_on_what_it_has_until_that_is_too_old(rates: EcbDaily, peer: Peer) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        rates.rate("EUR", "USD", FRIDAY)
        peer.answer = sends("sorry", status=500)
        clock.shift(3601)
        assert rates.rate("EUR", "USD", dt.date(2026, 11, 25)).date == FRIDAY  # five days later
        with pytest.raises(RateUnavailable):
            rates.rate("EUR", "USD", dt.date(2026, 11, 26))
        peer.answer = sends(FEED.replace("2026-11-20", "2026-11-26"))
        clock.shift(61)
        assert rates.rate("EUR", "USD", dt.date(2026, 11, 26)).date == dt.date(2026, 11, 26)


def test_knows_no_rate_for_what_the_bank_does_not_name(rates: EcbDaily) -> None:
    with pytest.raises(RateUnavailable):
        rates.rate("EUR", "CREDIT", FRIDAY)


def test_asks_nothing_but_web_servers(db: None) -> None:
    cache.delete(ecb_daily.CACHE_KEY)
    with pytest.raises(RateUnavailable):
        EcbDaily("file:///etc/hostname", max_age=dt.timedelta(days=5)).rate("EUR", "USD", FRIDAY)


def test_the_history_answers_with_the_last_banking_day() -> None:
    sunday = EcbHistory().rate("EUR", "USD", dt.date(2020, 3, 1))
    assert (sunday.date, sunday.value) == (dt.date(2020, 2, 28), Decimal("1.0977"))
    with pytest.raises(RateUnavailable):
        EcbHistory().rate("EUR", "USD", dt.date(1998, 1, 1))


@pytest.mark.parametrize(("name", "kind"), [("ecb_history", EcbHistory), ("ecb_daily", EcbDaily)])
def test_is_chosen_by_a_setting(settings: Settings, name: str, kind: type) -> None:
    settings.RATES_PROVIDER = name
    assert isinstance(rates_provider(), kind)
