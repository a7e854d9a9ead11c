"""What stores took: views of the database over their payments and refunds, which nothing writes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from merchants.models.store import Store


class StoreMovement(models.Model):
    """A payment to a store (`paid` minor units) or a refund by it (`refunded`), and when that was in the store's time zone.

    A view (`sql/statistics.sql`): always as the ledger is.
    """

    class Method(models.TextChoices):
        TILL = "till", _("At the till")
        CODE = "code", _("By the store's code")
        CARD = "card", _("By card")
        OPEN_PAYMENTS = "open_payments", _("By Open Payments")
        ONCHAIN = "onchain", _("On a chain")

    id = models.UUIDField(primary_key=True)
    store = models.ForeignKey(Store, models.DO_NOTHING, related_name="movements")
    at = models.DateTimeField()
    date = models.DateField()
    hour = models.IntegerField()
    paid = models.BigIntegerField()
    refunded = models.BigIntegerField()
    tip = models.BigIntegerField()
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+")
    method = models.CharField(max_length=20)
    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+")

    class Meta:
        managed = False
        db_table = "merchants_storemovement"
        verbose_name = _("movement of a store")
        verbose_name_plural = _("movements of stores")

    def __str__(self) -> str:
        return f"{self.date}: {self.paid - self.refunded}"


class StoreDailyStats(models.Model):
    """What a store took on a day of its calendar, in minor units.

    A materialized view, refreshed on a schedule: complete for days that were over at the last refresh.
    """

    pk = models.CompositePrimaryKey("store_id", "date")
    store = models.ForeignKey(Store, models.DO_NOTHING, related_name="daily_stats")
    date = models.DateField()
    timezone = models.CharField(max_length=64)  # the store's when the figures were taken
    transaction_count = models.BigIntegerField()
    revenue = models.BigIntegerField()
    refunded = models.BigIntegerField()
    unique_customers = models.BigIntegerField()
    average = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "merchants_storedailystats"
        verbose_name = _("day of a store")
        verbose_name_plural = _("days of stores")

    def __str__(self) -> str:
        return f"{self.date}: {self.revenue}"
