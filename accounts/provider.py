"""What allauth's providers have not: OpenID Connect with a nonce, and looks that write nothing.

allauth finds the class of our issuers by this module's name. The nonce is made of the PKCE verifier, a secret of this one
sign-in that allauth keeps until the answer comes: a token issued for another sign-in, or for nobody's, carries another nonce.
"""

import base64
import hashlib
from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

NONCE = "nonce"


def nonce_of(code_verifier: str) -> str:
    """43 characters that tell nothing of the verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"nonce:{code_verifier}".encode()).digest()).rstrip(b"=").decode()


class Arrival(SocialLogin):
    """Somebody who comes back from a provider, before anything is decided about them."""

    def lookup(self) -> None:
        """Looks nobody up: `accounts.entering` does.

        allauth's writes what the provider said over the row it finds, whoever's it is, and before anybody knows whether
        they may come in or link it.
        """


def arrival(login: SocialLogin) -> Arrival:
    """What a provider's answer came down to, as somebody who comes back."""
    return Arrival(user=login.user, account=login.account, email_addresses=login.email_addresses, provider=login.provider)


class GitHubAdapter(GitHubOAuth2Adapter):
    """One sign-in with GitHub."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> Arrival:
        return arrival(super().complete_login(request, app, token, **kwargs))


class IssuerAdapter(OpenIDConnectOAuth2Adapter):
    """One sign-in by the code flow. OpenID Connect Core 1.0, sections 3.1.3.7 and 5.3.2."""

    nonce = ""
    subject = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the issuer says of itself. OpenID Connect Discovery 1.0, section 4.3.

        :raises OAuth2Error, requests.RequestException: it is another issuer's, or does not come.
        """
        config: dict[str, Any] = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != self.get_provider().app.settings["server_url"]:
            raise OAuth2Error("The configuration is not of the issuer that was asked.")
        return config

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: OAuth2Client, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        self.nonce = nonce_of(pkce_code_verifier or "")
        answer: dict[str, Any] = super().get_access_token_data(request, app, client, pkce_code_verifier)
        return answer

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> Arrival:
        """:raises OAuth2Error: the answer is for another sign-in, or about two people."""
        try:
            login = super().complete_login(request, app, token, **kwargs)
        except (KeyError, TypeError, ValueError) as fault:
            raise OAuth2Error("The issuer's answer lacks what it must have.") from fault
        if not self.subject or login.account.uid != self.subject:
            raise OAuth2Error("The issuer's ID token is missing or about somebody else than its user info.")
        return arrival(login)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        claims: dict[str, Any] = super()._decode_id_token(app, id_token)
        if not constant_time_compare(str(claims.get(NONCE, "")), self.nonce):
            raise OAuth2Error("The ID token was issued for another sign-in.")
        self.subject = str(claims.get("sub", ""))
        return claims


class Issuer(OpenIDConnectProvider):
    """An OpenID Connect issuer that settings name."""

    oauth2_adapter_class = IssuerAdapter

    def get_pkce_params(self) -> dict[str, str]:
        params: dict[str, str] = super().get_pkce_params()
        return {**params, NONCE: nonce_of(params["code_verifier"])}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing of the profile is kept; the nonce of an app's own ID token is for `accounts.api.linked`."""
        return {NONCE: data[NONCE]} if NONCE in data else {}


provider_classes = [Issuer]
