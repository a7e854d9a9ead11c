"""What the API takes and gives about stores, tills and their payments."""

from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from config.api import StrictSerializer
from config.countries import is_country
from merchants.brcode import pix_code
from merchants.models import Charge, Store, StoreMember
from merchants.qr import pay_address, public_address
from merchants.queries import StorePayment
from payments.models import Transaction
from payments.money import parse_plain
from payments.serializers import NOTE_LIMIT, AssetField, MoneyInput

CODE_HELP = "Shown in groups of three; case, spaces and hyphens don't matter where one is asked for."


class StoreInput(StrictSerializer):
    """A store to open."""

    name = serializers.CharField(max_length=80)
    symbol = serializers.RegexField(r"^[A-Z0-9]{2,10}$", help_text="2 to 10 capital letters or digits that no other store has.")
    category = serializers.ChoiceField(choices=Store.Category.choices)
    asset = AssetField(help_text="What the store is paid in; never changes.")
    description = serializers.CharField(max_length=500, required=False, allow_blank=True)
    address_line1 = serializers.CharField(max_length=120, required=False, allow_blank=True)
    address_line2 = serializers.CharField(max_length=120, required=False, allow_blank=True)
    city = serializers.CharField(max_length=80, required=False, allow_blank=True)
    state = serializers.CharField(max_length=80, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=16, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, required=False, help_text="Two capital letters (ISO 3166).")
    latitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-90, max_value=90, required=False)
    longitude = serializers.DecimalField(max_digits=9, decimal_places=6, min_value=-180, max_value=180, required=False)
    email = serializers.EmailField(max_length=254, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    website = serializers.URLField(max_length=200, required=False, allow_blank=True)
    instagram = serializers.CharField(max_length=60, required=False, allow_blank=True)
    timezone = serializers.ChoiceField(
        choices=sorted(available_timezones()),
        required=False,
        help_text="Where its days begin; the owner's unless said.",
    )
    offers_tips = serializers.BooleanField(required=False, help_text="Whether its tills offer to add a tip.")

    def validate_country(self, code: str) -> str:
        if not is_country(code):
            raise serializers.ValidationError(_("There is no such country."), code="unknown_country")
        return code

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values; a place has both coordinates or none."""
        if ("latitude" in values) != ("longitude" in values):
            raise serializers.ValidationError(_("Give latitude and longitude together, or neither."), code="half_a_place")
        return values


class StoreChangesInput(StoreInput):
    """What to change of a store; what is left out stays."""

    symbol = None  # type: ignore[assignment]  # never changes, nor does the currency: REST framework's way to leave a field out
    asset = None  # type: ignore[assignment]

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class SymbolsAnswer(serializers.Serializer[object]):
    """Whether a symbol is free, and others that are."""

    is_free = serializers.BooleanField(allow_null=True, help_text="Of the symbol that was asked about; null if none was.")
    suggestions = serializers.ListField(child=serializers.CharField())


class ChargeInput(MoneyInput):
    """An amount to ask for at a till."""

    note = serializers.CharField(max_length=140, required=False, allow_blank=True, help_text="The payer can read it.")
    terminal = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="Which till asks.")
    tip = serializers.CharField(max_length=61, required=False, help_text="Asked for beside the amount, in the same asset.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values, the tip as money too."""
        values = super().validate(values)
        if "tip" in values:
            values["tip"] = parse_plain(values["tip"], values["money"].asset)
        return values


class ChargePaymentInput(StrictSerializer):
    """Where the money for a charge comes from."""

    wallet = serializers.UUIDField(help_text="One of the caller's, in the store's currency.")


class StorePaymentInput(MoneyInput):
    """An amount that the payer names."""

    wallet = serializers.UUIDField(help_text="One of the caller's, in the store's currency.")
    note = serializers.CharField(max_length=NOTE_LIMIT, required=False, allow_blank=True, help_text="The store can read it.")


class PublicStoreAnswer(serializers.Serializer[Store]):
    """What a payer is shown of a store."""

    id = serializers.UUIDField()
    code = serializers.CharField(source="short_code", help_text=CODE_HELP)
    name = serializers.CharField()
    category = serializers.ChoiceField(choices=Store.Category.choices)
    description = serializers.CharField()
    address_line1 = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    asset = serializers.CharField(help_text="What it is paid in.")
    takes_payments = serializers.BooleanField(source="is_open")


class ListedStoreAnswer(PublicStoreAnswer):
    """A store in the directory."""

    symbol = serializers.CharField()
    latitude = serializers.DecimalField(max_digits=9, decimal_places=6, allow_null=True)
    longitude = serializers.DecimalField(max_digits=9, decimal_places=6, allow_null=True)
    distance_km = serializers.SerializerMethodField(help_text="From the place that was asked about; null if none was.")
    url = serializers.SerializerMethodField(help_text="Its public page.")

    def get_distance_km(self, store: Store) -> float | None:
        distance = getattr(store, "distance_km", None)
        return None if distance is None else round(distance, 3)

    def get_url(self, store: Store) -> str:
        return public_address(store)


class StoreAnswer(serializers.ModelSerializer[Store]):
    """A store where the caller works."""

    code = serializers.CharField(source="short_code", help_text=CODE_HELP)
    asset = serializers.CharField()
    role = serializers.ChoiceField(choices=StoreMember.Role.choices, help_text="The caller's.")
    pay_url = serializers.SerializerMethodField(help_text="Where the store's QR code leads. Add ?amount= to name one.")

    class Meta:
        model = Store
        fields = [
            "id", "name", "symbol", "category", "description", "address_line1", "address_line2", "city", "state", "postal_code",
            "country", "latitude", "longitude", "email", "phone", "website", "instagram", "timezone", "offers_tips", "code",
            "asset", "status", "role", "pay_url", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_pay_url(self, store: Store) -> str:
        return pay_address(store)


class StoreDetailAnswer(StoreAnswer):
    """A store with what lies in it."""

    balance = serializers.SerializerMethodField(help_text="What the store's wallet holds; null for staff.")

    class Meta(StoreAnswer.Meta):
        fields = [*StoreAnswer.Meta.fields, "balance"]
        read_only_fields = fields

    def get_balance(self, store: Store) -> str | None:
        balance = self.context["balance"]
        return balance.plain() if balance is not None else None


class ChargeBasics(serializers.Serializer[Charge]):
    """What both sides of the counter see of a charge. The context's `now` decides whether it has expired."""

    id = serializers.UUIDField()
    code = serializers.CharField(help_text=CODE_HELP)
    amount = serializers.CharField(source="money.plain")
    asset = serializers.CharField(source="money.asset")
    tip = serializers.CharField(source="tip_money.plain", help_text="What of the amount is a tip.")
    note = serializers.CharField()
    status = serializers.SerializerMethodField(help_text="pending, paid, cancelled or expired.")
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()

    def get_status(self, charge: Charge) -> str:
        return charge.status_at(self.context["now"])


class ChargeAnswer(ChargeBasics):
    """A charge as the till sees it."""

    store = serializers.UUIDField(source="store_id")
    terminal = serializers.CharField()
    pay_url = serializers.SerializerMethodField(help_text="Where its QR code leads.")
    pix_code = serializers.SerializerMethodField(
        help_text='A BR Code to the store\'s own Pix key, if its tills show one; else "".'
    )
    transaction = serializers.UUIDField(source="transaction_id", allow_null=True, help_text="Once it is paid.")
    confirmation_code = serializers.SerializerMethodField(help_text="The payer has the same one. Null until it is paid.")

    def get_pay_url(self, charge: Charge) -> str:
        return pay_address(charge)

    def get_pix_code(self, charge: Charge) -> str:
        return pix_code(charge)

    def get_confirmation_code(self, charge: Charge) -> str | None:
        return charge.transaction.confirmation_code if charge.transaction else None


class PayerChargeAnswer(ChargeBasics):
    """A charge as a payer sees it."""

    store = PublicStoreAnswer()


class StorePaymentAnswer(serializers.Serializer[object]):
    """A payment to the store, built from `StorePayment`. Who paid is not said: both sides know the confirmation code."""

    id = serializers.UUIDField(source="transaction.pk")
    amount = serializers.CharField(source="amount.plain")
    asset = serializers.CharField(source="amount.asset")
    status = serializers.ChoiceField(choices=StorePayment.STATUSES)
    refunded = serializers.CharField(source="refunded.plain", help_text="What was given back of it so far.")
    confirmation_code = serializers.CharField(source="transaction.confirmation_code")
    note = serializers.CharField(source="transaction.notes")
    charge = serializers.UUIDField(source="charge.pk", default=None, help_text="The charge it paid; null for an open amount.")
    terminal = serializers.CharField(source="charge.terminal", default="", help_text="The till that asked for it.")
    created_at = serializers.DateTimeField(source="transaction.created_at")


class StoreRefundAnswer(serializers.Serializer[Transaction]):
    """Money that the store gave back."""

    id = serializers.UUIDField()
    payment = serializers.UUIDField(source="refund_of_id")
    amount = serializers.CharField(source="money.plain")
    asset = serializers.CharField(source="asset_id")
    status = serializers.ChoiceField(choices=Transaction.Status.choices)
    confirmation_code = serializers.CharField()
    reason = serializers.CharField(source="notes")
    created_at = serializers.DateTimeField()
