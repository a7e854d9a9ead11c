"""Shifts: beginning and closing one's own at the till, and the list of them."""

import uuid
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from accounts.models import User
from config.pagination import CURSOR, cursor_in, page_of
from merchants.models import Shift, Store
from merchants.operations import close_shift, open_shift
from merchants.queries import kept_totals, shifts_seen_by
from merchants.roles import Act
from merchants.views.pages import StoreView

PAGE_SIZE = 25


def running_shift(store: Store, person: User) -> Shift | None:
    """The shift that the person has open in this store."""
    return Shift.objects.running().filter(store=store, cashier=person).select_related("store__settlement_wallet").first()


class OpenShift(StoreView):
    """Begins a shift; if one runs already, that one goes on."""

    needs = Act.KEEP_SHIFT
    http_method_names = ["post"]

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        if running_shift(self.store, self.person) is None:
            open_shift(store=self.store, cashier=self.person, now=self.now)
            messages.success(request, _("Your shift has begun."))
        return redirect("till", store_id)


class Shifts(StoreView):
    """The shifts one may see, newest first."""

    needs = Act.KEEP_SHIFT

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        page = page_of(shifts_seen_by(self.person, self.store), cursor_in(request.GET), size=PAGE_SIZE)
        context = {
            "shifts": [(shift, shift.money(shift.paid) if shift.closed_at else None) for shift in page.rows],
            "running": running_shift(self.store, self.person),
            "newer": f"?{CURSOR}={page.previous}" if page.previous else "",
            "older": f"?{CURSOR}={page.next}" if page.next else "",
        }
        return self.page("shifts", context)


class ShiftPage(StoreView):
    """What a shift has brought, and closing it."""

    needs = Act.KEEP_SHIFT

    @cached_property
    def shift(self) -> Shift:
        """The shift that the address names.

        :raises Http404: it is none of this store's, or one that the person may not see.
        """
        return get_object_or_404(shifts_seen_by(self.person, self.store), pk=self.kwargs["shift_id"])

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        waiting = self.shift.charges.filter(status="pending", expires_at__gt=self.now).count()
        context = {"shift": self.shift, "totals": kept_totals(self.shift, now=self.now), "waiting": waiting}
        return self.page("shift", context)


class CloseShift(ShiftPage):
    """Ends the shift; sent twice, the totals stay those of the first time."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        if self.shift.is_running:
            close_shift(shift=self.shift, actor=self.person, now=self.now)
            messages.success(request, _("The shift is closed."))
        return redirect("shift", **self.kwargs)
