"""Three sites on one process (R32): which host is answered by which site, and how the others are turned away."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from accounts.models import User
from config.hosts import ADMIN, AGENT, PORTAL, site_of, sites_by_host
from tests.factories import PASSWORD

UNKNOWN_PATH = "/there/is/nothing/here"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost", "portal"),
        ("localhost:8000", "portal"),
        ("LocalHost", "portal"),
        ("agent.localhost", "agent"),
        ("ADMIN.localhost:443", "admin"),
    ],
)
def test_picks_the_site_by_its_name_in_any_case_and_on_any_port(client: Client, db: None, host: str, name: str) -> None:
    request = client.get(UNKNOWN_PATH, HTTP_HOST=host).wsgi_request
    assert (site_of(request).name, request.urlconf) == (name, f"config.urls.{name}")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "[::1]",
        "[::1]:8000",
        "localhost.",
        "admin.localhost.",
        ".localhost",
        "localhost,admin.localhost",
        "admin.localhost, localhost",
        "localhost@admin.localhost",
        "user:word@localhost",
        "localhost:",
        "localhost:port",
        "localhost:123456",
        "localhost/admin",
        "localhost admin.localhost",
        " localhost",
        "localhost\t",
        "admin_localhost",
        "admin.localhost.evil.example",
        "evil.example.admin.localhost",
        "xn--dmin-loa.localhost",
        "ádmin.localhost",
        "аdmin.localhost",  # noqa: RUF001 - the first letter is Cyrillic
        "admin。localhost",
        "localhost%00.evil.example",
        "*",
        "%",
    ],
)
def test_turns_any_other_spelling_away_without_repeating_it(client: Client, host: str) -> None:
    answer = client.get("/", HTTP_HOST=host)
    assert answer.status_code == 400
    assert host not in answer.content.decode().replace(settings.PORTAL_ORIGIN, "")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Set-Cookie" not in answer.headers


def test_answers_an_unknown_host_with_a_problem_in_the_api(client: Client) -> None:
    answer = client.get("/api/wallets", HTTP_HOST="evil.example")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unknown_host"


def test_does_not_believe_a_forwarded_host(client: Client, db: None) -> None:
    forwarded = {"X-Forwarded-Host": "admin.localhost", "X-Host": "admin.localhost", "Forwarded": "host=admin.localhost"}
    request = client.get(UNKNOWN_PATH, HTTP_HOST="localhost", headers=forwarded).wsgi_request
    assert site_of(request) is PORTAL
    assert client.get("/", HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="localhost").status_code == 400


def test_hides_each_console_from_the_other_sites(client: Client, db: None) -> None:
    unknown = _shape(client.get(UNKNOWN_PATH, HTTP_HOST="localhost").content)
    for path in ("/login/", "/accounts/user/", "/audit/auditentry/", "/payments/transaction/", "/admin/"):
        answer = client.get(path, HTTP_HOST="localhost")
        if answer.status_code == 404:
            assert _shape(answer.content) == unknown
        else:  # the portal has a page of this name itself
            assert path == "/login/"
            assert answer.resolver_match.view_name == "account_login"


def test_hides_the_portal_and_its_api_from_the_consoles(client: Client, db: None) -> None:
    for host in ("agent.localhost", "admin.localhost"):
        for path in ("/api/me", "/api/schema/", "/api/auth/login", "/signup/", "/problems/"):
            answer = client.get(path, HTTP_HOST=host)
            # The console asks whoever is not signed in to sign in, whatever the address.
            assert answer.status_code in {302, 404}, (host, path)
            assert answer.wsgi_request.urlconf != "config.urls.portal"


def test_gives_a_missing_slash_back(client: Client, db: None) -> None:
    answer = client.get("/problems?x=1")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/problems/?x=1")
    assert client.post("/problems").status_code == 404
    assert client.get("http://testserver//evil.example/problems").status_code == 404


def test_reads_which_site_each_host_belongs_to() -> None:
    sites = sites_by_host(["pay.example.com", "[::1]"], ["agent.example.com"], ["admin.example.com"])
    assert sites == {"pay.example.com": PORTAL, "[::1]": PORTAL, "agent.example.com": AGENT, "admin.example.com": ADMIN}


@pytest.mark.parametrize(
    "hosts",
    [
        (["a.example"], ["a.example"], ["c.example"]),
        (["a.example"], ["b.example"], ["a.example"]),
        (["a.example"], ["b.example"], ["b.example"]),
        (["A.example"], ["b.example"], ["c.example"]),
        (["a.example:443"], ["b.example"], ["c.example"]),
        (["*"], ["b.example"], ["c.example"]),
        ([".example"], ["b.example"], ["c.example"]),
        (["a.example."], ["b.example"], ["c.example"]),
        (["a_b.example"], ["b.example"], ["c.example"]),
        ([""], ["b.example"], ["c.example"]),
    ],
)
def test_refuses_names_of_two_sites_and_names_that_are_none(hosts: tuple[list[str], list[str], list[str]]) -> None:
    with pytest.raises(ImproperlyConfigured):
        sites_by_host(*hosts)


def _shape(page: bytes) -> str:
    """The page without what is new each time: nonces, the form token, the request's number and address."""
    text = page.decode()
    for changing in (r'nonce="[^"]*"', r'value="[A-Za-z0-9]{64}"', r"<code>[0-9a-f]{32}</code>", r'value="/[^"]*"'):
        text = re.sub(changing, "", text)
    return text


@pytest.mark.parametrize("path", [UNKNOWN_PATH, "/profile/", "/api/me", "/problems/"])
def test_shows_staff_a_404_for_what_their_console_has_not(alice: User, path: str) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    console = Client(headers={"host": "admin.localhost"})
    console.post("/login/", {"username": alice.email, "password": PASSWORD})
    assert console.get("/").status_code == 200
    answer = console.get(path, follow=True)
    assert answer.status_code == 404
