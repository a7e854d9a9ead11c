"""What the API takes and gives about paying a store out."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from config.api import StrictSerializer
from merchants.destinations import (
    Destination,
    PixKeyType,
    read_iban,
    read_pix_key,
    read_us_account,
    read_wallet_address,
)
from merchants.models import Payout, PayoutDestination, PayoutType
from payments.serializers import MoneyInput

KINDS = ("pix", "iban", "us_account", "wallet")
NEEDED = {
    "pix": {"key_type", "key"},
    "iban": {"iban", "holder"},
    "us_account": {"routing_number", "account_number", "account_type", "holder"},
    "wallet": {"address"},
}


class DestinationInput(StrictSerializer):
    """A place to add: `kind`, and the fields that belong to it."""

    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    key_type = serializers.ChoiceField(choices=[(each.value, each.value) for each in PixKeyType], required=False)
    key = serializers.CharField(max_length=100, required=False, help_text="Of `pix`.")
    iban = serializers.CharField(max_length=100, required=False)
    routing_number = serializers.CharField(max_length=100, required=False, help_text="Of `us_account`.")
    account_number = serializers.CharField(max_length=100, required=False)
    account_type = serializers.ChoiceField(choices=[("checking", "checking"), ("savings", "savings")], required=False)
    holder = serializers.CharField(max_length=100, required=False, help_text="Who holds the account; of `iban`, `us_account`.")
    address = serializers.CharField(max_length=100, required=False, help_text="Of `wallet`.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The place.

        :raises ValidationError: a field is missing, or belongs to another kind.
        """
        needed, given = NEEDED[values["kind"]], set(values) - {"kind"}
        if needed != given:
            words = _("A place of this kind has exactly these fields: %(names)s.") % {"names": ", ".join(sorted(needed))}
            raise serializers.ValidationError(words, code="wrong_fields")
        return {"place": _read(values)}


def _read(values: dict[str, Any]) -> Destination:
    """:raises BadDestination:"""
    kind = values["kind"]
    if kind == "pix":
        return read_pix_key(values["key_type"], values["key"])
    if kind == "iban":
        return read_iban(values["iban"], values["holder"])
    if kind == "us_account":
        return read_us_account(values["routing_number"], values["account_number"], values["account_type"], values["holder"])
    return read_wallet_address(values["address"])


class PayoutInput(MoneyInput):
    """How much, and where to."""

    destination = serializers.UUIDField(help_text="One of the store's.")


class ApprovalInput(StrictSerializer):
    """What is approved: the payout as it was at this revision."""

    revision = serializers.IntegerField(min_value=1)


class DestinationChange(StrictSerializer):
    """Whether tills show the Pix key; then they show no other."""

    at_till = serializers.BooleanField()


class DestinationAnswer(serializers.Serializer[PayoutDestination]):
    """A place that the store is paid out to. The whole number is never given again."""

    id = serializers.UUIDField()
    type = serializers.ChoiceField(source="payout_type", choices=PayoutType.choices)
    hint = serializers.CharField(help_text="Enough of it for its owner to know it again.")
    at_till = serializers.BooleanField(help_text="Whether tills show it to customers of other banks.")
    created_at = serializers.DateTimeField()


class PayoutAnswer(serializers.Serializer[Payout]):
    """A payout."""

    id = serializers.UUIDField()
    store = serializers.UUIDField(source="store_id")
    amount = serializers.CharField(source="money.plain")
    fee = serializers.CharField(source="fee_money.plain")
    asset = serializers.CharField(source="money.asset")
    type = serializers.ChoiceField(source="payout_type", choices=PayoutType.choices)
    to = serializers.CharField(source="hint")
    status = serializers.ChoiceField(choices=Payout.Status.choices)
    needs_approval = serializers.BooleanField()
    approved_at = serializers.DateTimeField(allow_null=True)
    revision = serializers.IntegerField(help_text="Goes up with each change; an approval names it.")
    external_id = serializers.CharField(help_text="What the provider calls it.")
    error_code = serializers.CharField(help_text="`cancelled` if it was taken back.")
    transaction = serializers.UUIDField(source="transaction_id")
    created_at = serializers.DateTimeField()
    processed_at = serializers.DateTimeField(allow_null=True)
