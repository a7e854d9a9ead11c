"""Giving back money that one got: how much and why, review, done."""

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from payments.forms import DraftForm, RefundForm
from payments.models import Transaction
from payments.operations import refund
from payments.operations.refunds import refundable
from payments.parties import name_of, view_for
from payments.views.drafts import Draft
from payments.views.movements import activity
from payments.views.pages import PersonView
from payments.views.steps import DetailsStep, ReviewStep, drafted_money
from payments.views.transactions import is_refundable


class RefundView(PersonView):
    """A page about the payment that is given back."""

    @cached_property
    def original(self) -> Transaction:
        """The payment that this person got.

        :raises Http404: it is not theirs, or nothing that can be given back.
        """
        original = get_object_or_404(activity(self.person), pk=self.kwargs["transaction_id"])
        if not is_refundable(view_for(original, self.person)):
            raise Http404
        return original

    def about(self) -> dict[str, Any]:
        """What both steps show of the payment."""
        original = self.original
        return {"original": original, "payer_name": name_of(original.payer_wallet), "left": refundable(original)}


class Refund(RefundView, DetailsStep):
    """How much of it goes back; all that is left, unless one says less."""

    kind = "refund"
    form_class = RefundForm
    template = "refund"
    url = "refund"
    review_url = "refund_review"

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        if not refundable(self.original):
            return redirect("transaction", self.original.pk)
        return super().get(request, **names)

    def form(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> DraftForm:
        return RefundForm(self.original, refundable(self.original), data, initial=initial)


class RefundReview(RefundView, ReviewStep):
    """What will go back, and to whom."""

    details = Refund
    template = "refund_review"

    def find(self, draft_id: uuid.UUID) -> Draft | None:
        original, draft = self.original, super().find(draft_id)
        return draft if draft and draft.facts["original"] == str(original.pk) else None

    def review(self, draft: Draft) -> dict[str, Any]:
        return {**self.about(), "amount": drafted_money(draft), "notes": draft.facts["notes"]}

    def act(self, draft: Draft) -> Transaction:
        return refund(
            original=self.original,
            amount=drafted_money(draft),
            actor=self.person,
            key=str(draft.id),
            reason=draft.facts["notes"],
            now=self.now,
        )
