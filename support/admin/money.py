"""Wallets, transactions and postings, as staff see them: money is never edited."""

import re

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.models import User
from payments.models import ConversionQuote, Posting, Transaction, Wallet
from payments.money import CODE_ALPHABET, Money
from payments.operations import freeze_wallet, unfreeze_wallet
from support.admin.base import ReadOnlyAdmin, ReasonForm, Search, asked, perform, staff
from support.admin.customers import search_customers
from support.admin.parts import MoneyTable, money_cell

CODE = re.compile(rf"[{CODE_ALPHABET}]{{6}}")
WALLET_COLOURS = {"active": "success", "frozen": "warning", "closed": "info"}
STATUS_COLOURS = {"completed": "success", "pending": "warning", "failed": "danger", "cancelled": "info"}


def _of_owner(text: str) -> Q:
    """The customer search, asked of a row's person."""
    return Q(user__in=User.objects.filter(search_customers(text)).values("pk"))


def search_wallets(text: str) -> Q:
    """By address, by the wallet's name, or by its owner."""
    return Q(address=text) | Q(name__istartswith=text) | _of_owner(text)


def search_transactions(text: str) -> Q:
    """By confirmation code when it reads like one, else by the people on either side."""
    if CODE.fullmatch(text.upper().replace(" ", "")):
        return Q(confirmation_code=text.upper().replace(" ", ""))
    wallets = Wallet.objects.filter(search_wallets(text)).values("pk")
    return Q(payer_wallet__in=wallets) | Q(payee_wallet__in=wallets)


def whose(wallet: Wallet) -> str:
    """A wallet by its person, or by its own name when it is a store's or the platform's. Needs `user` selected."""
    return f"{wallet.user} · {wallet.name}" if wallet.user else wallet.name


class WalletAdmin(ReadOnlyAdmin):
    """What a wallet holds and what happened in it."""

    search_by = Search(search_wallets)
    search_help_text = _("Address, wallet name, or its owner's name, e-mail, phone or customer number")
    customer_field = "user_id"
    ordering = ["-created_at"]
    list_display = ["name", "user", "kind", "asset", "holds", "state", "last_used_at"]
    list_filter = ["kind", "status", ("asset", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["user"]
    fieldsets = [
        (None, {"fields": [("name", "kind"), ("user", "address"), ("asset", "holds"), ("status", "is_primary")]}),
        (_("Times"), {"fields": [("created_at", "last_used_at")]}),
        (_("Last postings"), {"fields": ["postings_table"]}),
    ]
    readonly_fields = ["holds", "postings_table"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        return super().get_queryset(request).with_balance()

    @admin.display(description=_("balance"), ordering="available")
    def holds(self, wallet: Wallet) -> str:
        return money_cell(wallet.money)

    @display(description=_("status"), ordering="status", label=WALLET_COLOURS)
    def state(self, wallet: Wallet) -> tuple[str, str]:
        return wallet.status, wallet.get_status_display()

    @admin.display(description="")
    def postings_table(self, wallet: Wallet) -> str:
        table = MoneyTable([_("When"), _("What"), _("Code"), _("Amount")])
        postings = Posting.objects.filter(wallet=wallet).select_related("transaction").order_by("-created_at", "-pk")[:20]
        for posting in postings:
            link = reverse(f"{self.admin_site.name}:payments_transaction_change", args=[posting.transaction_id])
            when = timezone.localtime(posting.created_at).strftime("%Y-%m-%d %H:%M:%S")
            amount = money_cell(Money(posting.amount, wallet.asset_id))
            table.row(link, when, posting.transaction.get_kind_display(), posting.transaction.confirmation_code, amount)
        return table.html()


class SupervisedWalletAdmin(WalletAdmin):
    """With what admins may do about a wallet."""

    actions_detail = ["freeze", "unfreeze"]

    @asked
    @action(
        description=_("Freeze"),
        icon="ac_unit",
        variant=ActionVariant.DANGER,
        permissions=["freeze"],
        dialog={"title": _("Freeze this wallet? Nothing leaves it until it is unfrozen."), "form_class": ReasonForm},
    )
    def freeze(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        wallet, reason = Wallet.objects.get(pk=object_id), form.cleaned_data["reason"]
        return perform(
            request,
            reverse("admin:payments_wallet_change", args=[object_id]),
            _("The wallet is frozen."),
            lambda: freeze_wallet(wallet=wallet, actor=staff(request), reason=reason, now=timezone.now()),
        )

    @asked
    @action(
        description=_("Unfreeze"),
        icon="sunny",
        variant=ActionVariant.SUCCESS,
        permissions=["unfreeze"],
        dialog={"title": _("Let money leave this wallet again?"), "form_class": ReasonForm},
    )
    def unfreeze(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        wallet, reason = Wallet.objects.get(pk=object_id), form.cleaned_data["reason"]
        return perform(
            request,
            reverse("admin:payments_wallet_change", args=[object_id]),
            _("The wallet is active again."),
            lambda: unfreeze_wallet(wallet=wallet, actor=staff(request), reason=reason, now=timezone.now()),
        )

    def has_freeze_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Only people's and stores' wallets: the platform's own keep the books moving."""
        return self._is(object_id, Wallet.Status.ACTIVE)

    def has_unfreeze_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return self._is(object_id, Wallet.Status.FROZEN)

    @staticmethod
    def _is(object_id: str | None, status: Wallet.Status) -> bool:
        return (
            object_id is not None
            and Wallet.objects.filter(pk=object_id, status=status).exclude(kind=Wallet.Kind.SYSTEM).exists()
        )


class TransactionAdmin(ReadOnlyAdmin):
    """One business fact and its legs."""

    search_by = Search(search_transactions)
    search_help_text = _("Transaction id, confirmation code, or a person on either side")
    ordering = ["-created_at"]
    list_display = ["created_at", "kind", "confirmation_code", "payer", "payee", "sum", "state"]
    list_filter = ["status", "kind", "rail", ("created_at", RangeDateTimeFilter)]
    list_select_related = ["payer_wallet__user", "payee_wallet__user"]
    fieldsets = [
        (None, {"fields": [("kind", "status", "rail"), ("sum", "confirmation_code"), ("payer", "payee")]}),
        (_("Details"), {"fields": [("initiated_by", "refund_of"), "notes", ("error_code", "error_message"), "metadata"]}),
        (_("Times"), {"fields": [("created_at", "completed_at")]}),
        (_("Postings"), {"fields": ["legs"]}),
    ]
    readonly_fields = ["payer", "payee", "sum", "legs"]

    @admin.display(description=_("from"))
    def payer(self, transaction: Transaction) -> str:
        return whose(transaction.payer_wallet)

    @admin.display(description=_("to"))
    def payee(self, transaction: Transaction) -> str:
        return whose(transaction.payee_wallet)

    @admin.display(description=_("amount"))
    def sum(self, transaction: Transaction) -> str:
        return money_cell(transaction.money)

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def state(self, transaction: Transaction) -> tuple[str, str]:
        return transaction.status, transaction.get_status_display()

    @admin.display(description="")
    def legs(self, transaction: Transaction) -> str:
        table = MoneyTable([_("Wallet"), _("When"), _("Amount")])
        for posting in Posting.objects.filter(transaction=transaction).select_related("wallet__user").order_by("pk"):
            link = reverse(f"{self.admin_site.name}:payments_wallet_change", args=[posting.wallet_id])
            when = timezone.localtime(posting.created_at).strftime("%Y-%m-%d %H:%M:%S")
            table.row(link, whose(posting.wallet), when, money_cell(Money(posting.amount, posting.wallet.asset_id)))
        return table.html()


class PostingAdmin(ReadOnlyAdmin):
    """The ledger, line by line."""

    search_by = Search(lambda text: Q(wallet__in=Wallet.objects.filter(search_wallets(text)).values("pk")))
    search_help_text = _("A wallet's address or owner, or a transaction's id")
    ordering = ["-pk"]
    list_display = ["id", "created_at", "holder", "transaction", "sum", "balance_after"]
    list_filter = [("created_at", RangeDateTimeFilter)]
    list_select_related = ["wallet__user", "transaction"]
    fields = ["id", "created_at", "transaction", "wallet", "sum", "balance_after"]
    readonly_fields = ["id", "sum"]
    id_field = "transaction_id"

    @admin.display(description=_("wallet"))
    def holder(self, posting: Posting) -> str:
        return whose(posting.wallet)

    @admin.display(description=_("amount"))
    def sum(self, posting: Posting) -> str:
        return money_cell(Money(posting.amount, posting.wallet.asset_id))


class QuoteAdmin(ReadOnlyAdmin):
    """Offers to exchange, taken or not."""

    search_by = Search(_of_owner)
    search_help_text = _("The customer's name, e-mail, phone or customer number")
    customer_field = "user_id"
    ordering = ["-created_at"]
    list_display = ["created_at", "user", "gives", "gets", "rate", "rate_date", "expires_at", "transaction"]
    list_select_related = ["user", "source_wallet", "target_wallet", "transaction"]
    fields = [
        "user",
        "source_wallet",
        "target_wallet",
        "gives",
        "gets",
        "rate",
        "rate_source",
        "rate_date",
        "expires_at",
        "transaction",
    ]
    readonly_fields = ["gives", "gets"]

    @admin.display(description=_("gives"))
    def gives(self, quote: ConversionQuote) -> str:
        return money_cell(quote.source)

    @admin.display(description=_("gets"))
    def gets(self, quote: ConversionQuote) -> str:
        return money_cell(quote.target)
