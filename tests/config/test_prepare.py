"""`manage.py prepare` makes any database ready, and loads the demo world once."""

import pytest
from django.conf import settings as project_settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from config.demo import fixture
from config.management.commands import prepare
from tests.database import as_owner

PREPARED = ["createcachetable", "migrate"]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that prepare would call."""
    names: list[str] = []
    monkeypatch.setattr(prepare, "call_command", lambda name, *_arguments, **_options: names.append(name))
    monkeypatch.setattr(fixture, "load", lambda _now, **_options: names.append("demo"))
    return names


@pytest.mark.django_db
def test_loads_the_demo_world_into_an_empty_demo(called: list[str], settings: Settings) -> None:
    settings.ENVIRONMENT = "demo"
    call_command("prepare")
    assert called == [*PREPARED, "demo"]


@pytest.mark.django_db
def test_leaves_a_demo_with_people_alone(called: list[str], settings: Settings) -> None:
    settings.ENVIRONMENT = "demo"
    User.objects.create_user("somebody@example.com")
    call_command("prepare")
    assert called == PREPARED


@pytest.mark.django_db
def test_never_loads_the_demo_world_into_production(called: list[str], settings: Settings) -> None:
    settings.ENVIRONMENT = "live"
    call_command("prepare")
    assert called == PREPARED


@pytest.mark.django_db(transaction=True)
def test_gives_the_application_the_cache_table_and_may_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixture, "load", lambda _now, **_options: None)
    table = project_settings.CACHES["default"]["LOCATION"]
    with as_owner():
        with connection.cursor() as cursor:
            cursor.execute(f"drop table {table}")
        call_command("prepare", verbosity=0)
        call_command("prepare", verbosity=0)
    cache.set("answer", 42)
    assert cache.get("answer") == 42
