"""Payouts by bank file: what an admin hands to the bank, and what the bank gives back."""

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget

from audit import trail
from config.errors import Refused
from config.problems import refused_on_form
from merchants.models import BankFile
from merchants.operations import make_bank_file, read_bank_file
from merchants.operations.bank_files import is_set_up, waiting_for_file
from payments.money import Money
from support.admin.base import ReadOnlyAdmin, Search, perform, staff
from support.admin.parts import money_cell

MOST_BYTES = 5 * 1024 * 1024
FOUND = {
    "paid": _("paid"), "refused": _("refused"), "returned": _("sent back"), "known": _("known before"),
    "odd": _("does not fit a payout: look at it"), "unknown": _("about something else"),
}  # fmt: skip


class AnswerForm(forms.Form):
    """A file of the bank's."""

    answer = forms.FileField(
        label=_("File of the bank"), widget=UnfoldAdminFileFieldWidget, help_text=_("pain.002 or camt.053")
    )

    def clean_answer(self) -> bytes:
        """What is in it."""
        file = self.cleaned_data["answer"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB."))
        content: bytes = file.read()
        return content


class BankFileAdmin(ReadOnlyAdmin):
    """Files of payouts, and the bank's answers to them."""

    search_by = Search(lambda text: Q(reference=text))
    search_help_text = _("Reference or id")
    ordering = ["-created_at"]
    list_display = ["created_at", "kind", "count", "sum", "made_by", "reference"]
    list_filter = ["kind"]
    list_select_related = ["made_by"]
    fields = ["created_at", "kind", "reference", "count", "sum", "made_by", "waiting"]
    readonly_fields = ["sum", "waiting"]
    actions_list = ["make", "read"]
    actions_detail = ["download"]

    @admin.display(description=_("sum"))
    def sum(self, file: BankFile) -> str:
        return money_cell(Money(file.total, file.asset_id))

    @admin.display(description=_("not answered yet"))
    def waiting(self, file: BankFile) -> str:
        return str(file.payouts.filter(status="processing").count())

    @action(description=_("Make a payment file"), icon="note_add", permissions=["make"])
    def make(self, request: HttpRequest) -> HttpResponse:
        """A page that says how much waits; its button makes the file."""
        back = reverse("admin:merchants_bankfile_changelist")
        if request.method == "POST":
            done = _("The file is made. Download it and hand it to the bank.")
            return perform(request, back, done, lambda: make_bank_file(actor=staff(request), now=timezone.now()))
        context = {
            **self.admin_site.each_context(request), "title": _("Make a payment file"), "opts": self.opts, "back": back,
            "count": waiting_for_file().count(),
        }  # fmt: skip
        return TemplateResponse(request, "admin/bank_file_make.html", context)

    @action(description=_("Read an answer"), icon="upload_file", permissions=["make"])
    def read(self, request: HttpRequest) -> HttpResponse:
        """A page that takes a file of the bank's, and says what was found in it."""
        back = reverse("admin:merchants_bankfile_changelist")
        form = AnswerForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                _file, found = read_bank_file(content=form.cleaned_data["answer"], actor=staff(request), now=timezone.now())
            except Refused as refusal:
                refused_on_form(form, refusal)
            else:
                said = "; ".join(f"{FOUND[name]}: {count}" for name, count in found.items() if count)
                messages.success(request, said or _("Nothing in it is about payouts."))
                return redirect(back)
        context = {
            **self.admin_site.each_context(request), "title": _("Read an answer"), "opts": self.opts, "back": back,
            "form": form,
        }  # fmt: skip
        return TemplateResponse(request, "admin/bank_file_read.html", context)

    @action(description=_("Download"), icon="download", permissions=["download"])
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """The file."""
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        file = BankFile.objects.get(pk=object_id)
        trail.record("bank_file.downloaded", actor=staff(request), resource=file, now=timezone.now())
        answer = HttpResponse(file.content or "", content_type="application/xml; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="florin-{file.kind}-{file.created_at:%Y%m%d-%H%M%S}.xml"'
        return answer

    def has_make_permission(self, request: HttpRequest) -> bool:
        """Where payouts leave by file."""
        return self.admin_site.has_permission(request) and is_set_up()

    def has_download_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever is let in."""
        return self.admin_site.has_permission(request)
