"""The page that confirms an act, and the way to it and back."""

import uuid
from http import HTTPStatus
from typing import TypedDict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.authentication import person
from accounts.errors import StepUpOver, StepUpRequired, TooManyAttempts
from accounts.forms.stepup import ProofForm, SignedProofForm
from accounts.models import StepUpMethod
from accounts.operations import confirm_step_up
from accounts.phones import hidden
from accounts.proofs import answer, ask_passkey, send_proof
from accounts.sessions import renew_key
from accounts.stepup import Challenge, methods_of, open_challenge
from config.errors import Refused
from config.problems import refused_on_form

SESSION_KEY = "step_ups"
KEPT = 4  # of each session; an older one is forgotten and asked for again
ONCE_MORE = gettext_lazy("Confirmed. Nothing was done yet: press the button once more.")


class Asked(TypedDict):
    """A challenge as the browser's session keeps it; `back` is the page whose act it is for."""

    id: str
    challenge: str
    back: str
    by_button: bool


def ask_step_up(request: HttpRequest, refusal: StepUpRequired, *, back: str = "") -> HttpResponse:
    """Lead to the page that confirms what was refused, and from there to `back`: the page at hand, if left out."""
    asked = Asked(
        id=str(uuid.uuid4()),
        challenge=refusal.extra["challenge"],
        back=back or request.get_full_path(),
        by_button=request.method == "POST",
    )
    request.session[SESSION_KEY] = [*request.session.get(SESSION_KEY, []), asked][-KEPT:]
    return redirect("step_up", asked_id=asked["id"])


@method_decorator([login_required, never_cache], name="dispatch")
class Confirm(View):
    """Says what is about to be done, and asks for a proof that it is still this person: typed, or a passkey's."""

    def get(self, request: HttpRequest, asked_id: uuid.UUID) -> HttpResponse:
        return self._page(request, self._asked(request, asked_id), ProofForm(methods_of(person(request))))

    def post(self, request: HttpRequest, asked_id: uuid.UUID) -> HttpResponse:
        user, asked, now = person(request), self._asked(request, asked_id), timezone.now()
        challenge, session = open_challenge(asked["challenge"], user=user, now=now)
        if request.POST.get("action") == "send":
            return self._send(request, asked, challenge)
        form = SignedProofForm(request.POST) if "credential" in request.POST else ProofForm(methods_of(user), request.POST)
        if not form.fields or not form.is_valid():
            return self._page(request, asked, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            answer(request, user, challenge=challenge, method=form.method, given=form.given, now=now)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._page(request, asked, form, status=refusal.status)
        confirm_step_up(challenge=challenge, user=user, session=session, method=form.method, now=now)
        renew_key(request)
        if asked["by_button"]:
            messages.success(request, ONCE_MORE)
        return redirect(asked["back"])

    def _send(self, request: HttpRequest, asked: Asked, challenge: Challenge) -> HttpResponse:
        """Send the code that somebody without a password confirms with."""
        try:
            send_proof(request, person(request), challenge=challenge, now=timezone.now())
        except TooManyAttempts as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("We sent the code."))
        return redirect("step_up", asked_id=asked["id"])

    def _asked(self, request: HttpRequest, asked_id: uuid.UUID) -> Asked:
        """:raises StepUpOver: this browser was not asked, or has forgotten."""
        kept: list[Asked] = request.session.get(SESSION_KEY, [])
        for asked in kept:
            if asked["id"] == str(asked_id):
                return asked
        raise StepUpOver

    def _page(
        self, request: HttpRequest, asked: Asked, form: ProofForm | SignedProofForm, *, status: int = HTTPStatus.OK
    ) -> HttpResponse:
        user, methods = person(request), methods_of(person(request))
        challenge, _session = open_challenge(asked["challenge"], user=user, now=timezone.now())
        context = {
            "form": form if isinstance(form, ProofForm) else ProofForm(methods),
            "passkey": ask_passkey(user, challenge) if StepUpMethod.PASSKEY in methods else None,
            "number": hidden(user.phone or "") if StepUpMethod.SMS in methods else "",
            "refused": form.errors if isinstance(form, SignedProofForm) else None,
            "words": challenge.words,
            "cancel": asked["back"] if asked["by_button"] else "",
            "title": _("Is it you?"),
        }
        return render(request, "account/step_up.html", context, status=status)
