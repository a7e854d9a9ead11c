"""Forms of the acts that move money.

What a form can know is refused on it, in the words of the operation that would refuse it. Amounts are read the
way the reader's language writes them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.forms.models import ModelChoiceIteratorValue
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.errors import Refused
from config.forms import AmountInput, WalletChoice
from config.problems import refused_on_form
from payments.fees import fee_for
from payments.ledger import InsufficientFunds, RefundExceedsPayment
from payments.models import Transaction, Wallet
from payments.money import Money, asset_name, parse_typed, show
from payments.operations.transfers import check_parties
from payments.payees import find_payee, limited_look_ups
from payments.providers.funding import Instrument, UnknownToken, funding_provider

NOTE_LIMIT = 280


def typed_amount(money: Money) -> str:
    """An amount as its reader would type it, to fill a field with."""
    shown = show(money, _language())
    return f"{shown.whole}{shown.fraction}"


def _language() -> str:
    return get_language() or "en"


class WalletField(forms.ChoiceField):
    """One of the wallets that `offer` was given, read once; cleans to the wallet."""

    widget = WalletChoice
    default_error_messages = {"required": _("Choose a wallet."), "invalid_choice": _("Choose one of these wallets.")}

    def offer(self, wallets: Sequence[Wallet], *, first: int = 0) -> None:
        """Let one of these be chosen; the one at `first` is chosen already."""
        self.wallets = {str(wallet.pk): wallet for wallet in wallets}
        self.choices = [(ModelChoiceIteratorValue(wallet.pk, wallet), str(wallet)) for wallet in wallets]
        self.initial = next(iter(list(self.wallets)[first:]), None)

    def clean(self, value: Any) -> Wallet:  # the raw value of a form, as Django's
        return self.wallets[super().clean(value)]


class AmountField(forms.CharField):
    """An amount as typed; the form's `clean` reads it, because the wallet says in what."""

    widget = AmountInput
    default_error_messages = {"required": _("Write an amount.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Amount"), "max_length": 40, **kwargs})


def show_unit(field: forms.Field, money: Money) -> None:
    """Put the unit of `money` beside an amount."""
    widget = field.widget
    assert isinstance(widget, AmountInput)  # noqa: S101 an AmountField's
    widget.asset, widget.decimals = money.asset, money.scale
    widget.attrs["placeholder"] = typed_amount(Money(0, money.asset))


class DraftForm(forms.Form):
    """The first step of an act that moves money; an `amount` is a field of every one.

    `from_address` names the fields that a link may fill.
    """

    from_address: ClassVar[tuple[str, ...]] = ()

    def facts(self) -> dict[str, Any]:
        """What a valid form says, as a draft keeps it: independent of the language it was typed in."""
        raise NotImplementedError

    @classmethod
    def typed(cls, facts: Mapping[str, Any]) -> dict[str, Any]:
        """A draft as its person would type it now."""
        return {**facts, "amount": typed_amount(Money(facts["amount"], facts["asset"]))}


class ActForm(DraftForm):
    """An act from or into one of the person's own wallets."""

    from_address: ClassVar[tuple[str, ...]] = ("wallet",)

    wallet = WalletField(label=_("From"))
    amount = AmountField()

    def __init__(
        self, person: User, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.person = person
        self.wallets = self.offered()
        self._wallet_field.offer(self.wallets)
        self._show_unit()

    def offered(self) -> list[Wallet]:
        """The wallets that money can move from or into, the primary first."""
        wallets = Wallet.objects.owned_by(self.person).filter(status=Wallet.Status.ACTIVE)
        return list(wallets.in_order().with_balance())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "wallet" in cleaned and "amount" in cleaned:
            try:
                cleaned["amount"] = parse_typed(cleaned["amount"], cleaned["wallet"].asset_id, _language())
                self.check(cleaned)
            except Refused as refusal:
                refused_on_form(self, refusal)
        return cleaned

    def check(self, cleaned: dict[str, Any]) -> None:
        """Refuse what the operation would refuse anyway, while the form is still open.

        :raises Refused:
        """

    def facts(self) -> dict[str, Any]:
        wallet, amount = self.cleaned_data["wallet"], self.cleaned_data["amount"]
        return {"wallet": str(wallet.pk), "amount": amount.amount, "asset": amount.asset}

    @property
    def _wallet_field(self) -> WalletField:
        field = self.fields["wallet"]
        assert isinstance(field, WalletField)  # noqa: S101 declared above
        return field

    def _show_unit(self) -> None:
        if wallet := self._wallet_field.wallets.get(str(self["wallet"].value())):
            show_unit(self.fields["amount"], wallet.money)


class SendForm(ActForm):
    """Whom to pay, how much, and from where."""

    from_address = ("wallet", "payee", "amount", "notes")

    payee = forms.CharField(
        label=_("To"),
        max_length=200,
        help_text=_("An e-mail address, a phone number with its country code, or a wallet address."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    notes = forms.CharField(
        label=_("Note (optional)"), max_length=NOTE_LIMIT, required=False, help_text=_("The payee can read it.")
    )
    field_order = ["payee", "amount", "wallet", "notes"]

    def check(self, cleaned: dict[str, Any]) -> None:
        payer, amount = cleaned["wallet"], cleaned["amount"]
        if "payee" not in cleaned:
            return
        with limited_look_ups(self.person):
            payee = find_payee(identifier=cleaned["payee"], asset=payer.asset_id)
        check_parties(payer, payee, amount)
        check_funds(payer, Transaction.Kind.TRANSFER, amount)
        cleaned["payee_wallet"] = payee

    def facts(self) -> dict[str, Any]:
        # The wallet that was found stands beside what was typed: what is reviewed is what is paid.
        cleaned = self.cleaned_data
        return {
            **super().facts(),
            "payee": cleaned["payee"],
            "payee_wallet": str(cleaned["payee_wallet"].pk),
            "notes": cleaned["notes"],
        }


class ExchangeForm(ActForm):
    """How much of one currency for another."""

    from_address = ("wallet", "target", "amount")

    target = WalletField(label=_("To"), widget=forms.Select)
    field_order = ["wallet", "amount", "target"]

    def __init__(
        self, person: User, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(person, data, initial=initial)
        target = self.fields["target"]
        assert isinstance(target, WalletField)  # noqa: S101 declared above
        target.offer(self.wallets, first=1)

    @property
    def can_exchange(self) -> bool:
        """Whether the person's wallets hold more than one currency."""
        return len({wallet.asset_id for wallet in self.wallets}) > 1

    def check(self, cleaned: dict[str, Any]) -> None:
        source, target = cleaned["wallet"], cleaned.get("target")
        if target and source.asset_id == target.asset_id:
            message = _("Both wallets hold %(currency)s. Choose two with different currencies.")
            self.add_error("target", message % {"currency": asset_name(source.asset_id, _language())})
            return
        check_funds(source, Transaction.Kind.CONVERSION, cleaned["amount"])


class InstrumentField(forms.ChoiceField):
    """One of the cards and accounts that the funding provider knows of this person."""

    default_error_messages = {"invalid_choice": UnknownToken.message}

    def offer(self, instruments: Sequence[Instrument]) -> None:
        """Let one of these be chosen; the first is chosen already."""
        self.choices = [(instrument.token, instrument.title) for instrument in instruments]
        self.initial = instruments[0].token if instruments else None


class FundingForm(ActForm):
    """How much goes between a wallet and a card or an account outside.

    :raises FundingUnavailable: this installation has no provider for it.
    """

    instrument = InstrumentField()

    def __init__(
        self, person: User, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(person, data, initial=initial)
        field = self.fields["instrument"]
        assert isinstance(field, InstrumentField)  # noqa: S101 declared above
        field.offer(funding_provider().instruments(person))

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "instrument": self.cleaned_data["instrument"]}


class TopUpForm(FundingForm):
    """How much, into which wallet, from where."""

    wallet = WalletField(label=_("Into"))
    instrument = InstrumentField(label=_("From"))
    field_order = ["amount", "wallet", "instrument"]


class WithdrawForm(FundingForm):
    """How much, from which wallet, to where."""

    instrument = InstrumentField(label=_("To"))
    field_order = ["amount", "wallet", "instrument"]

    def check(self, cleaned: dict[str, Any]) -> None:
        check_funds(cleaned["wallet"], Transaction.Kind.WITHDRAWAL, cleaned["amount"])


class RefundForm(DraftForm):
    """How much of a payment goes back to who paid it, and why. `left` is what can still go back."""

    amount = AmountField(help_text=_("All that is left to give back, or less."))
    notes = forms.CharField(
        label=_("Reason (optional)"), max_length=NOTE_LIMIT, required=False, help_text=_("The person you refund can read it.")
    )

    def __init__(self, original: Transaction, left: Money, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.original, self.left = original, left
        self.fields["amount"].initial = typed_amount(left)
        show_unit(self.fields["amount"], left)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "amount" in cleaned:
            try:
                cleaned["amount"] = parse_typed(cleaned["amount"], self.left.asset, _language())
                if self.left < cleaned["amount"]:
                    raise RefundExceedsPayment(field="amount")
            except Refused as refusal:
                refused_on_form(self, refusal)
        return cleaned

    def facts(self) -> dict[str, Any]:
        amount = self.cleaned_data["amount"]
        notes, original = self.cleaned_data["notes"], str(self.original.pk)
        return {"amount": amount.amount, "asset": amount.asset, "notes": notes, "original": original}


def check_funds(payer: Wallet, kind: Transaction.Kind, amount: Money) -> None:
    """Refuse an amount that the wallet can't give with its fee. The ledger decides again when the money moves.

    :raises InsufficientFunds:
    """
    if payer.money < amount + fee_for(kind, amount):
        raise InsufficientFunds(field="amount")
