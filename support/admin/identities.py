"""The queue of identities that wait for a decision."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.identity import HIDDEN, age_on, shown
from accounts.models import IdentityProfile, User
from accounts.operations import approve_identity, reject_identity
from config.countries import country_choices
from support.admin.base import ReadOnlyAdmin, Search, asked, perform, staff
from support.admin.customers import search_customers

IDENTITY_COLOURS = {"pending": "warning", "approved": "success", "rejected": "danger"}
SEEN_KEY = "seen_identities"
MOST_SEEN = 50  # pages a reviewer has open at a time
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
Status = IdentityProfile.Status


class RejectionForm(BaseDialogForm):
    """Asks what could not be confirmed, and for the words that the person reads."""

    grounds = forms.ChoiceField(
        label=_("What could not be confirmed"), choices=IdentityProfile.Grounds.choices, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=280,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The person reads this, in the portal and by mail. It is not kept in the audit trail."),
    )


def search_identities(text: str) -> Q:
    """By the name that was sent, or by the customer as everywhere."""
    customers = User.objects.filter(search_customers(text)).values("pk")
    return Q(first_name__icontains=text) | Q(last_name__icontains=text) | Q(user__in=customers)


class IdentityAdmin(ReadOnlyAdmin):
    """What a person sent about who they are by law. Its personal parts are shown while they are to be decided about."""

    search_by = Search(search_identities)
    search_help_text = _("Name, e-mail, phone, customer number or id")
    customer_field = "user_id"
    list_display = ["who", "user", "country", "state_of_review", "submitted_at", "reviewed_by", "reviewed_at"]
    list_filter = ["kyc_status", "grounds"]
    list_select_related = ["user", "reviewed_by"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("user", "kyc_status"),
                    ("first_name", "last_name"),
                    ("birth", "digits"),
                    ("telephone", "submitted_at"),
                ]
            },
        ),
        (_("Address"), {"fields": ["street", ("postal_code", "city"), ("state", "country_name")]}),
        (_("Decision"), {"fields": [("reviewed_by", "reviewed_at"), "grounds", "reason"]}),
    ]
    readonly_fields = ["birth", "digits", "telephone", "street", "country_name"]
    actions_detail = ["approve", "reject"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdentityProfile]:
        return super().get_queryset(request).in_queue_order()

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """The queue's own, unless the reader clicks a column."""
        return []

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page = super().change_view(request, object_id, form_url, extra_context)
        if isinstance(page, TemplateResponse) and isinstance(
            on_page := (page.context_data or {}).get("original"), IdentityProfile
        ):
            note_seen(request.session, on_page)
        return page

    @display(description=_("name"), ordering="last_name")
    def who(self, identity: IdentityProfile) -> str:
        return str(identity)

    @display(description=_("status"), ordering="kyc_status", label=IDENTITY_COLOURS)
    def state_of_review(self, identity: IdentityProfile) -> tuple[str, str]:
        return identity.kyc_status, identity.get_kyc_status_display()

    @admin.display(description=_("date of birth"))
    def birth(self, identity: IdentityProfile) -> str:
        if identity.kyc_status != Status.PENDING:
            return shown(identity).date_of_birth
        born: dt.date = identity.date_of_birth
        return _("%(date)s (%(years)d years)") % {"date": born.isoformat(), "years": age_on(timezone.localdate(), born)}

    @admin.display(description=_("last four digits of the Social Security number"))
    def digits(self, identity: IdentityProfile) -> str:
        return _while_pending(identity, identity.ssn_last4)

    @admin.display(description=_("phone"))
    def telephone(self, identity: IdentityProfile) -> str:
        return _while_pending(identity, identity.phone)

    @admin.display(description=_("street and number"))
    def street(self, identity: IdentityProfile) -> str:
        lines = [identity.address_line1, identity.address_line2]
        return _while_pending(identity, ", ".join(line for line in lines if line))

    @admin.display(description=_("country"))
    def country_name(self, identity: IdentityProfile) -> str:
        return dict(country_choices(get_language() or "en")).get(identity.country, identity.country)

    @asked
    @action(
        description=_("Approve"),
        icon="verified_user",
        variant=ActionVariant.SUCCESS,
        permissions=["decide"],
        dialog={"title": _("Approve what you have just looked at? The person gets a customer number.")},
    )
    def approve(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        identity = IdentityProfile.objects.get(pk=object_id)
        return perform(
            request,
            self.page_of(object_id),
            _("%(name)s is verified.") % {"name": identity},
            lambda: approve_identity(
                identity=identity, submitted_at=seen_at(request.session, object_id), actor=staff(request), now=timezone.now()
            ),
        )

    @asked
    @action(
        description=_("Reject"),
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["decide"],
        dialog={"title": _("Reject this identity? The person is told why and can send it again."), "form_class": RejectionForm},
    )
    def reject(self, request: HttpRequest, form: RejectionForm, object_id: str) -> HttpResponse:
        identity = IdentityProfile.objects.get(pk=object_id)
        return perform(
            request,
            self.page_of(object_id),
            _("%(name)s is told why.") % {"name": identity},
            lambda: reject_identity(
                identity=identity,
                submitted_at=seen_at(request.session, object_id),
                grounds=form.cleaned_data["grounds"],
                reason=form.cleaned_data["reason"],
                actor=staff(request),
                now=timezone.now(),
            ),
        )

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Nobody decides about themselves, and nobody decides twice."""
        if object_id is None:
            return False
        return IdentityProfile.objects.filter(pk=object_id, kyc_status=Status.PENDING).exclude(user=staff(request)).exists()

    @staticmethod
    def page_of(object_id: str) -> str:
        return reverse("admin:accounts_identityprofile_change", args=[object_id])


def note_seen(session: SessionBase, identity: IdentityProfile) -> None:
    """Remember which submission the reviewer has looked at: they decide about that one and no later one."""
    seen: dict[str, str] = session.get(SEEN_KEY, {})
    seen.pop(str(identity.pk), None)
    newest = [*seen.items(), (str(identity.pk), identity.submitted_at.isoformat())][-MOST_SEEN:]
    session[SEEN_KEY] = dict(newest)


def seen_at(session: SessionBase, object_id: str) -> dt.datetime:
    """When what the reviewer has looked at was sent; for what they never saw, before everything."""
    return parse_datetime(session.get(SEEN_KEY, {}).get(str(object_id), "")) or NEVER


def _while_pending(identity: IdentityProfile, value: str | None) -> str:
    if not value:
        return pgettext("digits, phone or street", "none")
    return value if identity.kyc_status == Status.PENDING else HIDDEN
