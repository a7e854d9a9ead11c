"""Closing wallets."""

import datetime as dt

import pytest

from accounts.models import User
from config.errors import Refused
from payments.errors import WalletBusy, WalletNotEmpty
from payments.ledger import WalletClosed, WalletFrozen
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import close_wallet, freeze_wallet, hold, make_primary, start_deposit, transfer
from tests.factories import open_wallet_for
from tests.payments.balances import minor_in
from tests.threads import together
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def test_closes_an_empty_wallet(alice: User) -> None:
    wallet = close_wallet(wallet=open_wallet_for(alice), actor=alice, now=NOW)
    wallet.refresh_from_db()
    assert (wallet.status, wallet.is_primary) == ("closed", False)


def test_the_oldest_other_open_wallet_becomes_the_primary(alice: User) -> None:
    first, second, third = (open_wallet_for(alice, asset) for asset in ("EUR", "USD", "GBP"))
    close_wallet(wallet=second, actor=alice, now=NOW)
    close_wallet(wallet=first, actor=alice, now=NOW)
    third.refresh_from_db()
    assert third.is_primary


def test_refuses_a_wallet_with_money_in_it(alice: User, alice_eur: Wallet) -> None:
    with refused(WalletNotEmpty):
        close_wallet(wallet=alice_eur, actor=alice, now=NOW)


def test_refuses_while_a_deposit_is_on_its_way(alice: User) -> None:
    wallet = open_wallet_for(alice)
    start_deposit(
        wallet=wallet, amount=Money(1, "EUR"), provider="sandbox", source="tok_success", actor=alice, key=None, now=NOW
    )
    with refused(WalletBusy):
        close_wallet(wallet=wallet, actor=alice, now=NOW)


def test_refuses_while_the_money_is_on_hold(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    hold(payer=alice_eur, payee=bruno_eur, amount=Money(100_00, "EUR"), actor=alice, key=None, now=NOW)
    for wallet in (alice_eur, bruno_eur):
        with refused(WalletBusy):
            close_wallet(wallet=wallet, actor=alice, now=NOW)


def test_refuses_a_frozen_wallet(alice: User) -> None:
    wallet = open_wallet_for(alice)
    freeze_wallet(wallet=wallet, actor=alice, reason="a test", now=NOW)
    with refused(WalletFrozen):
        close_wallet(wallet=wallet, actor=alice, now=NOW)


def test_closes_once(alice: User) -> None:
    wallet = open_wallet_for(alice)
    close_wallet(wallet=wallet, actor=alice, now=NOW)
    with refused(WalletClosed):
        close_wallet(wallet=wallet, actor=alice, now=NOW)
    wallet.refresh_from_db()
    with refused(WalletClosed):
        make_primary(wallet=wallet, actor=alice, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_a_closing_at_the_same_moment_leave_no_money_in_a_closed_wallet(
    alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    def pay() -> Transaction:
        return transfer(payer=alice_eur, payee=bruno_eur, amount=Money(1_00, "EUR"), actor=alice, key=None, now=NOW)

    def close() -> Wallet:
        return close_wallet(wallet=bruno_eur, actor=bruno, now=NOW)

    results = together([pay, close, pay, close])

    assert all(isinstance(result, Transaction | Wallet | Refused) for result in results), results
    bruno_eur.refresh_from_db()
    assert bruno_eur.status == "active" or minor_in(bruno_eur) == 0
    assert minor_in(alice_eur) + minor_in(bruno_eur) == 100_00
