"""Pages about paying a store out: the list, asking for one in three steps, approving, its statement, and the places."""

import uuid
from collections.abc import Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config.errors import Prerequisite, Refused
from config.pagination import CURSOR, cursor_in, page_of
from config.problems import refused_on_form
from merchants.forms.payouts import DestinationForm, DestinationKinds, PayoutForm
from merchants.models import Payout, PayoutDestination
from merchants.operations import (
    add_destination,
    approve_payout,
    cancel_payout,
    change_payout,
    remove_destination,
    request_payout,
    show_at_till,
)
from merchants.operations.payouts import needs_approval
from merchants.payout_statements import PayoutStatement, payout_statement
from merchants.providers.payouts import payout_provider_named, provider_for, rails_for
from merchants.queries import balance_of
from merchants.roles import Act
from merchants.views.pages import ConfirmedForm, StoreView
from payments.fees import fee_for
from payments.forms.acts import typed_amount
from payments.models import Transaction
from payments.money import Money
from payments.statements.document import statement_pdf
from payments.statements.table import csv_rows
from payments.views.drafts import Draft
from payments.views.pages import INVALID
from payments.views.steps import DetailsStep, ReviewStep, drafted_money

PAGE_SIZE = 25
MAX_LINES = 500  # on a page; the files hold more
SHOWN_KINDS = {"pix": ["pix"], "bank": ["iban", "us-account"], "wallet": ["wallet"]}


def payouts_of(view: StoreView) -> QuerySet[Payout]:
    """The store's payouts with what pages show of them."""
    return view.store.payouts.select_related("store__settlement_wallet", "transaction", "requested_by", "approved_by")


class Payouts(StoreView):
    """The payouts, newest first, and what could be paid out now."""

    needs = Act.SEE_PAYOUTS

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        page = page_of(payouts_of(self), cursor_in(request.GET), size=PAGE_SIZE)
        context = {
            "payouts": page.rows,
            "balance": balance_of(self.store),
            "newer": f"?{CURSOR}={page.previous}" if page.previous else "",
            "older": f"?{CURSOR}={page.next}" if page.next else "",
        }
        return self.page("payouts", context)


class AskPayout(StoreView, DetailsStep):
    """How much, and where to."""

    needs = Act.REQUEST_PAYOUT
    kind = "payout"
    template = "payout_new"
    url = "payout_new"
    review_url = "payout_review"
    form_class = PayoutForm

    def form(self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None) -> PayoutForm:
        return PayoutForm(balance_of(self.store), self.places, data, initial=initial)

    @cached_property
    def places(self) -> list[PayoutDestination]:
        """Where the store may be paid out to."""
        return list(self.store.destinations.filter(removed_at__isnull=True).order_by("-created_at"))

    def about(self) -> dict[str, Any]:
        return {"balance": balance_of(self.store), "places": self.places}


class ReviewPayout(StoreView, ReviewStep):
    """What will be paid out, what it costs, when it arrives, and whether somebody has to approve it."""

    needs = Act.REQUEST_PAYOUT
    details = AskPayout
    template = "payout_review"

    def review(self, draft: Draft) -> dict[str, Any]:
        amount, destination = drafted_money(draft), self._destination(draft)
        fee = fee_for(Transaction.Kind.PAYOUT, amount)
        provider = provider_for(destination.place, amount.asset)
        return {
            "amount": amount, "fee": fee, "total": amount + fee, "destination": destination, "place": destination.place,
            "provider": provider, "needs_approval": needs_approval(amount),
        }  # fmt: skip

    def act(self, draft: Draft) -> Transaction:
        payout = request_payout(
            store=self.store,
            destination=self._destination(draft),
            amount=drafted_money(draft),
            actor=self.person,
            key=str(draft.id),
            now=self.now,
        )
        return payout.transaction

    def receipt(self, transaction: Transaction) -> str:
        return f"{reverse('payout', args=[self.store.pk, Payout.objects.get(transaction=transaction).pk])}?done"

    def find(self, draft_id: uuid.UUID) -> Draft | None:
        self.store  # noqa: B018 whoever may not is told so before anything else
        return super().find(draft_id)

    def _destination(self, draft: Draft) -> PayoutDestination:
        return get_object_or_404(self.store.destinations, pk=draft.facts["destination"])


class PayoutView(StoreView):
    """A page about one payout."""

    needs = Act.SEE_PAYOUTS

    @cached_property
    def payout(self) -> Payout:
        """The payout that the address names.

        :raises Http404: it is none of this store's.
        """
        return get_object_or_404(payouts_of(self), pk=self.kwargs["payout_id"])


class PayoutPage(PayoutView):
    """What became of it, and what it is made of."""

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        statement = payout_statement(self.payout)
        context = {
            "payout": self.payout,
            "place": self.payout.place,
            "provider": payout_provider_named(self.payout.provider),
            "statement": statement,
            "lines": list(islice(statement.lines(), MAX_LINES)),
            "is_cut": statement.count > MAX_LINES,
            "is_own": self.payout.requested_by_id == self.person.pk,
            "is_done": "done" in request.GET,
        }
        return self.page("payout", context)


class Approve(PayoutView):
    """Says yes, to the payout as it was looked at."""

    needs = Act.APPROVE_PAYOUT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        revision = request.POST.get("revision", "")
        approve_payout(payout=self.payout, revision=int(revision) if revision.isdigit() else 0, actor=self.person, now=self.now)
        messages.success(request, _("Approved. The payout is on its way."))
        return redirect("payout", **self.kwargs)


class Cancel(PayoutView):
    """Takes a payout back."""

    needs = Act.REQUEST_PAYOUT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        cancel_payout(payout=self.payout, actor=self.person, now=self.now)
        messages.success(request, _("The payout was taken back. All of it is in the store's wallet again."))
        return redirect("payout", **self.kwargs)


class Change(PayoutView, ConfirmedForm):
    """Changes a payout that waits for its approval."""

    needs = Act.REQUEST_PAYOUT

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        chosen = next((each for each in self._places if each.hint == self.payout.hint), None)
        initial = {"amount": typed_amount(self.payout.money), "destination": str(chosen.pk) if chosen else "", **self.typed()}
        return self._shown(PayoutForm(self._room, self._places, initial=initial))

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        form = PayoutForm(self._room, self._places, request.POST)
        if not form.is_valid():
            return self._shown(form, status=INVALID)
        try:
            change_payout(
                payout=self.payout, destination=form.chosen, amount=form.cleaned_data["amount"], actor=self.person,
                now=self.now,
            )  # fmt: skip
        except Prerequisite:
            self.keep_typed()
            raise
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._shown(form, status=refusal.status)
        messages.success(request, _("The payout was changed. Whoever approves it looks at it again."))
        return redirect("payout", **self.kwargs)

    @cached_property
    def _places(self) -> list[PayoutDestination]:
        return list(self.store.destinations.filter(removed_at__isnull=True).order_by("-created_at"))

    @property
    def _room(self) -> Money:
        """What could be paid out instead: the balance, and what is on hold for this payout."""
        return balance_of(self.store) + self.payout.total

    def _shown(self, form: PayoutForm, *, status: int = 200) -> HttpResponse:
        return self.page("payout_change", {"form": form, "payout": self.payout}, status=status)


class StatementFile(PayoutView):
    """The payout's statement as a file: `csv` or `pdf`."""

    def get(self, request: HttpRequest, *, suffix: str, **names: Any) -> HttpResponseBase:
        found: PayoutStatement = payout_statement(self.payout)
        answer: HttpResponseBase
        if suffix == "csv":
            rows = csv_rows(found.statement, self.store.zone)
            answer = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
        else:
            answer = HttpResponse(statement_pdf(found.statement, self.store.zone), content_type="application/pdf")
        day = timezone.localdate(self.payout.created_at, self.store.zone)
        name = f"florin-{self.store.symbol.lower()}-payout-{day}-{self.payout.pk.hex[-6:]}.{suffix}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


class Destinations(StoreView):
    """The places that the store is paid out to."""

    needs = Act.REQUEST_PAYOUT

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        places = self.store.destinations.filter(removed_at__isnull=True).select_related("added_by").order_by("-created_at")
        return self.page("payout_destinations", {"places": places, "kinds": kinds_for(self.store.asset)})


class AddDestination(ConfirmedForm):
    """Adds one, confirmed by a fresh proof."""

    needs = Act.REQUEST_PAYOUT

    def get(self, request: HttpRequest, store_id: uuid.UUID, kind: str) -> HttpResponse:
        return self._shown(self._form_class(kind)(initial=self.typed()))

    def post(self, request: HttpRequest, store_id: uuid.UUID, kind: str) -> HttpResponse:
        form = self._form_class(kind)(request.POST)
        if not form.is_valid():
            return self._shown(form, status=INVALID)
        try:
            add_destination(store=self.store, place=form.cleaned_data["place"], actor=self.person, now=self.now)
        except Prerequisite:
            self.keep_typed()
            raise
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._shown(form, status=refusal.status)
        messages.success(request, _("The store can be paid out there now."))
        return redirect("payout_destinations", store_id)

    def _form_class(self, kind: str) -> type[DestinationForm]:
        if kind not in kinds_for(self.store.asset):
            raise Http404
        return DestinationKinds.FORMS[kind]

    def _shown(self, form: DestinationForm, *, status: int = 200) -> HttpResponse:
        return self.page("payout_destination_new", {"form": form, "kind": self.kwargs["kind"]}, status=status)


class RemoveDestination(StoreView):
    """Pays nothing out there any more."""

    needs = Act.REQUEST_PAYOUT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID, destination_id: uuid.UUID) -> HttpResponse:
        place = get_object_or_404(self.store.destinations.select_related("store"), pk=destination_id)
        remove_destination(destination=place, actor=self.person, now=self.now)
        messages.success(request, _("Nothing is paid out there any more."))
        return redirect("payout_destinations", store_id)


class ShowAtTill(StoreView):
    """Has tills show this Pix key, or no longer."""

    needs = Act.REQUEST_PAYOUT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID, destination_id: uuid.UUID) -> HttpResponse:
        place = get_object_or_404(self.store.destinations, pk=destination_id)
        shown = bool(request.POST.get("shown"))
        show_at_till(destination=place, shown=shown, actor=self.person, now=self.now)
        messages.success(request, _("Tills show it now.") if shown else _("Tills show no Pix key any more."))
        return redirect("payout_destinations", store_id)


def kinds_for(asset: str) -> list[str]:
    """Which kinds of places a store of this currency can add."""
    kinds = [kind for rail in rails_for(asset) for kind in SHOWN_KINDS[rail]]
    return [kind for kind in kinds if kind != "us-account" or asset == "USD"]
