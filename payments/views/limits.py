"""How much may leave: seeing, setting and not raising limits."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.errors import StepUpRequired
from accounts.views.stepup import ask_step_up
from payments.assets import ASSETS
from payments.forms import LimitForm
from payments.limits import limit_of, limits_of
from payments.models import Wallet
from payments.operations import set_limit
from payments.views.pages import INVALID, PersonView


class Limits(PersonView):
    """Every limit with what is left of it, and the assets that have none."""

    def get(self, request: HttpRequest) -> HttpResponse:
        limits = limits_of(self.person, now=self.now)
        held = Wallet.objects.owned_by(self.person).open().order_by("asset").values_list("asset", flat=True).distinct()
        without = [asset for asset in held if asset not in {limit.asset for limit in limits}]
        return self.page("limits", {"limits": limits, "without": without})


class LimitPage(PersonView):
    """One limit. POST lowers it at once, or begins to raise it once the person has shown that it is them."""

    def get(self, request: HttpRequest, asset: str) -> HttpResponse:
        limit = limit_of(self.person, _known(asset), now=self.now)
        return self._show(LimitForm(asset, caps=limit.later or limit.caps))

    def post(self, request: HttpRequest, asset: str) -> HttpResponse:
        form = LimitForm(_known(asset), request.POST)
        if not form.is_valid():
            return self._show(form, status=INVALID)
        try:
            limit = set_limit(user=self.person, asset=asset, caps=form.caps, now=self.now)
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal)
        later = limit.next_caps(self.now)
        messages.success(request, _("Saved. What is higher than before waits.") if later else _("Saved. It holds at once."))
        return redirect("limits")

    def _show(self, form: LimitForm, *, status: int = 200) -> HttpResponse:
        return self.page("limit", {"form": form, "asset": form.asset}, status=status)


class KeepLimit(PersonView):
    """Cancels a raise that waits."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, asset: str) -> HttpResponse:
        limit = limit_of(self.person, _known(asset), now=self.now)
        if limit.later:
            set_limit(user=self.person, asset=asset, caps=limit.caps, now=self.now)
            messages.success(request, _("Your limit stays as it is."))
        return redirect("limits")


def _known(asset: str) -> str:
    """:raises Http404: no such asset."""
    if asset not in ASSETS:
        raise Http404
    return asset
