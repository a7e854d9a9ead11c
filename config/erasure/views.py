"""The page on which somebody closes their account, and the one that says it is done."""

from collections.abc import Mapping
from http import HTTPStatus

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import View

from accounts.authentication import person
from accounts.errors import StepUpRequired
from config.erasure.errors import ClosingFrozenAccount, MoneyLeft, MoneyUnderWay
from config.erasure.operations import close_own_account, obstacles
from config.errors import Refused

# Where somebody does what has to be done before, and what that place is called.
PLACES: Mapping[type[Refused], tuple[str, Promise]] = {
    ClosingFrozenAccount: ("account_freeze", _("Unfreeze your account")),
    MoneyLeft: ("wallets", _("See your wallets")),
    MoneyUnderWay: ("activity", _("See your activity")),
}


@method_decorator([login_required, never_cache], name="dispatch")
class CloseAccount(View):
    """Says what goes and what stays, or what stands in the way. POST closes, after a fresh proof."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, list(obstacles(person(request))))

    def post(self, request: HttpRequest) -> HttpResponse:
        """:raises StepUpRequired: whoever only holds the signed-in device closes nothing."""
        if found := list(obstacles(person(request))):
            return self._page(request, found, status=found[0].status)
        try:
            close_own_account(user=person(request), now=timezone.now())
        except StepUpRequired:
            raise
        except Refused as refusal:  # what came up in this moment, or wants another sign-in
            return self._page(request, [refusal], status=refusal.status)
        logout(request)
        return redirect("account_closed")

    def _page(self, request: HttpRequest, found: list[Refused], *, status: int = HTTPStatus.OK) -> HttpResponse:
        context = {"obstacles": [(obstacle, PLACES.get(type(obstacle))) for obstacle in found]}
        return render(request, "accounts/close.html", context, status=status)


@require_safe
def account_closed(request: HttpRequest) -> HttpResponse:
    """Where a closed account's last request leads."""
    return render(request, "account/closed.html")
