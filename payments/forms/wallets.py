"""Forms about wallets."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.idempotency import KeyedForm
from payments.currencies import currency_choices
from payments.money import asset_name

NAME_LIMIT = 60


class OpenWalletForm(KeyedForm):
    """A currency, and a name if one likes. Keyed, because a second click would open a second wallet."""

    asset = forms.ChoiceField(label=_("Currency"))
    name = forms.CharField(
        label=_("Name (optional)"),
        max_length=NAME_LIMIT,
        required=False,
        help_text=_("Only you see it. Without one the wallet is called after its currency."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asset"].choices = currency_choices(get_language() or "en")  # type: ignore[attr-defined]  # a ChoiceField's

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "asset" in cleaned and not cleaned.get("name"):
            name = asset_name(cleaned["asset"], get_language() or "en")
            cleaned["name"] = name[:1].upper() + name[1:]
        return cleaned


class RenameWalletForm(forms.Form):
    """Another name for a wallet."""

    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LIMIT,
        help_text=_("Only you see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
