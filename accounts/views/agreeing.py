"""The page that asks for agreement to the texts in force, and the way to it and on."""

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.authentication import person
from accounts.legal import due, edition, has_agreed, shown
from accounts.operations import grant_consents

LATER = "agreement_later"  # in a browser's session: the edition that its person does not want to decide about now
# The question itself, what it is about, and the ways out of it.
NEVER_ASKED_AT = frozenset({
    "agree", "terms", "privacy", "text", "consents", "withdraw_consent", "set_language", "account_logout",
})  # fmt: skip


def may_ask(request: HttpRequest) -> bool:
    """Whether this request is for a page of its own at which its person can be asked, and was not yet."""
    match, accepted = request.resolver_match, request.headers.get("Accept", "text/html")
    return (
        request.method == "GET"
        and "text/html" in accepted  # no image, and no part of a page
        and "HX-Request" not in request.headers
        and match is not None
        and match.view_name not in NEVER_ASKED_AT
        and request.session.get(LATER) != edition()
    )


def ask_agreement(request: HttpRequest, *, needed: bool = False) -> HttpResponse:
    """Lead to the page that asks, and from there on to the page at hand. `needed`: nothing was done there without."""
    query = {"next": request.get_full_path(), **({"needed": "1"} if needed else {})}
    return redirect(reverse("agree", query=query))


@method_decorator([login_required, never_cache], name="dispatch")
class Agree(View):
    """Shows what is new, and takes a yes or a not now."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = person(request)
        if has_agreed(user):
            return redirect(self._next)
        context = {
            "texts": due(user),
            "is_new": not user.agreed_edition,
            "needed": "needed" in request.GET,
            "next": get_next_redirect_url(request) or "",
            "operator": settings.OPERATOR,
        }
        return render(request, "account/agree.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        user = person(request)
        if request.POST.get("action") == "later":
            request.session[LATER] = edition()
            return redirect(settings.LOGIN_REDIRECT_URL if "needed" in request.GET else self._next)
        grant_consents(user=user, versions=shown(request.POST), now=timezone.now())
        if not has_agreed(user):
            messages.info(request, _("There is a newer version by now. Read it, then agree."))
            return redirect(request.get_full_path())
        return redirect(self._next)

    @property
    def _next(self) -> str:
        """Where they were going, unless that is elsewhere."""
        return get_next_redirect_url(self.request) or settings.LOGIN_REDIRECT_URL
