"""The portal's pages about people that allauth has not, or not as we want them."""

import time
from typing import Any

from allauth.account import views as allauth_views
from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.forms import ProfileForm
from accounts.models import User
from accounts.operations import change_profile, sign_out_devices
from accounts.sessions import living_sessions


@method_decorator(never_cache, name="dispatch")
class Verify(allauth_views.ConfirmEmailVerificationCodeView):
    """Asks for the code of the mail, after signing up, signing in unproven, or changing the address."""

    template_name = "account/verify.html"

    def _resend_form_valid(self, form: Any) -> HttpResponse:  # allauth's hook
        # A new code has its own five minutes.
        self._process.state["at"] = time.time()
        return super()._resend_form_valid(form)


@method_decorator(reauthentication_required, name="dispatch")
class ChangeEmail(allauth_views.EmailView):
    """Changes the address to sign in with: the password first, a code to the new address after."""

    template_name = "account/email_change.html"
    success_url = reverse_lazy("account_email")


@method_decorator([login_required, never_cache], name="dispatch")
class Profile(View):
    """Who one is here, and the way to everything about the account."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = _person(request)
        return self._page(request, ProfileForm(initial={"name": user.name, "language": user.language, "timezone": user.timezone}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(request.POST)
        if not form.is_valid():
            return self._page(request, form)
        user = change_profile(user=_person(request), **form.cleaned_data, now=timezone.now())
        with override(user.language):
            messages.success(request, _("Saved."))
        return redirect("profile")

    def _page(self, request: HttpRequest, form: ProfileForm) -> HttpResponse:
        return render(request, "accounts/profile.html", {"form": form})


@method_decorator([login_required, never_cache], name="dispatch")
class Devices(View):
    """Where one is signed in. POST signs out everywhere else."""

    def get(self, request: HttpRequest) -> HttpResponse:
        sessions = living_sessions(_person(request), now=timezone.now())
        return render(request, "accounts/devices.html", {"sessions": sessions, "own_key": request.session.session_key})

    def post(self, request: HttpRequest) -> HttpResponseRedirect:
        user = _person(request)
        others = living_sessions(user, now=timezone.now()).exclude(session_key=request.session.session_key)
        sign_out_devices(user=user, sessions=others, now=timezone.now())
        messages.success(request, _("Every other device is signed out."))
        return redirect("usersessions_list")


@method_decorator([login_required, never_cache], name="dispatch")
class SignOutDevice(View):
    """Signs out one device, lost or forgotten."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, session_id: int) -> HttpResponseBase:
        user = _person(request)
        sessions = living_sessions(user, now=timezone.now()).filter(pk=session_id)
        if not sign_out_devices(user=user, sessions=sessions, now=timezone.now()):
            raise Http404
        messages.success(request, _("That device is signed out."))
        return redirect("usersessions_list")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 the views above are for signed-in people only
    return request.user
