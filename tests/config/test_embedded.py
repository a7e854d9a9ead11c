"""The embedded server lives as long as somebody uses it, however its users end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from config.embedded import APPLICATION, BASE_DIR, DATABASE, OWNER, EmbeddedPostgres

LIMIT_S = 20
USE = """
import sys, time
from config.embedded import EmbeddedPostgres
EmbeddedPostgres(sys.argv[1]).join()
print("joined", flush=True)
time.sleep(float(sys.argv[2]))
"""

type User = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def cluster() -> Iterator[EmbeddedPostgres]:
    cluster = EmbeddedPostgres(f"trial{os.getpid()}")
    yield cluster
    gone(cluster)
    shutil.rmtree(cluster.home, ignore_errors=True)


@pytest.fixture
def user(cluster: EmbeddedPostgres) -> Iterator[User]:
    """Starts a process that uses the cluster until it is killed."""
    started = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USE, cluster.name, "60"], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "joined\n"
        return process

    yield start
    for process in started:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    if process.stdout:
        process.stdout.close()


def server_pid(cluster: EmbeddedPostgres) -> int:
    return int((cluster.data_dir / "postmaster.pid").read_text().splitlines()[0])


def gone(cluster: EmbeddedPostgres) -> bool:
    """Whether the server goes within the limit, and its socket with it."""
    deadline = time.monotonic() + LIMIT_S
    while (cluster.is_alive() or cluster.socket_dir.exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not cluster.is_alive() and not cluster.socket_dir.exists()


def connect(cluster: EmbeddedPostgres, role: str) -> psycopg.Connection:
    return psycopg.connect(host=str(cluster.socket_dir), user=role, dbname=DATABASE, autocommit=True)


def test_stops_the_server_when_the_last_user_was_killed(cluster: EmbeddedPostgres, user: User) -> None:
    first, second = user(), user()
    pid = server_pid(cluster)
    end(first)
    time.sleep(0.5)
    assert cluster.is_alive()
    assert server_pid(cluster) == pid
    end(second)
    assert gone(cluster)


def test_starts_again_after_the_server_was_killed_with_what_was_committed(cluster: EmbeddedPostgres, user: User) -> None:
    user()
    with connect(cluster, OWNER) as connection:
        connection.execute("create table kept as select 42 as answer")
    os.kill(server_pid(cluster), signal.SIGKILL)
    user()
    with connect(cluster, OWNER) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_makes_a_new_cluster_where_the_folder_was_deleted_under_a_running_server(cluster: EmbeddedPostgres, user: User) -> None:
    user()
    old = server_pid(cluster)
    shutil.rmtree(cluster.home)
    user()
    assert server_pid(cluster) != old
    with connect(cluster, APPLICATION) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)


def test_gives_the_application_a_role_that_owns_nothing(cluster: EmbeddedPostgres, user: User) -> None:
    user()
    with connect(cluster, APPLICATION) as connection:
        roles = connection.execute(
            "select rolname, rolsuper, rolcreatedb, rolbypassrls from pg_roles where rolname like 'florin%' order by rolname"
        )
        assert roles.fetchall() == [(APPLICATION, False, False, False), (OWNER, False, True, False)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table mine ()")


def test_lets_only_its_own_account_reach_the_socket(cluster: EmbeddedPostgres, user: User) -> None:
    user()
    assert cluster.socket_dir.stat().st_mode & 0o777 == 0o700
    assert len(str(cluster.socket_dir / ".s.PGSQL.5432")) < 108
