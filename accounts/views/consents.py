"""The texts that people agree to, and what a person has agreed to."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import View

from accounts.authentication import person
from accounts.legal import Text, text_in_force, text_named, texts_in_force
from accounts.models import Consent
from accounts.operations import grant_consents, withdraw_consent


@require_safe
def text(request: HttpRequest, kind: str, version: str = "") -> HttpResponse:
    """A text that people agree to, as it is now or as it was.

    :raises Http404: there never was one.
    """
    if version:
        found = text_named(kind, version)
        if found is None:
            raise Http404
    else:
        found = text_in_force(Consent.Kind(kind))
    return render(request, "texts/page.html", {"text": found, "operator": settings.OPERATOR})


@method_decorator([login_required, never_cache], name="dispatch")
class Consents(View):
    """Everything one has agreed to, and what one may agree to besides."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        given = list(Consent.objects.filter(user=person(request)).order_by("-granted_at", "-pk"))
        standing = {consent.kind for consent in given if consent.withdrawn_at is None}
        offers = [(each, each.kind in standing) for each in texts_in_force() if not each.is_required]
        context = {"given": [(each, _text_of(each)) for each in given], "offers": offers, "operator": settings.OPERATOR}
        return render(request, "accounts/consents.html", context)


@method_decorator([login_required, never_cache], name="dispatch")
class GrantConsent(View):
    """Agrees to one text, in the version that the page showed."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        versions = {_kind(kind): request.POST.get("version", "")}
        grant_consents(user=person(request), versions=versions, now=timezone.now())
        messages.success(request, _("Thank you. You can take it back here at any time."))
        return redirect("consents")


@method_decorator([login_required, never_cache], name="dispatch")
class WithdrawConsent(View):
    """Takes back what one agreed to."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        withdraw_consent(user=person(request), kind=_kind(kind), now=timezone.now())
        messages.success(request, _("Withdrawn."))
        return redirect("consents")


def _kind(name: str) -> Consent.Kind:
    """:raises Http404: there is no such text."""
    if name not in Consent.Kind.values:
        raise Http404
    return Consent.Kind(name)


def _text_of(consent: Consent) -> Text:
    return Text(Consent.Kind(consent.kind), consent.text_version)
