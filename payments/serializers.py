"""What the API takes and gives about wallets and money.

Amounts are texts of digits with a point ("12.50"), with the asset's code beside them.
"""

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Session
from audit.models import Event
from audit.words import words_for
from config.api import StrictSerializer
from config.places import place_of
from payments.models import Asset, Transaction, Wallet
from payments.models.limit import Caps
from payments.money import InvalidAmount, parse_plain
from payments.parties import Direction

TOKEN = r"tok_[a-z0-9_]{1,60}"  # noqa: S105 a pattern; narrow, so that nobody's card number is taken for one and stored
TOKEN_HELP = "The provider's token of a card or an account."  # noqa: S105 a text
NAME_LIMIT = 60
NOTE_LIMIT = 280
AMOUNT_SCHEMA = {"type": "string", "pattern": r"^[0-9]{1,30}(\.[0-9]{1,30})?$", "examples": ["12.50"]}


@extend_schema_field(AMOUNT_SCHEMA)
class AmountField(serializers.Field[Any, Any, Any, Any]):
    """An amount as it came; `MoneyInput` reads it together with its asset."""

    def to_internal_value(self, value: Any) -> Any:  # any JSON
        return value


class IdField(serializers.UUIDField):
    """An id as text; REST framework would take a number too."""

    def to_internal_value(self, value: Any) -> uuid.UUID:  # any JSON
        if not isinstance(value, str):
            self.fail("invalid", value=value)
        identifier: uuid.UUID = super().to_internal_value(value)
        return identifier


class AssetField(serializers.CharField):
    """An asset's code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 10, "help_text": "An asset's code, such as EUR.", **kwargs})


class MoneyInput(StrictSerializer):
    """`amount` and `asset`; valid, they are one `money`."""

    amount = AmountField()
    asset = AssetField()

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with `money`.

        :raises InvalidAmount, UnknownAsset:
        """
        return {**values, "money": parse_plain(values.pop("amount"), values.pop("asset"))}


# --- wallets ---------------------------------------------------------------------------------------------


class WalletInput(StrictSerializer):
    """A wallet to open."""

    asset = AssetField()
    name = serializers.CharField(max_length=NAME_LIMIT)


class WalletChange(StrictSerializer):
    """Any of these; what is left out stays."""

    name = serializers.CharField(max_length=NAME_LIMIT, required=False)
    is_primary = serializers.ChoiceField(
        choices=[(True, "true")], required=False, help_text="True: payments come from this wallet unless another is chosen."
    )


class WalletAnswer(serializers.Serializer[Wallet]):
    """A wallet of the caller's. `balance` is what can be spent now."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Wallet.Kind.choices)
    name = serializers.CharField()
    address = serializers.CharField(help_text="Where others can pay into it.")
    asset = serializers.CharField(source="asset_id")
    balance = serializers.CharField(source="money.plain")
    status = serializers.ChoiceField(choices=Wallet.Status.choices)
    is_primary = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class FreezeAnswer(serializers.Serializer[Any]):
    """Whether the person froze their own account, and since when."""

    frozen = serializers.BooleanField()
    frozen_at = serializers.DateTimeField(allow_null=True)


class EventAnswer(serializers.Serializer[Event]):
    """One act on the caller's account."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    act = serializers.CharField(source="name", help_text="`noun.past_participle`; more will come.")
    description = serializers.SerializerMethodField(help_text="The act in words of `Accept-Language`.")
    way = serializers.SerializerMethodField(help_text="How somebody signed in; null of other acts.")
    session_id = serializers.UUIDField(allow_null=True)
    device_id = serializers.CharField(help_text="What came as `X-Device-ID`; empty when nothing did.")
    ip_address = serializers.IPAddressField(allow_null=True)
    place = serializers.SerializerMethodField(help_text="Where that address is used, if that is known here; else empty.")
    user_agent = serializers.CharField()

    def get_place(self, event: Event) -> str:
        return place_of(event.ip_address)

    def get_description(self, event: Event) -> str:
        return words_for(event.name)

    @extend_schema_field(serializers.ChoiceField(choices=Session.AuthMethod.choices, allow_null=True))
    def get_way(self, event: Event) -> str | None:
        way: str | None = event.properties.get("way")
        return way


class ActivitySummaryAnswer(serializers.Serializer[Any]):
    """How much the caller does here."""

    total = serializers.IntegerField()
    this_week = serializers.IntegerField(help_text="In the last seven days.")
    last_at = serializers.DateTimeField(allow_null=True)
    most_common = serializers.CharField(allow_null=True, help_text="An act, or a kind of transaction.")


class BalanceAnswer(serializers.Serializer[Any]):
    """What lay in a wallet at an instant."""

    wallet = serializers.UUIDField()
    at = serializers.DateTimeField()
    balance = serializers.CharField(source="money.plain")
    asset = serializers.CharField(source="money.asset")


# --- transactions ----------------------------------------------------------------------------------------


class CounterpartyAnswer(serializers.Serializer[Any]):
    """The other side: a person's name, a store's, or what the platform did."""

    name = serializers.CharField()
    address = serializers.CharField(
        source="counterparty_address", allow_null=True, help_text="Its wallet; null for the platform's and the outside."
    )


class ExchangeAnswer(serializers.Serializer[Any]):
    """What an exchange gave."""

    rate = serializers.CharField()
    target_amount = serializers.CharField(source="target.plain")
    target_asset = serializers.CharField(source="target.asset")


class FailureAnswer(serializers.Serializer[Any]):
    """Why it failed."""

    code = serializers.CharField(source="error_code")
    message = serializers.CharField(source="reason_of_failure")


class TransactionAnswer(serializers.Serializer[Any]):
    """A transaction in the caller's eyes. Built from `payments.parties.View`."""

    id = serializers.UUIDField(source="transaction.pk")
    kind = serializers.ChoiceField(choices=Transaction.Kind.choices, source="transaction.kind")
    status = serializers.ChoiceField(choices=Transaction.Status.choices, source="transaction.status")
    direction = serializers.ChoiceField(choices=[(each.value, each.value) for each in Direction])
    wallet = serializers.UUIDField(source="wallet.pk", help_text="The caller's; of two, the one the money left.")
    amount = serializers.CharField(source="transaction.money.plain", help_text="Without the fee, never negative.")
    asset = serializers.CharField(source="transaction.asset_id")
    fee = serializers.CharField(source="fee.plain", help_text="What the caller pays beside the amount, in the same asset.")
    counterparty = CounterpartyAnswer(source="*")
    exchange = ExchangeAnswer(allow_null=True, help_text="Only of a conversion.")
    note = serializers.CharField(source="transaction.notes")
    confirmation_code = serializers.CharField(source="transaction.confirmation_code")
    refund_of = serializers.UUIDField(source="transaction.refund_of_id", allow_null=True)
    failure = FailureAnswer(allow_null=True, help_text="Only of a failed one.")
    sandbox = serializers.BooleanField(help_text="No real money moved outside.")
    created_at = serializers.DateTimeField(source="transaction.created_at")
    completed_at = serializers.DateTimeField(source="transaction.completed_at", allow_null=True)


class LegAnswer(serializers.Serializer[Any]):
    """What the transaction did to one of the caller's wallets."""

    wallet = serializers.UUIDField(source="wallet_id")
    amount = serializers.CharField(source="money.plain", help_text="Negative when it left; with the fee.")
    asset = serializers.CharField(source="money.asset")
    created_at = serializers.DateTimeField()


class RefundAnswer(serializers.Serializer[Transaction]):
    """Money given back."""

    id = serializers.UUIDField()
    amount = serializers.CharField(source="money.plain")
    status = serializers.ChoiceField(choices=Transaction.Status.choices)
    created_at = serializers.DateTimeField()


class TransactionParts(serializers.Serializer[Any]):
    """The legs on the caller's wallets, and what was given back."""

    legs = LegAnswer(many=True)
    refunds = RefundAnswer(many=True)
    refunded = serializers.CharField(source="refunded.plain", help_text="All refunds together.")


class TransactionDetailAnswer(TransactionAnswer, TransactionParts):
    """A transaction with its legs on the caller's wallets and what was given back of it."""


class PostingAnswer(serializers.Serializer[Any]):
    """One movement of a wallet."""

    id = serializers.IntegerField(source="pk")
    transaction = serializers.UUIDField(source="transaction_id")
    kind = serializers.ChoiceField(choices=Transaction.Kind.choices, source="transaction.kind")
    amount = serializers.CharField(source="money.plain", help_text="Negative when it left; with the fee.")
    asset = serializers.CharField(source="money.asset")
    confirmation_code = serializers.CharField(source="transaction.confirmation_code")
    created_at = serializers.DateTimeField()


# --- money on its way ------------------------------------------------------------------------------------


class DepositInput(MoneyInput):
    """Money to collect from outside."""

    wallet = IdField()
    # REST framework's fields have an attribute `source`; serializers take it away from their declared fields.
    source = serializers.RegexField(f"^{TOKEN}$", help_text=TOKEN_HELP)  # type: ignore[assignment]


class WithdrawalInput(MoneyInput):
    """Money to pay out."""

    wallet = IdField()
    destination = serializers.RegexField(f"^{TOKEN}$", help_text=TOKEN_HELP)


class PayeeInput(StrictSerializer):
    """Exactly one of these."""

    address = serializers.CharField(max_length=200, required=False, help_text="A wallet's.")
    email = serializers.EmailField(max_length=254, required=False)
    phone = serializers.CharField(max_length=30, required=False, help_text="With its country code: +351912345678.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The one of them as `identifier`."""
        if len(values) != 1:
            raise serializers.ValidationError(_("Name exactly one of address, email and phone."), code="exactly_one")
        return {"identifier": next(iter(values.values()))}


class TransferInput(MoneyInput):
    """Money for somebody else."""

    wallet = IdField(help_text="Where the money comes from.")
    payee = PayeeInput()
    note = serializers.CharField(max_length=NOTE_LIMIT, required=False, allow_blank=True, help_text="The payee can read it.")


class RefundInput(StrictSerializer):
    """What to give back. Without an amount it is all that is left."""

    amount = AmountField(required=False)
    asset = AssetField(required=False)
    reason = serializers.CharField(max_length=NOTE_LIMIT, required=False, allow_blank=True, help_text="The payer can read it.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with `money`, which may be None."""
        if ("amount" in values) != ("asset" in values):
            raise serializers.ValidationError(_("Give amount and asset together, or neither."), code="amount_needs_asset")
        money = parse_plain(values["amount"], values["asset"]) if "amount" in values else None
        return {"money": money, "reason": values.get("reason", "")}


class QuoteInput(MoneyInput):
    """What to exchange."""

    source_wallet = IdField()
    target_wallet = IdField()


class QuoteAnswer(serializers.Serializer[Any]):
    """An offer, held until `expires_at`. `total` leaves the source wallet, `target_amount` arrives."""

    id = serializers.UUIDField()
    source_wallet = serializers.UUIDField(source="source_wallet_id")
    target_wallet = serializers.UUIDField(source="target_wallet_id")
    amount = serializers.CharField(source="source.plain")
    fee = serializers.CharField(source="fee_money.plain")
    total = serializers.CharField(source="total.plain")
    asset = serializers.CharField(source="source.asset")
    target_amount = serializers.CharField(source="target.plain")
    target_asset = serializers.CharField(source="target.asset")
    rate = serializers.DecimalField(max_digits=24, decimal_places=12)
    rate_source = serializers.CharField()
    rate_date = serializers.DateField()
    expires_at = serializers.DateTimeField()
    transaction = serializers.UUIDField(source="transaction_id", allow_null=True, help_text="Once it was exchanged.")


class ConversionInput(StrictSerializer):
    """A quote to take."""

    quote = IdField()


class RateAnswer(serializers.Serializer[Any]):
    """What one unit of the source is worth in the target."""

    source = serializers.CharField()  # type: ignore[assignment]  # as in DepositInput
    target = serializers.CharField()
    rate = serializers.DecimalField(max_digits=24, decimal_places=12)
    date = serializers.DateField(help_text="The day the rate is from.")
    provider = serializers.CharField()


class AssetAnswer(serializers.Serializer[Any]):
    """What money can be counted in."""

    code = serializers.CharField()
    scale = serializers.IntegerField(help_text="Decimals.")
    name = serializers.CharField(help_text="In the language asked for.")
    kind = serializers.ChoiceField(choices=Asset.Kind.choices)


class LimitInput(StrictSerializer):
    """The most that may leave; null is no limit."""

    asset = AssetField()
    per_payment = AmountField(allow_null=True)
    per_day = AmountField(allow_null=True, help_text="In any 24 hours.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values with `caps`.

        :raises InvalidAmount, UnknownAsset:
        """
        minor: list[int | None] = []
        for name in Caps._fields:
            try:
                minor.append(None if values[name] is None else parse_plain(values[name], values["asset"]).amount)
            except InvalidAmount as refusal:
                raise InvalidAmount(refusal.message, field=name) from None
        return {"asset": values["asset"], "caps": Caps(*minor)}


class CapsAnswer(serializers.Serializer[Any]):
    """The most that may leave; null is no limit."""

    per_payment = serializers.CharField(allow_null=True)
    per_day = serializers.CharField(allow_null=True)


class LimitAnswer(CapsAnswer):
    """A limit. `spent` is what left in the last 24 hours; `next` comes into force at `raised_at`."""

    asset = serializers.CharField()
    spent = serializers.CharField()
    next = CapsAnswer(allow_null=True)
    raised_at = serializers.DateTimeField(allow_null=True)


class LimitsAnswer(serializers.Serializer[Any]):
    """The caller's limits, by asset."""

    limits = LimitAnswer(many=True)


# --- statements ------------------------------------------------------------------------------------------


class StatementLineAnswer(serializers.Serializer[Any]):
    """One posting. `balance` is the wallet's after it."""

    at = serializers.DateTimeField()
    transaction = serializers.UUIDField(source="transaction.pk")
    kind = serializers.ChoiceField(choices=Transaction.Kind.choices, source="transaction.kind")
    name = serializers.CharField(help_text="The other side's.")
    note = serializers.CharField(source="transaction.notes")
    confirmation_code = serializers.CharField(source="transaction.confirmation_code")
    amount = serializers.CharField(source="amount.plain")
    balance = serializers.CharField(source="balance.plain")


class StatementAnswer(serializers.Serializer[Any]):
    """A wallet's statement: opening + money_in + money_out = closing, and the lines lead from one to the other."""

    wallet = serializers.UUIDField(source="wallet.pk")
    asset = serializers.CharField(source="wallet.asset_id")
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="Not included.")
    opening = serializers.CharField(source="totals.opening.plain")
    money_in = serializers.CharField(source="totals.money_in.plain")
    money_out = serializers.CharField(source="totals.money_out.plain")
    closing = serializers.CharField(source="totals.closing.plain")
    lines = StatementLineAnswer(many=True)
