"""The page on which a person says who they are by law, and sees what became of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.authentication import person
from accounts.forms.identity import IdentityForm
from accounts.identity import shown
from accounts.models import IdentityProfile
from accounts.operations import submit_identity
from config.countries import country_choices

Status = IdentityProfile.Status


@method_decorator([login_required, never_cache], name="dispatch")
class Identity(View):
    """Shows what was sent, hidden where it is personal, and the form where there is something to send."""

    def get(self, request: HttpRequest) -> HttpResponse:
        identity = self._identity(request)
        asks = identity is None or identity.kyc_status == Status.REJECTED
        changes = identity is not None and identity.kyc_status == Status.PENDING and "change" in request.GET
        return self._page(request, identity, IdentityForm(identity=identity) if asks or changes else None)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = IdentityForm(request.POST)
        if not form.is_valid():
            return self._page(request, self._identity(request), form)
        submit_identity(user=person(request), details=form.details, now=timezone.now())
        messages.success(request, _("Sent. We look at it as soon as we can."))
        return redirect("identity")

    def _identity(self, request: HttpRequest) -> IdentityProfile | None:
        return IdentityProfile.objects.filter(user=person(request)).first()

    def _page(self, request: HttpRequest, identity: IdentityProfile | None, form: IdentityForm | None) -> HttpResponse:
        context: dict[str, Any] = {"form": form, "identity": identity}
        if identity is not None:
            names = dict(country_choices(get_language() or "en"))
            context |= {"shown": shown(identity), "country": names.get(identity.country, identity.country)}
        return render(request, "accounts/identity.html", context)
