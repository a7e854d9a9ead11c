"""What a payout is made of: everything that moved the store's wallet since the payout before it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from merchants.models import Payout
from payments.models import Posting, Wallet
from payments.models.transaction import PostingQuerySet
from payments.money import Money
from payments.queries import Line, Statement, Totals


@dataclass(frozen=True, slots=True)
class _Between(Statement):
    """The movements between two postings of the wallet: after the first, if there is one, up to and including the last."""

    first: Posting | None = None
    last: Posting | None = None

    def postings(self) -> PostingQuerySet:
        """What its lines are about, in the order of the wallet's postings."""
        postings = Posting.objects.filter(wallet=self.wallet)
        if self.first:
            postings = postings.filter(_after(self.first), created_at__gte=self.first.created_at)
        if self.last:
            postings = postings.filter(created_at__lte=self.last.created_at).exclude(_after(self.last))
        return postings


@dataclass(frozen=True, slots=True)
class PayoutStatement:
    """What lay in the wallet after the payout before (`opening`), what came and went since, and what stayed (`left`).

    opening + lines = amount + fee + left, always: each posting on the wallet lies in exactly one payout's statement, or
    after the last one.
    """

    payout: Payout
    statement: Statement

    @property
    def opening(self) -> Money:
        return self.statement.totals.opening

    @property
    def moved(self) -> Money:
        """The sum of the lines."""
        return self.left + self.payout.total - self.opening

    @property
    def left(self) -> Money:
        return self.statement.totals.closing

    @property
    def count(self) -> int:
        """How many lines."""
        return self.statement.count - 1

    def lines(self) -> Iterator[Line]:
        """Payments, refunds and whatever else moved the wallet, oldest first; not the payout itself."""
        return (line for line in self.statement.lines() if line.transaction.pk != self.payout.transaction_id)


def payout_statement(payout: Payout) -> PayoutStatement:
    """The statement of a payout; its store, wallet and transaction must be selected."""
    wallet = payout.store.settlement_wallet
    taken = Posting.objects.filter(wallet=wallet, amount__lt=0)
    last = taken.get(transaction=payout.transaction_id)
    first = _hold_before(taken, last)
    start = first.created_at if first else payout.store.created_at
    zero = Money(0, wallet.asset_id)
    within = _Between(wallet, start, last.created_at, Totals(zero, zero, zero), 0, first, last)
    sums = within.postings().aggregate(
        money_in=Sum("amount", filter=Q(amount__gt=0), default=0),
        money_out=Sum("amount", filter=Q(amount__lt=0), default=0),
        count=Count("pk"),
    )
    totals = Totals(
        opening=_sum_upto(wallet, first),
        money_in=Money(int(sums["money_in"]), wallet.asset_id),
        money_out=Money(int(sums["money_out"]), wallet.asset_id),
    )
    return PayoutStatement(payout, _Between(wallet, start, last.created_at, totals, sums["count"], first, last))


def _hold_before(taken: QuerySet[Posting], hold: Posting) -> Posting | None:
    """The posting that took the money of the payout before; those that failed don't count."""
    of_payouts = taken.filter(transaction__payout__isnull=False).exclude(transaction__payout__status=Payout.Status.FAILED)
    earlier = Q(created_at__lt=hold.created_at) | Q(created_at=hold.created_at, pk__lt=hold.pk)
    return of_payouts.filter(earlier, created_at__lte=hold.created_at).order_by("-created_at", "-pk").first()


def _sum_upto(wallet: Wallet, posting: Posting | None) -> Money:
    """What lay in the wallet after this posting; nothing if there is none."""
    if posting is None:
        return Money(0, wallet.asset_id)
    before = Posting.objects.filter(wallet=wallet, created_at__lte=posting.created_at).exclude(_after(posting))
    return Money(int(before.aggregate(total=Sum("amount", default=0))["total"]), wallet.asset_id)


def _after(posting: Posting) -> Q:
    return Q(created_at__gt=posting.created_at) | Q(created_at=posting.created_at, pk__gt=posting.pk)
