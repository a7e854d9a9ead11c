"""Shifts at the till."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import NEVER_DELETED, MutableRecord
from merchants.models.store import Store
from payments.money import Money


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Shifts in business words."""

    def running(self) -> Self:
        return self.filter(closed_at__isnull=True)


class Shift(MutableRecord):
    """The time that one person is at a store's till, from `created_at` to `closed_at`.

    The totals (minor units of the settlement wallet's asset) are written when it is closed and stay as they were then:
    what its charges brought, the tips in that, and what the person gave back meanwhile.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="shifts", verbose_name=_("store"))
    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("cashier"))
    terminal = models.CharField(_("till"), max_length=40, blank=True, default="")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    payment_count = models.PositiveIntegerField(_("payments"), null=True, blank=True)
    paid = models.BigIntegerField(_("paid"), null=True, blank=True)
    tips = models.BigIntegerField(_("tips"), null=True, blank=True)
    refunded = models.BigIntegerField(_("given back"), null=True, blank=True)

    objects: ClassVar[models.Manager["Shift"]] = ShiftQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "cashier"], condition=Q(closed_at__isnull=True), name="shift_one_runs"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, payment_count__isnull=True, paid__isnull=True,
                            tips__isnull=True, refunded__isnull=True)
                | Q(closed_at__gte=F("created_at"), closed_by__isnull=False, payment_count__gte=0, paid__gte=F("tips"),
                    tips__gte=0, refunded__gte=0),
                name="shift_closed_with_totals",
            ),
        ]  # fmt: skip
        indexes = [models.Index("store", F("created_at").desc(), name="shift_by_store")]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_running(self) -> bool:
        return self.closed_at is None

    def money(self, minor: int | None) -> Money:
        """An amount of its totals; needs `store__settlement_wallet` selected."""
        return Money(minor or 0, self.store.asset)
