"""The ledger's rows: business facts and their postings."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.fields import DomainAmountField, DomainField
from config.models import APPEND_ONLY, NEVER_DELETED, MutableRecord
from payments.models.wallet import Asset, Wallet
from payments.money import Money

if TYPE_CHECKING:
    from accounts.models import User


class IsOneOf(Func):
    """Whether a value is in an array.

    The array is read once and then used on an index, where `IN (SELECT ...)` under an OR would read the whole table.
    """

    template = "%(expressions)s)"
    arg_joiner = " = any("
    output_field = models.BooleanField()


class TransactionQuerySet(models.QuerySet["Transaction"]):
    """Transactions in business words."""

    def visible_to(self, user: "User") -> Self:
        """What this person paid, was paid or asked for."""
        wallets = ArraySubquery(Wallet.objects.owned_by(user).values("pk"))
        return self.filter(IsOneOf(F("payer_wallet"), wallets) | IsOneOf(F("payee_wallet"), wallets))

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def with_parties(self) -> Self:
        """Brings both wallets and their owners along."""
        return self.select_related("payer_wallet__user", "payee_wallet__user")

    def with_fee(self) -> Self:
        """Adds `fee` (minor units of the transaction's asset): what the payer pays beside the amount.

        It is what went to the platform's fee wallet and, while the transaction is pending, what is on hold
        beyond the amount.
        """
        charged = Sum("amount", filter=Q(wallet__name__startswith="platform:fees:"))
        held = Sum("amount", filter=Q(wallet__name__startswith="platform:holds:"))
        fees = (
            Posting.objects.filter(transaction=OuterRef("pk"), wallet__kind="system")
            .order_by()
            .values("transaction")
            .annotate(total=Coalesce(charged, 0) + Greatest(Coalesce(held, 0) - OuterRef("amount"), 0))
            .values("total")
        )
        return self.annotate(fee=Coalesce(Subquery(fees, output_field=models.BigIntegerField()), 0))


class Transaction(MutableRecord):
    """A business fact about money. `amount` is minor units of `asset`, without the fee.

    Rows are made and settled by the functions of `sql/ledger.sql` alone; the application's role
    can only read them. While `pending`, `amount` is what was asked for or is held; settling a
    hold for less lowers it.
    """

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("payment")
        TRANSFER = "transfer", _("transfer")
        DEPOSIT = "deposit", _("top-up")
        WITHDRAWAL = "withdrawal", _("withdrawal")
        REFUND = "refund", _("refund")
        PAYOUT = "payout", _("payout")
        BILL_PAYMENT = "bill_payment", _("bill payment")
        CREDIT_PURCHASE = "credit_purchase", _("credit purchase")
        JOB_CHARGE = "job_charge", _("job charge")
        SUBSCRIPTION = "subscription", _("subscription")
        CONVERSION = "conversion", _("exchange")
        BONUS_CLAIM = "bonus_claim", _("bonus claim")
        LOAN_REPAYMENT = "loan_repayment", _("loan repayment")
        CONSOLIDATION = "consolidation", _("consolidation")

    class Rail(models.TextChoices):
        LEDGER = "ledger", _("Florin")
        CARD = "card", _("card")
        OPEN_PAYMENTS = "open_payments", _("Open Payments")
        ONCHAIN = "onchain", _("chain")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        COMPLETED = "completed", _("completed")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    kind = DomainField(_("kind"), domain="transaction_kind", max_length=20, choices=Kind)
    rail = DomainField(_("rail"), domain="transaction_rail", max_length=15, choices=Rail, default=Rail.LEDGER)
    status = DomainField(_("status"), domain="transaction_status", max_length=10, choices=Status)
    initiated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("initiated by"),
    )
    payer_wallet = models.ForeignKey(
        Wallet, models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("from")
    )
    payee_wallet = models.ForeignKey(
        Wallet, models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("to")
    )
    amount = DomainAmountField(_("amount"), domain="transaction_amount")
    asset = models.ForeignKey(
        Asset, models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("asset")
    )
    refund_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="refunds", db_index=False, verbose_name=_("refund of")
    )
    confirmation_code = DomainField(_("confirmation code"), domain="confirmation_code", max_length=6)
    idempotency_key = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001 empty text would clash
    error_code = models.CharField(_("error code"), max_length=64, blank=True, default="")
    error_message = models.TextField(_("error"), blank=True, default="")
    notes = models.CharField(_("note"), max_length=280, blank=True, default="")
    metadata = models.JSONField(_("details"), default=dict, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    fee: int  # by with_fee(), and on what an operation has just made

    objects: ClassVar[models.Manager["Transaction"]] = TransactionQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            models.UniqueConstraint(fields=["initiated_by", "idempotency_key"], name="transaction_key_once"),
        ]
        indexes = [
            # Read backwards for "newest first": rows that arrive in an index's own order fill its pages instead of
            # splitting them in the middle, which on a busy store's pages is a tenth of what a payment writes.
            models.Index("payer_wallet", "created_at", name="transaction_by_payer"),
            models.Index("payee_wallet", "created_at", name="transaction_by_payee"),
            models.Index("refund_of", condition=Q(refund_of__isnull=False), name="transaction_refunds"),
            models.Index("created_at", condition=Q(status="pending"), name="transaction_pending"),
            # Of the few that have any: an empty one would still queue for the index's first page in every payment.
            GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], condition=~Q(metadata={}), name="transaction_metadata"),
        ]
        triggers = [*MutableRecord.Meta.triggers, *NEVER_DELETED]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.confirmation_code}"

    @property
    def reason_of_failure(self) -> str:
        """`error_message` in the reader's language, where the words are ours; a provider's own stay as they came."""
        return gettext(self.error_message) if self.error_message else ""

    @property
    def money(self) -> Money:
        return Money(self.amount, self.asset_id)


class PostingQuerySet(models.QuerySet["Posting"]):
    """Postings in business words."""

    def with_parties(self) -> Self:
        """Brings the transactions along, with both wallets and their owners."""
        return self.select_related("transaction__payer_wallet__user", "transaction__payee_wallet__user")

    def in_order(self) -> Self:
        return self.order_by("created_at", "pk")


class Posting(models.Model):
    """One leg: a signed amount on one wallet, in minor units; a transaction's legs sum to zero per asset.

    `balance_after` is null on a buffered wallet, where credits have no order until they are folded.
    """

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(
        Transaction, models.PROTECT, related_name="postings", db_constraint=False, verbose_name=_("transaction")
    )
    wallet = models.ForeignKey(
        Wallet, models.PROTECT, related_name="postings", db_index=False, db_constraint=False, verbose_name=_("wallet")
    )
    amount = DomainAmountField(_("amount"), domain="posting_amount")
    balance_after = models.BigIntegerField(_("balance after"), null=True)
    created_at = models.DateTimeField(_("posted"))

    objects: ClassVar[models.Manager["Posting"]] = PostingQuerySet.as_manager()

    class Meta:
        verbose_name = _("posting")
        verbose_name_plural = _("postings")
        indexes = [models.Index("wallet", "created_at", "id", name="posting_by_wallet")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.amount:+d}"

    @property
    def money(self) -> Money:
        """As it moved the wallet, which must be loaded: negative when it left."""
        return Money(self.amount, self.wallet.asset_id)


class Inflow(models.Model):
    """A posting on a buffered wallet that its balance row does not count yet.

    Rows come with their posting and go when a fold adds them to the wallet's balance.
    """

    posting = models.OneToOneField(Posting, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="+", db_constraint=False)
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("inflow")
        verbose_name_plural = _("inflows")

    def __str__(self) -> str:
        return f"{self.amount:+d}"
