"""How the API writes a store's figures."""

from typing import Any

from rest_framework import serializers

from merchants.models import StoreMovement
from merchants.statistics import DayFigures, Part


class DayAnswer(serializers.Serializer[DayFigures]):
    """A day of the store's calendar."""

    date = serializers.DateField()
    payments = serializers.IntegerField(source="count")
    revenue = serializers.CharField(source="revenue.plain")
    refunded = serializers.CharField(source="refunded.plain", help_text="Given back that day.")
    customers = serializers.IntegerField()
    average = serializers.CharField(source="average.plain")


class HourAnswer(serializers.Serializer[Part]):
    """An hour of the clock."""

    hour = serializers.IntegerField(source="key")
    payments = serializers.IntegerField(source="count")
    revenue = serializers.CharField(source="revenue.plain")


class MethodAnswer(serializers.Serializer[Part]):
    """A way of paying."""

    method = serializers.ChoiceField(choices=StoreMovement.Method.choices, source="key")
    payments = serializers.IntegerField(source="count")
    revenue = serializers.CharField(source="revenue.plain")


class CashierAnswer(serializers.Serializer[Part]):
    """What somebody asked for at a till."""

    cashier = serializers.CharField(source="key", allow_null=True, help_text="Null: nobody asked for it at a till.")
    payments = serializers.IntegerField(source="count")
    revenue = serializers.CharField(source="revenue.plain")


class StatisticsAnswer(serializers.Serializer[dict[str, Any]]):
    """Some days together."""

    timezone = serializers.CharField(help_text="The store's: where its days begin.")
    asset = serializers.CharField(source="figures.revenue.asset")
    payments = serializers.IntegerField(source="figures.count")
    revenue = serializers.CharField(source="figures.revenue.plain")
    refunded = serializers.CharField(source="figures.refunded.plain")
    tips = serializers.CharField(source="figures.tips.plain", help_text="What of the revenue is tips.")
    average = serializers.CharField(source="figures.average.plain")
    customers = serializers.IntegerField(source="figures.customers", help_text="Different people who paid.")
    returning_customers = serializers.IntegerField(source="figures.returning", help_text="Those who paid more than once.")
    repeat_rate = serializers.IntegerField(source="figures.repeat_rate", help_text="Per cent.")
    days = DayAnswer(many=True, source="figures.days")
    by_hour = HourAnswer(many=True)
    by_method = MethodAnswer(many=True)
    by_cashier = CashierAnswer(many=True)
