"""How much a person lets leave their wallets."""

import datetime as dt
from typing import NamedTuple

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import Record
from payments.models.wallet import Asset


class Caps(NamedTuple):
    """The most that may leave at once and in 24 hours, in minor units; None is no limit."""

    per_payment: int | None = None
    per_day: int | None = None

    def lowered_to(self, wanted: "Caps") -> "Caps":
        """Of each the tighter one."""
        return Caps(*(min((cap for cap in pair if cap is not None), default=None) for pair in zip(self, wanted, strict=True)))


class SpendingLimit(Record):
    """What a person lets leave their wallets of one asset, at once and in any 24 hours, without the fees.

    The `next_` caps are in force from `raised_at` on: whoever holds somebody's phone can't raise them and pay at once.
    No job is needed for it, `caps` knows.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="spending_limits", verbose_name=_("person")
    )
    asset = models.ForeignKey(Asset, models.PROTECT, db_index=False, related_name="+", verbose_name=_("asset"))
    per_payment = models.BigIntegerField(_("most at once"), null=True, blank=True)
    per_day = models.BigIntegerField(_("most in 24 hours"), null=True, blank=True)
    next_per_payment = models.BigIntegerField(_("most at once, then"), null=True, blank=True)
    next_per_day = models.BigIntegerField(_("most in 24 hours, then"), null=True, blank=True)
    raised_at = models.DateTimeField(_("raised"), null=True, blank=True)

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        constraints = [
            models.UniqueConstraint(fields=["user", "asset"], name="spending_limit_one"),
            models.CheckConstraint(
                condition=(Q(per_payment__isnull=True) | Q(per_payment__gt=0))
                & (Q(per_day__isnull=True) | Q(per_day__gt=0))
                & (Q(next_per_payment__isnull=True) | Q(next_per_payment__gt=0))
                & (Q(next_per_day__isnull=True) | Q(next_per_day__gt=0)),
                name="spending_limit_positive",
            ),
            models.CheckConstraint(
                condition=Q(raised_at__isnull=False) | Q(next_per_payment__isnull=True, next_per_day__isnull=True),
                name="spending_limit_raise_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id}"

    def caps(self, now: dt.datetime) -> Caps:
        """Those in force."""
        if self.raised_at is not None and self.raised_at <= now:
            return Caps(self.next_per_payment, self.next_per_day)
        return Caps(self.per_payment, self.per_day)

    def next_caps(self, now: dt.datetime) -> Caps | None:
        """Those that come into force later, if any do."""
        if self.raised_at is None or self.raised_at <= now:
            return None
        return Caps(self.next_per_payment, self.next_per_day)
