"""Giving money back."""

import datetime as dt

import pytest
from pytest_django import Settings

from accounts.models import User
from payments.ledger import DuplicateKey, InsufficientFunds, NotRefundable, RefundExceedsPayment, WalletClosed
from payments.models import Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations import close_wallet, hold, refund, start_deposit, transfer
from payments.operations.refunds import refundable
from tests.factories import open_wallet_for
from tests.payments.balances import jobs, minor_in
from tests.threads import together
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> Transaction:
    """Alice sent Bruno 20.00."""
    return transfer(payer=alice_eur, payee=bruno_eur, amount=Money(20_00, "EUR"), actor=alice, key=None, now=NOW)


def test_gives_all_of_it_back(bruno: User, alice_eur: Wallet, bruno_eur: Wallet, paid: Transaction) -> None:
    before = len(jobs())
    back = refund(original=paid, amount=None, actor=bruno, key="k", reason="wrong size", now=NOW)
    back.refresh_from_db()
    assert (back.kind, back.status, back.amount, back.refund_of, back.notes) == (
        "refund",
        "completed",
        20_00,
        paid,
        "wrong size",
    )
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (100_00, 0)
    assert jobs()[before:] == ["payments.send_receipt"]


def test_gives_parts_back_until_nothing_is_left(bruno: User, alice_eur: Wallet, paid: Transaction) -> None:
    refund(original=paid, amount=Money(7_00, "EUR"), actor=bruno, key=None, reason="", now=NOW)
    refund(original=paid, amount=Money(6_00, "EUR"), actor=bruno, key=None, reason="", now=NOW)
    assert refundable(paid) == Money(7_00, "EUR")
    with refused(RefundExceedsPayment) as caught:
        refund(original=paid, amount=Money(7_01, "EUR"), actor=bruno, key=None, reason="", now=NOW)
    assert caught.value.extra == {"available": "700"}
    refund(original=paid, amount=None, actor=bruno, key=None, reason="", now=NOW)
    with refused(RefundExceedsPayment):
        refund(original=paid, amount=None, actor=bruno, key=None, reason="", now=NOW)
    assert minor_in(alice_eur) == 100_00


def test_the_fee_stays_with_the_platform(
    alice: User, bruno: User, alice_eur: Wallet, bruno_eur: Wallet, settings: Settings
) -> None:
    settings.FEE_BASIS_POINTS = {"transfer": 100}
    paid = transfer(payer=alice_eur, payee=bruno_eur, amount=Money(10_00, "EUR"), actor=alice, key=None, now=NOW)
    refund(original=paid, amount=None, actor=bruno, key=None, reason="", now=NOW)
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (99_90, 0)


def test_refuses_when_the_payee_has_spent_the_money(
    alice: User, bruno: User, alice_eur: Wallet, bruno_eur: Wallet, mallory_eur: Wallet, paid: Transaction
) -> None:
    transfer(payer=bruno_eur, payee=mallory_eur, amount=Money(15_00, "EUR"), actor=bruno, key=None, now=NOW)
    with refused(InsufficientFunds):
        refund(original=paid, amount=None, actor=bruno, key=None, reason="", now=NOW)


def test_refuses_another_asset(bruno: User, paid: Transaction) -> None:
    with refused(AssetMismatch):
        refund(original=paid, amount=Money(1, "USD"), actor=bruno, key=None, reason="", now=NOW)


def test_refuses_what_is_no_payment(alice: User, bruno: User, alice_eur: Wallet, bruno_eur: Wallet, paid: Transaction) -> None:
    back = refund(original=paid, amount=Money(1_00, "EUR"), actor=bruno, key=None, reason="", now=NOW)
    deposit = start_deposit(
        wallet=alice_eur, amount=Money(1, "EUR"), provider="sandbox", source="tok_success", actor=alice, key=None, now=NOW
    )
    held = hold(payer=alice_eur, payee=bruno_eur, amount=Money(1_00, "EUR"), actor=alice, key=None, now=NOW)
    for original in (back, deposit, held):
        with refused(NotRefundable):
            refund(original=original, amount=Money(1, "EUR"), actor=bruno, key=None, reason="", now=NOW)


def test_refuses_when_the_payer_has_closed_the_wallet(alice: User, bruno: User, bruno_eur: Wallet) -> None:
    giver = open_wallet_for(alice, "EUR", minor=5_00)
    paid = transfer(payer=giver, payee=bruno_eur, amount=Money(5_00, "EUR"), actor=alice, key=None, now=NOW)
    close_wallet(wallet=giver, actor=alice, now=NOW)
    with refused(WalletClosed):
        refund(original=paid, amount=None, actor=bruno, key=None, reason="", now=NOW)


def test_takes_a_key_once(bruno: User, paid: Transaction) -> None:
    refund(original=paid, amount=Money(1_00, "EUR"), actor=bruno, key="k", reason="", now=NOW)
    with refused(DuplicateKey):
        refund(original=paid, amount=Money(1_00, "EUR"), actor=bruno, key="k", reason="", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_never_gives_more_back_than_was_paid_however_many_ask_at_once(
    bruno: User, alice_eur: Wallet, bruno_eur: Wallet, paid: Transaction, alice: User
) -> None:
    transfer(payer=alice_eur, payee=bruno_eur, amount=Money(80_00, "EUR"), actor=alice, key=None, now=NOW)

    def give_back() -> Transaction:
        return refund(original=paid, amount=Money(8_00, "EUR"), actor=bruno, key=None, reason="", now=NOW)

    results = together([give_back] * 6)

    assert sum(isinstance(result, Transaction) for result in results) == 2
    assert sum(isinstance(result, RefundExceedsPayment) for result in results) == 4
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (16_00, 84_00)
