"""Customers, as staff see them."""

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import IdentityProfile, User
from accounts.operations import reinstate_user, suspend_user
from payments.models import Transaction, Wallet
from payments.queries import ActivitySummary, act_in_words, activity_summary
from support.admin.base import ReadOnlyAdmin, ReasonForm, Search, asked, perform, staff
from support.admin.leaving import LeavingAdmin
from support.admin.parts import MoneyTable, money_cell

STATUS_COLOURS = {"active": "success", "suspended": "danger", "deleted": "info"}
MOST_ROWS = 20  # of wallets and movements on a customer's page; the lists have the rest


def search_customers(text: str) -> Q:
    """By e-mail, phone or customer number when it reads like one, else by part of the name."""
    if "@" in text:
        return Q(email__istartswith=text)
    if text.startswith("+"):
        return Q(phone__startswith=text.replace(" ", ""))
    if text.upper().startswith("CUS-"):
        return Q(customer_number__startswith=text.upper())
    return Q(name__icontains=text) | Q(email__istartswith=text)


class CustomerAdmin(ReadOnlyAdmin):
    """Who a person is on the left, what they hold and did on the right."""

    search_by = Search(search_customers)
    search_help_text = _("Name, e-mail, phone, customer number or id")
    customer_field = "pk"
    ordering = ["-created_at"]
    list_display = ["who", "email", "phone", "customer_number", "state", "created_at", "last_active_at"]
    list_filter = ["status", "is_staff", "language"]
    fieldsets = [
        (
            _("Person"),
            {
                "fields": [
                    "name", "customer_number", "verification", "email", "phone", "status", "language", "timezone",
                    "created_at", "last_active_at", "last_login",
                ]
            },
        ),
        (_("Activity"), {"fields": [("acts", "acts_this_week"), ("last_act_at", "most_common_act")]}),
        (_("Wallets"), {"fields": ["wallets"]}),
        (_("Last movements"), {"fields": ["movements"]}),
    ]  # fmt: skip
    readonly_fields = ["verification", "acts", "acts_this_week", "last_act_at", "most_common_act", "wallets", "movements"]

    @display(description=_("name"), ordering="name", header=True)
    def who(self, person: User) -> list[str]:
        return [person.name or str(person), person.customer_number or ""]

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def state(self, person: User) -> tuple[str, str]:
        return person.status, person.get_status_display()

    @admin.display(description=_("identity"))
    def verification(self, person: User) -> str:
        """Whether the platform has verified who this is, and no more."""
        identity = IdentityProfile.objects.filter(user=person).only("kyc_status").first()
        return identity.get_kyc_status_display() if identity else gettext("nothing sent")

    @admin.display(description=_("actions"))
    def acts(self, person: User) -> int:
        """Acts of the months that are kept as events, and money moved at any time."""
        return self.summary(person).total

    @admin.display(description=_("in the last seven days"))
    def acts_this_week(self, person: User) -> int:
        return self.summary(person).this_week

    @admin.display(description=_("last action"))
    def last_act_at(self, person: User) -> str | None:
        at = self.summary(person).last_at
        return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at else None

    @admin.display(description=_("most common action"))
    def most_common_act(self, person: User) -> str | None:
        act = self.summary(person).most_common
        return act_in_words(act) if act else None

    @staticmethod
    def summary(person: User) -> ActivitySummary:
        """Asked once for the page, and kept with the person it shows."""
        if not hasattr(person, "activity_summary"):
            person.activity_summary = activity_summary(person, now=timezone.now())  # type: ignore[attr-defined]
        summary: ActivitySummary = person.activity_summary  # type: ignore[attr-defined]
        return summary

    @admin.display(description="")
    def wallets(self, person: User) -> str:
        table = MoneyTable([_("Wallet"), _("Address"), _("Status"), _("Balance")])
        for wallet in Wallet.objects.named_by(person).with_balance().in_order()[:MOST_ROWS]:
            link = reverse(f"{self.admin_site.name}:payments_wallet_change", args=[wallet.pk])
            holds = pgettext("balance", "kept elsewhere") if wallet.kind == Wallet.Kind.LINKED else money_cell(wallet.money)
            table.row(link, wallet.name, wallet.address, wallet.get_status_display(), holds)
        return table.html()

    @admin.display(description="")
    def movements(self, person: User) -> str:
        table = MoneyTable([_("When"), _("What"), _("Code"), _("State"), _("Amount")])
        rows = Transaction.objects.visible_to(person).newest_first()[:MOST_ROWS]
        for row in rows:
            link = reverse(f"{self.admin_site.name}:payments_transaction_change", args=[row.pk])
            when = timezone.localtime(row.created_at).strftime("%Y-%m-%d %H:%M")
            table.row(
                link, when, row.get_kind_display(), row.confirmation_code, row.get_status_display(), money_cell(row.money)
            )
        return table.html()


class SupervisedCustomerAdmin(LeavingAdmin, CustomerAdmin):
    """With what admins may do about a person."""

    actions_detail = ["suspend", "reinstate", "take_data", "close"]

    @admin.display(description=_("identity"))
    def verification(self, person: User) -> str:
        """With the way to what was sent, where every look is recorded."""
        identity = IdentityProfile.objects.filter(user=person).only("pk", "kyc_status").first()
        if identity is None:
            return super().verification(person)
        link = reverse("admin:accounts_identityprofile_change", args=[identity.pk])
        return format_html('<a href="{}">{}</a>', link, identity.get_kyc_status_display())

    @asked
    @action(
        description=_("Suspend"),
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["suspend"],
        dialog={"title": _("Suspend this person? They are signed out everywhere at once."), "form_class": ReasonForm},
    )
    def suspend(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        person, reason = self.person(object_id), form.cleaned_data["reason"]
        return perform(
            request,
            reverse("admin:accounts_user_change", args=[object_id]),
            _("%(name)s is suspended.") % {"name": person},
            lambda: suspend_user(user=person, actor=staff(request), reason=reason, now=timezone.now()),
        )

    @asked
    @action(
        description=_("Reinstate"),
        icon="check",
        variant=ActionVariant.SUCCESS,
        permissions=["reinstate"],
        dialog={"title": _("Let this person in again?"), "form_class": ReasonForm},
    )
    def reinstate(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        person, reason = self.person(object_id), form.cleaned_data["reason"]
        return perform(
            request,
            reverse("admin:accounts_user_change", args=[object_id]),
            _("%(name)s may come in again.") % {"name": person},
            lambda: reinstate_user(user=person, actor=staff(request), reason=reason, now=timezone.now()),
        )

    def has_suspend_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Nobody suspends themselves; only active people can be suspended."""
        return self.has_status(object_id, User.Status.ACTIVE) and str(request.user.pk) != str(object_id)

    def has_reinstate_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self.has_status(object_id, User.Status.SUSPENDED)

    def has_status(self, object_id: str | None, status: User.Status) -> bool:
        return object_id is not None and User.objects.filter(pk=object_id, status=status).exists()

    def person(self, object_id: str) -> User:
        return User.objects.get(pk=object_id)
