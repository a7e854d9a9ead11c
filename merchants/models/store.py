"""Stores."""

import datetime as dt
import secrets
from typing import TYPE_CHECKING, ClassVar, Self
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from config.models import NEVER_DELETED, MutableRecord
from payments.models import Wallet
from payments.money import CODE_ALPHABET

if TYPE_CHECKING:
    from accounts.models import User

STORE_CODE_LENGTH = 6


def new_short_code() -> str:
    """A store's code, typed by hand: six of the confirmation alphabet."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(STORE_CODE_LENGTH))


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
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    has_listeners = models.BooleanField(default=False, editable=False)  # whether events are written
    offers_tips = models.BooleanField(_("asks for tips"), default=False)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    active_since = models.DateTimeField(_("takes payments since"), default=now)
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
    def zone(self) -> ZoneInfo:
        """Where its days begin."""
        return ZoneInfo(self.timezone)

    def day_start(self, day: dt.date) -> dt.datetime:
        """The first instant of a day of the store's calendar."""
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)

    def today(self, now: dt.datetime) -> dt.date:
        """What day it is in the store."""
        return now.astimezone(self.zone).date()

    @property
    def is_open(self) -> bool:
        """Whether it takes payments."""
        return self.status == Store.Status.ACTIVE
