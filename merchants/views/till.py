"""The till: type an amount, show its code, turn green when the server has the payment."""

import uuid
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from config.errors import Refused
from config.problems import refused_on_form
from config.qr import inline_svg
from merchants import qr
from merchants.errors import ChargeCancelled, ChargeExpired, ChargePaid
from merchants.forms import ChargeForm
from merchants.models import Charge
from merchants.operations import cancel_charge, create_charge
from merchants.views.pages import KeptImage, MerchantView, StoreView
from payments.forms.acts import typed_amount
from payments.views.pages import INVALID

SEEN = "after"  # in the address of a question for news: the status that the screen shows


class Till(StoreView):
    """Asks for the amount. `?again=` starts with that of an earlier charge."""

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        return self.page("till", {"form": ChargeForm(self.store, initial=self._initial())})

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        form = ChargeForm(self.store, request.POST)
        if not form.is_valid():
            return self.page("till", {"form": form}, status=INVALID)
        wanted = form.cleaned_data
        try:
            charge = create_charge(
                store=self.store, amount=wanted["amount"], note=wanted["note"], cashier=self.person, now=self.now
            )
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page("till", {"form": form}, status=refusal.status)
        return redirect("till_charge", store_id=store_id, charge_id=charge.pk)

    def _initial(self) -> dict[str, Any]:
        try:
            again = uuid.UUID(self.request.GET.get("again", ""))
        except ValueError:
            return {}
        charge = Charge.objects.filter(store=self.store, pk=again).select_related("store__settlement_wallet").first()
        return {"amount": typed_amount(charge.money), "note": charge.note} if charge else {}


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
        context = {
            "charge": self.charge,
            "store": self.charge.store,
            "status": status,
            "address": address,
            "qr": inline_svg(address) if status == Charge.Status.PENDING else "",
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
