"""Accounts elsewhere that people can sign in with: which ones, from the environment.

Google and any OpenID Connect issuer (Neon Auth is one) speak one protocol; GitHub has its own.
"""

import re
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

OPENID_CONNECT = "openid_connect"
GITHUB = "github"
GOOGLE = "google"
GOOGLE_ISSUER = "https://accounts.google.com"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
TAKEN = {GOOGLE, GITHUB, OPENID_CONNECT, "ethereum"}


def social_providers(env: environ.Env) -> dict[str, Any]:  # allauth's SOCIALACCOUNT_PROVIDERS, of many types
    """Whatever has a client id.

    :raises ImproperlyConfigured: a name of `OIDC_PROVIDERS` can't be one, or misses its issuer or client.
    """
    issuers = [_issuer(env, name) for name in env.list("OIDC_PROVIDERS", default=[])]
    if client_id := env("GOOGLE_CLIENT_ID", default=""):
        secret = env("GOOGLE_CLIENT_SECRET", default="")
        issuers.insert(0, _app(GOOGLE, name="Google", issuer=GOOGLE_ISSUER, client_id=client_id, secret=secret))
    providers: dict[str, Any] = {OPENID_CONNECT: {"APPS": issuers}, GITHUB: {"APPS": []}}
    if client_id := env("GITHUB_CLIENT_ID", default=""):
        app = {"name": "GitHub", "client_id": client_id, "secret": env("GITHUB_CLIENT_SECRET", default="")}
        providers[GITHUB] = {"APPS": [app], "SCOPE": ["read:user", "user:email"], "OAUTH_PKCE_ENABLED": True}
    return providers


def _issuer(env: environ.Env, name: str) -> dict[str, Any]:
    if not NAME.fullmatch(name) or name in TAKEN:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS: {name!r} can't name an issuer; small letters, digits and hyphens can.")
    prefix = f"OIDC_{name.upper().replace('-', '_')}"
    issuer, client_id = env(f"{prefix}_ISSUER", default=""), env(f"{prefix}_CLIENT_ID", default="")
    if not issuer or not client_id:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS names {name!r}: set {prefix}_ISSUER and {prefix}_CLIENT_ID.")
    label, secret = env(f"{prefix}_NAME", default=name.capitalize()), env(f"{prefix}_CLIENT_SECRET", default="")
    return _app(name, name=label, issuer=issuer, client_id=client_id, secret=secret)


def _app(provider_id: str, *, name: str, issuer: str, client_id: str, secret: str) -> dict[str, Any]:
    settings = {"server_url": issuer.rstrip("/"), "oauth_pkce_enabled": True}
    return {"provider_id": provider_id, "name": name, "client_id": client_id, "secret": secret, "settings": settings}
