"""Accounts that their owner has frozen."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import Record
from payments.models.wallet import Wallet


class AccountFreezeQuerySet(models.QuerySet["AccountFreeze"]):
    """Freezes in business words."""

    def lasting(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at__isnull=True)


class AccountFreeze(Record):
    """A person's wallets, frozen by themselves since `created_at`: a lost phone, a doubt.

    `wallets` are those that nobody else has frozen, so that ending it thaws what it froze and nothing more: staff who
    freeze or thaw one of them take it out of here.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="freezes", verbose_name=_("person"))
    wallets = models.ManyToManyField(Wallet, related_name="own_freezes", verbose_name=_("wallets"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects: ClassVar[models.Manager["AccountFreeze"]] = AccountFreezeQuerySet.as_manager()

    class Meta:
        verbose_name = _("frozen account")
        verbose_name_plural = _("frozen accounts")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(ended_at__isnull=True), name="account_freeze_one"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("created_at")), name="account_freeze_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
