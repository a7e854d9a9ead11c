"""The only way money moves: three functions of the database, called here and nowhere else."""

import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import DatabaseError, DataError, connection
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from payments.errors import WalletBusy, WalletNotEmpty
from payments.models import Inflow, Transaction, Wallet
from payments.money import new_code

CODES_TO_CHOOSE_FROM = 3  # a payee sees each code once a day; three draws make a clash as good as impossible
REFUSED = "FL001"  # the SQLSTATE of a refusal raised in ledger.sql
UNIQUE_VIOLATION = "23505"
OUT_OF_RANGE = "22003"

log = structlog.get_logger("florin.ledger")

POST = (
    "select ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s,"
    " %s::uuid[], %s::bigint[], %s::boolean[])"
)
FOLD = "select ledger_fold(%s, %s)"
SETTLE = "select ledger_settle(%s, %s, %s, %s, %s, %s::jsonb, %s, %s::uuid[], %s::bigint[], %s::boolean[])"


class InsufficientFunds(Refused):
    """The payer's wallet holds less than its legs take."""

    code = "insufficient_funds"
    message = _("There is not enough money in this wallet. No money moved: top it up or choose another wallet.")


class WalletFrozen(Refused):
    """Money may not leave a frozen wallet."""

    code = "wallet_frozen"
    status = 409
    message = _("This wallet is frozen. No money moved. If you froze it, you can unfreeze it; else support can tell you why.")


class WalletClosed(Refused):
    """Nothing enters or leaves a closed wallet."""

    code = "wallet_closed"
    status = 409
    message = _("This wallet is closed. No money moved: choose another wallet.")


class NotRefundable(Refused):
    """Only a completed transaction can be refunded, in its own asset, and a refund can't."""

    code = "not_refundable"
    status = 409
    message = _("This can't be refunded. No money moved.")


class RefundExceedsPayment(Refused):
    """All refunds of a payment together would be more than was paid."""

    code = "refund_exceeds_payment"
    message = _("This is more than is left to refund. No money moved.")


class AlreadySettled(Refused):
    """The transaction is no longer pending."""

    code = "already_settled"
    status = 409
    message = _("This was already completed or cancelled. Nothing changed.")


class CaptureExceedsHold(Refused):
    """More is to be captured than is on hold."""

    code = "capture_exceeds_hold"
    message = _("This is more than is on hold. No money moved.")


class DuplicateKey(Refused):
    """The initiator already used this idempotency key for a transaction."""

    code = "idempotency_key_reused"
    message = _("This was already sent once. Nothing was sent a second time.")


class BalanceTooLarge(Refused):
    """A balance would leave 64 bits."""

    code = "balance_too_large"
    message = _("The receiving wallet can't hold that much. No money moved.")


REFUSALS = {
    refusal.code: refusal
    for refusal in (
        InsufficientFunds, WalletFrozen, WalletClosed, NotRefundable, RefundExceedsPayment, AlreadySettled, CaptureExceedsHold,
        WalletNotEmpty, WalletBusy,
    )
}  # fmt: skip


class LedgerBugError(Exception):
    """The ledger refused what no caller should ask for: legs that do not balance, a hold left over."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A signed amount (minor units of the wallet's asset) on one wallet."""

    wallet: Wallet
    amount: int


def post(transaction: Transaction, legs: Sequence[Leg]) -> Transaction:
    """Record an unsaved transaction and move its legs, in the caller's database transaction.

    `transaction.created_at` is the time of the postings. Gives the transaction its confirmation code
    and returns it.

    :raises InsufficientFunds: and the other refusals of this module; everything rolls back.
    """
    columns = _columns(legs)
    transaction.completed_at = transaction.created_at if transaction.status == Transaction.Status.COMPLETED else None
    with refusals(), connection.cursor() as cursor:
        cursor.execute(
            POST,
            [
                transaction.pk,
                transaction.kind,
                transaction.rail,
                transaction.status,
                transaction.initiated_by_id,
                transaction.payer_wallet_id,
                transaction.payee_wallet_id,
                transaction.amount,
                transaction.asset_id,
                transaction.refund_of_id,
                [new_code() for _code in range(CODES_TO_CHOOSE_FROM)],
                transaction.idempotency_key,
                transaction.notes,
                json.dumps(transaction.metadata),
                transaction.created_at,
                *columns,
            ],
        )
        (transaction.confirmation_code,) = cursor.fetchone()
    transaction._state.adding = False  # noqa: SLF001 as Model.save leaves it
    transaction._state.db = connection.alias  # noqa: SLF001
    return transaction


def settle(
    transaction: Transaction,
    legs: Sequence[Leg],
    *,
    status: Transaction.Status,
    now: dt.datetime,
    amount: int | None = None,
    error_code: str = "",
    error_message: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> Transaction:
    """End a pending transaction, moving the legs that end it. `metadata` is added to what is there.

    :raises AlreadySettled: it is not pending any more, also when another caller was faster.
    """
    columns = _columns(legs)
    amount = transaction.amount if amount is None else amount
    with refusals(), connection.cursor() as cursor:
        cursor.execute(
            SETTLE,
            [transaction.pk, status, amount, error_code, error_message, json.dumps(dict(metadata or {})), now, *columns],
        )
    transaction.status, transaction.amount = status, amount
    transaction.error_code, transaction.error_message = error_code, error_message
    transaction.metadata = {**transaction.metadata, **(metadata or {})}
    transaction.completed_at = now if status == Transaction.Status.COMPLETED else None
    return transaction


def fold(limit: int = 10_000) -> int:
    """Add waiting inflow to the balances of buffered wallets, at most `limit` rows each; answers how many.

    Each wallet is its own commit, so that its debits wait for one wallet's rows at most.
    """
    return sum(_fold_wallet(wallet, limit) for wallet in Inflow.objects.values_list("wallet", flat=True).distinct())


def _fold_wallet(wallet: uuid.UUID, limit: int) -> int:
    try:
        with atomic(), connection.cursor() as cursor:
            cursor.execute(FOLD, [wallet, limit])
            (folded,) = cursor.fetchone()
    except DataError:
        # More than 64 bits in one wallet: its inflow still counts, and the other wallets' is folded.
        log.exception("balance too large to fold", wallet=str(wallet))
        return 0
    return folded


def _columns(legs: Sequence[Leg]) -> tuple[list[uuid.UUID], list[int], list[bool]]:
    """Legs as the columns ledger_post takes: one leg a wallet, empty ones left out, in the order of the ids."""
    wallets = {leg.wallet.pk: leg.wallet for leg in legs}
    sums = dict.fromkeys(wallets, 0)
    for leg in legs:
        sums[leg.wallet.pk] += leg.amount
    moving = sorted(pk for pk, amount in sums.items() if amount)
    waits = [wallets[pk].buffered and (sums[pk] > 0 or wallets[pk].may_overdraw) for pk in moving]
    return moving, [sums[pk] for pk in moving], waits


@contextmanager
def refusals() -> Iterator[None]:
    """Turns the database's refusals into ours; anything else is a bug and stays one."""
    try:
        yield
    except DatabaseError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        state, message = (diagnosis.sqlstate, diagnosis.message_primary or "") if diagnosis else (None, "")
        if state == REFUSED and message in REFUSALS:
            extra = {"available": diagnosis.message_detail} if diagnosis and diagnosis.message_detail else {}
            raise REFUSALS[message](**extra) from None
        if state == REFUSED:
            raise LedgerBugError(message) from error
        if state == UNIQUE_VIOLATION and diagnosis and diagnosis.constraint_name == "transaction_key_once":
            raise DuplicateKey from None
        if state == OUT_OF_RANGE:
            raise BalanceTooLarge from None
        raise
