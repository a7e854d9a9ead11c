"""The benchmarks' own server: durable, with the settings of `./run`, and nobody else on it."""

import base64
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from config.embedded import APPLICATION, OWNER, SUPERUSER, EmbeddedPostgres, bin_dir

CLUSTER = EmbeddedPostgres("bench")
DATABASE = "florin_bench"
TPCB = "tpcb"
TPCB_SCALE = 20
SECRET = "benchmark-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2


def url(role: str, database: str = DATABASE) -> str:
    return f"postgres://{role}@/{database}?host={CLUSTER.socket_dir}"


def psql(statement: str, *, role: str = SUPERUSER, database: str = "postgres") -> str:
    """Run SQL as a role and give back what it prints."""
    login = ["-h", str(CLUSTER.socket_dir), "-U", role, "-d", database]
    command = [str(bin_dir() / "psql"), *login, "-v", "ON_ERROR_STOP=1", "-XAtqc", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@dataclass(frozen=True, slots=True)
class Rate:
    """What pgbench counted."""

    per_s: float
    failed: int


def pgbench(*, script: Path | None, clients: int, seconds: int = 0, transactions: int = 0) -> Rate:
    """Transactions per second of `script`, or of pgbench's own TPC-B, both as the application's role.

    Runs for `seconds`, or until each client has done `transactions`. `:n` is where a script may count from: later runs
    begin with larger numbers.

    :raises RuntimeError: pgbench refused the script.
    """
    where = [str(TPCB)] if script is None else ["-n", "-f", str(script), str(DATABASE)]
    until = ["-T", str(seconds)] if seconds else ["-t", str(transactions)]
    command = [
        str(bin_dir() / "pgbench"), "-h", str(CLUSTER.socket_dir), "-U", APPLICATION, "-M", "prepared",
        "-D", f"n={time.time_ns() // 1000}", "-c", str(clients), "-j", "2", *until, *where,
    ]  # fmt: skip
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    lines = {line.partition(" = ")[0]: line for line in told.stdout.splitlines()}
    if "tps" not in lines or "ERROR" in told.stderr:
        raise RuntimeError(told.stderr[-2000:] or told.stdout[-2000:])
    failed = next((line for line in told.stdout.splitlines() if line.startswith("number of failed")), ": 0 ")
    return Rate(float(lines["tps"].split()[2]), int(failed.rpartition(": ")[2].split()[0]))


def use() -> None:
    """Point Django, which is not set up yet, at this server as its application's role."""
    CLUSTER.join()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": url(APPLICATION),
        "DATABASE_OWNER_URL": url(OWNER),
        "DEBUG": "false",
        "SECRET_KEY": SECRET,
        "FIELD_ENCRYPTION_KEYS": f"bench:{base64.b64encode(os.urandom(32)).decode()}",
        "ENVIRONMENT": "test",
        "ALLOW_SANDBOX": "true",
        "PORTAL_HOSTS": "localhost",
        "AGENT_ALLOWED_HOSTS": "agent.localhost",
        "ADMIN_ALLOWED_HOSTS": "admin.localhost",
        "PORTAL_ORIGIN": "https://localhost",
        "SECURE_SSL_REDIRECT": "false",
        "MAIL_URL": "smtp://localhost:25",
        "LOG_LEVEL": "ERROR",
    }


def lay() -> None:
    """An empty Florin database and a filled TPC-B one."""
    psql(f"drop database if exists {DATABASE} with (force)")
    psql(f"create database {DATABASE} owner {OWNER}")
    if psql(f"select 1 from pg_database where datname = '{TPCB}'") != "1":
        psql(f"create database {TPCB}")
        login = ["-h", str(CLUSTER.socket_dir), "-U", SUPERUSER]
        fill = [str(bin_dir() / "pgbench"), *login, "-i", "-q", "-s", str(TPCB_SCALE), TPCB]
        subprocess.run(fill, check=True, capture_output=True)
        tables = "pgbench_accounts, pgbench_branches, pgbench_tellers, pgbench_history"
        psql(f"grant select, insert, update, truncate, maintain on {tables} to {APPLICATION}", database=TPCB)
    manage("createcachetable")
    manage("migrate", "-v0")  # which lets the application at its tables, the cache's too


def manage(*arguments: str) -> None:
    """A management command in its own process, as `./run manage` starts it."""
    subprocess.run([sys.executable, "manage.py", *arguments], check=True, stdout=subprocess.DEVNULL)
