"""The portal's forms about paying in a store."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.errors import Refused
from merchants.codes import read_code
from merchants.models import Charge, Store
from payments.forms.acts import ActForm, DraftForm, WalletField, check_funds, show_unit
from payments.models import Transaction, Wallet
from payments.money import Money

CODE_ROOM = 200  # for the address of a QR code, pasted whole
AS_CODE = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "code-input", "data-code": ""}


class CodeForm(forms.Form):
    """A code, typed by hand or pasted. Cleans to the code as codes are written."""

    code = forms.CharField(
        label=_("Code"),
        max_length=CODE_ROOM,
        help_text=_("The letters and digits under the QR code: 6 of a store, 9 of a till. Spaces and small letters are fine."),
        widget=forms.TextInput(attrs=AS_CODE),
        error_messages={"required": _("Type the code that the till or the store shows.")},
    )

    def clean_code(self) -> str:
        try:
            return read_code(self.cleaned_data["code"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from None


class PayerWalletField(WalletField):
    """One of the payer's wallets that the store can be paid from."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Pay from"), **kwargs})


def paying_wallets(person: User, asset: str) -> list[Wallet]:
    """The person's wallets in what the store is paid in, the primary first."""
    wallets = Wallet.objects.owned_by(person).filter(status=Wallet.Status.ACTIVE, asset=asset)
    return list(wallets.in_order().with_balance())


class PayChargeForm(DraftForm):
    """From which wallet to pay what a till asks for."""

    from_address = ("wallet",)

    wallet = PayerWalletField()

    def __init__(self, charge: Charge, person: User, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.charge = charge
        self.wallets = paying_wallets(person, charge.money.asset)
        field = self.fields["wallet"]
        assert isinstance(field, WalletField)  # noqa: S101 declared above
        field.offer(self.wallets)

    def clean_wallet(self) -> Wallet:
        wallet: Wallet = self.cleaned_data["wallet"]
        try:
            check_funds(wallet, Transaction.Kind.PAYMENT, self.charge.money)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal), code=refusal.code) from None
        return wallet

    def facts(self) -> dict[str, Any]:
        price = self.charge.money
        wallet = str(self.cleaned_data["wallet"].pk)
        return {"code": self.charge.code, "wallet": wallet, "amount": price.amount, "asset": price.asset, "notes": ""}


class PayStoreForm(ActForm):
    """How much to pay a store, and from which wallet."""

    from_address = ("wallet", "notes")

    wallet = PayerWalletField()
    notes = forms.CharField(
        label=_("Note (optional)"),
        max_length=280,
        required=False,
        help_text=_("The store can read it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["amount", "wallet", "notes"]

    def __init__(self, store: Store, person: User, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        self.store = store
        super().__init__(person, data, **kwargs)
        show_unit(self.fields["amount"], Money(0, store.asset))

    def offered(self) -> list[Wallet]:
        return paying_wallets(self.person, self.store.asset)

    def check(self, cleaned: dict[str, Any]) -> None:
        check_funds(cleaned["wallet"], Transaction.Kind.PAYMENT, cleaned["amount"])

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "code": self.store.short_code, "notes": self.cleaned_data["notes"]}
