"""Who gets paid in a store."""

import datetime as dt
import secrets
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import NEVER_DELETED, MutableRecord
from payments.models import Transaction, Wallet
from payments.money import CODE_ALPHABET, Money

if TYPE_CHECKING:
    from accounts.models import User

STORE_CODE_LENGTH = 6
CHARGE_CODE_LENGTH = 9


def new_short_code() -> str:
    """A store's code, typed by hand: six of the confirmation alphabet."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(STORE_CODE_LENGTH))


def new_charge_code() -> str:
    """A charge's code, shown in three groups of three. Longer than a store's, so the two never mix."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CHARGE_CODE_LENGTH))


class StoreQuerySet(models.QuerySet["Store"]):
    """Stores in business words."""

    def run_by(self, user: "User") -> Self:
        """The stores where this person works, whatever the role; adds theirs as `role`."""
        return self.filter(members__user=user, members__accepted_at__isnull=False).annotate(role=F("members__role"))

    def open(self) -> Self:
        return self.filter(status=Store.Status.ACTIVE)


class Store(MutableRecord):
    """A place that takes payments into its settlement wallet."""

    class Category(models.TextChoices):
        GROCERY = "grocery", _("groceries")
        CAFE = "cafe", _("café")
        RESTAURANT = "restaurant", _("restaurant")
        BAKERY = "bakery", _("bakery")
        FASHION = "fashion", _("fashion")
        HEALTH = "health", _("health")
        BOOKS = "books", _("books")
        ELECTRONICS = "electronics", _("electronics")
        SERVICES = "services", _("services")
        CULTURE = "culture", _("culture")
        TRANSPORT = "transport", _("transport")
        OTHER = "other", _("other")

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        INACTIVE = "inactive", _("inactive")
        SUSPENDED = "suspended", _("suspended")

    class DeploymentStatus(models.TextChoices):
        NONE = "none", _("not deployed")
        PENDING = "pending", _("pending")
        DEPLOYED = "deployed", _("deployed")
        FAILED = "failed", _("failed")

    name = models.CharField(_("name"), max_length=80)
    symbol = models.CharField(
        _("symbol"),
        max_length=10,
        unique=True,
        validators=[RegexValidator(r"^[A-Z0-9]{2,10}$", _("2 to 10 capital letters or digits."))],
    )
    category = models.CharField(_("category"), max_length=20, choices=Category, default=Category.OTHER)
    description = models.TextField(_("description"), max_length=500, blank=True, default="")
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    address_line1 = models.CharField(_("address"), max_length=120, blank=True, default="")
    address_line2 = models.CharField(_("address, second line"), max_length=120, blank=True, default="")
    city = models.CharField(_("city"), max_length=80, blank=True, default="")
    state = models.CharField(_("state"), max_length=80, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=16, blank=True, default="")
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    email = models.EmailField(_("e-mail"), blank=True, default="")
    phone = models.CharField(_("phone"), max_length=20, blank=True, default="")
    website = models.URLField(_("website"), blank=True, default="")
    instagram = models.CharField(_("Instagram"), max_length=60, blank=True, default="")
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True, default="")
    short_code = models.CharField(_("short code"), max_length=STORE_CODE_LENGTH, unique=True, default=new_short_code)
    settlement_wallet = models.OneToOneField(Wallet, models.PROTECT, related_name="store", verbose_name=_("settlement wallet"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    deployment_status = models.CharField(max_length=10, choices=DeploymentStatus, default=DeploymentStatus.NONE)

    role: str  # by run_by()

    objects: ClassVar[models.Manager["Store"]] = StoreQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["active", "inactive", "suspended"]), name="store_status_valid"),
            models.CheckConstraint(condition=Q(symbol__regex=r"^[A-Z0-9]{2,10}$"), name="store_symbol_valid"),
            models.CheckConstraint(condition=Q(short_code__regex=r"^[A-HJ-NP-Z2-9]{6}$"), name="store_code_valid"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="store_location_valid",
            ),
            models.CheckConstraint(
                condition=Q(deployment_status__in=["none", "pending", "deployed", "failed"]), name="store_deployment_valid"
            ),
        ]
        indexes = [
            models.Index("city", "category", name="store_by_city"),
            models.Index(F("created_at").desc(), name="store_newest"),
        ]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return self.name

    @property
    def asset(self) -> str:
        """What the store is paid in; needs `settlement_wallet` selected."""
        return self.settlement_wallet.asset_id

    @property
    def is_open(self) -> bool:
        """Whether it takes payments."""
        return self.status == Store.Status.ACTIVE


class StoreMember(MutableRecord):
    """A person's role in a store; an invitation until `accepted_at`."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ADMIN = "admin", _("administrator")
        STAFF = "staff", _("staff")

    store = models.ForeignKey(Store, models.PROTECT, related_name="members", verbose_name=_("store"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [
            models.UniqueConstraint(fields=["store", "user"], name="member_once_per_store"),
            models.CheckConstraint(condition=Q(role__in=["owner", "admin", "staff"]), name="member_role_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role}"


class ChargeQuerySet(models.QuerySet["Charge"]):
    """Charges in business words."""

    def at_stores_of(self, user: "User") -> Self:
        return self.filter(store__members__user=user, store__members__accepted_at__isnull=False)

    def overdue(self, now: dt.datetime) -> Self:
        """Those whose time has passed and whose row does not say so yet."""
        return self.filter(status=Charge.Status.PENDING, expires_at__lte=now)


class Charge(MutableRecord):
    """An amount (minor units of the settlement wallet's asset) that a till asks for.

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
    amount = models.BigIntegerField(_("amount"))
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
