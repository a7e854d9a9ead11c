"""R20 across processes: two servers as in production count the same tries (no cache of their own to hide in)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection
from json import dumps
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.deployment import database_urls
from tests.factories import PASSWORD, UserFactory

START_LIMIT_S = 60  # the machine may have other work
TRIES = 24


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def start(port: int) -> subprocess.Popen[bytes]:
    """A server of its own: one process, four threads, behind a proxy that names the caller's address."""
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws",
        "--workers", "1", "--blocking-threads", "4", "--log-level", "error", "config.wsgi:application",
    ]  # fmt: skip
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings_test", "TRUSTED_PROXIES": "1", **own_database()}
    return subprocess.Popen(command, env=os.environ | environment, cwd=settings.BASE_DIR)


def own_database() -> dict[str, str]:
    """The database of this test, for another process."""
    name = connection.settings_dict["NAME"]
    if settings.EMBEDDED_POSTGRES:
        return database_urls(name)
    return {"DATABASE_URL": urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))}


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"The server ended: {server.wait(timeout=0.1)}")
    pytest.fail("The server did not start.")


@pytest.fixture
def ports(transactional_db: None) -> Iterator[list[int]]:
    """Two servers on the test's own database."""
    numbers = [free_port(), free_port()]
    servers = [start(port) for port in numbers]
    try:
        for server, port in zip(servers, numbers, strict=True):
            wait_for(server, port)
        yield numbers
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(timeout=15)


def log_in(port: int, password: str, address: str) -> int:
    caller = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Host": "localhost", "X-Forwarded-For": address}
    caller.request("POST", "/api/auth/login", dumps({"email": "alice@example.com", "password": password}), headers)
    status = caller.getresponse().status
    caller.close()
    return status


def test_two_servers_count_the_same_tries(ports: list[int]) -> None:
    UserFactory.create(email="alice@example.com")
    tries = [
        partial(log_in, ports[number % 2], "not her password", f"203.0.113.{number}") for number in range(TRIES)
    ]  # from as many addresses
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda attempt: attempt(), tries))

    # Never more; fewer if a lock was so long in coming that a try was refused for that.
    assert 1 <= statuses.count(401) <= 5
    assert statuses.count(401) + statuses.count(429) == TRIES
    for port in ports:
        assert log_in(port, PASSWORD, "203.0.113.200") == 429
