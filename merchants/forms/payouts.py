"""Forms about paying a store out."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from config.problems import refused_on_form
from merchants.destinations import (
    Destination,
    PixKeyType,
    read_iban,
    read_pix_key,
    read_us_account,
    read_wallet_address,
)
from merchants.models import PayoutDestination
from payments.fees import fee_for
from payments.forms.acts import AmountField, DraftForm, show_unit
from payments.ledger import InsufficientFunds
from payments.models import Transaction
from payments.money import Money, parse_typed

NUMBER = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class PayoutForm(DraftForm):
    """How much is paid out, and where to. `balance` is what the store's wallet holds."""

    amount = AmountField()
    destination = forms.ChoiceField(label=_("To"), widget=forms.RadioSelect, choices=[])

    def __init__(
        self,
        balance: Money,
        destinations: Sequence[PayoutDestination],
        data: Mapping[str, Any] | None = None,
        *,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.balance, self.destinations = balance, {str(each.pk): each for each in destinations}
        show_unit(self.fields["amount"], balance)
        field = self.fields["destination"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 declared above
        field.choices = [(key, f"{each.get_payout_type_display()}: {each.hint}") for key, each in self.destinations.items()]
        if destinations:
            field.initial = str(destinations[0].pk)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "amount" in cleaned:
            try:
                cleaned["amount"] = parse_typed(cleaned["amount"], self.balance.asset, get_language() or "en")
                if self.balance < cleaned["amount"] + fee_for(Transaction.Kind.PAYOUT, cleaned["amount"]):
                    raise InsufficientFunds(field="amount")
            except Refused as refusal:
                refused_on_form(self, refusal)
        return cleaned

    @property
    def chosen(self) -> PayoutDestination:
        """The place that a valid form names."""
        return self.destinations[self.cleaned_data["destination"]]

    def facts(self) -> dict[str, Any]:
        amount = self.cleaned_data["amount"]
        return {"amount": amount.amount, "asset": amount.asset, "destination": self.cleaned_data["destination"]}


class DestinationForm(forms.Form):
    """A place of one kind; `place` reads it."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                cleaned["place"] = self.place(cleaned)
            except Refused as refusal:
                refused_on_form(self, refusal)
        return cleaned

    def place(self, cleaned: Mapping[str, Any]) -> Destination:
        """What was typed, read.

        :raises BadDestination:
        """
        raise NotImplementedError


HOLDER = _("As the bank has it: whoever holds the account.")


class PixForm(DestinationForm):
    """A Pix key."""

    key_type = forms.ChoiceField(
        label=_("What kind of key"),
        widget=forms.RadioSelect,
        choices=[
            (PixKeyType.CPF.value, "CPF"),
            (PixKeyType.CNPJ.value, "CNPJ"),
            (PixKeyType.EMAIL.value, _("E-mail")),
            (PixKeyType.PHONE.value, _("Phone")),
            (PixKeyType.RANDOM.value, _("Random key")),
        ],
    )
    key = forms.CharField(label=_("Key"), max_length=100, widget=forms.TextInput(attrs={**NUMBER, "autocapitalize": "none"}))

    def place(self, cleaned: Mapping[str, Any]) -> Destination:
        return read_pix_key(cleaned["key_type"], cleaned["key"])


class IbanForm(DestinationForm):
    """A bank account by its IBAN."""

    iban = forms.CharField(label="IBAN", max_length=100, widget=forms.TextInput(attrs=NUMBER))
    holder = forms.CharField(label=_("Account holder"), max_length=100, help_text=HOLDER)

    def place(self, cleaned: Mapping[str, Any]) -> Destination:
        return read_iban(cleaned["iban"], cleaned["holder"])


class UsAccountForm(DestinationForm):
    """A bank account in the United States."""

    routing_number = forms.CharField(
        label=_("Routing number"), max_length=100, widget=forms.TextInput(attrs={**NUMBER, "inputmode": "numeric"})
    )
    account_number = forms.CharField(
        label=_("Account number"), max_length=100, widget=forms.TextInput(attrs={**NUMBER, "inputmode": "numeric"})
    )
    account_type = forms.ChoiceField(
        label=_("Kind of account"),
        widget=forms.RadioSelect,
        choices=[("checking", _("Checking")), ("savings", _("Savings"))],
        initial="checking",
    )
    holder = forms.CharField(label=_("Account holder"), max_length=100, help_text=HOLDER)

    def place(self, cleaned: Mapping[str, Any]) -> Destination:
        return read_us_account(cleaned["routing_number"], cleaned["account_number"], cleaned["account_type"], cleaned["holder"])


class WalletForm(DestinationForm):
    """A wallet here, by its address."""

    address = forms.CharField(
        label=_("Wallet address"),
        max_length=100,
        help_text=_("It stands on the wallet's page: 12 letters and digits."),
        widget=forms.TextInput(attrs={**NUMBER, "autocapitalize": "none"}),
    )

    def place(self, cleaned: Mapping[str, Any]) -> Destination:
        return read_wallet_address(cleaned["address"])


class DestinationKinds:
    """The forms by the name that addresses have for their kind."""

    FORMS: ClassVar[dict[str, type[DestinationForm]]] = {
        "pix": PixForm, "iban": IbanForm, "us-account": UsAccountForm, "wallet": WalletForm,
    }  # fmt: skip
