"""One movement: its receipt, and what became of it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.operations.refunds import REFUNDABLE
from payments.parties import Direction, View, name_of, view_for
from payments.providers.funding import title_of, title_of_instrument
from payments.statements.receipt import receipt_pdf
from payments.views.movements import activity, shown_status
from payments.views.pages import PersonView

Kind, Status = Transaction.Kind, Transaction.Status

HASTE = dt.timedelta(minutes=1)  # how long a page that waits asks often
OFTEN_S, SELDOM_S = 2, 15

HEADINGS: dict[tuple[Transaction.Kind, Direction], Promise] = {
    (Kind.TRANSFER, Direction.OUTGOING): gettext_lazy("Sent to %(name)s"),
    (Kind.TRANSFER, Direction.INCOMING): gettext_lazy("Received from %(name)s"),
    (Kind.TRANSFER, Direction.INTERNAL): gettext_lazy("Moved to %(name)s"),
    (Kind.PAYMENT, Direction.OUTGOING): gettext_lazy("Paid to %(name)s"),
    (Kind.PAYMENT, Direction.INCOMING): gettext_lazy("Paid by %(name)s"),
    (Kind.REFUND, Direction.OUTGOING): gettext_lazy("Refund to %(name)s"),
    (Kind.REFUND, Direction.INCOMING): gettext_lazy("Refund from %(name)s"),
    (Kind.DEPOSIT, Direction.INCOMING): gettext_lazy("Top-up"),
    (Kind.WITHDRAWAL, Direction.OUTGOING): gettext_lazy("Withdrawal"),
    (Kind.CONVERSION, Direction.INTERNAL): gettext_lazy("Exchange"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """A step of what happened: `state` is past, current or failed; `at` is None while it has not come."""

    label: str
    at: dt.datetime | None
    state: str
    detail: str = ""
    transaction: Transaction | None = None


class TransactionPage(PersonView):
    """The receipt of one movement. While it is pending the page asks again by itself, with scripts and without."""

    def get(self, request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponse:
        person = self.person
        transaction = get_object_or_404(activity(person), pk=transaction_id)
        view = view_for(transaction, person)
        refunds = list(transaction.refunds.order_by("created_at"))
        is_done = "done" in request.GET
        waits = transaction.status == Status.PENDING
        status = shown_status(transaction) or transaction.status
        context: dict[str, Any] = {
            "view": view,
            "total": -view.total,
            "exchange_rate": Decimal(view.exchange.rate) if view.exchange else None,
            "is_void": transaction.status in {Status.FAILED, Status.CANCELLED},
            "transaction": transaction,
            "title": title(transaction, is_done=is_done),
            "heading": heading(view),
            "status": status,
            "payer_name": side_name(view, transaction.payer_wallet, person),
            "payee_name": side_name(view, transaction.payee_wallet, person),
            "timeline": timeline(transaction, refunds),
            "may_refund": is_refundable(view) and status != "refunded",
            "is_done": is_done,
            "ask_again_s": ask_again_s(self.now - transaction.created_at) if waits else None,
        }
        if "every" not in request.GET:
            return self.page("transaction", context)
        # Asked by a page that waits: nothing while nothing changed, so that nobody hears the same page again.
        unchanged = request.GET["every"] == str(context["ask_again_s"])
        return HttpResponse(status=HTTPStatus.NO_CONTENT) if unchanged else self.page("transaction#slip", context)


class TransactionReceipt(PersonView):
    """The receipt as PDF."""

    def get(self, request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponse:
        transaction = get_object_or_404(activity(self.person), pk=transaction_id)
        content = receipt_pdf(view_for(transaction, self.person), self.person, timezone.get_current_timezone())
        answer = HttpResponse(content, content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="florin-{transaction.confirmation_code}.pdf"'
        return answer


def title(transaction: Transaction, *, is_done: bool) -> str:
    """What the page says first: how it stands, to somebody who has just done it; else what the page is."""
    match transaction.status:
        case Status.PENDING:
            return _("On its way")
        case Status.FAILED:
            return _("This did not go through")
        case Status.CANCELLED:
            return _("Cancelled")
    return _("Done") if is_done else _("Receipt")


def heading(view: View) -> str:
    """What this is, in a few words with the other side's name."""
    known = HEADINGS.get((Kind(view.transaction.kind), view.direction))
    if known:
        return str(known) % {"name": view.name}
    kind = str(view.transaction.get_kind_display())
    return f"{kind[:1].upper()}{kind[1:]} · {view.name}"


def side_name(view: View, wallet: Wallet, viewer: User) -> str:
    """How the viewer knows one side: their own wallet by its name, what is outside by the card or the account."""
    if wallet.user_id == viewer.pk:
        return wallet.name
    facts = view.transaction.metadata
    if "provider" not in facts:
        return name_of(wallet)
    provider, token = facts["provider"], facts.get("source") or facts.get("destination", "")
    return f"{title_of(provider)}: {title_of_instrument(provider, token, viewer)}"


def is_refundable(view: View) -> bool:
    """Whether the viewer got money here that can be given back, all of it or what is left."""
    transaction = view.transaction
    return transaction.kind in REFUNDABLE and transaction.status == Status.COMPLETED and view.direction == Direction.INCOMING


def timeline(transaction: Transaction, refunds: list[Transaction]) -> list[Event]:
    """What happened and what is still to come, in order."""
    events = [Event(_("Started"), transaction.created_at, "past")]
    if transaction.status == Status.COMPLETED:
        events.append(Event(_("Completed"), transaction.completed_at, "past"))
    elif transaction.status == Status.PENDING:
        provider = transaction.metadata.get("provider")
        detail = _("Waiting for %(provider)s.") % {"provider": title_of(provider)} if provider else ""
        events += [Event(_("On its way"), None, "current", detail), Event(_("Completed"), None, "coming")]
    elif transaction.status == Status.FAILED:
        events.append(Event(_("Failed"), transaction.updated_at, "failed", transaction.reason_of_failure))
    else:
        events.append(Event(_("Cancelled"), transaction.updated_at, "failed"))
    given_back = [each for each in refunds if each.status == Status.COMPLETED]
    return events + [Event(_("Refunded"), each.created_at, "past", transaction=each) for each in given_back]


def ask_again_s(age: dt.timedelta) -> int:
    """After how many seconds a page that waits asks again: soon at first, seldom when it takes long."""
    return OFTEN_S if age < HASTE else SELDOM_S
