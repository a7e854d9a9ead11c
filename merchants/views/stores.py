"""Pages of a store: opening one, what it took today, its payments, its QR code, and refunds."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from config.database import operation
from config.errors import Prerequisite, Refused
from config.pagination import CURSOR, cursor_in, page_of
from config.problems import refused_on_form
from config.qr import inline_svg
from merchants import qr, symbols
from merchants.forms.stores import OpenStoreForm
from merchants.models import Dispute, Store
from merchants.operations import open_store, refund_payment, set_logo
from merchants.queries import StorePayment, as_store_sees, balance_of, payments_seen_in, takings_since
from merchants.roles import Act, may
from merchants.views.pages import KeptImage, MerchantView, StoreView
from merchants.views.team import claim_in
from payments.forms import DraftForm, RefundForm
from payments.ledger import NotRefundable
from payments.models import Transaction
from payments.money import parse_plain
from payments.views.drafts import Draft
from payments.views.movements import day_label
from payments.views.pages import INVALID
from payments.views.steps import DetailsStep, ReviewStep, drafted_money

RECENT = 5  # payments on the store's first page
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Row:
    """A payment in a list. `status` is empty when all went as it should."""

    payment: StorePayment
    href: str
    time: str
    detail: str
    status: str


@dataclass(frozen=True, slots=True)
class Day:
    """The payments of one day of the store's calendar."""

    label: str
    rows: list[Row]


class Stores(MerchantView):
    """The stores where one works."""

    def get(self, request: HttpRequest) -> HttpResponse:
        stores = Store.objects.run_by(self.person).select_related("settlement_wallet").order_by("name")
        return self.page("stores", {"stores": stores})


class OpenStore(MerchantView):
    """Opens a store. Sent twice it is refused the second time, because of its short name."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page("store_open", {"form": OpenStoreForm(self.person)})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OpenStoreForm(self.person, request.POST, files=request.FILES)
        if not form.is_valid():
            return self._again(form, INVALID)
        try:
            store = self._open(form)
        except Prerequisite:
            raise
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._again(form, refusal.status)
        messages.success(request, _("%(store)s is open.") % {"store": store.name})
        return redirect("store", store.pk)

    @operation
    def _open(self, form: OpenStoreForm) -> Store:
        """Opens it with its logo, or not at all."""
        store = open_store(owner=self.person, now=self.now, **form.details())
        if upload := form.cleaned_data["logo"]:
            set_logo(store=store, picture=upload.read(), actor=self.person, now=self.now)
        return store

    def _again(self, form: OpenStoreForm, status: int) -> HttpResponse:
        suggestions = form.suggestions() if "symbol" in form.errors else []
        return self.page("store_open", {"form": form, "suggestions": suggestions, "is_free": None}, status=status)


class SymbolHint(MerchantView):
    """Whether a symbol is free while it is typed, and some that are."""

    def get(self, request: HttpRequest) -> HttpResponse:
        symbol = request.GET.get("symbol", "").strip().upper()
        context = {
            "symbol": symbol,
            "is_free": symbols.is_free(symbol) if symbol else None,
            "suggestions": symbols.suggestions(request.GET.get("name", "")) if request.GET.get("name") else [],
        }
        return self.page("symbol_hint", context)


class StoreHome(StoreView):
    """Today's takings, the last payments, and the ways on."""

    needs = Act.SEE_TODAY

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        today = self.store.today(self.now)
        recent = payments_seen_in(self.store, now=self.now)[:RECENT]
        context = {
            "takings": takings_since(self.store, self.store.day_start(today)),
            "days": days(self.store, recent, today=today),
            "balance": balance_of(self.store) if may(self.store.role, Act.SEE_BALANCE) else None,
            "claim": claim_in(self),
            "disputes": disputes_waiting(self),
        }
        return self.page("store", context)


def disputes_waiting(view: StoreView) -> list[Dispute]:
    """Some of the questions that wait for this person's answer, the most urgent first."""
    if not may(view.store.role, Act.ANSWER_DISPUTE):
        return []
    return list(view.store.disputes.open().select_related("payment").order_by("due_at")[:RECENT])


class StorePayments(StoreView):
    """Every payment to the store, newest first."""

    needs = Act.SEE_TODAY

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        page = page_of(payments_seen_in(self.store, now=self.now), cursor_in(request.GET), size=PAGE_SIZE)
        context = {
            "days": days(self.store, page.rows, today=self.store.today(self.now)),
            "newer": f"?{CURSOR}={page.previous}" if page.previous else "",
            "older": f"?{CURSOR}={page.next}" if page.next else "",
        }
        return self.page("store_payments", context)


class PaymentView(StoreView):
    """A page about one payment to the store."""

    needs = Act.SEE_TODAY

    @cached_property
    def payment(self) -> StorePayment:
        """The payment that the address names.

        :raises Http404: it was not paid to this store.
        """
        return as_store_sees(get_object_or_404(payments_seen_in(self.store, now=self.now), pk=self.kwargs["transaction_id"]))


class PaymentPage(PaymentView):
    """The store's side of a receipt, and what was given back."""

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        refunds = self.payment.transaction.refunds.order_by("created_at")
        dispute = self.store.disputes.filter(payment=self.payment.transaction.pk).first()
        return self.page("store_payment", {"payment": self.payment, "refunds": refunds, "dispute": dispute})


class StoreRefund(PaymentView, DetailsStep):
    """How much of a payment goes back; all that is left, unless one says less."""

    needs = Act.REFUND
    kind = "store_refund"
    template = "store_refund"
    url = "store_refund"
    review_url = "store_refund_review"
    form_class = RefundForm

    def form(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> DraftForm:
        return RefundForm(self.payment.transaction, self.payment.left, data, initial=initial)

    def about(self) -> dict[str, Any]:
        return {"payment": self.payment}

    def show(self, form: DraftForm, *, status: int = 200) -> HttpResponse:
        if self.payment.left:
            return super().show(form, status=status)
        nothing = _("All of this payment was given back already.") if self.payment.is_completed else NotRefundable.message
        messages.info(self.request, nothing)
        return redirect("store_payment", **self.kwargs)


class StoreRefundReview(PaymentView, ReviewStep):
    """What will go back."""

    needs = Act.REFUND
    details = StoreRefund
    template = "store_refund_review"

    def find(self, draft_id: uuid.UUID) -> Draft | None:
        payment, draft = self.payment.transaction, super().find(draft_id)
        return draft if draft and draft.facts["original"] == str(payment.pk) else None

    def review(self, draft: Draft) -> dict[str, Any]:
        return {"payment": self.payment, "amount": drafted_money(draft), "notes": draft.facts["notes"]}

    def act(self, draft: Draft) -> Transaction:
        return refund_payment(
            store=self.store,
            original=self.payment.transaction,
            amount=drafted_money(draft),
            actor=self.person,
            key=str(draft.id),
            reason=draft.facts["notes"],
            now=self.now,
        )

    def receipt(self, transaction: Transaction) -> str:
        return f"{reverse('store_payment', args=[self.store.pk, transaction.refund_of_id])}?done"


class Poster(StoreView):
    """The store's QR code for the counter or the window, to print."""

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        address = qr.pay_address(self.store)
        return self.page("poster", {"qr": inline_svg(address), "address": address})


class StoreQR(KeptImage, StoreView):
    """The store's QR code as a file; `?amount=` makes it ask for that much."""

    def get(self, request: HttpRequest, store_id: uuid.UUID, kind: str) -> HttpResponse:
        text = request.GET.get("amount")
        amount = parse_plain(text, self.store.asset) if text is not None else None
        return qr.image(kind, qr.pay_address(self.store, amount))


def days(store: Store, payments: Iterable[Any], *, today: dt.date) -> list[Day]:  # rows of payments_to()
    """Payments under the heading of their day, in the order they come."""
    by_day = groupby(payments, key=lambda payment: timezone.localdate(payment.created_at, store.zone))
    return [Day(day_label(day, today), [row(store, as_store_sees(each)) for each in of_day]) for day, of_day in by_day]


def row(store: Store, payment: StorePayment) -> Row:
    """A payment as a row of a list."""
    transaction, charge = payment.transaction, payment.charge
    return Row(
        payment=payment,
        href=reverse("store_payment", args=[store.pk, transaction.pk]),
        time=time_format(timezone.localtime(transaction.created_at, store.zone), "TIME_FORMAT"),
        detail=" · ".join(filter(None, [charge.terminal if charge else _("Open amount"), transaction.notes])),
        status="" if payment.status == "completed" else payment.status,
    )
