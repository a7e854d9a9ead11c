"""What tills ask for."""

import datetime as dt
import secrets
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import NEVER_DELETED, MutableRecord
from merchants.models.shift import Shift
from merchants.models.store import Store
from payments.models import Transaction
from payments.money import CODE_ALPHABET, Money

if TYPE_CHECKING:
    from accounts.models import User

CHARGE_CODE_LENGTH = 9


def new_charge_code() -> str:
    """A charge's code, shown in three groups of three. Longer than a store's, so the two never mix."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CHARGE_CODE_LENGTH))


class ChargeQuerySet(models.QuerySet["Charge"]):
    """Charges in business words."""

    def at_stores_of(self, user: "User") -> Self:
        return self.filter(store__members__user=user, store__members__accepted_at__isnull=False)

    def overdue(self, now: dt.datetime) -> Self:
        """Those whose time has passed and whose row does not say so yet."""
        return self.filter(status=Charge.Status.PENDING, expires_at__lte=now)


class Charge(MutableRecord):
    """An amount (minor units of the settlement wallet's asset) that a till asks for, and the tip in it.

    `pending` turns into `paid` with its transaction, `cancelled` by the cashier, or `expired` when
    `expires_at` passes; a charge past its time counts as expired before any job says so.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting")
        PAID = "paid", _("paid")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    store = models.ForeignKey(Store, models.PROTECT, related_name="charges", verbose_name=_("store"))
    code = models.CharField(_("code"), max_length=CHARGE_CODE_LENGTH, unique=True, default=new_charge_code)
    terminal = models.CharField(_("till"), max_length=40, blank=True, default="")
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("cashier")
    )
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, blank=True, related_name="charges", verbose_name=_("shift"))
    amount = models.BigIntegerField(_("amount"))
    tip = models.BigIntegerField(_("tip in it"), default=0)
    note = models.CharField(_("note"), max_length=140, blank=True, default="")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    expires_at = models.DateTimeField(_("expires"))
    transaction = models.OneToOneField(
        Transaction, models.PROTECT, null=True, blank=True, related_name="charge", verbose_name=_("transaction")
    )

    objects: ClassVar[models.Manager["Charge"]] = ChargeQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="charge_amount_positive"),
            models.CheckConstraint(condition=Q(tip__gte=0, tip__lt=F("amount")), name="charge_tip_within"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "paid", "cancelled", "expired"]), name="charge_status_valid"
            ),
            models.CheckConstraint(
                condition=Q(status="paid", transaction__isnull=False) | (~Q(status="paid") & Q(transaction__isnull=True)),
                name="charge_paid_has_transaction",
            ),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-HJ-NP-Z2-9]{9}$"), name="charge_code_valid"),
        ]
        indexes = [
            models.Index("store", F("created_at").desc(), name="charge_by_store"),
            models.Index("expires_at", condition=Q(status="pending"), name="charge_pending"),
        ]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return self.code

    def status_at(self, now: dt.datetime) -> str:
        """Its status at that moment: a pending charge past its time is expired, whatever its row says."""
        overdue = self.status == Charge.Status.PENDING and self.expires_at <= now
        return Charge.Status.EXPIRED if overdue else self.status

    @property
    def money(self) -> Money:
        """Needs `store__settlement_wallet` selected."""
        return Money(self.amount, self.store.settlement_wallet.asset_id)

    @property
    def tip_money(self) -> Money:
        """What of `money` is a tip."""
        return Money(self.tip, self.store.settlement_wallet.asset_id)
