"""Pages about what guards an account: passkeys, the authenticator app, recovery codes.

What opens the account is shown, made or taken away only after a fresh proof, tied to that (R23).
"""

import time
from http import HTTPStatus
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import View

from accounts import passkeys
from accounts.authentication import person
from accounts.enrolling import enroll, take_away, this_device
from accounts.errors import StepUpRequired
from accounts.factors import factors_of, new_totp_secret, totp_address, unused_codes
from accounts.forms.second_step import NewPasskeyForm, PasskeyNameForm, RemoveFactorForm, TotpForm
from accounts.models import StepUpAct, User
from accounts.operations import activate_totp, allow_factor, rename_passkey, renew_recovery_codes
from accounts.stepup import demand_step_up
from accounts.views.stepup import ask_step_up
from config.errors import Refused
from config.problems import refused_on_form
from config.qr import inline_svg

PROVEN_KEY = "may_add_factor"  # of the session: what was proven for, until when, and the secret that is being set up
PROVEN_S = 600


class SecurityView(View):
    """What these pages have in common."""

    @property
    def user(self) -> User:
        """Whose account it is."""
        return person(self.request)

    def page(self, name: str, context: dict[str, Any], *, status: int = HTTPStatus.OK) -> HttpResponse:
        return render(self.request, f"accounts/{name}.html", context, status=status)

    def demand(self, act: StepUpAct, **subject: Any) -> None:
        """:raises StepUpRequired: unless it was confirmed a moment ago."""
        demand_step_up(user=self.user, act=act, subject=subject, now=timezone.now())


private = method_decorator(
    [login_required, never_cache, sensitive_post_parameters("code", "password", "credential")], name="dispatch"
)


@private
class Security(SecurityView):
    """Everything that guards the account, with its state."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("security", {"factors": factors_of(self.user)})


class Adding(SecurityView):
    """A page that adds a factor. The way in asks for the proof, and the page is good for ten minutes after it."""

    what: Authenticator.Type

    def get(self, request: HttpRequest) -> HttpResponse:
        if not self.proven:
            try:
                allow_factor(user=self.user, kind=self.what, now=timezone.now())
            except StepUpRequired as refusal:
                return ask_step_up(request, refusal)
            request.session[PROVEN_KEY] = {"what": self.what, "until": time.time() + PROVEN_S, "secret": new_totp_secret()}
        return self.show()

    @property
    def proven(self) -> dict[str, Any] | None:
        """What the session remembers of the proof, while it is good."""
        kept = self.request.session.get(PROVEN_KEY)
        return kept if kept and kept["what"] == self.what and kept["until"] > time.time() else None

    def show(self, form: Any = None, *, status: int = HTTPStatus.OK) -> HttpResponse:
        raise NotImplementedError


@private
class AddTotp(Adding):
    """Sets up an authenticator app: a QR code, the same secret to type, and one code to show that it works."""

    what = Authenticator.Type.TOTP

    def post(self, request: HttpRequest) -> HttpResponse:
        kept, form = self.proven, TotpForm(request.POST)
        if kept is None:
            return redirect("add_totp")
        if not form.is_valid():
            return self.show(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            activate_totp(user=self.user, secret=kept["secret"], code=form.cleaned_data["code"], now=timezone.now())
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.show(form, status=refusal.status)
        del request.session[PROVEN_KEY]
        messages.success(request, _("Two-step verification is on."))
        return redirect("recovery_codes")

    def show(self, form: Any = None, *, status: int = HTTPStatus.OK) -> HttpResponse:
        kept = self.proven or {}
        secret = kept["secret"]
        context = {"form": form or TotpForm(), "secret": secret, "qr": inline_svg(totp_address(self.user, secret))}
        return self.page("add_totp", context, status=status)


@private
class AddPasskey(Adding):
    """Makes a passkey on this device."""

    what = Authenticator.Type.WEBAUTHN

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewPasskeyForm(request.POST)
        if self.proven is None:
            return redirect("add_passkey")
        if not form.is_valid():
            return self.show(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            enroll(request, self.user, **form.cleaned_data, now=timezone.now())
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.show(form, status=refusal.status)
        del request.session[PROVEN_KEY]
        messages.success(request, _("You can sign in with this passkey from now on."))
        return redirect("security")

    def show(self, form: Any = None, *, status: int = HTTPStatus.OK) -> HttpResponse:
        shown = form or NewPasskeyForm(initial={"name": this_device()})
        return self.page("add_passkey", {"form": shown, "challenge": passkeys.begin_adding(self.user)}, status=status)


@private
class RenamePasskey(SecurityView):
    """Calls a passkey what its owner knows it by."""

    def get(self, request: HttpRequest, factor_id: int) -> HttpResponse:
        passkey = own_factor(self.user, factor_id, Authenticator.Type.WEBAUTHN)
        return self.page("rename_passkey", {"form": PasskeyNameForm(initial={"name": passkey.data["name"]})})

    def post(self, request: HttpRequest, factor_id: int) -> HttpResponse:
        passkey, form = own_factor(self.user, factor_id, Authenticator.Type.WEBAUTHN), PasskeyNameForm(request.POST)
        if not form.is_valid():
            return self.page("rename_passkey", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        rename_passkey(passkey=passkey, name=form.cleaned_data["name"], now=timezone.now())
        return redirect("security")


@private
class RemoveFactor(SecurityView):
    """Takes a passkey or the authenticator app away, and says what becomes of the account."""

    def get(self, request: HttpRequest, factor_id: int) -> HttpResponse:
        return self._page(own_factor(self.user, factor_id))

    def post(self, request: HttpRequest, factor_id: int) -> HttpResponse:
        factor = own_factor(self.user, factor_id)
        form, now = RemoveFactorForm(request.POST, with_password=self._hangs_on_password(factor)), timezone.now()
        if not form.is_valid():
            return self._page(factor, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            take_away(request, factor, password=form.cleaned_data.get("password", ""), now=now)
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._page(factor, form, status=refusal.status)
        messages.success(request, _("Removed."))
        return redirect("security")

    def _hangs_on_password(self, factor: Authenticator) -> bool:
        kept = factors_of(self.user)
        strong = [*kept.passkeys, *([kept.totp] if kept.totp else [])]
        return len(strong) == 1 and strong[0].pk == factor.pk and self.user.has_usable_password()

    def _page(
        self, factor: Authenticator, form: RemoveFactorForm | None = None, *, status: int = HTTPStatus.OK
    ) -> HttpResponse:
        hangs = self._hangs_on_password(factor)
        shown = form or RemoveFactorForm(with_password=hangs)
        return self.page("remove_factor", {"form": shown, "factor": factor, "is_last": hangs}, status=status)


@private
class RecoveryCodes(SecurityView):
    """The codes that still work, shown once for each fresh proof. POST makes new ones."""

    def get(self, request: HttpRequest) -> HttpResponse:
        row = self._row()
        try:
            self.demand(StepUpAct.SHOW_RECOVERY_CODES)
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal)
        return self.page("recovery_codes", {"codes": unused_codes(row)})

    def post(self, request: HttpRequest) -> HttpResponse:
        self._row()
        try:
            self.demand(StepUpAct.SHOW_RECOVERY_CODES, renew=True)
            row = renew_recovery_codes(user=self.user, now=timezone.now())
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal, back=reverse("security"))
        return self.page("recovery_codes", {"codes": unused_codes(row), "renewed": True})

    def _row(self) -> Authenticator:
        """:raises Http404: they have none."""
        row = factors_of(self.user).recovery_codes
        if row is None:
            raise Http404
        return row


def own_factor(user: User, factor_id: int, *types: Authenticator.Type) -> Authenticator:
    """:raises Http404: it is none of theirs, or of another kind."""
    kinds = types or (Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP)
    found = Authenticator.objects.filter(user=user, pk=factor_id, type__in=kinds).first()
    if found is None:
        raise Http404
    return found
