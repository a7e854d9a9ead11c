"""The host lock (R32) against requests that no client library would send, on the real web server."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from config.supervisor import web_command

START_LIMIT_S = 30
ANSWER_LIMIT_S = 10
END = b"Connection: close\r\n\r\n"
# Only an answer of a console allows this; portal pages, data and refusals never do.
CONSOLE = b"'unsafe-eval'"

Ask = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Sends bytes to a web server as `./run` starts it and answers all it sent back."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings_test", "WEB_WORKERS": "1", "WEB_THREADS": "2"}
    server = subprocess.Popen(web_command("127.0.0.1", port), env=environment, start_new_session=True)
    try:
        _wait_for(port)
        yield lambda request: _exchange(port, request)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(ANSWER_LIMIT_S)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        with suppress(OSError):
            if _exchange(port, b"GET /health/live HTTP/1.1\r\nHost: probe\r\n" + END).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(0.1)
    pytest.fail("the web server did not start")


def _exchange(port: int, request: bytes) -> bytes:
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_LIMIT_S) as peer:
        peer.sendall(request)
        while part := peer.recv(65536):
            answer += part
    return answer


def _status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    assert found, answer[:200]
    return int(found[1])


def test_knows_a_console_when_it_answers(ask: Ask) -> None:
    assert CONSOLE in ask(b"GET /nothing HTTP/1.1\r\nHost: admin.localhost\r\n" + END)
    portal = ask(b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n" + END)
    assert CONSOLE not in portal
    assert _status(portal) == 404


@pytest.mark.parametrize(
    "head",
    [
        b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nHost: admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin.localhost\r\nHost: localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin.localhost\r\nHost: admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: localhost,admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin.localhost.\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin.localhost..\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: x@admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: http://admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin.localhost/\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin.localhost#\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin.localhost:80:80\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: admin_localhost\r\n",
        "GET /login/ HTTP/1.1\r\nHost: \u0430dmin.localhost\r\n".encode(),  # a Cyrillic first letter
        b"GET /login/ HTTP/1.1\r\nHost: \xe1dmin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: xn--dmin-7cd.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: [::ffff:127.0.0.1]\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: 2130706433\r\n",
        b"GET /login/ HTTP/1.1\r\nHost:\r\n",
        b"GET /login/ HTTP/1.1\r\n",
        b"GET /login/ HTTP/1.0\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: evil.example\r\nForwarded: host=admin.localhost\r\n",
        b"GET http://admin.localhost/login/ HTTP/1.1\r\nHost: evil.example\r\n",
        b"GET http://localhost/login/ HTTP/1.1\r\nHost: evil.example\r\n",
    ],
)
def test_turns_it_away(ask: Ask, head: bytes) -> None:
    answer = ask(head + END)
    assert _status(answer) == 400
    assert CONSOLE not in answer
    told = set(re.findall(rb"Host: (\S+)", head)) - {b"localhost"}  # in development the page says where the portal is
    assert not [spelling for spelling in told if spelling in answer]


@pytest.mark.parametrize(
    "head",
    [
        b"GET http://admin.localhost/login/ HTTP/1.1\r\nHost: localhost\r\n",
        b"GET http://localhost@admin.localhost/login/ HTTP/1.1\r\nHost: localhost\r\n",
        b"GET //admin.localhost/login/ HTTP/1.1\r\nHost: localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nX-Original-Host: admin.localhost\r\nX-Host: admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nForwarded: host=admin.localhost;proto=https\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nHost_: admin.localhost\r\nHTTP_HOST: admin.localhost\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nX-Original-URL: http://admin.localhost/login/\r\n",
        b"GET /admin.localhost/login/ HTTP/1.1\r\nHost: localhost:8000\r\n",
    ],
)
def test_stays_on_the_portal(ask: Ask, head: bytes) -> None:
    answer = ask(head + END)
    assert _status(answer) in {200, 400, 404}
    assert CONSOLE not in answer


def test_keeps_to_the_host_of_each_request_on_one_connection(ask: Ask) -> None:
    """A connection that began on the portal, or a request hidden in another's body, opens no console."""
    hidden = b"GET /login/ HTTP/1.1\r\nHost: admin.localhost\r\n\r\n"
    length = str(len(hidden)).encode()
    answer = ask(b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + b"\r\n" + END + hidden)
    assert CONSOLE not in answer
    smuggled = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n" + END
    assert CONSOLE not in ask(smuggled + b"0\r\n\r\n" + hidden)
