"""The second step of signing in, and the same proof asked for again: what allauth asks of who has a second factor."""

from http import HTTPStatus
from typing import Any, cast

from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginStage
from allauth.account.views import BaseReauthenticateView
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
from accounts.factors import Factor, factors_of
from accounts.forms.second_step import CodeForm, PasskeyForm
from accounts.models import User
from accounts.passkeys import Purpose
from config.errors import Refused
from config.problems import refused_on_form


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
        methods = factors_of(self.user).methods
        if not methods:  # taken away in another browser meanwhile: the sign-in begins again, and is shorter
            return redirect("account_login")
        return self._page(request, CodeForm(methods))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = CodeForm(factors_of(self.user).methods, request.POST) if "code" in request.POST else PasskeyForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            if isinstance(form, CodeForm):
                code = form.cleaned_data["code"]
                factor = proofs.prove_by_code(request, user=self.user, code=code, now=timezone.now())
            else:
                factor = proofs.prove_by_passkey(
                    request, user=self.user, purpose=Purpose.SECOND_STEP, **form.cleaned_data, now=timezone.now()
                )
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

    def _page(self, request: HttpRequest, form: CodeForm | PasskeyForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        methods = factors_of(self.user).methods
        passkey = passkeys.begin_proof(Purpose.SECOND_STEP, self.user) if Factor.PASSKEY in methods else None
        types_codes = any(method is not Factor.PASSKEY for method in methods)
        context = {
            "form": form if isinstance(form, CodeForm) else CodeForm(methods),
            "types_codes": types_codes,
            "passkey": passkey,
            "refused": form.errors if isinstance(form, PasskeyForm) else None,
        }
        return render(request, "account/second_step.html", context, status=status)


@method_decorator([login_required, never_cache, sensitive_post_parameters("code", "credential")], name="dispatch")
class ProveByFactor(BaseReauthenticateView):
    """Asks who is signed in for a code or a passkey, before allauth changes the account."""

    template_name = "account/reauthenticate_factor.html"

    def get_form(self, form_class: type[forms.Form] | None = None) -> CodeForm | PasskeyForm:
        methods = factors_of(person(self.request)).methods
        if self.request.method != "POST":
            return CodeForm(methods)
        return CodeForm(methods, self.request.POST) if "code" in self.request.POST else PasskeyForm(self.request.POST)

    def form_valid(self, form: CodeForm | PasskeyForm) -> HttpResponse:
        request, user, now = self.request, person(self.request), timezone.now()
        try:
            if isinstance(form, CodeForm):
                factor = proofs.prove_by_code(request, user=user, code=form.cleaned_data["code"], now=now)
            else:
                factor = proofs.prove_by_passkey(request, user=user, purpose=Purpose.CONFIRM, **form.cleaned_data, now=now)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.render_to_response(self.get_context_data(form=form), status=refusal.status)
        proofs.note_proof(request, factor, again=True)
        return cast("HttpResponse", super().form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user, form = person(self.request), context["form"]
        methods = factors_of(user).methods
        return {
            **context,
            "form": form if isinstance(form, CodeForm) else CodeForm(methods),
            "types_codes": any(method is not Factor.PASSKEY for method in methods),
            "passkey": passkeys.begin_proof(Purpose.CONFIRM, user) if Factor.PASSKEY in methods else None,
            "refused": form.errors if isinstance(form, PasskeyForm) else None,
        }
