"""The portal's pages about people that allauth has not, or not as we want them."""

import time
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import View
from django.views.i18n import set_language

from accounts.authentication import person
from accounts.errors import TooManyAttempts
from accounts.forms.profile import ProfileForm
from accounts.models import IdentityProfile, User
from accounts.operations import allow_new_way, change_profile
from config.problems import refusal_response


@method_decorator(never_cache, name="dispatch")
class Verify(allauth_views.ConfirmEmailVerificationCodeView):
    """Asks for the code of the mail, after signing up, signing in unproven, or changing the address."""

    template_name = "account/verify.html"

    def _resend_form_valid(self, form: Any) -> HttpResponse:  # allauth's hook
        # A new code has its own five minutes.
        self._process.state["at"] = time.time()
        page: HttpResponse = super()._resend_form_valid(form)
        return page


@method_decorator([login_required, reauthentication_required], name="dispatch")
class ChangeEmail(allauth_views.EmailView):
    """Changes the address to sign in with: the password first, a code to the new address after."""

    template_name = "account/email_change.html"
    success_url = reverse_lazy("account_email")

    def form_valid(self, form: Any) -> HttpResponse:  # allauth's form
        email = form.cleaned_data["email"]
        words = _("Sign in with the address %(address)s from now on") % {"address": email}
        allow_new_way(user=person(self.request), way=email, words=words, now=timezone.now())
        page: HttpResponse = super().form_valid(form)
        return page


@method_decorator(login_required, name="dispatch")
class SetPassword(allauth_views.PasswordSetView):
    """Sets a password where there is none. Whoever only holds the signed-in device may not."""

    def form_valid(self, form: Any) -> HttpResponse:  # allauth's form
        allow_new_way(user=person(self.request), way="password", words=_("Set a password"), now=timezone.now())
        page: HttpResponse = super().form_valid(form)
        return page


@method_decorator([login_required, never_cache], name="dispatch")
class Profile(View):
    """Who one is here, and the way to everything about the account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = person(request)
        return self._page(
            request, ProfileForm(initial={"name": user.name, "language": user.language, "timezone": user.timezone})
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        user = change_profile(user=person(request), **form.cleaned_data, now=timezone.now())
        with override(user.language):
            messages.success(request, _("Saved."))
        return redirect("profile")

    def _page(self, request: HttpRequest, form: ProfileForm) -> HttpResponse:
        identity = IdentityProfile.objects.filter(user=person(request)).only("kyc_status").first()
        return render(request, "accounts/profile.html", {"form": form, "identity": identity})


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """The language switch of every page; a signed-in person keeps the choice in their profile."""
    chosen = next((each for each in User.Language.values if each.lower() == request.POST.get("language")), None)
    if chosen and isinstance(request.user, User):
        user = request.user
        change_profile(user=user, name=user.name, language=chosen, timezone=user.timezone, now=timezone.now())
    return set_language(request)


def too_many_attempts(request: HttpRequest) -> HttpResponse:
    """The page for somebody whom a rate limit stopped."""
    return refusal_response(request, TooManyAttempts())
