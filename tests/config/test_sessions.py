"""A session belongs to the site it was made on, and staff sessions are short."""

import datetime as dt
from collections.abc import Callable
from importlib import import_module

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.models import User
from config.hosts import ADMIN, AGENT, PORTAL, Site
from config.sessions import SessionStore, SiteSessionMiddleware, cookie_name
from tests.doors import open_key

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def stored(site: Site) -> str:
    store = SessionStore(site=site)
    store["who"] = "alice"
    store.create()
    assert store.session_key
    return store.session_key


@pytest.mark.parametrize("made_on", [PORTAL, AGENT, ADMIN])
@pytest.mark.parametrize("used_on", [PORTAL, AGENT, ADMIN])
def test_is_nobody_on_another_site(made_on: Site, used_on: Site) -> None:
    store = SessionStore(stored(made_on), used_on)
    assert store.get("who") == ("alice" if made_on is used_on else None)


def test_does_not_take_over_the_key_of_another_sites_session() -> None:
    key = stored(PORTAL)
    intruder = SessionStore(key, ADMIN)
    intruder["who"] = "mallory"
    intruder.save()
    assert intruder.session_key != key
    assert SessionStore(key, PORTAL)["who"] == "alice"


def test_is_the_engine_that_code_without_a_site_uses() -> None:
    engine = import_module(settings.SESSION_ENGINE)
    assert engine.SessionStore(stored(PORTAL)).get("who") == "alice"
    assert engine.SessionStore(stored(ADMIN)).get("who") is None


def test_has_a_cookie_of_its_own_on_each_site() -> None:
    assert {cookie_name(site) for site in (PORTAL, AGENT, ADMIN)} == {"florin", "florin_agent", "florin_admin"}


@pytest.mark.parametrize(("site", "host"), [(AGENT, "agent.localhost"), (ADMIN, "admin.localhost")])
def test_does_not_let_a_portal_session_into_a_console(client: Client, alice: User, site: Site, host: str) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    key = open_key(alice)
    for name in ("florin", "florin_agent", "florin_admin"):
        client.cookies[name] = key
    answer = client.get("/", HTTP_HOST=host)
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]
    assert client.get("/profile/", HTTP_HOST="localhost").status_code == 200


def test_ends_a_staff_session_after_quarter_of_an_hour_without_a_request() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        key = stored(ADMIN)
        clock.shift(dt.timedelta(minutes=14, seconds=59))
        assert SessionStore(key, ADMIN).get("who") == "alice"
        clock.shift(dt.timedelta(seconds=2))
        assert SessionStore(key, ADMIN).get("who") is None


def test_ends_a_staff_session_after_twelve_hours_of_work() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        key = stored(ADMIN)
        for _ten_minutes in range(6 * 12):
            clock.shift(dt.timedelta(minutes=10))
            store = SessionStore(key, ADMIN)
            assert store.get("who") == "alice"
            store.save()
        clock.shift(dt.timedelta(seconds=1))
        assert SessionStore(key, ADMIN).get("who") is None


def test_keeps_a_customers_session_for_two_weeks() -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        key = stored(PORTAL)
        clock.shift(dt.timedelta(days=13, hours=23))
        assert SessionStore(key, PORTAL).get("who") == "alice"
        clock.shift(dt.timedelta(hours=2))
        assert SessionStore(key, PORTAL).get("who") is None


def test_makes_no_session_for_who_only_looks(client: Client) -> None:
    answer = client.get("/problems/")
    assert "florin" not in answer.cookies
    assert not Session.objects.exists()


def visit(settings: Settings, site: Site, view: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    settings.SESSION_COOKIE_SECURE = True
    request = RequestFactory().get("/")
    request.site_name = site.name  # type: ignore[attr-defined]  # SiteMiddleware's
    answer = SiteSessionMiddleware(view)(request)
    assert isinstance(answer, HttpResponse)
    return answer


def remember(request: HttpRequest) -> HttpResponse:
    request.session["who"] = "alice"
    return HttpResponse()


def test_sends_the_cookie_over_https_to_this_host_and_out_of_scripts_reach(settings: Settings) -> None:
    cookie = visit(settings, AGENT, remember).cookies["florin_agent"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", settings.STAFF_IDLE_S)


def test_moves_the_end_of_a_staff_session_with_each_request(settings: Settings) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        key = visit(settings, ADMIN, remember).cookies["florin_admin"].value
        clock.shift(dt.timedelta(minutes=10))
        request = RequestFactory().get("/")
        request.site_name = ADMIN.name  # type: ignore[attr-defined]
        request.COOKIES["florin_admin"] = key
        SiteSessionMiddleware(lambda request: HttpResponse(request.session["who"]))(request)
        clock.shift(dt.timedelta(minutes=10))
        assert SessionStore(key, ADMIN).get("who") == "alice"


def test_keeps_nothing_of_a_request_that_broke(settings: Settings) -> None:
    def fail(request: HttpRequest) -> HttpResponse:
        request.session["who"] = "alice"
        return HttpResponse(status=500)

    assert not visit(settings, PORTAL, fail).cookies
    assert not Session.objects.exists()


def test_takes_a_dead_cookie_back(client: Client) -> None:
    client.cookies["florin"] = "z" * 32
    answer = client.get("/profile/")
    assert answer.status_code == 302
    assert answer.cookies["florin"].value == ""
