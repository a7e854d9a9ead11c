"""Transactions as rows of a list: who, when and how much, in their reader's eyes."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from payments import queries
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.parties import Direction, View, view_for
from payments.templatetags.money import money_text

Kind, Status = Transaction.Kind, Transaction.Status

NOTE_SHOWN = 60  # characters of a note in a row; the receipt has all of it

ICONS = {
    Kind.DEPOSIT: "plus",
    Kind.WITHDRAWAL: "arrow-up-from-line",
    Kind.CONVERSION: "repeat",
    Kind.PAYOUT: "landmark",
    Kind.SUBSCRIPTION: "calendar-sync",
    Kind.CREDIT_PURCHASE: "coins",
    Kind.JOB_CHARGE: "image",
    Kind.BONUS_CLAIM: "gift",
    Kind.LOAN_REPAYMENT: "landmark",
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One row. `amount` is signed from where it is looked at; a person has no icon but initials."""

    transaction: Transaction
    name: str
    detail: str
    icon: str
    amount: Money
    signed: bool
    void: bool
    status: str
    time: str

    @property
    def href(self) -> str:
        return reverse("transaction", args=[self.transaction.pk])


@dataclass(frozen=True, slots=True)
class Day:
    """The movements of one day in their reader's time zone."""

    label: str
    rows: list[Movement]


def activity(viewer: User, *, wallet: Wallet | None = None) -> QuerySet[Transaction]:
    """The person's transactions, or those of one wallet, with all that a row shows, newest first."""
    given_back = (
        Transaction.objects.filter(refund_of=OuterRef("pk"), status=Status.COMPLETED)
        .order_by()
        .values("refund_of")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    refunded = Coalesce(Subquery(given_back, output_field=BigIntegerField()), 0)
    transactions = queries.activity(viewer).annotate(refunded=refunded)
    return transactions.filter(Q(payer_wallet=wallet) | Q(payee_wallet=wallet)) if wallet else transactions


def days(transactions: Iterable[Transaction], viewer: User, *, today: dt.date, wallet: Wallet | None = None) -> list[Day]:
    """Rows under the heading of their day, in the order they come; `wallet` is the one looked at, if it is one."""
    by_day = groupby(transactions, key=lambda each: timezone.localdate(each.created_at))
    return [Day(day_label(day, today), [movement(each, viewer, wallet=wallet) for each in of_day]) for day, of_day in by_day]


def movement(transaction: Transaction, viewer: User, *, wallet: Wallet | None = None) -> Movement:
    """A transaction of `activity` as a row."""
    view = view_for(transaction, viewer)
    settled = transaction.status in {Status.PENDING, Status.COMPLETED}
    amount, signed = _amount(view, wallet)
    return Movement(
        transaction=transaction,
        name=name(view),
        detail=" · ".join(filter(None, [_what(view), Truncator(transaction.notes).chars(NOTE_SHOWN)])),
        icon=_icon(view),
        amount=amount,
        signed=signed and settled,
        void=not settled,
        status=shown_status(transaction),
        time=time_format(timezone.localtime(transaction.created_at), "TIME_FORMAT"),
    )


def name(view: View) -> str:
    """Whom or what a movement is with."""
    kind = view.transaction.kind
    if kind == Kind.CONVERSION:
        return _("Exchange")
    if kind == Kind.DEPOSIT:
        return _("Top-up")
    if kind == Kind.WITHDRAWAL:
        return _("Withdrawal")
    if view.direction == Direction.INTERNAL:
        return _("To %(wallet)s") % {"wallet": view.name}
    return view.name


def shown_status(transaction: Transaction) -> str:
    """What is worth saying about how it ended; nothing when all went as it should."""
    if transaction.status != Status.COMPLETED:
        return transaction.status
    refunded: int = getattr(transaction, "refunded", 0)  # by activity()
    if not refunded:
        return ""
    return "refunded" if refunded == transaction.amount else "partly_refunded"


def day_label(day: dt.date, today: dt.date) -> str:
    """The heading "Today", "Yesterday", "Friday, 20 November", or the date with its year."""
    if day == today:
        return _("Today")
    if day == today - dt.timedelta(days=1):
        return _("Yesterday")
    if day.year != today.year:
        return date_format(day, "DATE_FORMAT")
    return f"{_capitalized(date_format(day, 'l'))}, {date_format(day, 'MONTH_DAY_FORMAT')}"


def dated(day: dt.date) -> str:
    """A day by its date alone, for what is kept or printed: "Friday, 20 November 2026"."""
    return f"{_capitalized(date_format(day, 'l'))}, {date_format(day, 'DATE_FORMAT')}"


def received(transaction: Transaction) -> Money:
    """What arrived: another asset than was sent, when it is an exchange."""
    if transaction.kind == Kind.CONVERSION:
        return Money(transaction.metadata["target_amount"], transaction.metadata["target_asset"])
    return transaction.money


def _what(view: View) -> str:
    transaction = view.transaction
    payer, payee = transaction.payer_wallet, transaction.payee_wallet
    if transaction.kind == Kind.CONVERSION:
        return _("%(amount)s into %(wallet)s") % {"amount": money_text(received(transaction)), "wallet": payee.name}
    if transaction.kind == Kind.DEPOSIT:
        return _("Into %(wallet)s") % {"wallet": payee.name}
    if transaction.kind == Kind.WITHDRAWAL or view.direction == Direction.INTERNAL:
        return _("From %(wallet)s") % {"wallet": payer.name}
    if transaction.kind == Kind.TRANSFER:
        return _("Received") if view.direction == Direction.INCOMING else _("Sent")
    return _capitalized(transaction.get_kind_display())


def _amount(view: View, wallet: Wallet | None) -> tuple[Money, bool]:
    """The amount as `wallet` saw it, or as all the viewer's wallets did; and whether it has a sign.

    Between two wallets of one's own nothing was lost or gained, unless one of them is looked at.
    """
    transaction = view.transaction
    if view.direction != Direction.INTERNAL:
        return view.amount, True
    if wallet:
        came_in = wallet.pk == transaction.payee_wallet_id
        return (received(transaction) if came_in else view.amount), True
    return transaction.money, False


def _icon(view: View) -> str:
    transaction = view.transaction
    if transaction.kind in ICONS:
        return ICONS[Kind(transaction.kind)]
    if view.direction == Direction.INTERNAL:
        return "arrow-left-right"
    return "store" if view.counterparty.kind == Wallet.Kind.STORE else "" if view.counterparty.user_id else "landmark"


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]
