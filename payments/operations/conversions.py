"""Exchanging one asset for another at a quoted rate."""

import datetime as dt

from django.conf import settings

from accounts.legal import demand_agreement
from accounts.models import User
from audit import trail
from config.database import operation
from payments import ledger
from payments.errors import AmountTooSmall, QuoteExpired, QuoteUsed
from payments.fees import fee_for
from payments.ledger import Leg, WalletClosed, WalletFrozen
from payments.models import ConversionQuote, Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.money import convert as converted
from payments.operations.transfers import record_money
from payments.providers.rates import Rate


@operation
def quote_conversion(
    *, source: Wallet, target: Wallet, amount: Money, rate: Rate, actor: User, now: dt.datetime
) -> ConversionQuote:
    """Offer to exchange `amount` of the source wallet at `rate` for `QUOTE_LIFETIME_S`; moves nothing.

    The fee is taken from the source wallet beside the amount.

    :raises AgreementNeeded: the actor has not agreed to the texts in force.
    :raises AssetMismatch: the amount is not in the source wallet's asset, or both wallets hold the same one.
    :raises AmountTooSmall: it is worth less than one minor unit of the target.
    :raises WalletFrozen: either wallet is frozen.
    :raises WalletClosed: either wallet is closed.
    """
    demand_agreement(actor)
    _check_open(source, target)
    if amount.asset != source.asset_id or source.asset_id == target.asset_id:
        raise AssetMismatch
    received = converted(amount, rate.value, target.asset_id)
    if not received:
        raise AmountTooSmall
    quote = ConversionQuote.objects.create(
        created_at=now,
        user=actor,
        source_wallet=source,
        target_wallet=target,
        source_amount=amount.amount,
        fee=fee_for(Transaction.Kind.CONVERSION, amount).amount,
        target_amount=received.amount,
        rate=rate.value,
        rate_source=rate.source,
        rate_date=rate.date,
        expires_at=now + dt.timedelta(seconds=settings.QUOTE_LIFETIME_S),
    )
    new = {"rate": str(rate.value), "source": str(amount), "target": str(received)}
    trail.record("conversion.quoted", actor=actor, resource=quote, customer_id=source.user_id, new=new, now=now)
    return quote


@operation
def convert(*, quote: ConversionQuote, actor: User, key: str | None, now: dt.datetime) -> Transaction:
    """Exchange as quoted, once.

    :raises AgreementNeeded: the actor has not agreed to the texts in force.
    :raises QuoteExpired: the rate is no longer held.
    :raises QuoteUsed: it was exchanged before, also by a faster caller.
    :raises InsufficientFunds: the source wallet has less than amount and fee.
    """
    demand_agreement(actor)
    quote = (
        ConversionQuote.objects.select_for_update(of=["self"]).select_related("source_wallet", "target_wallet").get(pk=quote.pk)
    )
    if quote.transaction_id:
        raise QuoteUsed
    if quote.expires_at <= now:
        raise QuoteExpired
    source, target = quote.source_wallet, quote.target_wallet
    _check_open(source, target)
    transaction = Transaction(
        created_at=now,
        kind=Transaction.Kind.CONVERSION,
        status=Transaction.Status.COMPLETED,
        initiated_by=actor,
        payer_wallet=source,
        payee_wallet=target,
        amount=quote.source_amount,
        asset_id=source.asset_id,
        idempotency_key=key,
        metadata={"rate": str(quote.rate), "target_amount": quote.target_amount, "target_asset": target.asset_id},
    )
    legs = [
        Leg(source, -(quote.source_amount + quote.fee)),
        Leg(Wallet.objects.system("platform:fx", source.asset_id), quote.source_amount),
        Leg(Wallet.objects.system("platform:fx", target.asset_id), -quote.target_amount),
        Leg(target, quote.target_amount),
    ]
    if quote.fee:
        legs.append(Leg(Wallet.objects.system("platform:fees", source.asset_id), quote.fee))
    ledger.post(transaction, legs)
    transaction.fee = quote.fee
    quote.transaction = transaction
    quote.save(update_fields=["transaction", "updated_at"])
    record_money("conversion.completed", transaction, actor=actor, customer=source, now=now)
    return transaction


def _check_open(source: Wallet, target: Wallet) -> None:
    statuses = {source.status, target.status}
    if Wallet.Status.CLOSED in statuses:
        raise WalletClosed
    if Wallet.Status.FROZEN in statuses:
        raise WalletFrozen
