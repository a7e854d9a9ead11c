"""What admins do for people who ask support for their data, or to close their account (R46, R47)."""

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.middleware import zone_of
from accounts.models import User
from config.erasure.operations import close_account
from config.takeout.operations import allow_takeout
from config.takeout.views import archive_response
from support.admin.base import ConsoleAdmin, ReasonForm, asked, perform, staff

QUESTION = _("Close this account for good? What Florin knows about the person is erased, but for what the law keeps.")


class TakeoutForm(forms.Form):
    """Asks why a copy is made of everything about somebody."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=280,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept in the audit trail with your name."),
    )


class LeavingAdmin(ConsoleAdmin):
    """The two buttons, for a class that shows customers."""

    @action(description=_("Save their data"), icon="download", permissions=["take_data"])
    def take_data(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """A page that asks why, and answers with the file: the same as the person's own."""
        person, form = User.objects.get(pk=object_id), TakeoutForm(request.POST or None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request), "title": _("Save their data"), "person": person, "form": form,
                "opts": self.opts, "back": self._page_of(object_id),
            }  # fmt: skip
            return TemplateResponse(request, "admin/take_data.html", context)
        now = timezone.now()
        allow_takeout(user=person, actor=staff(request), reason=form.cleaned_data["reason"], now=now)
        with translation.override(person.language.lower()):
            return archive_response(person, zone=zone_of(person), now=now)

    @asked
    @action(
        description=_("Close the account"),
        icon="person_off",
        variant=ActionVariant.DANGER,
        permissions=["close"],
        dialog={
            "title": _(
                "Close this account for good? What Florin knows about the person is erased, but for what the law keeps."
            ),
            "form_class": ReasonForm,
        },
    )
    def close(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        person, reason = User.objects.get(pk=object_id), form.cleaned_data["reason"]
        return perform(
            request,
            self._page_of(object_id),
            _("The account is closed."),
            lambda: close_account(user=person, actor=staff(request), reason=reason, now=timezone.now()),
        )

    def has_take_data_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Of a closed account there is nothing left to give to anybody."""
        return _open_accounts(object_id).exists()

    def has_close_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Staff are dismissed first."""
        return _open_accounts(object_id).filter(is_staff=False).exists()

    @staticmethod
    def _page_of(object_id: str) -> str:
        return reverse("admin:accounts_user_change", args=[object_id])


def _open_accounts(object_id: str | None) -> QuerySet[User]:
    """The account of this key, unless it is closed."""
    return User.objects.filter(pk__in=[object_id] if object_id else []).exclude(status=User.Status.DELETED)
