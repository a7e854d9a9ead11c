"""Runs the platform on one machine: database, web server and worker, until told to stop.

`./run` starts it. A child that dies is started again, ever more slowly; stopping ends every process
it started, whether they listen or not.
"""

import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from django.conf import settings

from config import demo
from config.embedded import EmbeddedPostgresError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TICK_S = 0.25
STOP_LIMIT_S = 5
FIRST_DELAY_S = 1
LONGEST_DELAY_S = 30
SETTLED_S = 60  # a child that ran this long starts again without delay when it dies
READY_LIMIT_S = 30
PR_SET_PDEATHSIG = 1  # prctl: the kernel signals the child when its parent is gone


@dataclass
class Child:
    """A process that is to run for as long as the supervisor does."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen | None = None
    started_at: float = 0
    delay_s: float = 0
    start_at: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, and the whole group can be ended.
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=_end_with_parent)  # noqa: PLW1509
        self.started_at = time.monotonic()

    def tend(self) -> None:
        """Start it when it is time; when it died, decide when that is."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
        elif self.process.poll() is not None:
            self.kill()  # its own children may linger, and hold the port
            settled = now - self.started_at >= SETTLED_S
            self.delay_s = 0 if settled else min(max(self.delay_s * 2, FIRST_DELAY_S), LONGEST_DELAY_S)
            say(f"{self.name} ended with {self.process.returncode}; starting it again in {self.delay_s:g} s")
            self.process, self.start_at = None, now + self.delay_s

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def terminate(self) -> None:
        if self.process and self.is_running():
            self.process.terminate()

    def kill(self) -> None:
        """End the process and all that it started."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):  # nobody is left, or only the dead not yet collected
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Starts the children, watches them and the database, and ends them."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.children = (Child("web", web_command(host, port)), Child("worker", [*manage(), "worker"]))
        self.stopping = False

    def run(self) -> None:
        """Run until a signal says stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        announced, started_at = False, time.monotonic()
        try:
            while not self.stopping:
                if settings.EMBEDDED_POSTGRES and not settings.EMBEDDED_POSTGRES.is_alive():
                    say("The database is gone; starting it again")
                    settings.EMBEDDED_POSTGRES.join()
                for child in self.children:
                    child.tend()
                if not announced and (self._answers() or time.monotonic() - started_at > READY_LIMIT_S):
                    announced = True
                    say(welcome(self.port))
                time.sleep(TICK_S)
        finally:
            self._end_children()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _answers(self) -> bool:
        web = http.client.HTTPConnection("127.0.0.1" if self.host == "0.0.0.0" else self.host, self.port, timeout=1)  # noqa: S104
        try:
            web.request("GET", "/health/live")
            return web.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            web.close()

    def _end_children(self) -> None:
        say("Stopping")
        for child in self.children:
            child.terminate()
        deadline = time.monotonic() + STOP_LIMIT_S
        while any(child.is_running() for child in self.children) and time.monotonic() < deadline:
            time.sleep(0.05)
        for child in self.children:
            child.kill()


def web_command(host: str, port: int) -> list[str]:
    """The web server: WSGI, because nothing here waits on many idle sockets."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws",
        "--workers", os.environ.get("WEB_WORKERS", "2"), "--blocking-threads", os.environ.get("WEB_THREADS", "8"),
        "--respawn-failed-workers", "--workers-kill-timeout", str(STOP_LIMIT_S - 1), "--log-level", "error",
        "config.wsgi:application",
    ]  # fmt: skip


def manage() -> list[str]:
    """The start of a manage.py command line."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py")]


def welcome(port: int) -> str:
    """Where to go and as whom."""
    sites = {"portal": settings.PORTAL_HOSTS, "agent": settings.AGENT_ALLOWED_HOSTS, "admin": settings.ADMIN_ALLOWED_HOSTS}
    lines = ["", "Florin is running. Ctrl-C stops it.", ""]
    lines += [f"  {site:<8}http://{hosts[0]}:{port}" for site, hosts in sites.items() if hosts]
    if settings.ENVIRONMENT == "demo":
        lines += ["", f"Sign in with the password {demo.PASSWORD} as", ""]
        lines += [f"  {account.site:<8}{account.email:<24}{account.role}" for account in demo.ACCOUNTS]
    return "\n".join([*lines, ""])


def say(text: str) -> None:
    """Tell whoever watches the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def refuse_taken_port(host: str, port: int) -> None:
    """Leave with a clear message while another program listens on the port."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left is free
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            sys.exit(f"Port {port} is in use. Stop what listens on it, or choose another: PORT={port + 1} ./run")


def _end_with_parent() -> None:
    """Runs in the child: should the supervisor be killed, the kernel ends the child too. Linux alone knows how."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def prepare() -> None:
    """Make the database and the static files ready."""
    if settings.EMBEDDED_POSTGRES:
        settings.EMBEDDED_POSTGRES.join()
    if not settings.DEBUG:  # in development they are served from where they are written
        subprocess.run([*manage(), "collectstatic", "--noinput", "--verbosity", "0"], check=True)
    subprocess.run([*manage(), "prepare", "--verbosity", "0"], check=True, preexec_fn=_end_with_parent)


def main() -> None:
    """Prepare, then run until stopped."""
    host, port = os.environ.get("HOST", "127.0.0.1"), settings.PORT
    refuse_taken_port(host, port)
    try:
        prepare()
        Supervisor(host, port).run()
    except EmbeddedPostgresError as error:
        sys.exit(f"The embedded PostgreSQL: {error}")
    except subprocess.CalledProcessError:
        sys.exit("Florin could not be made ready; the message above says why.")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
