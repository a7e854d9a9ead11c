"""Paying stores out: the places where to, and each payout."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.encrypted_fields import EncryptedJSONField
from config.models import NEVER_DELETED, MutableRecord
from merchants.destinations import Destination, as_json, from_json
from merchants.models.bank_file import BankFile
from merchants.models.store import Store
from payments.models import Transaction
from payments.money import Money


class PayoutType(models.TextChoices):
    """How a payout travels."""

    PIX = "pix", _("Pix")
    BANK = "bank", _("bank account")
    WALLET = "wallet", _("wallet")


class PayoutDestination(MutableRecord):
    """A place that a store may be paid out to, confirmed by an owner when it was added.

    `details` is what `merchants.destinations.as_json` makes of it, `hint` what lists show. One Pix key may be `at_till`:
    customers of other banks pay straight to it.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="destinations", verbose_name=_("store"))
    payout_type = models.CharField(_("type"), max_length=10, choices=PayoutType)
    details = EncryptedJSONField(_("details"))
    hint = models.CharField(_("shown as"), max_length=100)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("added by"))
    at_till = models.BooleanField(_("shown at the till"), default=False)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("payout destination")
        verbose_name_plural = _("payout destinations")
        constraints = [
            models.CheckConstraint(condition=Q(payout_type__in=["pix", "bank", "wallet"]), name="destination_type_valid"),
            models.CheckConstraint(
                condition=Q(at_till=False) | Q(payout_type="pix", removed_at__isnull=True), name="destination_at_till_is_pix"
            ),
            models.UniqueConstraint(fields=["store"], condition=Q(at_till=True), name="destination_at_till_once"),
        ]
        indexes = [models.Index("store", F("created_at").desc(), name="destination_by_store")]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return self.hint

    @property
    def place(self) -> Destination:
        """Where it is, decrypted."""
        return from_json(self.details)

    @place.setter
    def place(self, destination: Destination) -> None:
        self.details = as_json(destination)
        self.payout_type, self.hint = destination.rail, destination.masked()


class PayoutQuerySet(models.QuerySet["Payout"]):
    """Payouts in business words."""

    def awaiting_approval(self) -> Self:
        return self.filter(status=Payout.Status.PENDING, needs_approval=True, approved_by__isnull=True)

    def unanswered(self) -> Self:
        """Those that a provider was asked to pay and whose end nobody knows yet."""
        return self.filter(status=Payout.Status.PROCESSING)


class Payout(MutableRecord):
    """Money that a store asks to be paid out. `amount` and `fee` are minor units of its settlement wallet's asset.

    `pending` until a provider is asked (which waits for an approval where one is needed), `processing` until it is known what
    became of it, then `completed` or `failed`; one that was taken back has failed with the code "cancelled". Amount and fee are
    on hold in `transaction` from the request on. Each change makes a new `revision`, and takes the approval away.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        PROCESSING = "processing", _("processing")
        COMPLETED = "completed", _("completed")
        FAILED = "failed", _("failed")

    store = models.ForeignKey(Store, models.PROTECT, related_name="payouts", verbose_name=_("store"))
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by"))
    amount = models.BigIntegerField(_("amount"))
    fee = models.BigIntegerField(_("fee"))
    payout_type = models.CharField(_("type"), max_length=10, choices=PayoutType)
    destination = EncryptedJSONField(_("destination"))
    hint = models.CharField(_("to"), max_length=100)
    provider = models.CharField(_("provider"), max_length=20)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    needs_approval = models.BooleanField(_("needs approval"), default=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    asked_at = models.DateTimeField(_("provider asked"), null=True, blank=True)
    processed_at = models.DateTimeField(_("ended"), null=True, blank=True)
    external_id = models.CharField(_("provider's reference"), max_length=100, blank=True, default="")
    error_code = models.CharField(_("error code"), max_length=64, blank=True, default="")
    error_message = models.CharField(_("error"), max_length=300, blank=True, default="")
    bank_file = models.ForeignKey(
        BankFile, models.PROTECT, null=True, blank=True, related_name="payouts", verbose_name=_("bank file")
    )
    transaction = models.OneToOneField(
        Transaction, models.PROTECT, related_name="payout", verbose_name=_("transaction"), db_constraint=False
    )

    objects: ClassVar[models.Manager["Payout"]] = PayoutQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0, fee__gte=0), name="payout_amounts_valid"),
            models.CheckConstraint(condition=Q(payout_type__in=["pix", "bank", "wallet"]), name="payout_type_valid"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "processing", "completed", "failed"]), name="payout_status_valid"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | (Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_by=F("requested_by"))),
                name="payout_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "failed"]) | Q(needs_approval=False) | Q(approved_by__isnull=False),
                name="payout_approved_first",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["completed", "failed"], processed_at__isnull=False)
                | Q(status__in=["pending", "processing"], processed_at__isnull=True),
                name="payout_ended_when_over",
            ),
        ]
        indexes = [
            models.Index("store", F("created_at").desc(), name="payout_by_store"),
            models.Index("asked_at", condition=Q(status="processing"), name="payout_unanswered"),
        ]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def place(self) -> Destination:
        """Where it goes, decrypted."""
        return from_json(self.destination)

    @property
    def money(self) -> Money:
        """Needs `transaction` selected, as the others."""
        return Money(self.amount, self.transaction.asset_id)

    @property
    def fee_money(self) -> Money:
        return Money(self.fee, self.transaction.asset_id)

    @property
    def total(self) -> Money:
        """What leaves the store's wallet."""
        return self.money + self.fee_money

    @property
    def waits_for_approval(self) -> bool:
        return self.status == Payout.Status.PENDING and self.needs_approval and self.approved_by_id is None

    @property
    def is_void(self) -> bool:
        """Whether it came to nothing: the money stayed."""
        return self.status == Payout.Status.FAILED

    @property
    def shown_status(self) -> str:
        """Its status in the words of pages: an approval that is missing, and a payout that was taken back, are told apart."""
        if self.waits_for_approval:
            return "awaiting_approval"
        return "cancelled" if self.error_code == CANCELLED else self.status


CANCELLED = "cancelled"
