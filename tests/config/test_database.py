"""Which database and which role the environment asks for."""

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

import manage
from config import database
from config.embedded import EmbeddedPostgres

CLUSTER = EmbeddedPostgres("test", durable=False)


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> environ.Env:
    """An environment that names no database."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DB_POOL_MAX", database.ROLE_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return environ.Env()


def test_uses_the_embedded_server_in_development(env: environ.Env) -> None:
    roles = database.connections_by_role(env, debug=True, cluster=CLUSTER)
    assert (roles["owner"]["USER"], roles["application"]["USER"]) == ("florin_owner", "florin")
    assert roles["application"]["HOST"] == str(CLUSTER.socket_dir)


def test_refuses_to_invent_a_database_in_production(env: environ.Env) -> None:
    with pytest.raises(ImproperlyConfigured, match="Set DATABASE_URL"):
        database.connections_by_role(env, debug=False, cluster=CLUSTER)


def test_takes_both_roles_from_the_environment(env: environ.Env, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app:pa%2Fss@db.example:6432/florin?sslmode=verify-full")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgres://own:er@db.example:5432/florin")
    roles = database.connections_by_role(env, debug=False, cluster=CLUSTER)
    application = roles["application"]
    assert [application[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "app",
        "pa/ss",
        "db.example",
        6432,
        "florin",
    ]
    assert application["OPTIONS"] == {"connect_timeout": 10, "sslmode": "verify-full"}
    assert (roles["owner"]["USER"], roles["owner"]["PORT"]) == ("own", 5432)


def test_reaches_a_socket_folder(env: environ.Env, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@/florin?host=/run/postgresql")
    application = database.connections_by_role(env, debug=False, cluster=CLUSTER)["application"]
    assert (application["HOST"], application["OPTIONS"]["host"]) == ("", "/run/postgresql")


def test_refuses_another_kind_of_database(env: environ.Env, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///florin.db")
    with pytest.raises(ImproperlyConfigured, match="must name a PostgreSQL"):
        database.connections_by_role(env, debug=False, cluster=CLUSTER)


def test_pools_the_application_connections_alone(env: environ.Env, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.example/florin")
    monkeypatch.setenv("DB_POOL_MAX", "7")
    roles = database.connections_by_role(env, debug=False, cluster=CLUSTER)
    assert roles["application"]["OPTIONS"]["pool"]["max_size"] == 7
    assert roles["application"]["CONN_MAX_AGE"] == 0
    assert "pool" not in roles["owner"]["OPTIONS"]


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (["migrate"], "owner"),
        (["loaddata", "demo"], "owner"),
        (["dbshell", "--owner"], "owner"),
        (["dbshell"], "application"),
        (["worker"], "application"),
        ([], "application"),
    ],
)
def test_gives_each_command_the_role_it_needs(arguments: list[str], role: str) -> None:
    assert manage.role_for(arguments) == role


def test_refuses_a_role_that_does_not_exist(env: environ.Env, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(database.ROLE_VARIABLE, "superuser")
    with pytest.raises(ImproperlyConfigured, match="superuser"):
        database.role()
