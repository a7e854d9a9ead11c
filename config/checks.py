"""A configuration that would be unsafe does not start; each error says what to do.

`manage.py check` and every command run these; the web server runs them through `config.wsgi`.
"""

import ipaddress
import logging
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import maxminddb
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, OperationalError
from stdnum.iban import is_valid as is_valid_iban

from config.encryption import parse_keys
from config.hosts import PORTAL, sites_by_host
from config.places import database

log = logging.getLogger("florin.checks")

MIN_SECRET_KEY_CHARACTERS = 50
MIN_SECRET_KEY_VARIETY = 10
MIN_FIELD_KEY_VARIETY = 20  # different bytes among 32; random ones have fewer once in a million million times
ENVIRONMENTS = ("demo", "test", "live")
LEAST_DAYS = {"RECOVERY_SILENT_DAYS": 30, "RECOVERY_WAIT_DAYS": 3}
MIN_TOKEN_LENGTH = 32
SMS_PROVIDERS = ("gateway", "sandbox", "none")
PROCESS_LOCAL_CACHES = ("LocMemCache", "DummyCache", "FileBasedCache")


@register(Tags.security)
def check_hosts(app_configs: Sequence[AppConfig] | None, **_options: Any) -> Iterable[CheckMessage]:
    """Each host name belongs to one site, and links lead to the portal."""
    try:
        sites = sites_by_host(settings.PORTAL_HOSTS, settings.AGENT_ALLOWED_HOSTS, settings.ADMIN_ALLOWED_HOSTS)
    except ImproperlyConfigured as error:
        yield Error(str(error), hint="Set PORTAL_HOSTS, AGENT_ALLOWED_HOSTS and ADMIN_ALLOWED_HOSTS.", id="florin.E001")
        return
    host = urlsplit(settings.PORTAL_ORIGIN).hostname or ""
    if sites.get(f"[{host}]" if ":" in host else host) is not PORTAL:
        yield Error("PORTAL_ORIGIN names a host that is not in PORTAL_HOSTS.", id="florin.E002")


@register(Tags.security)
def check_production(app_configs: Sequence[AppConfig] | None, **_options: Any) -> Iterable[CheckMessage]:
    """What may be loose on a developer's machine and nowhere else."""
    if settings.DEBUG:
        yield from _debug_errors()
        return
    yield from _secret_errors()
    yield from _encryption_errors()
    if not settings.PORTAL_HOSTS:
        yield Error("PORTAL_HOSTS is empty: nobody could open the portal.", id="florin.E011")
    if urlsplit(settings.PORTAL_ORIGIN).scheme != "https":
        yield Error("PORTAL_ORIGIN must be an https address: it is in every QR code and mail.", id="florin.E012")
    if settings.CACHES["default"]["BACKEND"].endswith(PROCESS_LOCAL_CACHES):
        yield Error("CACHE_URL names a cache that processes do not share, so limits could be walked around.", id="florin.E013")
    yield from _sandbox_errors()
    yield from _sms_errors()
    yield from _bank_errors()
    yield from _issuer_errors()
    yield from _second_factor_errors()
    yield from _recovery_errors()
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield Error("Cookies must be secure.", id="florin.E014")


def _debug_errors() -> Iterable[CheckMessage]:
    remote = [host for host in settings.ALLOWED_HOSTS if not _is_local(host)]
    if remote:
        yield Error(
            f"DEBUG is on for {', '.join(remote)}, which others can reach: it shows the inside of the program to them.",
            hint="Set DEBUG=false, or serve localhost only.",
            id="florin.E003",
        )


def _secret_errors() -> Iterable[CheckMessage]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        too_simple = len(secret) < MIN_SECRET_KEY_CHARACTERS or len(set(secret)) < MIN_SECRET_KEY_VARIETY
        if too_simple or secret.startswith(("development-only", "django-insecure", "only-for-tests")):
            yield Error(
                "SECRET_KEY is short, simple or known to everyone.",
                hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(64))"',
                id="florin.E010",
            )


def _encryption_errors() -> Iterable[CheckMessage]:
    hint = ".env.example says how to make one. Keep a copy of it: without it the data it encrypted is lost."
    try:
        keys = parse_keys(settings.FIELD_ENCRYPTION_KEYS)
    except ImproperlyConfigured as error:
        yield Error(str(error), hint=hint, id="florin.E018")
        return
    if any(name == "development-only" or len(set(key)) < MIN_FIELD_KEY_VARIETY for name, key in keys.items()):
        yield Error("A key of FIELD_ENCRYPTION_KEYS is simple or known to everyone.", hint=hint, id="florin.E019")


def _sandbox_errors() -> Iterable[CheckMessage]:
    sandboxes = [name for name in dir(settings) if name.endswith("_PROVIDER") and getattr(settings, name) == "sandbox"]
    if sandboxes and not settings.ALLOW_SANDBOX:
        yield Error(
            f"{', '.join(sandboxes)} names a sandbox, which makes money of nothing.",
            hint="Choose another provider, or set ALLOW_SANDBOX=true where no real money is.",
            id="florin.E015",
        )
    if settings.ENVIRONMENT not in ENVIRONMENTS:
        yield Error(f"ENVIRONMENT is {settings.ENVIRONMENT!r}; it can be {', '.join(ENVIRONMENTS)}.", id="florin.E016")
    if settings.ALLOW_SANDBOX and settings.ENVIRONMENT == "live":
        yield Error("ALLOW_SANDBOX is on in an environment that tells its staff it is live.", id="florin.E017")


def _sms_errors() -> Iterable[CheckMessage]:
    if settings.SMS_PROVIDER not in SMS_PROVIDERS:
        known = ", ".join(SMS_PROVIDERS)
        yield Error(f"SMS_PROVIDER is {settings.SMS_PROVIDER!r}; it can be {known}.", id="florin.E030")
    elif settings.SMS_PROVIDER == "gateway":
        if urlsplit(settings.SMS_URL).scheme != "https":
            yield Error("SMS_URL must be an https address: codes that open accounts go there.", id="florin.E031")
        if not settings.SMS_TOKEN:
            yield Error("SMS_TOKEN is empty: the gateway could not tell us from others.", id="florin.E032")


def _bank_errors() -> Iterable[CheckMessage]:
    if settings.PAYOUT_BANK_PROVIDER == "bank_file" and not (
        settings.BANK_FILE.name and is_valid_iban(settings.BANK_FILE.iban)
    ):
        yield Error("BANK_FILE_NAME and BANK_FILE_IBAN must name the account that payouts leave from.", id="florin.E036")
    if settings.PAYOUT_PIX_PROVIDER != "pix_api":
        return
    bank = settings.PIX_API
    if urlsplit(bank.url).scheme != "https":
        yield Error("PIX_API_URL must be an https address: money leaves by it.", id="florin.E033")
    if not (bank.client_id and bank.client_secret and bank.key and bank.certificate):
        names = "PIX_API_CLIENT_ID, PIX_API_CLIENT_SECRET, PIX_API_KEY and PIX_API_CERTIFICATE"
        yield Error(f"{names} must be set: the bank would not know us.", id="florin.E034")
    if len(bank.webhook_token) < MIN_TOKEN_LENGTH:
        yield Error(f"PIX_WEBHOOK_TOKEN needs {MIN_TOKEN_LENGTH} signs: others could make us ask the bank.", id="florin.E035")


def _issuer_errors() -> Iterable[CheckMessage]:
    for app in settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]:
        if urlsplit(app["settings"]["server_url"]).scheme != "https":
            yield Error(f"The issuer of {app['name']} must have an https address: it says who people are.", id="florin.E020")


def _second_factor_errors() -> Iterable[CheckMessage]:
    domain, host = settings.PASSKEY_DOMAIN, urlsplit(settings.PORTAL_ORIGIN).hostname or ""
    if not (host == domain or host.endswith(f".{domain}")):
        yield Error(
            f"PASSKEY_DOMAIN is {domain!r}, which is neither the portal's host nor above it: no passkey would work.",
            hint="Leave it out, or name a parent domain that the sites share.",
            id="florin.E033",
        )
    if settings.ENVIRONMENT == "live" and not settings.STAFF_SECOND_FACTOR:
        yield Error(
            "STAFF_SECOND_FACTOR is off where the money is real: a password alone would open the consoles.", id="florin.E034"
        )


def _recovery_errors() -> Iterable[CheckMessage]:
    for name, least in LEAST_DAYS.items():
        if getattr(settings, name) < least:
            yield Error(
                f"{name} is below {least}: whoever is on a journey would find their account given away.", id="florin.E035"
            )


@register(Tags.files)
def check_places(app_configs: Sequence[AppConfig] | None, **_options: Any) -> Iterable[CheckMessage]:
    """A database of places that is named can be read."""
    if not settings.GEOIP_DATABASE:
        return
    try:
        database()
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        yield Error(f"GEOIP_DATABASE can't be read: {error}", hint="Name a MaxMind DB file, or none.", id="florin.E036")


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost") or host == "testserver":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def demand_safe_configuration() -> None:
    """Refuse to start where the checks of the configuration and of the database role find an error.

    :raises ImproperlyConfigured: with all of them.
    """
    found = _run(Tags.security)
    try:
        found += _run(Tags.database)  # whether the role of this process is above the database's rules
    except OperationalError:
        log.warning("the database does not answer, so its role could not be checked")  # alive, though not ready
    errors = [message for message in found if message.is_serious() and not message.is_silenced()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.id}: {error.msg} {error.hint or ''}" for error in errors))


def _run(tag: str) -> list[CheckMessage]:
    return run_checks(tags=[tag], include_deployment_checks=not settings.DEBUG, databases=[DEFAULT_DB_ALIAS])
