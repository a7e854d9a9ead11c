"""The living style page: every component in every state, with names and amounts as hard as real ones.

Only in DEBUG. What is shown is made here, not read from anywhere.
"""

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.charts import Point, bar_chart, sparkline
from config.forms import AmountInput
from config.templatetags.florin import STATUSES
from payments.money import Money

MONTHS = (("Jun", 61240), ("Jul", 184000), ("Aug", 97315), ("Sep", 0), ("Oct", 142050), ("Nov", 88790))
BALANCES = (4120, 3990, 5210, 5010, 4460, 7300, 6850, 8120)


class SampleForm(forms.Form):
    """One field of each shape."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput,
        help_text=_("At least 15 characters. Four unrelated words make a good one."),
    )
    code = forms.CharField(
        label=_("Code from the mail"), widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )
    amount = forms.CharField(
        label=_("Amount"), widget=AmountInput(asset="EUR"), help_text=_("You have 1,250.40 EUR in this wallet.")
    )
    country = forms.ChoiceField(
        label=_("Country"),
        choices=[("br", "Brazil"), ("es", "Spain"), ("gb", "United Kingdom of Great Britain and Northern Ireland")],
    )
    way = forms.ChoiceField(
        label=_("How should it arrive?"),
        choices=[("instant", _("At once")), ("day", _("Within a day, without a fee"))],
        widget=forms.RadioSelect,
        initial="instant",
    )
    note = forms.CharField(label=_("Note for the payee (optional)"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    photo = forms.FileField(label=_("Photo"), required=False)
    remember = forms.BooleanField(label=_("Keep me signed in on this device"), required=False)


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """The page; `?toast` adds a message, `?till=waiting`, `paid` or `failed` shows the till instead."""
    if state := request.GET.get("till"):
        qr = mark_safe(segno.make("https://florin.example/pay/K7MPQ2").svg_inline(scale=8, border=4, omitsize=True))  # noqa: S308
        return render(request, "design_till.html", {"state": state, "qr": qr, "price": Money(2350, "EUR")})
    if "toast" in request.GET:
        messages.success(request, _("Saved. Your new name is on every receipt from now on."))
    bound = SampleForm({"email": "maria@", "amount": "12,5o", "way": "never", "code": "12"})
    bound.add_error("amount", _("Write an amount such as 12.50."))
    return render(request, "design.html", {"empty_form": SampleForm(auto_id="empty_%s"), "bound_form": bound, **_samples()})


def _samples() -> dict[str, Any]:
    """What the template shows, by name."""
    return {
        "statuses": list(STATUSES),
        "amounts": [
            Money(125040, "EUR"),
            Money(-123456789, "JPY"),
            Money(-1234567890, "KWD"),
            Money(2**63 - 1, "CREDIT"),
            Money(0, "BRL"),
        ],
        "balance": Money(125040, "EUR"),
        "yen": Money(1234567, "JPY"),
        "dinar": Money(1234567890, "KWD"),
        "largest": Money(-(2**63 - 1), "USD"),
        "paid": Money(-2350, "EUR"),
        "salary": Money(285000, "EUR"),
        "price": Money(2350, "EUR"),
        "fee": Money(25, "EUR"),
        "total": Money(2375, "EUR"),
        "months": bar_chart(
            [Point(label, value, f"{value / 100:,.2f} EUR") for label, value in MONTHS],
            title=_("Spending by month"),
            description=_("From June to November, in EUR."),
        ),
        "trend": sparkline(
            [Point(str(day), value, str(value)) for day, value in enumerate(BALANCES, 1)],
            title=_("Balance"),
            description=_("The last eight days."),
        ),
    }
