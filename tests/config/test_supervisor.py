"""The supervisor starts what dies and leaves nothing behind."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from config import supervisor
from config.supervisor import Child, Supervisor

LIMIT_S = 10
OBEYS = [sys.executable, "-c", "import time; time.sleep(60)"]
# Ignores the wish to end, as does the child it starts.
REFUSES = [sys.executable, "-c", """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(60)
"""]  # fmt: skip


type MakeChild = Callable[[list[str]], Child]


@pytest.fixture
def child() -> Iterator[MakeChild]:
    """Makes children that do not outlive the test."""
    made: list[Child] = []

    def make(command: list[str]) -> Child:
        made.append(Child("child", command))
        return made[-1]

    yield make
    for one in made:
        one.kill()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def group_is_empty(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return True
    return False


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_starts_a_killed_child_again_and_ends_what_it_left(child: MakeChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_DELAY_S", 0)
    one = child(REFUSES)
    one.tend()
    first = pid_of(one)
    os.kill(first, signal.SIGKILL)

    wait_until(lambda: not one.is_running())
    one.tend()
    wait_until(lambda: group_is_empty(first))
    one.tend()

    assert one.is_running()
    assert pid_of(one) != first


def test_waits_longer_each_time_a_child_dies_at_once(child: MakeChild) -> None:
    one = child([sys.executable, "-c", "raise SystemExit(1)"])
    delays = []
    for _time in range(3):
        one.start_at = 0
        one.tend()
        wait_until(lambda: not one.is_running())
        one.tend()
        delays.append(one.delay_s)
    assert delays == [1, 2, 4]


def test_stops_on_a_signal_even_children_that_do_not_listen(child: MakeChild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_LIMIT_S", 1)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    watched = Supervisor("127.0.0.1", 1)
    watched.children = (child(OBEYS), child(REFUSES))
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    try:
        watched.run()
    finally:
        timer.join()
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert not any(one.is_running() for one in watched.children)
    wait_until(lambda: all(group_is_empty(pid_of(one)) for one in watched.children))


def test_says_that_the_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"Port {port} is in use"):
            supervisor.refuse_taken_port("127.0.0.1", port)
    supervisor.refuse_taken_port("127.0.0.1", port)
