"""How Django's forms take the design system's shape."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting

# Characters from which an amount that is typed steps down in size; config/static/js/amount.js has the same.
LONG, LONGER = 9, 14


class FormRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ form.email.as_field_group }}` draw our fields; found with the project's templates."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class AmountInput(forms.TextInput):
    """A large amount with its unit beside it.

    `asset` is the unit shown and `decimals` what it has. In a form that also chooses a wallet, options
    that carry `data-asset` and `data-decimals` change both.
    """

    control = "amount"
    template_name = "forms/amount_input.html"

    def __init__(self, *, asset: str = "", decimals: int = 2, attrs: dict[str, Any] | None = None) -> None:
        defaults = {"inputmode": "decimal", "autocomplete": "off", "data-amount": ""}
        super().__init__(attrs={**defaults, **(attrs or {})})
        self.asset = asset
        self.decimals = decimals

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # as Django's
        """Adds the unit beside the field, and what the field is empty with: 0.00 for two decimals."""
        context = super().get_context(name, value, attrs)
        context["widget"]["asset"] = self.asset
        context["widget"]["attrs"].setdefault("data-decimals", str(self.decimals))
        length = len(context["widget"]["value"] or "")
        context["widget"]["attrs"]["data-length"] = "longer" if length >= LONGER else "long" if length >= LONG else ""
        return context


class WalletChoice(forms.RadioSelect):
    """Wallets as cards, each with its name and its balance; for a ModelChoiceField over `with_balance()`."""

    control = "wallets"

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:  # as Django's
        """Names the wallet's unit on its option, for the amount beside it."""
        option = super().create_option(name, value, *args, **kwargs)
        if wallet := getattr(value, "instance", None):
            option["attrs"] |= {"data-asset": wallet.money.asset, "data-decimals": str(wallet.money.scale)}
        return option


class PasswordInput(forms.PasswordInput):
    """A password with a button to look at it, so that nobody has to type it twice."""

    template_name = "forms/password_input.html"
