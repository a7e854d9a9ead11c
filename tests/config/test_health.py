"""Alive and ready are two questions (O2)."""

import logging
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from config import health


@pytest.fixture(autouse=True)
def _forget_the_schema() -> Iterator[None]:
    health._compare_schema.cache_clear()
    yield
    health._compare_schema.cache_clear()


@pytest.mark.parametrize("host", ["localhost", "admin.localhost", "10.1.2.3:8000", "unknown.example", "[::1]"])
def test_is_alive_without_a_database_whatever_the_host(client: Client, host: str) -> None:
    answer = client.get("/health/live", HTTP_HOST=host)  # pytest-django would refuse a query
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["localhost", "agent.localhost", "10.1.2.3:8000"])
def test_is_ready_when_all_is_there(client: Client, host: str) -> None:
    answer = client.get("/health/ready", HTTP_HOST=host)
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert answer.headers["Cache-Control"] == "no-store"


def _fail() -> None:
    raise OperationalError("connection to server at db.internal failed: password=secret")


def _be_behind() -> None:
    raise health.SchemaOutdatedError


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "check"), [("database", _fail), ("schema", _be_behind), ("queue", _fail)])
def test_is_not_ready_but_alive_without(client: Client, monkeypatch: pytest.MonkeyPatch, name: str, check: object) -> None:
    monkeypatch.setattr(health, "CHECKS", {**health.CHECKS, name: check})
    monkeypatch.setattr("config.health.connection.close", lambda: None)  # the test's transaction lives in it
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json()["code"], answer.json()["failed"]) == ("not_ready", name)
    assert "secret" not in answer.content.decode()
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
def test_is_not_ready_before_the_schema_is_there(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "config.health.MigrationExecutor.migration_plan", lambda _self, _targets: [("payments.0009_later", False)]
    )
    monkeypatch.setattr("config.health.connection.close", lambda: None)
    assert client.get("/health/ready").json()["failed"] == "schema"


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_takes_no_other_method(client: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECKS", {})
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200


def test_is_not_sent_to_https(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/live").status_code == 200
    assert client.get("/nothing").status_code == 301


def test_writes_no_line(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/health/live")
    assert [record for record in caplog.records if record.name == "florin.request"] == []
