"""Pages about disputes: the customer's, from the receipt, and the store's."""

import uuid
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from config.errors import Refused
from config.pagination import CURSOR, cursor_in, page_of
from config.problems import refused_on_form
from merchants.forms.disputes import DisputeForm, RejectionForm
from merchants.models import Dispute
from merchants.operations import open_dispute, reject_dispute, withdraw_dispute
from merchants.operations.disputes import can_dispute
from merchants.queries import as_store_sees, payments_to
from merchants.roles import Act
from merchants.views.pages import MerchantView, StoreView
from payments.models import Transaction
from payments.views.pages import INVALID

PAGE_SIZE = 25


def disputes_of(view: StoreView) -> QuerySet[Dispute]:
    """The store's disputes with what pages show of them."""
    return view.store.disputes.select_related("payment", "store__settlement_wallet")


class OwnPayment(MerchantView):
    """A page about a payment that the asker made to a store."""

    @cached_property
    def payment(self) -> Transaction:
        """:raises Http404: it is none of theirs, or was not paid to a store."""
        own = Transaction.objects.filter(payer_wallet__user=self.person, kind=Transaction.Kind.PAYMENT)
        found = own.select_related("payer_wallet", "payee_wallet", "payee_wallet__store")
        return get_object_or_404(found, pk=self.kwargs["transaction_id"], payee_wallet__store__isnull=False)

    @cached_property
    def dispute(self) -> Dispute | None:
        """What was asked about it."""
        return Dispute.objects.filter(payment=self.payment).select_related("store").first()


class PaymentDispute(OwnPayment):
    """Asks the store about a payment; later, what became of that."""

    def get(self, request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponse:
        return self._show(DisputeForm())

    def post(self, request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponse:
        payment, form = self.payment, DisputeForm(request.POST)
        if not self.dispute:
            if not form.is_valid():
                return self._show(form, status=INVALID)
            try:
                open_dispute(payment=payment, actor=self.person, now=self.now, **form.cleaned_data)
            except Refused as refusal:
                refused_on_form(form, refusal)
                return self._show(form, status=refusal.status)
            messages.success(request, _("The store has been asked. No money has moved yet."))
        return redirect("dispute", transaction_id)

    def _show(self, form: DisputeForm, *, status: int = 200) -> HttpResponse:
        context = {
            "payment": self.payment,
            "store": self.payment.payee_wallet.store,
            "dispute": self.dispute,
            "form": form,
            "can_dispute": can_dispute(self.payment, self.now),
        }
        return self.page("dispute", context, status=status)


class Withdraw(OwnPayment):
    """Takes the question back."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponse:
        if self.dispute and self.dispute.is_open:
            withdraw_dispute(dispute=self.dispute, actor=self.person, now=self.now)
            messages.success(request, _("You took it back. The payment stands."))
        return redirect("dispute", transaction_id)


class StoreDisputes(StoreView):
    """What customers ask about, those that wait for an answer first."""

    needs = Act.ANSWER_DISPUTE

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        page = page_of(disputes_of(self), cursor_in(request.GET), size=PAGE_SIZE)
        context = {
            "waiting": list(self.store.disputes.open().select_related("payment").order_by("due_at")[:PAGE_SIZE]),
            "disputes": page.rows,
            "newer": f"?{CURSOR}={page.previous}" if page.previous else "",
            "older": f"?{CURSOR}={page.next}" if page.next else "",
        }
        return self.page("disputes", context)


class StoreDispute(StoreView):
    """One dispute, and the store's answer to it."""

    needs = Act.ANSWER_DISPUTE

    @cached_property
    def dispute(self) -> Dispute:
        """The dispute that the address names.

        :raises Http404: it is about none of this store's payments.
        """
        return get_object_or_404(disputes_of(self), pk=self.kwargs["dispute_id"])

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        return self._show(RejectionForm())

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        dispute, form = self.dispute, RejectionForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=INVALID)
        try:
            reject_dispute(dispute=dispute, actor=self.person, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._show(form, status=refusal.status)
        messages.success(request, _("The customer reads your answer. The money stays with the store."))
        return redirect("store_dispute", **self.kwargs)

    def _show(self, form: RejectionForm, *, status: int = 200) -> HttpResponse:
        payment = as_store_sees(payments_to(self.store).get(pk=self.dispute.payment_id))
        return self.page("store_dispute", {"dispute": self.dispute, "payment": payment, "form": form}, status=status)
