"""What money is counted in, and where it lies."""

import secrets
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from config.fields import DomainField
from config.models import NEVER_DELETED, MutableRecord
from payments.money import Money

if TYPE_CHECKING:
    from accounts.models import User

ADDRESS_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter that reads like a digit


class Asset(models.Model):
    """A unit money is counted in: an ISO 4217 currency, the platform's credit, or a stablecoin.

    `scale` is the number of decimals: 2 for EUR, 0 for JPY, 3 for KWD.
    """

    class Kind(models.TextChoices):
        FIAT = "fiat", _("currency")
        CREDIT = "credit", _("credit")
        STABLECOIN = "stablecoin", _("stablecoin")

    code = models.CharField(_("code"), max_length=10, primary_key=True)
    scale = models.PositiveSmallIntegerField(_("decimals"))
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)

    class Meta:
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["fiat", "credit", "stablecoin"]), name="asset_kind_valid"),
            models.CheckConstraint(condition=Q(scale__lte=18), name="asset_scale_valid"),
            models.CheckConstraint(condition=Q(code__regex=r"^[A-Z0-9]{2,10}$"), name="asset_code_valid"),
        ]
        triggers = NEVER_DELETED

    def __str__(self) -> str:
        return self.code


class WalletQuerySet(models.QuerySet["Wallet"]):
    """Wallets in business words."""

    def owned_by(self, user: "User") -> Self:
        """The wallets this person may spend from and look into."""
        return self.filter(user=user, kind=Wallet.Kind.PERSONAL)

    def named_by(self, user: "User") -> Self:
        """Those and the ones at other providers, known by their address, whose money this ledger does not keep."""
        return self.filter(user=user)

    def open(self) -> Self:
        return self.exclude(status=Wallet.Status.CLOSED)

    def taking_money(self) -> Self:
        """Those that can be paid into: active ones, and those that nobody but their owner has frozen."""
        from payments.models.freeze import AccountFreeze

        by_owner = Exists(AccountFreeze.objects.filter(ended_at__isnull=True, wallets=OuterRef("pk")))
        return self.filter(Q(status=Wallet.Status.ACTIVE) | Q(by_owner, status=Wallet.Status.FROZEN))

    def in_order(self) -> Self:
        """As their owner sees them: the primary one, then by age."""
        return self.order_by("-is_primary", "created_at")

    def with_balance(self) -> Self:
        """Adds `available` (minor units): the settled balance and what is still in the inflow."""
        from payments.models.transaction import Inflow

        inflow = (
            Inflow.objects.filter(wallet=OuterRef("pk"))
            .order_by()
            .values("wallet")
            .annotate(total=Sum("amount"))
            .values("total")
        )
        return self.annotate(
            available=Coalesce(Subquery(inflow, output_field=models.BigIntegerField()), Value(0)) + F("balance")
        )


class WalletManager(models.Manager.from_queryset(WalletQuerySet)):  # type: ignore[misc]  # django-stubs knows no dynamic base
    """Reads wallets, and knows the platform's own."""

    def system(self, name: str, asset_id: str) -> "Wallet":
        """The platform's wallet of this name in this asset, made at first use.

        `name` is `external:<provider>`, `platform:fees`, `platform:holds` or `platform:fx`.
        It is buffered and may overdraw, so posting to it never waits for a lock.
        """
        wallet, _made = self.get_or_create(
            name=f"{name}:{asset_id}",
            kind=Wallet.Kind.SYSTEM,
            defaults={"asset_id": asset_id, "buffered": True, "may_overdraw": True},
        )
        return wallet


def new_address() -> str:
    """The local part of a wallet address: 12 letters and digits that survive being read aloud."""
    return "".join(secrets.choice(ADDRESS_ALPHABET) for _ in range(12))


class Wallet(MutableRecord):
    """A place for one asset. `balance` and `opening_balance` are minor units.

    A *buffered* wallet (a store's or the platform's) takes credits into `Inflow` instead of its
    row, so that payers never queue for it; what it holds is `balance` plus its inflow. The
    application may not write `balance`: only the functions of `sql/ledger.sql` do.
    """

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("personal")
        STORE = "store", _("store")
        SYSTEM = "system", _("platform")
        LINKED = "linked", _("linked")

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        FROZEN = "frozen", _("frozen")
        CLOSED = "closed", _("closed")

    kind = DomainField(_("kind"), domain="wallet_kind", max_length=10, choices=Kind, default=Kind.PERSONAL)
    # A payment opens every index of the wallets it changes: none is here that no question needs.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, db_index=False, related_name="wallets",
        verbose_name=_("owner"),
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("address"), max_length=200, default=new_address)
    asset = models.ForeignKey(Asset, models.PROTECT, db_index=False, related_name="+", verbose_name=_("asset"))
    balance = models.BigIntegerField(_("balance"), default=0, editable=False)
    buffered = models.BooleanField(default=False, editable=False)
    may_overdraw = models.BooleanField(default=False, editable=False)
    opening_balance = models.BigIntegerField(default=0, editable=False)
    is_primary = models.BooleanField(_("primary"), default=False)
    status = DomainField(_("status"), domain="wallet_status", max_length=10, choices=Status, default=Status.ACTIVE)
    auth_server = models.URLField(blank=True, default="")
    resource_server = models.URLField(blank=True, default="")
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    available: int  # by with_balance()

    objects: ClassVar[WalletManager] = WalletManager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.CheckConstraint(condition=Q(may_overdraw=True) | Q(balance__gte=0), name="wallet_floor"),
            models.UniqueConstraint(fields=["address"], name="wallet_address_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_primary=True), name="wallet_one_primary"),
            models.UniqueConstraint(fields=["name"], condition=Q(kind="system"), name="wallet_system_name_once"),
        ]
        triggers = [
            # Only on what people change, for the ledger sets `updated_at` itself, and afterwards: a trigger before
            # updates makes PostgreSQL lock each row of a payment a second time (sql/rules.sql).
            pgtrigger.Trigger(
                name="touch_updated_at",
                operation=pgtrigger.UpdateOf("name", "address", "is_primary", "status", "auth_server", "resource_server"),
                when=pgtrigger.After,
                condition=pgtrigger.Condition("NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at"),
                func="UPDATE payments_wallet SET updated_at = clock_timestamp() WHERE id = NEW.id; RETURN NULL;",
            ),
            *NEVER_DELETED,
        ]
        indexes = [
            models.Index("user", F("created_at").desc(), name="wallet_by_user"),
            models.Index("kind", F("created_at").desc(), name="wallet_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.asset_id})"

    @property
    def money(self) -> Money:
        """What lies in it now; needs `with_balance()`."""
        return Money(self.available, self.asset_id)
