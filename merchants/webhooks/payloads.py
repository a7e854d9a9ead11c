"""What an event says of its resource: the fields that the API has for it, so that a program reads both alike."""

from typing import Any

from merchants.models import Charge, Dispute, Payout, Store
from payments.models import Transaction

type Payload = dict[str, Any]  # JSON


def payment(transaction: Transaction, charge: Charge | None = None) -> Payload:
    """A payment to the store."""
    return {
        "id": str(transaction.pk), "amount": transaction.money.plain(), "asset": transaction.asset_id,
        "status": transaction.status, "confirmation_code": transaction.confirmation_code, "note": transaction.notes,
        "charge": str(charge.pk) if charge else None, "tip": charge.tip_money.plain() if charge else None,
        "terminal": charge.terminal if charge else "", "created_at": transaction.created_at,
    }  # fmt: skip


def refund(transaction: Transaction) -> Payload:
    """Money that the store gave back."""
    return {
        "id": str(transaction.pk), "payment": str(transaction.refund_of_id), "amount": transaction.money.plain(),
        "asset": transaction.asset_id, "status": transaction.status, "confirmation_code": transaction.confirmation_code,
        "reason": transaction.notes, "created_at": transaction.created_at,
    }  # fmt: skip


def charge(asked: Charge) -> Payload:
    """What a till asked for."""
    return {
        "id": str(asked.pk), "code": asked.code, "amount": asked.money.plain(), "tip": asked.tip_money.plain(),
        "asset": asked.money.asset, "note": asked.note, "terminal": asked.terminal, "status": asked.status,
        "expires_at": asked.expires_at, "created_at": asked.created_at,
    }  # fmt: skip


def payout(paid: Payout) -> Payload:
    """A payout; where to, only as lists show it."""
    return {
        "id": str(paid.pk), "amount": paid.money.plain(), "fee": paid.fee_money.plain(), "asset": paid.money.asset,
        "type": paid.payout_type, "to": paid.hint, "status": paid.status, "needs_approval": paid.needs_approval,
        "revision": paid.revision, "external_id": paid.external_id, "error_code": paid.error_code,
        "created_at": paid.created_at, "processed_at": paid.processed_at,
    }  # fmt: skip


def dispute(asked: Dispute) -> Payload:
    """A customer's question about a payment; who asks, it does not say."""
    return {
        "id": str(asked.pk), "payment": str(asked.payment_id), "reason": asked.reason, "note": asked.note,
        "status": asked.status, "due_at": asked.due_at, "answer": asked.answer,
        "refund": str(asked.refund_id) if asked.refund_id else None,
        "created_at": asked.created_at, "ended_at": asked.ended_at,
    }  # fmt: skip


def store(changed: Store) -> Payload:
    """What the store says of itself."""
    return {
        "id": str(changed.pk), "name": changed.name, "symbol": changed.symbol, "category": changed.category,
        "city": changed.city, "country": changed.country, "asset": changed.asset, "status": changed.status,
        "timezone": changed.timezone, "offers_tips": changed.offers_tips,
    }  # fmt: skip
