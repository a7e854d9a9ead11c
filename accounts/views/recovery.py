"""Pages for the backup phone: setting it, claiming an account with it, and stopping a claim."""

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts import notices
from accounts.authentication import person
from accounts.codes import Use, send_code
from accounts.entering import enter_recovered
from accounts.errors import NothingToRecover, StepUpRequired
from accounts.forms.phone import NumberForm
from accounts.models import RecoveryContact
from accounts.operations import (
    allow_backup_phone,
    claim_account,
    remove_backup_phone,
    set_backup_phone,
    stop_claim,
    take_over_account,
)
from accounts.operations.recovery import OPEN_FOR
from accounts.phones import spaced
from accounts.views.phone import Asked, CodePage
from accounts.views.stepup import ask_step_up
from config.errors import Refused
from config.problems import refused_on_form

RECOVER, BACKUP = "recover", "backup_phone"  # where a browser's session keeps what was asked for


@method_decorator(never_cache, name="dispatch")
class Recover(View):
    """Takes the number of a backup phone and sends a code there, whether it is one or not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, NumberForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NumberForm(request.POST)
        if not form.is_valid():
            return self.page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        phone = form.cleaned_data["phone"]
        try:
            code_id = send_code(request, phone=phone, use=Use.RECOVER, now=timezone.now())
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page(request, form, status=refusal.status)
        request.session[RECOVER] = Asked(code=str(code_id), phone=phone, timezone="", next="", texts={})
        return redirect("recover_code")

    def page(self, request: HttpRequest, form: NumberForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        return render(request, "account/recover.html", {"form": form}, status=status)


@method_decorator(never_cache, name="dispatch")
class RecoverCode(CodePage):
    """Claims the account, or takes it over when the claim has waited. Of any other number it says the same."""

    key, use, begin, template = RECOVER, Use.RECOVER, "recover", "account/recover_code.html"

    def subject(self, request: HttpRequest) -> str:
        return ""

    def proven(self, request: HttpRequest, asked: Asked) -> HttpResponseBase:
        now = timezone.now()
        try:
            user = take_over_account(phone=asked["phone"], now=now)
        except NothingToRecover:
            claim_account(phone=asked["phone"], now=now)
            days = {
                "silent_days": settings.RECOVERY_SILENT_DAYS,
                "wait_days": settings.RECOVERY_WAIT_DAYS,
                "open_days": OPEN_FOR.days,
            }
            return render(request, "account/recover_claimed.html", days)
        answer = enter_recovered(request, user, asked["phone"], redirect_url=reverse("ways"))
        messages.success(request, _("The account is open to you. Add a way to sign in that you won't lose."))
        return answer


@method_decorator(never_cache, name="dispatch")
class Stop(View):
    """Stops a claim by the link of its notice. Reading it stops nothing: programs that look into mails read it too."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self.page(request, token)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        contact = self.claimed(token)
        if contact:
            stop_claim(contact=contact, now=timezone.now())
        return self.page(request, token)

    def page(self, request: HttpRequest, token: str) -> HttpResponse:
        contact = self.claimed(token)
        state = {"waits": contact and not contact.activated_at, "too_late": contact and contact.activated_at}
        return render(request, "account/recover_stop.html", state)

    def claimed(self, token: str) -> RecoveryContact | None:
        """The contact while it has the claim that the link was about.

        :raises Http404: it is no link of ours.
        """
        try:
            key, requested_at = signing.loads(token, salt=notices.STOP)
        except signing.BadSignature:
            raise Http404 from None
        return RecoveryContact.objects.filter(pk=key, requested_at=requested_at).first()


@method_decorator([login_required, never_cache], name="dispatch")
class BackupPhone(View):
    """The phone that may claim this account one day: setting it, changing it. A code to it is what makes it one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, NumberForm(initial={"phone": request.session.get(BACKUP, {}).get("phone", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        user, form, now = person(request), NumberForm(request.POST), timezone.now()
        if not form.is_valid():
            return self.page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        phone = form.cleaned_data["phone"]
        request.session[BACKUP] = {"phone": phone}
        try:
            allow_backup_phone(user=user, phone=phone, now=now)
            code_id = send_code(request, phone=phone, use=Use.SET_BACKUP, subject=str(user.pk), now=now)
        except StepUpRequired:
            raise
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page(request, form, status=refusal.status)
        request.session[BACKUP] = Asked(code=str(code_id), phone=phone, timezone="", next="", texts={})
        return redirect("backup_phone_code")

    def page(self, request: HttpRequest, form: NumberForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        user = person(request)
        contact = RecoveryContact.objects.filter(user=user, activated_at__isnull=True).first()
        context = {
            "form": form,
            "number": spaced(contact.phone) if contact else "",
            "is_own": contact and contact.phone == user.phone,
            "is_reached": notices.reaches(user),
            "silent_days": settings.RECOVERY_SILENT_DAYS,
            "wait_days": settings.RECOVERY_WAIT_DAYS,
        }
        return render(request, "accounts/backup_phone.html", context, status=status)


@method_decorator([login_required, never_cache], name="dispatch")
class BackupPhoneCode(CodePage):
    """Makes the number the backup phone with its code."""

    key, use, begin, template = BACKUP, Use.SET_BACKUP, "backup_phone", "accounts/phone_code.html"

    def asked(self, request: HttpRequest) -> Asked | None:
        asked = super().asked(request)
        return asked if asked and "code" in asked else None  # else it waits for its confirmation

    def proven(self, request: HttpRequest, asked: Asked) -> HttpResponseBase:
        set_backup_phone(user=person(request), phone=asked["phone"], now=timezone.now())
        messages.success(request, _("Your backup phone is set."))
        return redirect("backup_phone")


@method_decorator([login_required, never_cache], name="dispatch")
class RemoveBackupPhone(View):
    """Takes the backup phone away."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            removed = remove_backup_phone(user=person(request), now=timezone.now())
        except StepUpRequired as refusal:
            return ask_step_up(request, refusal, back=reverse("backup_phone"))
        if removed:
            messages.success(request, _("Your backup phone is gone."))
        return redirect("backup_phone")
