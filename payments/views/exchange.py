"""Exchanging one currency for another: how much, the quote, done."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from config.errors import Refused
from config.idempotency import FORM_KEY, KeyedForm, redirect_once
from config.problems import refused_on_form
from payments.errors import QuoteExpired, QuoteUsed
from payments.forms import ExchangeForm
from payments.models import ConversionQuote, Wallet
from payments.money import Money
from payments.operations import convert, quote_conversion
from payments.providers.rates import rates_provider
from payments.views.pages import INVALID, PersonView
from payments.views.steps import receipt_address


class ExchangeView(PersonView):
    """What the exchange pages share: the form, and asking for a quote."""

    def show(self, form: ExchangeForm, *, status: int = 200) -> HttpResponse:
        return self.page("exchange", {"form": form}, status=status)

    def offer(self, form: ExchangeForm, *, source: Wallet, target: Wallet, amount: Money) -> HttpResponse:
        """Ask for a rate and lead to the quote; or the form again, with the reason why there is none."""
        try:
            rate = rates_provider().rate(source.asset_id, target.asset_id, timezone.localdate())
            quote = quote_conversion(source=source, target=target, amount=amount, rate=rate, actor=self.person, now=self.now)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.show(form, status=refusal.status)
        return redirect("exchange_quote", quote.pk)

    def quote(self, quote_id: uuid.UUID) -> ConversionQuote:
        quotes = ConversionQuote.objects.visible_to(self.person)
        return get_object_or_404(quotes.select_related("source_wallet", "target_wallet", "transaction"), pk=quote_id)

    def form_of(self, quote: ConversionQuote) -> ExchangeForm:
        """The form as the quote was asked for."""
        facts = {"wallet": str(quote.source_wallet_id), "amount": quote.source.amount, "asset": quote.source.asset}
        return ExchangeForm(self.person, {**ExchangeForm.typed(facts), "target": str(quote.target_wallet_id)})


class Exchange(ExchangeView):
    """The first step: from which wallet, into which, how much."""

    def get(self, request: HttpRequest) -> HttpResponse:
        initial = {name: request.GET[name] for name in ExchangeForm.from_address if name in request.GET}
        return self.show(ExchangeForm(self.person, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ExchangeForm(self.person, request.POST)
        if not form.is_valid():
            return self.show(form, status=INVALID)
        wanted = form.cleaned_data
        return self.offer(form, source=wanted["wallet"], target=wanted["target"], amount=wanted["amount"])


class ExchangeQuote(ExchangeView):
    """The second step: the rate, for as long as it is held. A quote is exchanged once, whoever clicks how often."""

    def get(self, request: HttpRequest, quote_id: uuid.UUID) -> HttpResponse:
        quote = self.quote(quote_id)
        if quote.transaction:
            return redirect(receipt_address(quote.transaction))
        return self._show(quote)

    def post(self, request: HttpRequest, quote_id: uuid.UUID) -> HttpResponse:
        quote = self.quote(quote_id)
        form = KeyedForm({FORM_KEY: str(quote.pk)})
        form.full_clean()

        def work() -> str:
            return receipt_address(convert(quote=quote, actor=self.person, key=str(quote.pk), now=self.now))

        try:
            return redirect_once(request, form=form, work=work)
        except QuoteUsed:
            return redirect("exchange_quote", quote.pk)
        except QuoteExpired as refusal:
            return self._show(quote, refusal=refusal)
        except Refused as refusal:
            again = self.form_of(quote)
            again.errors.clear()
            refused_on_form(again, refusal)
            return self.show(again, status=refusal.status)

    def _show(self, quote: ConversionQuote, *, refusal: Refused | None = None) -> HttpResponse:
        seconds_left = int((quote.expires_at - self.now).total_seconds())
        context: dict[str, Any] = {
            "quote": quote,
            "seconds_left": seconds_left,
            "expired": seconds_left <= 0,
            "refusal": refusal,
            "back": _details_address(quote),
        }
        return self.page("exchange_quote", context, status=refusal.status if refusal else 200)


class RenewQuote(ExchangeView):
    """Asks for today's rate for the same exchange."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, quote_id: uuid.UUID) -> HttpResponse:
        quote = self.quote(quote_id)
        if quote.transaction:
            return redirect(receipt_address(quote.transaction))
        form = self.form_of(quote)
        if not form.is_valid():
            return self.show(form, status=INVALID)
        return self.offer(form, source=quote.source_wallet, target=quote.target_wallet, amount=quote.source)


def _details_address(quote: ConversionQuote) -> str:
    """The first step with what this quote was asked for."""
    facts = {"wallet": str(quote.source_wallet_id), "amount": quote.source.amount, "asset": quote.source.asset}
    typed = ExchangeForm.typed(facts)
    query = {"wallet": typed["wallet"], "target": str(quote.target_wallet_id), "amount": typed["amount"]}
    return reverse("exchange", query=query)
