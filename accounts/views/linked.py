"""Pages that somebody comes in by with a proof from outside."""

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts.entering import count_try, enter
from accounts.forms.linked import EthereumForm
from config.errors import Refused
from config.problems import problem


@method_decorator([never_cache, sensitive_post_parameters("signature")], name="dispatch")
class SignInByEthereum(View):
    """Takes the message that a page's script had signed (static/js/ethereum.js)."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        form = EthereumForm(request.POST)
        try:
            count_try(request)
            identity = form.identity(now=timezone.now())
            return enter(
                request, identity, time_zone=form.cleaned_data["timezone"], redirect_url=get_next_redirect_url(request)
            )
        except Refused as refusal:
            return way_refused(request, refusal)


def way_refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The page for somebody whose proof did not let them in: what happened, and the way back."""
    return render(request, "account/way_refused.html", {"problem": problem(request, refusal)}, status=refusal.status)
