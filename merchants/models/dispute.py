"""Payments that their customers do not recognise."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import NEVER_DELETED, MutableRecord
from merchants.models.store import Store
from payments.models import Transaction


class DisputeQuerySet(models.QuerySet["Dispute"]):
    """Disputes in business words."""

    def open(self) -> Self:
        return self.filter(status=Dispute.Status.OPEN)


class Dispute(MutableRecord):
    """A customer asks the store about a payment, once for each payment.

    `open` until the store has given all of it back (`refunded`, with the last refund) or said no (`rejected`, with a reason),
    or the customer has taken it back (`withdrawn`). What is unanswered at `due_at` is given back.
    """

    class Reason(models.TextChoices):
        UNRECOGNISED = "unrecognised", _("I don't recognise this payment")
        DUPLICATE = "duplicate", _("I paid twice")
        WRONG_AMOUNT = "wrong_amount", _("The amount is wrong")
        NOT_RECEIVED = "not_received", _("I did not get what I paid for")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        REFUNDED = "refunded", _("refunded")
        REJECTED = "rejected", _("rejected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    payment = models.OneToOneField(Transaction, models.PROTECT, related_name="dispute", verbose_name=_("payment"))
    store = models.ForeignKey(Store, models.PROTECT, related_name="disputes", verbose_name=_("store"))
    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="disputes", verbose_name=_("customer"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    due_at = models.DateTimeField(_("answer due"))
    reminded_at = models.DateTimeField(_("store reminded"), null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True, default="")
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )
    refund = models.OneToOneField(
        Transaction, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("refund")
    )

    objects: ClassVar[models.Manager["Dispute"]] = DisputeQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "refunded", "rejected", "withdrawn"]), name="dispute_status_valid"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["unrecognised", "duplicate", "wrong_amount", "not_received"]),
                name="dispute_reason_valid",
            ),
            models.CheckConstraint(
                condition=Q(status="open", ended_at__isnull=True) | (~Q(status="open") & Q(ended_at__isnull=False)),
                name="dispute_ended_when_over",
            ),
            models.CheckConstraint(
                condition=Q(status="refunded", refund__isnull=False) | (~Q(status="refunded") & Q(refund__isnull=True)),
                name="dispute_refunded_by_refund",
            ),
            models.CheckConstraint(condition=~Q(status="rejected") | ~Q(answer=""), name="dispute_rejected_with_reason"),
        ]
        indexes = [
            models.Index("store", F("created_at").desc(), name="dispute_by_store"),
            models.Index("customer", F("created_at").desc(), name="dispute_by_customer"),
            models.Index("due_at", condition=Q(status="open"), name="dispute_open"),
        ]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        return self.status == Dispute.Status.OPEN
