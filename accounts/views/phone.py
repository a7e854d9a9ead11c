"""Pages for the phone: signing in with a code by SMS, and making a number a way in."""

import uuid
from http import HTTPStatus
from typing import TypedDict, cast

from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.authentication import person
from accounts.codes import Use, send_code, spend_code
from accounts.entering import enter_by_phone, note_wrong_code
from accounts.errors import StepUpRequired
from accounts.forms.phone import CodeForm, NumberForm, SignInByPhoneForm
from accounts.legal import as_fields, shown
from accounts.operations import allow_phone, remove_phone, set_phone
from accounts.phones import spaced
from accounts.views.refused import way_refused
from accounts.views.stepup import ask_step_up
from config.errors import Refused
from config.problems import refused_on_form

SIGN_IN, CHANGE = "phone_sign_in", "phone_change"  # where a browser's session keeps what was asked for


class Asked(TypedDict):
    """A code that was sent, as the browser's session keeps it; `code` is its id."""

    code: str
    phone: str
    timezone: str
    next: str
    texts: dict[str, str]


class CodePage(View):
    """Asks for a code that was sent. What it is for, and what comes after it, is said by each of its kinds."""

    key: str  # in the session
    use: Use
    begin: str  # the page where it begins
    template: str

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = self.asked(request)
        return self.page(request, asked, CodeForm()) if asked else redirect(self.begin)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        asked, form = self.asked(request), CodeForm(request.POST)
        if asked is None:
            return redirect(self.begin)
        if request.POST.get("action") == "resend":
            return self.resend(request, asked)
        if not form.is_valid():
            return self.page(request, asked, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            self.spend(request, asked, form.cleaned_data["code"])
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page(request, asked, form, status=refusal.status)
        del request.session[self.key]
        return self.proven(request, asked)

    def resend(self, request: HttpRequest, asked: Asked) -> HttpResponse:
        """A new code in the place of the one before."""
        try:
            code_id = send_code(request, phone=asked["phone"], use=self.use, subject=self.subject(request), now=timezone.now())
        except Refused as refusal:
            form = CodeForm({})
            form.errors.clear()
            refused_on_form(form, refusal)
            return self.page(request, asked, form, status=refusal.status)
        request.session[self.key] = {**asked, "code": str(code_id)}
        messages.success(request, _("We sent a new code."))
        return redirect(request.path)

    def spend(self, request: HttpRequest, asked: Asked, typed: str) -> None:
        """:raises WrongTextCode, CodeOver, TooManyAttempts:"""
        spend_code(
            request, code_id=uuid.UUID(asked["code"]), phone=asked["phone"], use=self.use, subject=self.subject(request),
            typed=typed, now=timezone.now(),
        )  # fmt: skip

    def subject(self, request: HttpRequest) -> str:
        """Whom the code is for, where that is known."""
        return str(request.user.pk) if request.user.is_authenticated else ""

    def proven(self, request: HttpRequest, asked: Asked) -> HttpResponseBase:
        """What comes after the right code."""
        raise NotImplementedError

    def asked(self, request: HttpRequest) -> Asked | None:
        """What this browser asked for; None if nothing."""
        return cast("Asked | None", request.session.get(self.key))

    def page(self, request: HttpRequest, asked: Asked, form: CodeForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        context = {"form": form, "number": spaced(asked["phone"]), "begin": self.begin}
        return render(request, self.template, context, status=status)


@method_decorator(never_cache, name="dispatch")
class SignInByPhone(View):
    """Takes a number and sends a code there, whether it has an account or not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(settings.LOGIN_REDIRECT_URL)
        return self.page(request, SignInByPhoneForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = SignInByPhoneForm(request.POST)
        if not form.is_valid():
            return self.page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        phone = form.cleaned_data["phone"]
        try:
            code_id = send_code(request, phone=phone, use=Use.SIGN_IN, now=timezone.now())
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page(request, form, status=refusal.status)
        request.session[SIGN_IN] = Asked(
            code=str(code_id),
            phone=phone,
            timezone=form.cleaned_data["timezone"],
            next=get_next_redirect_url(request) or "",
            texts=as_fields(shown(request.POST)),
        )
        return redirect("phone_code")

    def page(self, request: HttpRequest, form: SignInByPhoneForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        context = {"form": form, "next": get_next_redirect_url(request) or ""}
        return render(request, "account/phone.html", context, status=status)


@method_decorator(never_cache, name="dispatch")
class PhoneCode(CodePage):
    """Signs in with the code."""

    key, use, begin, template = SIGN_IN, Use.SIGN_IN, "sign_in_by_phone", "account/phone_code.html"

    def subject(self, request: HttpRequest) -> str:
        return ""

    def spend(self, request: HttpRequest, asked: Asked, typed: str) -> None:
        with note_wrong_code(request, asked["phone"]):
            super().spend(request, asked, typed)

    def proven(self, request: HttpRequest, asked: Asked) -> HttpResponseBase:
        try:
            return enter_by_phone(
                request,
                asked["phone"],
                texts=shown(asked["texts"]),
                time_zone=asked["timezone"],
                redirect_url=asked["next"] or None,
            )
        except Refused as refusal:
            return way_refused(request, refusal)


@method_decorator([login_required, never_cache], name="dispatch")
class Phone(View):
    """The phone that one signs in with: adding one, changing it. A code to the new number is what makes it one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, NumberForm(initial={"phone": request.session.get(CHANGE, {}).get("phone", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        user, form, now = person(request), NumberForm(request.POST), timezone.now()
        if not form.is_valid():
            return self.page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        phone = form.cleaned_data["phone"]
        request.session[CHANGE] = {"phone": phone}  # typed once, also by somebody who has to confirm it first
        try:
            allow_phone(user=user, phone=phone, now=now)
            code_id = send_code(request, phone=phone, use=Use.SET_PHONE, subject=str(user.pk), now=now)
        except StepUpRequired:
            raise
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page(request, form, status=refusal.status)
        request.session[CHANGE] = Asked(code=str(code_id), phone=phone, timezone="", next="", texts={})
        return redirect("change_phone_code")

    def page(self, request: HttpRequest, form: NumberForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        user = person(request)
        number = spaced(user.phone) if user.phone and user.phone_verified_at else ""
        return render(request, "accounts/phone.html", {"form": form, "number": number}, status=status)


@method_decorator([login_required, never_cache], name="dispatch")
class ChangePhoneCode(CodePage):
    """Makes the number a way in with its code."""

    key, use, begin, template = CHANGE, Use.SET_PHONE, "phone", "accounts/phone_code.html"

    def asked(self, request: HttpRequest) -> Asked | None:
        asked = super().asked(request)
        return asked if asked and "code" in asked else None  # else it waits for its confirmation

    def proven(self, request: HttpRequest, asked: Asked) -> HttpResponseBase:
        set_phone(user=person(request), phone=asked["phone"], now=timezone.now())
        messages.success(request, _("You can sign in with this phone now."))
        return redirect("phone")


@method_decorator([login_required, never_cache], name="dispatch")
class RemovePhone(View):
    """Takes the phone away as a way in."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            remove_phone(user=person(request), now=timezone.now())
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal, back=reverse("phone"))
        messages.success(request, _("Your phone can't be used to sign in any more."))
        return redirect("phone")
