"""The form about a limit."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from payments.forms.acts import AmountField, show_unit, typed_amount
from payments.models.limit import Caps
from payments.money import InvalidAmount, Money, parse_typed


class LimitForm(forms.Form):
    """The most that may leave; an empty field is no limit. Valid, it has `caps`."""

    caps: Caps

    per_payment = AmountField(label=_("At most at once"), required=False, help_text=_("Leave it empty for no limit."))
    per_day = AmountField(label=_("At most in 24 hours"), required=False, help_text=_("Leave it empty for no limit."))

    def __init__(self, asset: str, data: Mapping[str, Any] | None = None, *, caps: Caps = Caps()) -> None:  # noqa: B008 it is immutable
        initial = {
            name: typed_amount(Money(minor, asset))
            for name, minor in zip(Caps._fields, caps, strict=True)
            if minor is not None
        }  # fmt: skip
        super().__init__(data, initial=initial)
        self.asset = asset
        for field in self.fields.values():
            show_unit(field, Money(0, asset))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.caps = Caps(*(self._minor(name, cleaned.get(name, "")) for name in Caps._fields))
        return cleaned

    def _minor(self, name: str, typed: str) -> int | None:
        if not typed:
            return None
        try:
            return parse_typed(typed, self.asset, get_language() or "en").amount
        except InvalidAmount as refusal:
            self.add_error(name, str(refusal))
            return None
