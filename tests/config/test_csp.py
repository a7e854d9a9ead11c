"""What browsers are told on every answer (R34): pages, data, errors, static files and refusals alike."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.csp import CSP
from pytest_django import Settings

from accounts.models import User
from config.hosts import SITES
from config.middleware import RequestMiddleware
from config.security import CONSOLE_POLICY, CONTENT_POLICY, HSTS_YEAR_S, SitePolicyMiddleware
from tests.doors import portal_client

type Policy = dict[str, set[str]]
PORTAL, AGENT, ADMIN = ({"HTTP_HOST": host} for host in ("localhost", "agent.localhost", "admin.localhost"))
EVERYWHERE = [
    ("/", PORTAL),
    ("/login/", PORTAL),
    ("/problems/", PORTAL),
    ("/nothing", PORTAL),
    ("/static/css/florin.css", PORTAL),
    ("/static/nothing.css", PORTAL),
    ("/health/live", PORTAL),
    ("/health/ready", PORTAL),
    ("/api/nothing", PORTAL),
    ("/api/schema/", PORTAL),
    ("/api/docs/", PORTAL),
    ("/", {"HTTP_HOST": "evil.example"}),
    ("/api/", {"HTTP_HOST": "evil.example"}),
    ("/", AGENT),
    ("/login/", ADMIN),
    ("/nothing", ADMIN),
]


def policy_of(answer: Any) -> Policy:  # a response of whichever client asked
    header = answer.headers["Content-Security-Policy"]
    directives = [directive.split() for directive in header.split("; ")]
    assert len({name for name, *_values in directives}) == len(directives)
    return {name: set(values) for name, *values in directives}


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "host"), EVERYWHERE)
def test_sends_every_guard_with_every_answer(client: Client, path: str, host: dict[str, str]) -> None:
    answer = client.get(path, **host)  # type: ignore[arg-type]  # META values
    answer.close()  # a static file is open
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "microphone=()" in answer.headers["Permissions-Policy"]
    policy = policy_of(answer)
    assert policy["default-src"] == {"'none'"}
    assert policy["frame-ancestors"] == {"'none'"}
    assert policy["base-uri"] == {"'none'"}
    assert "'unsafe-inline'" not in policy.get("script-src", set())
    assert not [value for values in policy.values() for value in values if "*" in value or "http" in value]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/signup/", "/problems/", "/nothing"])
def test_allows_portal_pages_nothing_inline(client: Client, path: str) -> None:
    answer = client.get(path)
    policy = policy_of(answer)
    assert policy["style-src"] == {"'self'"}
    (nonce,) = policy["script-src"] - {"'self'"}
    page = answer.content.decode()
    assert nonce.startswith("'nonce-")
    assert set(re.findall(r'nonce="([^"]*)"', page)) == {nonce[7:-1]}


@pytest.mark.django_db
def test_makes_a_new_nonce_for_each_page(client: Client) -> None:
    first, second = (policy_of(client.get("/problems/"))["script-src"] for _page in range(2))
    assert first != second


@pytest.mark.django_db
@pytest.mark.parametrize("host", [AGENT, ADMIN])
def test_loosens_consoles_only_as_far_as_they_need(client: Client, host: dict[str, str]) -> None:
    answer = client.get("/login/", **host)  # type: ignore[arg-type]  # META values
    policy = policy_of(answer)
    assert policy["script-src"] >= {"'self'", "'unsafe-eval'"}
    assert policy["style-src"] == {"'self'", "'unsafe-inline'"}
    changed = {name for name in CONSOLE_POLICY if CONSOLE_POLICY[name] != CONTENT_POLICY[name]}
    assert changed == {"script-src", "style-src"}


@pytest.mark.django_db
def test_loosens_the_page_of_the_api_for_styles_only(client: Client) -> None:
    policy = policy_of(client.get("/api/docs/"))
    assert policy["style-src"] == {"'self'", "'unsafe-inline'"}
    assert policy["script-src"] == {"'self'"}


@pytest.mark.django_db
def test_lets_data_load_nothing_and_be_kept_by_nobody(client: Client, alice: User) -> None:
    answer = client.get("/api/nothing")
    assert policy_of(answer) == {name: {"'none'"} for name in ("default-src", "base-uri", "form-action", "frame-ancestors")}
    assert answer.headers["Cache-Control"] == "no-store"
    assert portal_client(alice).get("/problems/").headers.get("Cache-Control") != "no-store"


def test_guards_what_no_inner_layer_answered(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = HSTS_YEAR_S
    answer = RequestMiddleware(lambda _request: HttpResponse("broken", status=500))(RequestFactory().get("/"))
    assert policy_of(answer)["default-src"] == {"'none'"}
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


def test_leaves_a_policy_that_a_view_chose() -> None:
    def chosen(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse("{}", content_type="application/json")
        response.headers[CSP.HEADER_ENFORCE.value] = "default-src 'self'"
        return response

    assert policy_of(through(chosen, "portal"))["default-src"] == {"'self'"}
    looser = {"img-src": [CSP.SELF]}

    def overridden(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse("page")
        response._csp_config = looser  # type: ignore[attr-defined]  # what csp_override sets
        return response

    assert through(overridden, "admin")._csp_config is looser  # type: ignore[attr-defined]


def through(view: Callable[[HttpRequest], HttpResponse], site: str) -> HttpResponse:
    assert site in SITES
    request = RequestFactory().get("/")
    request.site_name = site  # type: ignore[attr-defined]  # SiteMiddleware's
    return SitePolicyMiddleware(view)(request)
