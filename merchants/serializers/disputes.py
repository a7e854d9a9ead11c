"""What the API takes and gives about disputes."""

from rest_framework import serializers

from config.api import StrictSerializer
from merchants.models import Dispute


class DisputeInput(StrictSerializer):
    """A payment of the caller's, and what is wrong with it."""

    payment = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=Dispute.Reason.choices)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, help_text="The store reads it.")


class RejectionInput(StrictSerializer):
    """Why not."""

    answer = serializers.CharField(max_length=500, help_text="The customer reads it.")


class DisputeAnswer(serializers.ModelSerializer[Dispute]):
    """A dispute, as its customer and its store see it."""

    payment = serializers.UUIDField(source="payment_id")
    store = serializers.UUIDField(source="store_id")
    amount = serializers.CharField(source="payment.money.plain", help_text="What was paid.")
    asset = serializers.CharField(source="payment.asset_id")
    refund = serializers.UUIDField(source="refund_id", allow_null=True, help_text="The refund that gave the last of it back.")

    class Meta:
        model = Dispute
        fields = (
            "id", "payment", "store", "amount", "asset", "reason", "note", "status", "due_at", "answer", "refund",
            "created_at", "ended_at",
        )  # fmt: skip
        read_only_fields = fields
