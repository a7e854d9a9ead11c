"""The till's forms."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.problems import refused_on_form
from merchants.models import Store
from payments.forms.acts import AmountField, show_unit
from payments.money import Money, parse_typed


class ChargeForm(forms.Form):
    """What the till asks for. Cleans the amount to money in the store's currency."""

    amount = AmountField(label=_("Amount"))
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
        show_unit(self.fields["amount"], Money(0, store.asset))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "amount" in cleaned:
            try:
                cleaned["amount"] = parse_typed(cleaned["amount"], self.store.asset, get_language() or "en")
            except Refused as refusal:
                refused_on_form(self, refusal)
        return cleaned
