"""Asking addresses that strangers gave us (R37)."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from config import outbound
from config.outbound import BODY_LIMIT, AddressForbidden, Unanswered, check_url, is_public, post
from tests.receiver import Server, answer_with, leads_to, receiving

FORBIDDEN = [
    "http://example.com/", "ftp://example.com/", "https://", "https:///x", "https://user@example.com/", "https://u:p@example.com/",
    "https://example.com/#part", "https://127.0.0.1/", "https://10.1.2.3/", "https://172.16.0.1/", "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[fd00::1]/", "https://[fe80::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://0.0.0.0/", "https://0/",
    "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://224.0.0.1/", "https://100.64.0.1/",
    "https://example.com:22/", "https://example.com:99999/", "https://exa mple.com/", "https://example.com\\@evil.example/",
    "https://ex\u0430mple.com/", "https://example.com/\r\nX: y", "javascript:alert(1)", "https://-example.com/",
]  # fmt: skip


@pytest.mark.parametrize("url", FORBIDDEN)
def test_refuses_addresses_that_are_not_public(url: str) -> None:
    with pytest.raises(AddressForbidden):
        check_url(url)
    with pytest.raises(AddressForbidden):
        post(url, b"{}", {}, timeout_s=1)


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://example.com:8443/a?b=c", "https://93.184.216.34/", "https://xn--bcher-kva.example/"]
)
def test_takes_public_ones(url: str) -> None:
    assert check_url(url).scheme == "https"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::5db8:d822", False),
        ("2002:5db8:d822::1", True),
        ("2002:a00:1::1", False),
        ("255.255.255.255", False),
        ("198.18.0.1", False),
    ],
)
def test_knows_public_addresses(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


# --- a server that is there ---


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Server]:
    with receiving(monkeypatch, settings) as made:
        yield made


def test_sends_and_reads_the_answer(server: Server) -> None:
    answer = post(server.url, b'{"a":1}', {"Content-Type": "application/json", "webhook-id": "x"}, timeout_s=5)
    assert (answer.status, answer.body) == (200, "thanks")
    ((path, headers, body),) = server.received
    assert (path, body, headers["Host"], headers["webhook-id"]) == (
        "/hook?a=b",
        b'{"a":1}',
        f"receiver.example:{server.port}",
        "x",
    )


def test_follows_no_redirect(server: Server) -> None:
    server.reply = lambda handler: answer_with(handler, 302, b"", Location="http://169.254.169.254/")
    assert post(server.url, b"", {}, timeout_s=5).status == 302
    assert len(server.received) == 1


def test_reads_no_more_than_it_keeps(server: Server) -> None:
    server.reply = lambda handler: answer_with(handler, 500, b"x" * 5_000_000)
    answer = post(server.url, b"", {}, timeout_s=5)
    assert (answer.status, len(answer.body)) == (500, BODY_LIMIT)


def test_waits_no_longer_than_it_said_for_a_server_that_trickles(server: Server) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _byte in range(50):
            time.sleep(0.05)
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return

    server.reply = trickle
    begun = time.monotonic()
    with pytest.raises(Unanswered, match="in time"):
        post(server.url, b"", {}, timeout_s=0.4)
    assert time.monotonic() - begun < 2


def test_believes_no_certificate_of_a_stranger(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "tls_context", ssl.create_default_context)
    with pytest.raises(Unanswered, match="certificate"):
        post(server.url, b"", {}, timeout_s=5)
    assert server.received == []


def test_asks_nobody_whose_name_leads_inside(server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = []
    for found in (["127.0.0.1"], ["93.184.216.34", "10.0.0.1"]):
        leads_to(monkeypatch, found)
        with pytest.raises(AddressForbidden):
            post(server.url, b"", {}, timeout_s=5)
    assert server.received == []


def test_a_name_that_changes_its_mind_gains_nothing(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the address that was judged is the one that is asked, and nobody looks a second time."""
    settings.OUTBOUND_ALLOWED_HOSTS = []
    asked = leads_to(monkeypatch, ["203.0.113.1"], ["127.0.0.1"])
    monkeypatch.setattr(outbound, "is_public", lambda address: str(address) == "203.0.113.1")
    tried: list[str] = []

    def connect(found: tuple[int, tuple[str, int]], timeout_s: float) -> socket.socket:
        tried.append(found[1][0])
        raise ConnectionRefusedError

    monkeypatch.setattr(outbound, "open_socket", connect)
    with pytest.raises(Unanswered, match="refused"):
        post(server.url, b"", {}, timeout_s=5)
    assert (asked, tried, server.received) == (["receiver.example"], ["203.0.113.1"], [])


def test_takes_plain_http_only_to_hosts_that_the_operator_named(settings: Settings) -> None:
    settings.OUTBOUND_ALLOWED_HOSTS = ["orders.internal"]
    assert check_url("http://orders.internal:8080/x").hostname == "orders.internal"
    for url in ("http://orders.internal.example/", "http://sub.orders.internal/", "http://example.com/"):
        with pytest.raises(AddressForbidden):
            check_url(url)


def test_says_nothing_that_a_header_may_not(server: Server) -> None:
    with pytest.raises(ValueError, match="header"):
        post(server.url, b"", {"webhook-id": "a\r\nX-Evil: 1"}, timeout_s=1)


def test_a_name_that_is_nowhere_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_arguments: Any, **_more: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(Unanswered, match="not found"):
        post("https://nowhere.example/", b"", {}, timeout_s=1)
