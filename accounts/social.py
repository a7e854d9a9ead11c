"""Accounts elsewhere, by allauth: what a provider's answer comes down to, and what happens then.

allauth speaks the protocols. Who may come in, who is signed up and what is linked are ours, as for every other proof
from outside (accounts/entering.py): it never signs in to an account by an address alone.
"""

from typing import Any, NoReturn, cast

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess, Provider
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from requests import RequestException

from accounts.authentication import person
from accounts.entering import enter
from accounts.errors import ProviderDeclined, ProviderRefused
from accounts.legal import shown
from accounts.models import User
from accounts.operations import link_account
from accounts.provider import Issuer
from accounts.providers.identity import Identity
from accounts.views.refused import way_refused
from config.errors import Refused

# What their client libraries raise when an answer does not come, or is not what it should be.
FAULTS = (OAuth2Error, RequestException, ValidationError, jwt.PyJWTError, KeyError, TypeError, ValueError)


class SocialAdapter(DefaultSocialAccountAdapter):
    """Ends each of allauth's flows in ours."""

    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        """Those of the settings; there are none in the database, so it is not asked."""
        named = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in named.values() for app in apps]

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user = cast("User", sociallogin.user)
        user.name = str(data.get("name") or " ".join(filter(None, [data.get("first_name"), data.get("last_name")])))
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        """Whoever comes back from a provider: signed in, signed up, or one way in the richer."""
        identity = identity_of(sociallogin)
        try:
            if sociallogin.state.get("process") == AuthProcess.CONNECT:
                answer = self._link(request, sociallogin, identity)
            else:
                texts = shown(sociallogin.state.get("data") or {})
                answer = enter(request, identity, texts=texts, redirect_url=sociallogin.get_redirect_url(request))
        except Refused as refusal:
            answer = way_refused(request, refusal)
        raise ImmediateHttpResponse(answer)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        refusal = ProviderDeclined() if error == AuthError.CANCELLED else ProviderRefused()
        raise ImmediateHttpResponse(way_refused(request, refusal))

    def _link(self, request: HttpRequest, sociallogin: SocialLogin, identity: Identity) -> HttpResponse:
        link_account(user=person(request), identity=identity, now=timezone.now())
        messages.success(request, _("You can sign in with it from now on."))
        return redirect("ways")


def identity_of(login: SocialLogin) -> Identity:
    """Whom the provider vouches for; an address only if it says that it has proven it."""
    proven = next((each.email for each in login.email_addresses if each.verified is True), "")
    user = cast("User", login.user)
    return Identity(provider=login.account.provider, uid=login.account.uid, email=proven, name=user.name)


def provider_named(request: HttpRequest, name: str) -> Provider:
    """:raises Http404: people can't sign in with it here."""
    try:
        return SocialAdapter(request).get_provider(request, name)
    except SocialApp.DoesNotExist:
        raise Http404 from None


def issuer_named(request: HttpRequest, name: str) -> Issuer:
    """:raises Http404: it is none, or one that gives out no ID tokens."""
    provider = provider_named(request, name)
    if not isinstance(provider, Issuer):
        raise Http404
    return provider


def identity_by_token(request: HttpRequest, provider: Issuer, id_token: str) -> tuple[Identity, str]:
    """Whom an app's own ID token is about, and its nonce. Signature, issuer, audience and times are checked.

    :raises ProviderRefused: it proves nothing here.
    """
    try:
        login = provider.verify_token(request, {"id_token": id_token, "client_id": provider.app.client_id})
        return identity_of(login), str(login.account.extra_data.get("nonce", ""))
    except FAULTS as fault:
        raise ProviderRefused from fault
