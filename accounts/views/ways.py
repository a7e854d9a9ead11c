"""The page of the ways in, and the pages that add one or take one away."""

from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts.authentication import person
from accounts.entering import count_try
from accounts.errors import StepUpRequired
from accounts.forms.linked import EthereumForm
from accounts.operations import allow_link, link_by_nonce, remove_way
from accounts.providers.identity import ETHEREUM
from accounts.social import provider_named
from accounts.views.linked import leave
from accounts.views.refused import way_refused
from accounts.views.stepup import ask_step_up
from accounts.ways import way_named, ways_of
from config.errors import Refused

SIGNED = "ethereum_signed"  # what a wallet signed, in a browser's session while its owner confirms


@method_decorator([login_required, never_cache], name="dispatch")
class Ways(View):
    """Every way in of one's account, and what could be one."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        ways = ways_of(person(request))
        return render(request, "accounts/ways.html", {"ways": ways, "kinds": {way.kind for way in ways}})


@method_decorator([login_required, never_cache], name="dispatch")
class LinkProvider(View):
    """Sends somebody to an account elsewhere that shall sign them in from now on; they come back by allauth's callback."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, provider_id: str) -> HttpResponse:
        provider_named(request, provider_id)
        try:
            allow_link(user=person(request), provider=provider_id, now=timezone.now())
            return leave(request, provider_id, AuthProcess.CONNECT, next_url=reverse("ways"))
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal, back=reverse("ways"))
        except Refused as refusal:
            return way_refused(request, refusal)


@method_decorator([login_required, never_cache, sensitive_post_parameters("signature")], name="dispatch")
class LinkEthereum(View):
    """Takes the message that a page's script had signed, as signing in does. It is signed once, also by who must confirm."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/ethereum.html", {"signed": request.session.pop(SIGNED, None)})

    def post(self, request: HttpRequest) -> HttpResponse:
        form, now = EthereumForm(request.POST), timezone.now()
        try:
            count_try(request)
            identity, nonce = form.proof(now=now)
            link_by_nonce(user=person(request), identity=identity, nonce=nonce, purpose=ETHEREUM, now=now)
        except StepUpRequired as refusal:
            request.session[SIGNED] = form.signed
            return ask_step_up(request, refusal, back=reverse("link_ethereum"))
        except Refused as refusal:
            return way_refused(request, refusal)
        messages.success(request, _("You can sign in with it from now on."))
        return redirect("ways")


@method_decorator([login_required, never_cache], name="dispatch")
class RemoveWay(View):
    """Takes a way in away."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, way_id: str) -> HttpResponse:
        user = person(request)
        try:
            remove_way(user=user, way=way_named(user, way_id), now=timezone.now())
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal, back=reverse("ways"))
        messages.success(request, _("It can't be used to sign in any more."))
        return redirect("ways")
