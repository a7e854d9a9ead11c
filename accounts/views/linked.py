"""Pages that somebody comes in by with a proof from outside."""

from typing import cast

from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET
from django.views.generic import View

from accounts.entering import count_try, enter, enter_by_passkey
from accounts.errors import PasskeyRefused, ProviderUnreachable
from accounts.forms.linked import EthereumForm
from accounts.forms.second_step import PasskeyForm
from accounts.legal import Shown, as_fields, shown
from accounts.provider import GitHubAdapter, Issuer, IssuerAdapter
from accounts.social import FAULTS, provider_named
from accounts.views.refused import way_refused
from config.errors import Refused
from config.issuers import GITHUB


@method_decorator([never_cache, sensitive_post_parameters("signature")], name="dispatch")
class SignInByEthereum(View):
    """Takes the message that a page's script had signed (static/js/pages/proof.js)."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = EthereumForm(request.POST)
        try:
            count_try(request)
            identity = form.identity(now=timezone.now())
            return enter(
                request,
                identity,
                texts=shown(form.cleaned_data),
                time_zone=form.cleaned_data["timezone"],
                redirect_url=get_next_redirect_url(request),
            )
        except Refused as refusal:
            return way_refused(request, refusal)


@method_decorator([never_cache, sensitive_post_parameters("credential")], name="dispatch")
class SignInByPasskey(View):
    """Takes what a passkey answered to a page's script (static/js/pages/proof.js)."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = PasskeyForm(request.POST)
        try:
            if not form.is_valid():
                raise PasskeyRefused
            return enter_by_passkey(request, **form.cleaned_data, redirect_url=get_next_redirect_url(request))
        except Refused as refusal:
            return way_refused(request, refusal)


@method_decorator(never_cache, name="dispatch")
class SignInWith(View):
    """Sends somebody to sign in elsewhere; they come back by allauth's callback."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            count_try(request)
            next_url, texts = get_next_redirect_url(request), shown(request.POST)
            return leave(request, provider_id, AuthProcess.LOGIN, next_url=next_url, texts=texts)
        except Refused as refusal:
            return way_refused(request, refusal)


@never_cache
@require_GET
def come_back(request: HttpRequest, provider_id: str = GITHUB) -> HttpResponseBase:
    """Where a provider sends people back to. What follows is in accounts/social.py.

    :raises Http404: people can't sign in with it here.
    """
    if not isinstance(provider_named(request, provider_id), Issuer):
        return cast("HttpResponse", OAuth2CallbackView.adapter_view(GitHubAdapter)(request))
    adapter = IssuerAdapter(request, provider_id)
    try:
        adapter.openid_config  # noqa: B018 it is read once, and here a failure has a page
    except FAULTS:
        return way_refused(request, ProviderUnreachable())
    return cast("HttpResponse", OAuth2CallbackView.adapter_view(adapter)(request))


def leave(
    request: HttpRequest, provider_id: str, process: str, *, next_url: str | None, texts: Shown | None = None
) -> HttpResponse:
    """The page on which somebody leaves for a provider. A page, because the content policy lets no form lead elsewhere.

    Whoever comes back from there for the first time agrees to `texts`, which were shown to them.

    :raises Http404: people can't sign in with it here.
    :raises ProviderUnreachable: its configuration can't be read.
    """
    provider = provider_named(request, provider_id)
    try:
        away = provider.redirect(request, process, next_url=next_url, data=as_fields(texts or {}))
    except FAULTS as fault:
        raise ProviderUnreachable from fault
    return render(request, "account/leaving.html", {"href": away["Location"], "name": provider.name})
