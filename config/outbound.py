"""Asking an address that somebody gave us, without letting them make us ask our own network (SSRF).

The name is looked up once; every address it has must be a public one, and the connection goes to exactly that address, so a
name that changes its mind in between (DNS rebinding) gains nothing. Redirects are never followed.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from config.errors import Refused

type Found = tuple[int, Any]  # an address family and an address of it, as the socket module has them

HTTP_PORT, HTTPS_PORT = 80, 443
RESOLVERS = ThreadPoolExecutor(8, "outbound-resolver")  # a look-up knows no time limit of its own
BODY_LIMIT = 4096  # bytes of an answer that are read; the rest is nobody's business
PORTS_BELOW = frozenset({HTTP_PORT, HTTPS_PORT})
FREE_PORT = 1024
HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*\.?", re.IGNORECASE)
# Addresses that carry an IPv4 address inside and are taken for it by a router: judged by that one.
EMBEDDING = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"), ipaddress.ip_network("2002::/16"))


class AddressForbidden(Refused):
    """We don't ask such an address: it is no public https address."""

    code = "address_forbidden"
    status = 400
    field = "url"
    message = _("Write a public https address. Addresses of private networks, and those with a name or password in them, are"
                " refused.")  # fmt: skip


class Unanswered(Exception):  # noqa: N818 as a provider's: what became of it is unknown
    """No answer in time, or no connection at all. Says why in a few words, without secrets."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: at most `BODY_LIMIT` bytes of it, and how long it took."""

    status: int
    headers: Mapping[str, str]
    body: str
    duration_ms: int


def check_url(url: str) -> SplitResult:
    """The parts of an address that we might ask; where its name leads is looked at when it is asked.

    :raises AddressForbidden:
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressForbidden from None
    host = parts.hostname or ""
    trusted = host in allowed_hosts()
    shaped = (
        url.isascii() and url.isprintable() and " " not in url and "\\" not in url and not parts.fragment
        and parts.username is None and parts.password is None
        and (parts.scheme == "https" or (parts.scheme == "http" and trusted))
        and (port is None or port in PORTS_BELOW or port >= FREE_PORT)
    )  # fmt: skip
    if not shaped or not (HOST.fullmatch(host) or _literal(host)):
        raise AddressForbidden
    literal = _literal(host)
    # Numbers that some libraries take for an address (0x7f.1, 2130706433) are no names either.
    if not trusted and (
        (literal and not is_public(literal))
        or (not literal and not re.search(r"[a-z]", host.rpartition(".")[2], re.IGNORECASE))
    ):
        raise AddressForbidden
    return parts


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout_s: float) -> Answer:
    """Send `body` there. All of it, from the look-up to the last byte, takes `timeout_s` at most.

    :raises AddressForbidden: the address is not allowed, or its name leads to one that is not.
    :raises Unanswered: no connection, a certificate that is none, or no answer in time.
    """
    parts = check_url(url)
    if not all(HEADER_VALUE.fullmatch(value) for value in headers.values()):
        raise ValueError("a header holds what no header may")
    begun = time.monotonic()
    deadline = begun + timeout_s
    connection = _connection(parts, deadline)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.request("POST", path, body, {**headers, "Content-Length": str(len(body)), "Connection": "close"})
        response = connection.getresponse()
        content = _read(response, connection, deadline)
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered(_reason(error)) from None
    finally:
        connection.close()
    took_ms = round((time.monotonic() - begun) * 1000)
    return Answer(response.status, dict(response.getheaders()), content.decode(errors="replace"), took_ms)


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether the address belongs to somebody on the internet, and not to this network or this machine."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        for network in EMBEDDING:
            if address in network:
                inner = int(address) if network.prefixlen > 16 else int(address) >> 80  # noqa: PLR2004 6to4: bits 16 to 47
                return is_public(ipaddress.IPv4Address(inner & 0xFFFFFFFF)) and network.prefixlen != 48  # noqa: PLR2004 local use
    return address.is_global and not address.is_multicast and not address.is_reserved


def allowed_hosts() -> frozenset[str]:
    """Names that may lead into a private network, and be asked by plain http: the operator says which."""
    return frozenset(settings.OUTBOUND_ALLOWED_HOSTS)


def tls_context() -> ssl.SSLContext:
    """Whose certificates are believed."""
    return ssl.create_default_context()


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its name says meanwhile; with TLS the certificate is the name's."""

    def __init__(self, parts: SplitResult, found: Found, deadline: float) -> None:
        self.is_tls = parts.scheme == "https"
        self.default_port = HTTPS_PORT if self.is_tls else HTTP_PORT  # so that Host names the port only where it is another
        super().__init__(parts.hostname or "", parts.port or self.default_port)
        self.found, self.deadline = found, deadline

    def connect(self) -> None:
        self.sock = open_socket(self.found, _left(self.deadline))
        if self.is_tls:
            self.sock = tls_context().wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(_left(self.deadline))


def open_socket(found: Found, timeout_s: float) -> socket.socket:
    """A connection to exactly this address."""
    family, address = found
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.settimeout(timeout_s)
    try:
        opened.connect(address)
    except OSError:
        opened.close()
        raise
    return opened


def _connection(parts: SplitResult, deadline: float) -> _Pinned:
    host = parts.hostname or ""
    asked = RESOLVERS.submit(socket.getaddrinfo, host, parts.port or HTTPS_PORT, type=socket.SOCK_STREAM)
    try:
        found = [(family, address) for family, _type, _protocol, _name, address in asked.result(_left(deadline))]
    except (OSError, UnicodeError) as error:  # TimeoutError is one
        raise Unanswered("no answer in time" if isinstance(error, TimeoutError) else "the name was not found") from None
    addresses = [ipaddress.ip_address(str(address[0]).partition("%")[0]) for _family, address in found]
    if host not in allowed_hosts() and not all(map(is_public, addresses)):
        raise AddressForbidden
    return _Pinned(parts, found[0], deadline)


def _read(response: http.client.HTTPResponse, connection: _Pinned, deadline: float) -> bytes:
    """What fits of the body; a server that sends a byte now and then does not get more time."""
    content = b""
    while len(content) < BODY_LIMIT:
        if connection.sock:
            connection.sock.settimeout(_left(deadline))
        _left(deadline)
        piece = response.read1(BODY_LIMIT - len(content))
        if not piece:
            break
        content += piece
    return content


def _left(deadline: float) -> float:
    """:raises TimeoutError:"""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLError):
        return "the certificate or the TLS is wrong"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return "the connection broke"
