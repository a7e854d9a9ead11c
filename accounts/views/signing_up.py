"""The last step of signing up with a passkey."""

from http import HTTPStatus
from typing import cast

from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginStage
from allauth.mfa.webauthn.stages import PasskeySignupStage
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts.enrolling import enroll_first
from accounts.forms.second_step import PasskeyForm
from accounts.models import User
from accounts.passkeys import begin_adding
from config.errors import Refused
from config.problems import refused_on_form

OPEN = gettext_lazy("Your account is open. Recovery codes for the day you lose this device are under You, Security.")


@method_decorator(
    [
        login_stage_required(stage=PasskeySignupStage.key, redirect_urlname="account_signup_by_passkey"),
        never_cache,
        sensitive_post_parameters("credential"),
    ],
    name="dispatch",
)
class FirstPasskey(View):
    """Makes the passkey of an account whose address was just proven, and signs in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, PasskeyForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PasskeyForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            enroll_first(request, self.user, **form.cleaned_data, now=timezone.now())
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._page(request, form, status=refusal.status)
        messages.success(request, OPEN)
        return cast("HttpResponse", self.stage.exit())

    @property
    def stage(self) -> LoginStage:
        """Where the sign-up stands; the decorator has found it."""
        return cast("LoginStage", self.request._login_stage)  # type: ignore[attr-defined]  # noqa: SLF001 allauth's

    @property
    def user(self) -> User:
        """Whose account it will be."""
        return cast("User", self.stage.login.user)

    def _page(self, request: HttpRequest, form: PasskeyForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        context = {"form": form, "challenge": begin_adding(self.user), "email": self.user.email}
        return render(request, "account/first_passkey.html", context, status=status)
