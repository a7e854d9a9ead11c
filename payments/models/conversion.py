"""Offers to exchange one asset for another."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import MutableRecord
from payments.models.transaction import Transaction
from payments.models.wallet import Wallet
from payments.money import Money

if TYPE_CHECKING:
    from accounts.models import User


class ConversionQuoteQuerySet(models.QuerySet["ConversionQuote"]):
    """Quotes in business words."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(user=user)


class ConversionQuote(MutableRecord):
    """A rate, a fee and the amounts they give, held until `expires_at`.

    `source_amount` (minor units) leaves the source wallet together with `fee`, in the same asset;
    `target_amount` arrives. One unit of the source asset costs `rate` units of the target asset.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("customer"))
    source_wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="+", verbose_name=_("from"))
    target_wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="+", verbose_name=_("to"))
    source_amount = models.BigIntegerField(_("amount"))
    fee = models.BigIntegerField(_("fee"))
    target_amount = models.BigIntegerField(_("amount received"))
    rate = models.DecimalField(_("rate"), max_digits=24, decimal_places=12)
    rate_source = models.CharField(_("source of the rate"), max_length=40)
    rate_date = models.DateField(_("date of the rate"))
    expires_at = models.DateTimeField(_("expires"))
    transaction = models.OneToOneField(
        Transaction, models.PROTECT, null=True, blank=True, related_name="quote", verbose_name=_("transaction")
    )

    objects: ClassVar[models.Manager["ConversionQuote"]] = ConversionQuoteQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            models.CheckConstraint(
                condition=Q(source_amount__gt=0, target_amount__gt=0, fee__gte=0, rate__gt=0), name="quote_amounts_valid"
            ),
            models.CheckConstraint(condition=~Q(source_wallet=F("target_wallet")), name="quote_two_wallets"),
        ]
        indexes = [models.Index("user", F("created_at").desc(), name="quote_by_user")]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"

    @property
    def source(self) -> Money:
        return Money(self.source_amount, self.source_wallet.asset_id)

    @property
    def fee_money(self) -> Money:
        return Money(self.fee, self.source_wallet.asset_id)

    @property
    def total(self) -> Money:
        """What leaves the source wallet."""
        return self.source + self.fee_money

    @property
    def target(self) -> Money:
        return Money(self.target_amount, self.target_wallet.asset_id)
