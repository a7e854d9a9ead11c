"""The second step of signing in, and the same proof asked for again: what allauth asks of who has a second factor."""

from http import HTTPStatus
from typing import Any, cast

from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginStage
from allauth.account.views import BaseReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts import passkeys, proofs
from accounts.authentication import person
from accounts.factors import factors_of
from accounts.forms.second_step import CodeForm, PasskeyForm
from accounts.models import StepUpMethod, User
from accounts.passkeys import Purpose
from config.errors import Refused
from config.problems import refused_on_form

type FactorForm = CodeForm | PasskeyForm


@method_decorator(
    [
        login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login"),
        never_cache,
        sensitive_post_parameters("code", "credential"),
    ],
    name="dispatch",
)
class SecondStep(View):
    """Asks for a code or a passkey; whichever is given, the sign-in goes on where it stood."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not factors_of(self.user).methods:  # taken away in another browser meanwhile: the sign-in is shorter now
            return redirect("account_login")
        return self._page(request, form_of(request, self.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = form_of(request, self.user)
        if not form.is_valid():
            return self._page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            factor = prove(request, self.user, form, Purpose.SECOND_STEP)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._page(request, form, status=refusal.status)
        proofs.note_proof(request, factor)
        return cast("HttpResponse", self.stage.exit())

    @property
    def stage(self) -> LoginStage:
        """Where the sign-in stands; the decorator has found it."""
        return cast("LoginStage", self.request._login_stage)  # type: ignore[attr-defined]  # noqa: SLF001 allauth's

    @property
    def user(self) -> User:
        """Who is about to come in."""
        return cast("User", self.stage.login.user)

    def _page(self, request: HttpRequest, form: FactorForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        return render(request, "account/second_step.html", context_of(self.user, form, Purpose.SECOND_STEP), status=status)


@method_decorator([login_required, never_cache, sensitive_post_parameters("code", "credential")], name="dispatch")
class ProveByFactor(BaseReauthenticateView):
    """Asks who is signed in for a code or a passkey, before allauth changes the account."""

    template_name = "account/reauthenticate_factor.html"

    def get_form(self, form_class: type[forms.Form] | None = None) -> FactorForm:
        return form_of(self.request, person(self.request))

    def form_valid(self, form: FactorForm) -> HttpResponse:
        try:
            factor = prove(self.request, person(self.request), form, Purpose.CONFIRM)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=refusal.status)
        proofs.note_proof(self.request, factor, again=True)
        return cast("HttpResponse", super().form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, **context_of(person(self.request), context["form"], Purpose.CONFIRM)}


def form_of(request: HttpRequest, user: User) -> FactorForm:
    """The form that was sent, or the one to begin with."""
    if request.method == "POST" and "code" not in request.POST:
        return PasskeyForm(request.POST)
    return CodeForm(factors_of(user).methods, request.POST or None)


def prove(request: HttpRequest, user: User, form: FactorForm, purpose: Purpose) -> Authenticator:
    """The factor that a valid form proves.

    :raises WrongCode, PasskeyRefused, TooManyAttempts:
    """
    now = timezone.now()
    if isinstance(form, CodeForm):
        return proofs.prove_by_code(request, user=user, code=form.cleaned_data["code"], now=now)
    return proofs.prove_by_passkey(request, user=user, purpose=purpose, **form.cleaned_data, now=now)


def context_of(user: User, form: FactorForm, purpose: Purpose) -> dict[str, Any]:
    """What account/factor_forms.html shows: a form for codes, the challenge of a passkey, and why one was refused."""
    methods = factors_of(user).methods
    return {
        "form": form if isinstance(form, CodeForm) else CodeForm(methods),
        "types_codes": any(method != StepUpMethod.PASSKEY for method in methods),
        "passkey": passkeys.begin_proof(purpose, user) if StepUpMethod.PASSKEY in methods else None,
        "refused": form.errors if isinstance(form, PasskeyForm) else None,
    }
