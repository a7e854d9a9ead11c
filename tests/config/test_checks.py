"""An unsafe configuration does not start (O1), and the example of a safe one does."""

import base64
import os
import re
import secrets
import string
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, Tags, run_checks
from django.db import connection
from pytest_django import Settings

from config.checks import check_hosts, check_production
from tests import deployment

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / ".env.example"
FIELD_KEY = base64.b64encode(os.urandom(32)).decode()


@pytest.fixture
def live(settings: Settings) -> Settings:
    """A configuration that is safe, to be spoiled by each test in one place."""
    settings.DEBUG = False
    settings.SECRET_KEY = secrets.token_urlsafe(64)
    settings.FIELD_ENCRYPTION_KEYS = [f"k1:{FIELD_KEY}"]
    settings.PORTAL_HOSTS = ["pay.example.com"]
    settings.AGENT_ALLOWED_HOSTS = ["agent.example.com"]
    settings.ADMIN_ALLOWED_HOSTS = ["admin.example.com"]
    settings.ALLOWED_HOSTS = ["pay.example.com", "agent.example.com", "admin.example.com"]
    settings.PORTAL_ORIGIN = "https://pay.example.com"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.ALLOW_SANDBOX = False
    settings.FUNDING_PROVIDER = settings.PAYOUT_PIX_PROVIDER = settings.PAYOUT_BANK_PROVIDER = "none"
    settings.ENVIRONMENT = "live"
    settings.PASSKEY_DOMAIN, settings.STAFF_SECOND_FACTOR = "example.com", True
    settings.SMS_PROVIDER, settings.SMS_URL, settings.SMS_TOKEN = "gateway", "https://sms.example.com/v1", "a token"
    return settings


def ids() -> list[str | None]:
    found: list[CheckMessage] = [*check_hosts(None), *check_production(None)]
    assert all(message.is_serious() for message in found)
    return [message.id for message in found]


def test_lets_a_safe_configuration_start(live: Settings) -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("ADMIN_ALLOWED_HOSTS", ["pay.example.com"], "florin.E001"),
        ("AGENT_ALLOWED_HOSTS", ["admin.example.com"], "florin.E001"),
        ("PORTAL_HOSTS", ["*"], "florin.E001"),
        ("PASSKEY_DOMAIN", "agent.example.com", "florin.E033"),
        ("PASSKEY_DOMAIN", "", "florin.E033"),
        ("STAFF_SECOND_FACTOR", False, "florin.E034"),
        ("RECOVERY_SILENT_DAYS", 29, "florin.E035"),
        ("RECOVERY_WAIT_DAYS", 2, "florin.E035"),
        ("PORTAL_ORIGIN", "https://other.example.com", "florin.E002"),
        ("SMS_PROVIDER", "sandbox", "florin.E015"),
        ("SMS_PROVIDER", "pigeon", "florin.E030"),
        ("SMS_URL", "http://sms.example.com/v1", "florin.E031"),
        ("SMS_TOKEN", "", "florin.E032"),
        ("PORTAL_ORIGIN", "https://admin.example.com", "florin.E002"),
        ("PORTAL_ORIGIN", "http://pay.example.com", "florin.E012"),
        ("DEBUG", True, "florin.E003"),
        ("SECRET_KEY", "short", "florin.E010"),
        ("SECRET_KEY", "ab" * 40, "florin.E010"),
        ("SECRET_KEY", "development-only-" + secrets.token_urlsafe(64), "florin.E010"),
        ("SECRET_KEY", "django-insecure-" + secrets.token_urlsafe(64), "florin.E010"),
        ("SECRET_KEY_FALLBACKS", ["short"], "florin.E010"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, "florin.E013"),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}, "florin.E013"),
        ("SESSION_COOKIE_SECURE", False, "florin.E014"),
        ("CSRF_COOKIE_SECURE", False, "florin.E014"),
        ("FUNDING_PROVIDER", "sandbox", "florin.E015"),
        ("ENVIRONMENT", "prod", "florin.E016"),
        ("ALLOW_SANDBOX", True, "florin.E017"),
        ("FIELD_ENCRYPTION_KEYS", [], "florin.E018"),
        ("FIELD_ENCRYPTION_KEYS", [FIELD_KEY], "florin.E018"),
        ("FIELD_ENCRYPTION_KEYS", [f"A name:{FIELD_KEY}"], "florin.E018"),
        ("FIELD_ENCRYPTION_KEYS", [f"k1:{FIELD_KEY[:-4]}"], "florin.E018"),
        ("FIELD_ENCRYPTION_KEYS", [f"k1:{FIELD_KEY}", f"k1:{FIELD_KEY}"], "florin.E018"),
        ("FIELD_ENCRYPTION_KEYS", [f"k2:{FIELD_KEY}", "k1:" + base64.b64encode(bytes(32)).decode()], "florin.E019"),
        ("FIELD_ENCRYPTION_KEYS", [f"development-only:{FIELD_KEY}"], "florin.E019"),
        (
            "SOCIALACCOUNT_PROVIDERS",
            {"openid_connect": {"APPS": [{"name": "Neon", "settings": {"server_url": "http://auth.example.com"}}]}},
            "florin.E020",
        ),
    ],
)
def test_stops_what_is_unsafe(live: Settings, name: str, value: object, error: str) -> None:
    setattr(live, name, value)
    assert error in ids()


def test_stops_a_portal_without_a_host(live: Settings) -> None:
    live.PORTAL_HOSTS = []
    assert "florin.E011" in ids()


@pytest.mark.parametrize("host", ["localhost", "pay.localhost", "127.0.0.1", "[::1]"])
def test_leaves_a_developers_machine_alone(live: Settings, host: str) -> None:
    live.DEBUG = True
    live.ALLOWED_HOSTS = [host]
    live.PORTAL_HOSTS, live.PORTAL_ORIGIN = [host], f"http://{host}:8000"
    live.SECRET_KEY = "short"
    live.FIELD_ENCRYPTION_KEYS = [f"development-only:{FIELD_KEY}"]
    assert ids() == []


def test_lets_sandboxes_run_where_staff_know(live: Settings) -> None:
    live.ALLOW_SANDBOX, live.FUNDING_PROVIDER, live.ENVIRONMENT = True, "sandbox", "test"
    assert ids() == []


def test_runs_with_djangos_checks(live: Settings) -> None:
    assert [message for message in run_checks(tags=[Tags.security]) if message.is_serious()] == []
    live.PORTAL_ORIGIN = "http://pay.example.com"
    assert [message.id for message in run_checks(tags=[Tags.security]) if message.is_serious()] == ["florin.E012"]


# --- as processes ---


@pytest.fixture
def start(db: None) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Starts the web server's program with `.env.example`, a key and the test's database, and what is to be spoiled."""

    def run(**spoiled: str) -> subprocess.CompletedProcess[str]:
        example = dict(line.split("=", 1) for line in EXAMPLE.read_text().splitlines() if re.match(r"[A-Z]", line))
        urls = deployment.database_urls(connection.settings_dict["NAME"])
        # A developer's .env fills in only what is not set, so that what it may hold is set here.
        chosen = {"DEBUG": "false", "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": secrets.token_urlsafe(64)}
        chosen["FIELD_ENCRYPTION_KEYS"] = f"k1:{FIELD_KEY}"
        environment = os.environ | example | urls | chosen | {"OWNER": urls["DATABASE_OWNER_URL"]} | spoiled
        environment = {name: string.Template(value).safe_substitute(environment) for name, value in environment.items()}
        command = [sys.executable, "-c", "import config.wsgi; print('started')"]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)

    return run


def test_starts_with_the_example(start: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = start()
    assert done.stdout == "started\n", done.stderr


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "florin.E010"),
        ({"FIELD_ENCRYPTION_KEYS": ""}, "Set FIELD_ENCRYPTION_KEYS"),
        ({"FIELD_ENCRYPTION_KEYS": "short"}, "florin.E018"),
        ({"MAIL_URL": ""}, "Set MAIL_URL"),
        ({"ADMIN_ALLOWED_HOSTS": "pay.example.com"}, "florin.E001"),
        ({"DEBUG": "true"}, "florin.E003"),
        ({"DATABASE_URL": "$OWNER"}, "florin.E102"),
    ],
)
def test_does_not_start_the_web_server_when(
    start: Callable[..., subprocess.CompletedProcess[str]], spoiled: dict[str, str], message: str
) -> None:
    done = start(**spoiled)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr


def test_starts_without_the_database_and_says_so(start: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = start(DATABASE_URL="postgres://florin@127.0.0.1:1/florin")
    assert done.stdout == "started\n", done.stderr
    assert "the database does not answer" in done.stderr


def test_names_every_setting_in_the_example() -> None:
    asked = set(
        re.findall(
            r'(?:env(?:\.\w+)?|required)\(\s*"([A-Z0-9_]+)"',
            "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "banks.py")),
        )
    )
    named = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    assert asked <= named
