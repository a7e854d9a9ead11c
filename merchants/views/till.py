"""The till: type an amount, show its code, turn green when the server has the payment."""

import uuid
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from config.errors import Refused
from config.idempotency import redirect_once
from config.pagination import CURSOR, cursor_in, page_of
from config.problems import refused_on_form
from config.qr import inline_svg
from merchants import qr
from merchants.brcode import pix_code
from merchants.errors import ChargeCancelled, ChargeExpired, ChargePaid
from merchants.forms import ChargeForm
from merchants.models import Charge
from merchants.operations import cancel_charge, create_charge
from merchants.queries import kept_totals, payments_to, takings_since
from merchants.roles import Act
from merchants.views.pages import KeptImage, MerchantView, StoreView
from merchants.views.shifts import running_shift
from merchants.views.stores import PAGE_SIZE, days
from payments.forms.acts import typed_amount
from payments.views.pages import INVALID

SEEN = "after"  # in the address of a question for news: the status that the screen shows


class Till(StoreView):
    """Asks for the amount. `?again=` starts with that of an earlier charge.

    Sent twice, as after an answer that got lost, it asks once: both lead to the same charge.
    """

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        return self._shown(ChargeForm(self.store, initial=self._initial()))

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        form = ChargeForm(self.store, request.POST)
        if not form.is_valid():
            return self._shown(form, status=INVALID)
        try:
            return redirect_once(request, form=form, work=lambda: self._ask(form.cleaned_data))
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self._shown(form, status=refusal.status)

    def _ask(self, wanted: dict[str, Any]) -> str:
        """Makes the charge; answers where it is shown."""
        charge = create_charge(
            store=self.store, amount=wanted["amount"], tip=wanted["tip"], note=wanted["note"], cashier=self.person, now=self.now
        )
        return reverse("till_charge", args=[self.store.pk, charge.pk])

    def _shown(self, form: ChargeForm, *, status: int = 200) -> HttpResponse:
        shift = running_shift(self.store, self.person)
        totals = kept_totals(shift, now=self.now) if shift else None
        return self.page("till", {"form": form, "shift": shift, "totals": totals}, status=status)

    def _initial(self) -> dict[str, Any]:
        try:
            again = uuid.UUID(self.request.GET.get("again", ""))
        except ValueError:
            return {}
        charge = Charge.objects.filter(store=self.store, pk=again).select_related("store__settlement_wallet").first()
        return {"amount": typed_amount(charge.money - charge.tip_money), "note": charge.note} if charge else {}


class ChargeView(MerchantView):
    """A page of the till about one charge. One query: the screen asks for news more than once a second."""

    @cached_property
    def charge(self) -> Charge:
        """The charge that the address names.

        :raises Http404: the person does not work in its store.
        """
        charges = Charge.objects.at_stores_of(self.person).filter(store=self.kwargs["store_id"])
        return get_object_or_404(charges.select_related("store__settlement_wallet", "transaction"), pk=self.kwargs["charge_id"])


class TillCharge(ChargeView):
    """The code to scan while it waits, and what became of it. Without news for the screen it answers 204."""

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        status = self.charge.status_at(self.now)
        if request.GET.get(SEEN) == status:
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        address = qr.pay_address(self.charge)
        pix = pix_code(self.charge) if status == Charge.Status.PENDING else ""
        context = {
            "charge": self.charge,
            "store": self.charge.store,
            "status": status,
            "address": address,
            "qr": inline_svg(address) if status == Charge.Status.PENDING else "",
            "pix": pix,
            "pix_qr": inline_svg(pix) if pix else "",
        }
        return self.page("till_charge", context)


class CancelCharge(ChargeView):
    """Takes the charge back; if it was paid a moment earlier, the till says so instead."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        with suppress(ChargePaid, ChargeExpired, ChargeCancelled):  # its own page says which, in large letters
            cancel_charge(charge=self.charge, actor=self.person, now=self.now)
        return redirect("till_charge", **self.kwargs)


class ChargeQR(KeptImage, ChargeView):
    """The charge's QR code as a file."""

    def get(self, request: HttpRequest, *, kind: str, **names: Any) -> HttpResponse:
        return qr.image(kind, qr.pay_address(self.charge))


class Today(StoreView):
    """What was paid to the store today, for whoever stands at the till."""

    needs = Act.SEE_TODAY

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        start = self.store.day_start(self.store.today(self.now))
        payments = payments_to(self.store).filter(created_at__gte=start)
        page = page_of(payments, cursor_in(request.GET), size=PAGE_SIZE)
        context = {
            "takings": takings_since(self.store, start),
            "days": days(self.store, page.rows, today=self.store.today(self.now)),
            "newer": f"?{CURSOR}={page.previous}" if page.previous else "",
            "older": f"?{CURSOR}={page.next}" if page.next else "",
        }
        return self.page("till_today", context)
