"""The till's forms."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.idempotency import KeyedForm
from config.problems import refused_on_form
from merchants.models import Store
from payments.forms.acts import AmountField, show_unit
from payments.money import Money, parse_typed

TIP_PERCENTS = (5, 10, 15)
NO_TIP, OTHER_TIP = "0", "other"
PERCENT = 100


def tip_on(amount: Money, percent: int) -> Money:
    """So many per cent of an amount, rounded to the nearest minor unit, halves up."""
    return Money((amount.amount * percent + PERCENT // 2) // PERCENT, amount.asset)


class ChargeForm(KeyedForm):
    """What the till asks for. Cleans the amount, and the tip beside it, to money in the store's currency."""

    amount = AmountField(label=_("Amount"))
    tip = forms.ChoiceField(
        label=_("Tip"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (NO_TIP, _("No tip")),
            *((str(percent), f"{percent} %") for percent in TIP_PERCENTS),
            (OTHER_TIP, _("Another amount")),
        ],
    )
    tip_amount = AmountField(label=_("Tip amount"), required=False)
    note = forms.CharField(
        label=_("Note (optional)"),
        max_length=140,
        required=False,
        help_text=_("The customer reads it: a table, an order number."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, store: Store, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.store = store
        if not store.offers_tips:
            del self.fields["tip"], self.fields["tip_amount"]
        for name in ("amount", "tip_amount"):
            if name in self.fields:
                show_unit(self.fields[name], Money(0, store.asset))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._to_money(cleaned, "amount")
        cleaned["tip"] = self._tip(cleaned)
        return cleaned

    def _tip(self, cleaned: dict[str, Any]) -> Money | None:
        chosen, amount = cleaned.get("tip") or NO_TIP, cleaned.get("amount")
        if chosen == NO_TIP or not isinstance(amount, Money):
            return None
        if chosen != OTHER_TIP:
            return tip_on(amount, int(chosen))
        if not cleaned.get("tip_amount"):
            self.add_error("tip_amount", _("Write how much the tip is, or choose none."))
            return None
        self._to_money(cleaned, "tip_amount")
        return cleaned.get("tip_amount")

    def _to_money(self, cleaned: dict[str, Any], name: str) -> None:
        if cleaned.get(name):
            try:
                cleaned[name] = parse_typed(cleaned[name], self.store.asset, get_language() or "en")
            except Refused as refusal:
                refusal.field = name
                refused_on_form(self, refusal)
