"""Who a person is by law, and the numbers of those whom the platform knows by it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.user import User
from config.encrypted_fields import EncryptedDateField, EncryptedTextField
from config.models import NEVER_DELETED, MutableRecord

LAST_NUMBER = 999_999  # of a year: customer numbers have six digits
WAITING_FIRST = Case(When(kyc_status="pending", then=Value(0)), default=Value(1), output_field=models.SmallIntegerField())


class IdentityQuerySet(models.QuerySet["IdentityProfile"]):
    """Identities in business words."""

    def in_queue_order(self) -> Self:
        """Those that wait for a decision first, whoever has waited longest at the top."""
        return self.order_by(WAITING_FIRST, "submitted_at", "pk")


class IdentityProfile(MutableRecord):
    """What a person said about who they are, and what the platform decided about it.

    Date of birth, Social Security digits, street and telephone rest encrypted, bound to this row. What stands here is
    for reviews: the name others see and the phone that signs in are the person's own.
    """

    class Status(models.TextChoices):
        PENDING = "pending", pgettext_lazy("identity", "in review")
        APPROVED = "approved", pgettext_lazy("identity", "verified")
        REJECTED = "rejected", pgettext_lazy("identity", "not accepted")

    class Grounds(models.TextChoices):
        NAME = "name", _("The name could not be confirmed.")
        BIRTH = "birth", _("The date of birth could not be confirmed.")
        ADDRESS = "address", _("The address could not be confirmed.")
        NUMBER = "number", _("The Social Security digits could not be confirmed.")
        OTHER = "other", _("Something else could not be confirmed.")

    user = models.OneToOneField(User, models.PROTECT, related_name="identity", verbose_name=_("person"))
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60)
    phone = EncryptedTextField(_("phone"), null=True)
    date_of_birth = EncryptedDateField(_("date of birth"))
    ssn_last4 = EncryptedTextField(_("last four digits of the Social Security number"), null=True)
    address_line1 = EncryptedTextField(_("street and number"))
    address_line2 = EncryptedTextField(_("second line of the address"), null=True)
    city = models.CharField(_("city"), max_length=80, blank=True, default="")
    state = models.CharField(_("state or province"), max_length=80, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True, default="")
    country = models.CharField(_("country"), max_length=2)
    kyc_status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    submitted_at = models.DateTimeField(_("sent"))
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by"))
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    grounds = models.CharField(_("what could not be confirmed"), max_length=10, choices=Grounds, blank=True, default="")
    reason = models.CharField(_("what the person was told"), max_length=280, blank=True, default="")

    objects: ClassVar[models.Manager["IdentityProfile"]] = IdentityQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.CheckConstraint(
                condition=Q(kyc_status="pending", reviewed_by__isnull=True, reviewed_at__isnull=True, grounds="", reason="")
                | Q(kyc_status="approved", reviewed_by__isnull=False, reviewed_at__isnull=False, grounds="", reason="")
                | Q(
                    kyc_status="rejected",
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                    grounds__in=["name", "birth", "address", "number", "other"],
                )
                & ~Q(reason=""),
                name="identity_status_valid",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("user")), name="identity_not_reviewed_by_its_person"
            ),
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="identity_country_two_letters"),
        ]
        indexes = [models.Index(WAITING_FIRST, "submitted_at", "id", name="identity_queue")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class CustomerNumberYear(MutableRecord):
    """How many customer numbers a year has given. Its lock orders approvals, so that none is given twice or left out."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    last_number = models.PositiveIntegerField(_("last number"))

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("year of customer numbers")
        verbose_name_plural = _("years of customer numbers")
        constraints = [
            models.CheckConstraint(condition=Q(last_number__range=(1, LAST_NUMBER)), name="customer_number_six_digits"),
            models.CheckConstraint(condition=Q(year__range=(2000, 9999)), name="customer_number_year_four_digits"),
        ]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return str(self.year)
