"""Exchanging money at a quoted rate."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import User
from payments.errors import AmountTooSmall, QuoteExpired, QuoteUsed
from payments.ledger import InsufficientFunds, WalletClosed, WalletFrozen
from payments.models import ConversionQuote, Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations import close_wallet, convert, freeze_wallet, quote_conversion
from payments.providers.rates import Rate
from tests.factories import open_wallet_for
from tests.payments.balances import legs_of, minor_in, minor_in_system
from tests.threads import together
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
RATE = Rate(Decimal("1.0875"), dt.date(2026, 11, 20), "ECB")
pytestmark = pytest.mark.django_db


@pytest.fixture
def alice_usd(alice: User) -> Wallet:
    """Alice's dollars: none yet."""
    return open_wallet_for(alice, "USD")


@pytest.fixture
def quote(alice: User, alice_eur: Wallet, alice_usd: Wallet) -> ConversionQuote:
    """40.00 EUR for 43.50 USD, and a fee of 0.20 EUR."""
    return quote_conversion(source=alice_eur, target=alice_usd, amount=Money(40_00, "EUR"), rate=RATE, actor=alice, now=NOW)


def test_quotes_rate_fee_and_what_arrives_and_moves_nothing(alice_eur: Wallet, quote: ConversionQuote) -> None:
    assert (quote.source, quote.fee_money, quote.total, quote.target) == (
        Money(40_00, "EUR"), Money(20, "EUR"), Money(40_20, "EUR"), Money(43_50, "USD"),
    )  # fmt: skip
    assert quote.expires_at == NOW + dt.timedelta(seconds=60)
    assert (quote.rate_source, quote.rate_date) == ("ECB", dt.date(2026, 11, 20))
    assert minor_in(alice_eur) == 100_00


def test_exchanges_as_quoted(alice: User, alice_eur: Wallet, alice_usd: Wallet, quote: ConversionQuote) -> None:
    exchanged = convert(quote=quote, actor=alice, key="k", now=NOW)

    assert (minor_in(alice_eur), minor_in(alice_usd)) == (59_80, 43_50)
    assert legs_of(exchanged) == {
        "Alice's EUR": -40_20, "Alice's USD": 43_50, "platform:fees:EUR": 20, "platform:fx:EUR": 40_00,
        "platform:fx:USD": -43_50,
    }  # fmt: skip
    exchanged.refresh_from_db()
    assert (exchanged.kind, exchanged.status, exchanged.amount) == ("conversion", "completed", 40_00)
    assert exchanged.metadata == {"rate": "1.087500000000", "target_amount": 43_50, "target_asset": "USD"}
    quote.refresh_from_db()
    assert quote.transaction == exchanged


def test_crosses_scales(alice: User, alice_eur: Wallet) -> None:
    yen = open_wallet_for(alice, "JPY")
    rate = Rate(Decimal("164.355"), dt.date(2026, 11, 20), "ECB")
    quote = quote_conversion(source=alice_eur, target=yen, amount=Money(10_00, "EUR"), rate=rate, actor=alice, now=NOW)
    convert(quote=quote, actor=alice, key=None, now=NOW)
    assert (minor_in(yen), minor_in_system("platform:fx:JPY")) == (1644, -1644)  # 1643.55, half to even


def test_exchanges_once(alice: User, quote: ConversionQuote) -> None:
    convert(quote=quote, actor=alice, key=None, now=NOW)
    with refused(QuoteUsed):
        convert(quote=quote, actor=alice, key=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_exchanges_once_when_asked_at_the_same_moment(alice: User, alice_usd: Wallet, quote: ConversionQuote) -> None:
    results = together([lambda: convert(quote=quote, actor=alice, key=None, now=NOW)] * 5)
    assert sum(isinstance(result, Transaction) for result in results) == 1
    assert sum(isinstance(result, QuoteUsed) for result in results) == 4
    assert minor_in(alice_usd) == 43_50


def test_holds_the_rate_to_the_last_second_and_no_longer(alice: User, quote: ConversionQuote) -> None:
    with refused(QuoteExpired):
        convert(quote=quote, actor=alice, key=None, now=NOW + dt.timedelta(seconds=60))
    convert(quote=quote, actor=alice, key=None, now=NOW + dt.timedelta(seconds=59))


def test_refuses_when_amount_and_fee_are_not_covered(alice: User, alice_eur: Wallet, alice_usd: Wallet) -> None:
    quote = quote_conversion(source=alice_eur, target=alice_usd, amount=Money(100_00, "EUR"), rate=RATE, actor=alice, now=NOW)
    with refused(InsufficientFunds):
        convert(quote=quote, actor=alice, key=None, now=NOW)


def test_refuses_wallets_that_were_frozen_or_closed_since(
    alice: User, alice_eur: Wallet, alice_usd: Wallet, quote: ConversionQuote
) -> None:
    freeze_wallet(wallet=alice_eur, actor=alice, reason="a test", now=NOW)
    with refused(WalletFrozen):
        convert(quote=quote, actor=alice, key=None, now=NOW)
    close_wallet(wallet=alice_usd, actor=alice, now=NOW)
    with refused(WalletClosed):
        convert(quote=quote, actor=alice, key=None, now=NOW)


def test_quotes_nothing_that_can_not_be_exchanged(alice: User, alice_eur: Wallet, alice_usd: Wallet) -> None:
    euros = open_wallet_for(alice, "EUR")
    tiny = Rate(Decimal("0.000001"), dt.date(2026, 11, 20), "ECB")
    for target, amount, rate, refusal in (
        (alice_usd, Money(1_00, "USD"), RATE, AssetMismatch),
        (euros, Money(1_00, "EUR"), RATE, AssetMismatch),
        (alice_usd, Money(1, "EUR"), tiny, AmountTooSmall),
    ):
        with refused(refusal):
            quote_conversion(source=alice_eur, target=target, amount=amount, rate=rate, actor=alice, now=NOW)
