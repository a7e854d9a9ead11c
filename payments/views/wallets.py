"""Wallets: opening, looking into, naming, choosing and closing them."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config.errors import Refused
from config.idempotency import redirect_once
from config.problems import refused_on_form
from payments import queries
from payments.currencies import suggested_currency
from payments.forms import BalanceAtForm, OpenWalletForm, PeriodForm, RenameWalletForm, day_start
from payments.models import Wallet
from payments.operations import close_wallet, make_primary, open_wallet, rename_wallet
from payments.views.movements import activity, days
from payments.views.pages import INVALID, PersonView

LAST = 10  # movements on a wallet's page


class Wallets(PersonView):
    """All of a person's wallets, closed ones last."""

    def get(self, request: HttpRequest) -> HttpResponse:
        everywhere = list(Wallet.objects.named_by(self.person).in_order().with_balance())
        wallets = [wallet for wallet in everywhere if wallet.kind != Wallet.Kind.LINKED]
        opened = [wallet for wallet in wallets if wallet.status != Wallet.Status.CLOSED]
        closed = [wallet for wallet in wallets if wallet.status == Wallet.Status.CLOSED]
        elsewhere = [wallet for wallet in everywhere if wallet.kind == Wallet.Kind.LINKED]
        limit = settings.MAX_WALLETS_PER_USER
        context = {"wallets": opened, "closed": closed, "elsewhere": elsewhere, "limit": limit, "has_room": len(opened) < limit}
        if not opened:
            context |= {"suggested": suggested_currency(self.person), "open_form": OpenWalletForm()}
        return self.page("wallets", context)


class OpenWallet(PersonView):
    """Chooses a currency; the first wallet may be opened in one click from home."""

    def get(self, request: HttpRequest) -> HttpResponse:
        asset = request.GET.get("asset") or suggested_currency(self.person)
        return self.page("wallet_open", {"form": OpenWalletForm(initial={"asset": asset})})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = OpenWalletForm(request.POST)
        if not form.is_valid():
            return self.page("wallet_open", {"form": form}, status=INVALID)
        try:
            return redirect_once(request, form=form, work=lambda: self._open(form.cleaned_data))
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page("wallet_open", {"form": form}, status=refusal.status)

    def _open(self, wanted: dict[str, Any]) -> str:
        person = self.person
        wallet = open_wallet(user=person, asset=wanted["asset"], name=wanted["name"], actor=person, now=self.now)
        return reverse("wallet", args=[wallet.pk])


class WalletView(PersonView):
    """Something about one wallet of the person; a stranger's is not there."""

    def wallet(self, wallet_id: uuid.UUID) -> Wallet:
        return get_object_or_404(Wallet.objects.owned_by(self.person).with_balance(), pk=wallet_id)


class WalletPage(WalletView):
    """One wallet: what lies in it, what moved last, and what can be done with it."""

    def get(self, request: HttpRequest, wallet_id: uuid.UUID) -> HttpResponse:
        wallet, today = self.wallet(wallet_id), timezone.localdate()
        last = activity(self.person, wallet=wallet)[:LAST]
        balance_form = BalanceAtForm(request.GET if "at" in request.GET else None, initial={"at": today})
        context = {
            "wallet": wallet,
            "days": days(last, self.person, today=today, wallet=wallet),
            "period_form": PeriodForm(initial=PeriodForm.this_month(today)),
            "balance_form": balance_form,
            "balance_at": self._balance_at(wallet, balance_form),
            "own_freeze": wallet.status == Wallet.Status.FROZEN and wallet.own_freezes.lasting().exists(),
        }
        return self.page("wallet", context)

    def _balance_at(self, wallet: Wallet, form: BalanceAtForm) -> dict[str, Any] | None:
        """What lay in the wallet at the end of the day that was asked for."""
        if not form.is_bound or not form.is_valid():
            return None
        day: dt.date = form.cleaned_data["at"]
        last_moment = day_start(day + dt.timedelta(days=1)) - queries.MOMENT
        return {"day": day, "balance": queries.balance_at(wallet, last_moment)}


class RenameWallet(WalletView):
    """Gives a wallet another name."""

    def get(self, request: HttpRequest, wallet_id: uuid.UUID) -> HttpResponse:
        wallet = self.wallet(wallet_id)
        return self._show(wallet, RenameWalletForm(initial={"name": wallet.name}))

    def post(self, request: HttpRequest, wallet_id: uuid.UUID) -> HttpResponse:
        wallet, form = self.wallet(wallet_id), RenameWalletForm(request.POST)
        if not form.is_valid():
            return self._show(wallet, form, status=INVALID)
        rename_wallet(wallet=wallet, name=form.cleaned_data["name"], actor=self.person, now=self.now)
        messages.success(request, _("The wallet has its new name."))
        return redirect("wallet", wallet.pk)

    def _show(self, wallet: Wallet, form: RenameWalletForm, *, status: int = 200) -> HttpResponse:
        return self.page("wallet_rename", {"wallet": wallet, "form": form}, status=status)


class MakeWalletPrimary(WalletView):
    """Makes a wallet the one that payments come from unless another is chosen."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, wallet_id: uuid.UUID) -> HttpResponse:
        wallet = make_primary(wallet=self.wallet(wallet_id), actor=self.person, now=self.now)
        messages.success(request, _("%(wallet)s is your primary wallet now.") % {"wallet": wallet.name})
        return redirect("wallet", wallet.pk)


class CloseWallet(WalletView):
    """Says what closing means, then closes an empty wallet for good."""

    def get(self, request: HttpRequest, wallet_id: uuid.UUID) -> HttpResponse:
        wallet = self.wallet(wallet_id)
        if wallet.status == Wallet.Status.CLOSED:
            return redirect("wallet", wallet.pk)
        return self.page("wallet_close", {"wallet": wallet})

    def post(self, request: HttpRequest, wallet_id: uuid.UUID) -> HttpResponse:
        wallet = self.wallet(wallet_id)
        if wallet.status == Wallet.Status.CLOSED:  # a second click, or Back
            return redirect("wallet", wallet.pk)
        try:
            close_wallet(wallet=wallet, actor=self.person, now=self.now)
        except Refused as refusal:
            return self.page("wallet_close", {"wallet": wallet, "refusal": refusal}, status=refusal.status)
        messages.success(request, _("%(wallet)s is closed. Its history stays with you.") % {"wallet": wallet.name})
        return redirect("wallets")
