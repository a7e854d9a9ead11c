"""What the API takes and gives about tills and shifts."""

from rest_framework import serializers

from config.api import StrictSerializer


class ShiftInput(StrictSerializer):
    """A shift to begin."""

    terminal = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="Which till.")


class ShiftAnswer(serializers.Serializer[object]):
    """A shift with what it brought: so far, or as it was closed."""

    id = serializers.UUIDField(source="shift.pk")
    store = serializers.UUIDField(source="shift.store_id")
    cashier = serializers.CharField(source="shift.cashier")
    terminal = serializers.CharField(source="shift.terminal")
    opened_at = serializers.DateTimeField(source="shift.created_at")
    closed_at = serializers.DateTimeField(source="shift.closed_at", allow_null=True)
    payments = serializers.IntegerField(source="totals.count")
    paid = serializers.CharField(source="totals.paid.plain")
    tips = serializers.CharField(source="totals.tips.plain", help_text="What of `paid` are tips.")
    refunded = serializers.CharField(source="totals.refunded.plain", help_text="What the cashier gave back meanwhile.")
    asset = serializers.CharField(source="totals.paid.asset")
