"""What people did before they look at a page."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import complete_deposit, convert, quote_conversion, start_deposit, transfer
from payments.providers.rates import Rate


def send(payer: Wallet, payee: Wallet, minor: int, *, note: str = "", at: dt.datetime | None = None) -> Transaction:
    """The payer's owner sends the payee this much."""
    assert payer.user
    amount, now = Money(minor, payer.asset_id), at or timezone.now()
    return transfer(payer=payer, payee=payee, amount=amount, actor=payer.user, key=None, notes=note, now=now)


def start_top_up(wallet: Wallet, minor: int, *, source: str = "tok_success", at: dt.datetime | None = None) -> Transaction:
    """A top-up that the provider has not answered yet."""
    assert wallet.user
    return start_deposit(
        wallet=wallet,
        amount=Money(minor, wallet.asset_id),
        provider="sandbox",
        source=source,
        actor=wallet.user,
        key=None,
        now=at or timezone.now(),
    )


def top_up(wallet: Wallet, minor: int, *, at: dt.datetime | None = None) -> Transaction:
    """A top-up that came through."""
    now = at or timezone.now()
    return complete_deposit(deposit=start_top_up(wallet, minor, at=now), provider_reference="sandbox_1", now=now)


def exchange(source: Wallet, target: Wallet, minor: int, *, rate: str) -> Transaction:
    """The owner of both wallets exchanges this much, at this rate."""
    assert source.user
    now = timezone.now()
    asked = Rate(Decimal(rate), now.date(), "ECB")
    quote = quote_conversion(
        source=source, target=target, amount=Money(minor, source.asset_id), rate=asked, actor=source.user, now=now
    )
    return convert(quote=quote, actor=source.user, key=None, now=now)
