"""Questions about wallets and what happened on them, each answered in SQL."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import FETCH_PEERS, F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from accounts.models import User
from audit.words import words_for
from payments.models import Posting, Transaction, Wallet
from payments.models.transaction import PostingQuerySet
from payments.money import Money
from payments.parties import View, name_of, view_for

CHUNK = 1000  # lines of a statement that are in memory at once
MOMENT = dt.timedelta(microseconds=1)  # what the database tells apart

SIDES = ("transaction__payer_wallet", "transaction__payee_wallet")
# What a statement shows: rows of six tables whole would take five times as long to read.
LINE_COLUMNS = (
    "amount", "created_at", "transaction__kind", "transaction__notes", "transaction__confirmation_code",
    *(f"{side}__{column}" for side in SIDES for column in ("kind", "name", "address", "user__name", "user__status")),
)  # fmt: skip

# What the person bought, sent or owed; exchanges, withdrawals and moves between their own wallets are not spent.
SPENDING = (
    Transaction.Kind.PAYMENT, Transaction.Kind.TRANSFER, Transaction.Kind.BILL_PAYMENT, Transaction.Kind.CREDIT_PURCHASE,
    Transaction.Kind.JOB_CHARGE, Transaction.Kind.SUBSCRIPTION, Transaction.Kind.LOAN_REPAYMENT,
)  # fmt: skip

# From what is there now back to the start, in one snapshot: the sum of a wallet's postings is its balance, and
# what is asked for is mostly recent. `balance_after` would not do, because locks are not taken in the order of the clock.
TOTALS = """
select w.balance + coalesce((select sum(i.amount) from payments_inflow i where i.wallet_id = w.id), 0)
       - coalesce(sum(p.amount), 0),
       coalesce(sum(p.amount) filter (where p.amount > 0 and p.created_at < %(end)s), 0),
       coalesce(sum(p.amount) filter (where p.amount < 0 and p.created_at < %(end)s), 0),
       count(p.id) filter (where p.created_at < %(end)s)
  from payments_wallet w left join payments_posting p on p.wallet_id = w.id and p.created_at >= %(start)s
 where w.id = %(wallet)s
 group by w.id
"""

# What a person did themselves, and whatever money they set in motion. Tries that failed may be somebody else's.
SUMMARY = """
with acts as (
    select name as act, created_at from audit_event where user_id = %(person)s and right(name, 7) <> '_failed'
    union all
    select kind::text, created_at from payments_transaction where initiated_by_id = %(person)s
)
select count(*), count(*) filter (where created_at >= %(week_ago)s), max(created_at), mode() within group (order by act)
  from acts
"""


@dataclass(frozen=True, slots=True)
class ActivitySummary:
    """How much a person does here: acts of the months that are kept as events, and money moved at any time.

    `most_common` is an act's name ("user.signed_in") or a kind of transaction ("transfer"); None of somebody who did nothing.
    """

    total: int
    this_week: int
    last_at: dt.datetime | None
    most_common: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a wallet held at the start of a period, and what came in and went out (negative) in it."""

    opening: Money
    money_in: Money
    money_out: Money

    @property
    def closing(self) -> Money:
        return self.opening + self.money_in + self.money_out


@dataclass(frozen=True, slots=True)
class Line:
    """One posting on a statement: `amount` as it moved the wallet, `balance` after it.

    `name` is the other side's and `address` its wallet's. `returned` says that the posting gave back what was on hold.
    """

    at: dt.datetime
    transaction: Transaction
    name: str
    address: str
    returned: bool
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Statement:
    """What happened on a wallet from `start` up to, not including, `end`; `count` lines of it."""

    wallet: Wallet
    start: dt.datetime
    end: dt.datetime
    totals: Totals
    count: int

    def lines(self) -> Iterator[Line]:
        """Oldest first, read in chunks: however long, a statement takes little memory.

        The opening balance and all amounts make the last line's balance, whatever is posted meanwhile.
        """
        balance, last, more = self.totals.opening, None, True
        while more and (rows := self._chunk_after(last)):
            for posting in rows:
                amount = Money(posting.amount, self.wallet.asset_id)
                balance += amount
                yield self._line(posting, amount, balance)
            last, more = rows[-1], len(rows) == CHUNK

    def postings(self) -> PostingQuerySet:
        """What its lines are about."""
        return Posting.objects.filter(wallet=self.wallet, created_at__gte=self.start, created_at__lt=self.end)

    def _chunk_after(self, last: Posting | None) -> list[Posting]:
        postings = self.postings()
        if last:
            later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
            postings = postings.filter(later, created_at__gte=last.created_at)
        # Whatever else a reader of lines may ask for comes for the whole chunk at once.
        return list(postings.with_parties().only(*LINE_COLUMNS).fetch_mode(FETCH_PEERS).in_order()[:CHUNK])

    def _line(self, posting: Posting, amount: Money, balance: Money) -> Line:
        transaction = posting.transaction
        is_payer = transaction.payer_wallet_id == self.wallet.pk
        other = transaction.payee_wallet if is_payer else transaction.payer_wallet
        own = self.wallet.user_id is not None and other.user_id == self.wallet.user_id
        name, address = other.name if own else name_of(other), other.address
        if self.wallet.kind == Wallet.Kind.STORE and other.user_id is not None:
            name, address = _("Customer"), ""  # who pays in a store stays unknown to it
        return Line(posting.created_at, transaction, name, address, is_payer and posting.amount > 0, amount, balance)


@dataclass(frozen=True, slots=True)
class MonthSpending:
    """What was spent in the month that begins on `month`; refunds are taken off, in the month they came."""

    month: dt.date
    amount: Money


def balance_at(wallet: Wallet, instant: dt.datetime) -> Money:
    """What lay in the wallet at that instant, postings of that very instant included."""
    return statement(wallet, instant + MOMENT, instant + MOMENT).totals.opening


def statement(wallet: Wallet, start: dt.datetime, end: dt.datetime) -> Statement:
    """What happened on the wallet in a period; its lines are read when asked for."""
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, {"wallet": wallet.pk, "start": start, "end": end})
        *sums, count = cursor.fetchone()
    opening, money_in, money_out = (Money(int(total), wallet.asset_id) for total in sums)
    return Statement(wallet, start, end, Totals(opening, money_in, money_out), count)


def totals_of(opening: Money, lines: Iterable[Line]) -> Totals:
    """The totals that lines which were read add up to, for a document that shows both."""
    amounts = [line.amount.amount for line in lines]
    money_in, money_out = (sum(each for each in amounts if (each > 0) is incoming) for incoming in (True, False))
    return Totals(opening, Money(money_in, opening.asset), Money(money_out, opening.asset))


def activity(user: User) -> QuerySet[Transaction]:
    """The person's transactions with all that `view_for` needs, newest first."""
    return Transaction.objects.visible_to(user).with_parties().with_fee().newest_first()


def recent_activity(user: User, *, limit: int) -> list[View]:
    """The person's last transactions as they see them."""
    return [view_for(transaction, user) for transaction in activity(user)[:limit]]


def spending_by_month(user: User, asset: str, *, months: int, today: dt.date, zone: dt.tzinfo) -> list[MonthSpending]:
    """What the person spent in this asset in each of the last `months` months of their calendar, this one last."""
    calendar = _months_until(today, months)
    spent_on = Q(transaction__kind__in=SPENDING, transaction__payer_wallet=F("wallet"))
    given_back = Q(transaction__kind=Transaction.Kind.REFUND, transaction__payee_wallet=F("wallet"))
    rows = (
        Posting.objects.filter(
            spent_on & ~Q(transaction__payee_wallet__user=user) | given_back,
            wallet__user=user,
            wallet__asset=asset,
            created_at__gte=dt.datetime.combine(calendar[0], dt.time(), zone),
        )
        .values(month=TruncMonth("created_at", tzinfo=zone))
        .annotate(total=Sum("amount"))
        .values_list("month", "total")
    )
    # More may come back in a month than was spent in it; nobody spends less than nothing.
    spent = {moment.date(): max(-int(total), 0) for moment, total in rows}
    return [MonthSpending(month, Money(spent.get(month, 0), asset)) for month in calendar]


def _months_until(today: dt.date, count: int) -> list[dt.date]:
    """The first days of the last `count` months, this one last."""
    this = today.year * 12 + today.month - 1
    return [dt.date(number // 12, number % 12 + 1, 1) for number in range(this - count + 1, this + 1)]


def activity_summary(person: User, *, now: dt.datetime) -> ActivitySummary:
    """What this person did in all and in the last seven days, when last, and what most often. One query."""
    with connection.cursor() as cursor:
        cursor.execute(SUMMARY, {"person": person.pk, "week_ago": now - dt.timedelta(days=7)})
        return ActivitySummary(*cursor.fetchone())


def act_in_words(act: str) -> str:
    """`most_common` of a summary as people read it."""
    kinds = dict(Transaction.Kind.choices)
    return str(kinds.get(act) or words_for(act))
