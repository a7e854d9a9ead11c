"""A server on this machine that stands for somebody else's: what webhooks are sent to."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme
from pytest_django.fixtures import Settings

from config import outbound

type Reply = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """An https server of `receiver.example` on this machine, whose certificate is believed here."""

    def __init__(self) -> None:
        self.reply: Reply = lambda handler: answer_with(handler, 200, b"thanks")
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                server.received.append((self.path, dict(self.headers), self.rfile.read(length)))
                server.reply(self)

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://receiver.example:{self.port}/hook?a=b"


def answer_with(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def receiving(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Server]:
    """The server, which `receiver.example` leads to."""
    made = Server()
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("receiver.example").configure_cert(context)
    made.http.socket = context.wrap_socket(made.http.socket, server_side=True)
    believed = ssl.create_default_context()
    authority.configure_trust(believed)
    monkeypatch.setattr(outbound, "tls_context", lambda: believed)
    leads_to(monkeypatch, ["127.0.0.1"])
    settings.OUTBOUND_ALLOWED_HOSTS = ["receiver.example"]
    yield made
    made.http.shutdown()
    made.http.server_close()


def leads_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Every name leads to these addresses: the first answer to the first look-up, the last to all that follow."""
    asked: list[str] = []

    def look_up(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked
