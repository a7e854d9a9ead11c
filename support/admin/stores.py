"""Stores and what their tills asked for, as staff see them."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from merchants.models import Charge, Dispute, Payout, Store
from payments.models import Wallet
from support.admin.base import ReadOnlyAdmin, Search
from support.admin.parts import money_cell

STORE_COLOURS = {"active": "success", "inactive": "info", "suspended": "danger"}
PAYOUT_COLOURS = {"completed": "success", "processing": "warning", "pending": "warning", "failed": "danger"}
DISPUTE_COLOURS = {"open": "warning", "refunded": "success", "rejected": "danger", "withdrawn": "info"}
CHARGE_COLOURS = {"paid": "success", "pending": "warning", "cancelled": "info", "expired": "info"}


def search_stores(text: str) -> Q:
    """By short code, symbol, name or city."""
    return Q(short_code=text.upper()) | Q(symbol=text.upper()) | Q(name__icontains=text) | Q(city__istartswith=text)


class StoreAdmin(ReadOnlyAdmin):
    """A store, where it is and what lies in its settlement wallet."""

    search_by = Search(search_stores)
    search_help_text = _("Name, short code, symbol, city or id")
    ordering = ["-created_at"]
    list_display = ["name", "short_code", "category", "city", "country", "takings", "state", "created_at"]
    list_filter = ["status", "category", "country"]
    list_select_related = ["settlement_wallet"]
    fieldsets = [
        (None, {"fields": [("name", "symbol", "short_code"), ("category", "status"), "description"]}),
        (_("Where"), {"fields": ["address_line1", "address_line2", ("city", "state", "postal_code", "country")]}),
        (_("Contact"), {"fields": [("email", "phone"), ("website", "instagram")]}),
        (_("Money"), {"fields": [("settlement_wallet", "takings")]}),
        (_("Team"), {"fields": ["team"]}),
    ]
    readonly_fields = ["takings", "team"]

    @admin.display(description=_("balance"))
    def takings(self, store: Store) -> str:
        return money_cell(Wallet.objects.with_balance().get(pk=store.settlement_wallet_id).money)

    @display(description=_("status"), ordering="status", label=STORE_COLOURS)
    def state(self, store: Store) -> tuple[str, str]:
        return store.status, store.get_status_display()

    @admin.display(description="")
    def team(self, store: Store) -> str:
        members = store.members.select_related("user").order_by("created_at")
        return ", ".join(f"{member.user} ({member.get_role_display()})" for member in members)


class ChargeAdmin(ReadOnlyAdmin):
    """What tills asked for, and what became of it."""

    search_by = Search(lambda text: Q(code=text.upper().replace(" ", "")) | Q(store__name__icontains=text))
    search_help_text = _("Code, store name or id")
    ordering = ["-created_at"]
    list_display = ["created_at", "store", "code", "sum", "state", "cashier", "transaction"]
    list_filter = ["status"]
    list_select_related = ["store__settlement_wallet", "cashier", "transaction"]
    fields = ["store", "code", "sum", "status", "note", "terminal", "cashier", "created_at", "expires_at", "transaction"]
    readonly_fields = ["sum"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Charge]:
        return super().get_queryset(request).select_related("store__settlement_wallet")

    @admin.display(description=_("amount"))
    def sum(self, charge: Charge) -> str:
        return money_cell(charge.money)

    @display(description=_("status"), ordering="status", label=CHARGE_COLOURS)
    def state(self, charge: Charge) -> tuple[str, str]:
        return charge.status, charge.get_status_display()


class PayoutAdmin(ReadOnlyAdmin):
    """What stores asked to be paid out, and what became of it. Where to is shown as lists of the store show it."""

    search_by = Search(lambda text: Q(store__name__icontains=text) | Q(external_id=text))
    search_help_text = _("Store name, provider's reference or id")
    ordering = ["-created_at"]
    list_display = ["created_at", "store", "sum", "payout_type", "hint", "provider", "state"]
    list_filter = ["status", "payout_type", "provider"]
    list_select_related = ["store", "transaction"]
    fieldsets = [
        (None, {"fields": ["store", ("sum", "cost"), ("payout_type", "hint"), ("status", "revision")]}),
        (_("Who"), {"fields": ["requested_by", "needs_approval", ("approved_by", "approved_at")]}),
        (_("Provider"), {"fields": ["provider", "external_id", ("asked_at", "processed_at"), "error_code", "error_message"]}),
        (_("Money"), {"fields": ["transaction"]}),
    ]
    readonly_fields = ["sum", "cost"]

    @admin.display(description=_("amount"))
    def sum(self, payout: Payout) -> str:
        return money_cell(payout.money)

    @admin.display(description=_("fee"))
    def cost(self, payout: Payout) -> str:
        return money_cell(payout.fee_money)

    @display(description=_("status"), ordering="status", label=PAYOUT_COLOURS)
    def state(self, payout: Payout) -> tuple[str, str]:
        return payout.status, payout.get_status_display()


class DisputeAdmin(ReadOnlyAdmin):
    """What customers asked stores about, and what the stores answered."""

    search_by = Search(
        lambda text: (
            Q(store__name__icontains=text) | Q(payment__confirmation_code=text.upper()) | Q(customer__email__iexact=text)
        )
    )
    search_help_text = _("Store name, code of the payment, customer's e-mail or id")
    ordering = ["-created_at"]
    list_display = ["created_at", "store", "sum", "reason", "state", "due_at", "customer"]
    list_filter = ["status", "reason"]
    list_select_related = ["store", "payment", "customer"]
    fieldsets = [
        (None, {"fields": ["store", "payment", "sum", "customer", "reason", "note"]}),
        (_("Answer"), {"fields": ["status", "due_at", "answer", ("ended_at", "ended_by"), "refund"]}),
    ]
    readonly_fields = ["sum"]

    @admin.display(description=_("amount"))
    def sum(self, dispute: Dispute) -> str:
        return money_cell(dispute.payment.money)

    @display(description=_("status"), ordering="status", label=DISPUTE_COLOURS)
    def state(self, dispute: Dispute) -> tuple[str, str]:
        return dispute.status, dispute.get_status_display()
