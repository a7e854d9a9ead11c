"""Sending money to another wallet."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from audit.models import AuditEntry
from config.errors import Refused
from payments.errors import OwnWallet
from payments.ledger import DuplicateKey, InsufficientFunds, WalletClosed, WalletFrozen
from payments.models import Posting, Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations import close_wallet, freeze_wallet, transfer
from tests.factories import open_wallet_for
from tests.payments.balances import jobs, legs_of, minor_in, minor_in_system
from tests.threads import together
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def test_moves_the_amount_at_once(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    before = len(jobs())

    sent = transfer(
        payer=alice_eur, payee=bruno_eur, amount=Money(12_50, "EUR"), actor=alice, key="k-1", notes="lunch", now=NOW
    )

    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (87_50, 12_50)
    assert legs_of(sent) == {"Alice's EUR": -12_50, "Bruno's EUR": 12_50}
    sent.refresh_from_db()
    assert (sent.status, sent.kind, sent.amount, sent.notes, sent.completed_at) == (
        "completed",
        "transfer",
        12_50,
        "lunch",
        NOW,
    )
    assert jobs()[before:] == ["payments.send_receipt"]
    entry = AuditEntry.objects.get(action="transfer.completed")
    assert (entry.actor, entry.customer, entry.resource_id) == (alice, alice, str(sent.pk))
    assert entry.new_values == {"status": "completed", "amount": 12_50, "asset": "EUR"}


def test_empties_a_wallet_to_the_last_cent(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    transfer(payer=alice_eur, payee=bruno_eur, amount=Money(100_00, "EUR"), actor=alice, key=None, now=NOW)
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (0, 100_00)


def test_charges_the_payer_a_fee_rounded_up(alice: User, alice_eur: Wallet, bruno_eur: Wallet, settings: Settings) -> None:
    settings.FEE_BASIS_POINTS = {"transfer": 100}

    sent = transfer(payer=alice_eur, payee=bruno_eur, amount=Money(10_01, "EUR"), actor=alice, key=None, now=NOW)

    assert (minor_in(alice_eur), minor_in(bruno_eur), minor_in_system("platform:fees:EUR")) == (89_88, 10_01, 11)
    assert sent.fee == 11
    assert Transaction.objects.with_fee().get(pk=sent.pk).fee == 11


def test_declines_when_the_fee_is_not_covered(alice: User, alice_eur: Wallet, bruno_eur: Wallet, settings: Settings) -> None:
    settings.FEE_BASIS_POINTS = {"transfer": 100}
    Wallet.objects.system("platform:fees", "EUR")
    with refused(InsufficientFunds):
        transfer(payer=alice_eur, payee=bruno_eur, amount=Money(100_00, "EUR"), actor=alice, key=None, now=NOW)


def test_declines_when_balance_is_short_by_a_cent(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with refused(InsufficientFunds):
        transfer(payer=alice_eur, payee=bruno_eur, amount=Money(100_01, "EUR"), actor=alice, key=None, now=NOW)


def test_refuses_the_payers_own_wallet(alice: User, alice_eur: Wallet) -> None:
    with refused(OwnWallet):
        transfer(payer=alice_eur, payee=alice_eur, amount=Money(1, "EUR"), actor=alice, key=None, now=NOW)


def test_moves_between_two_wallets_of_one_person(alice: User, alice_eur: Wallet) -> None:
    savings = open_wallet_for(alice, "EUR")
    transfer(payer=alice_eur, payee=savings, amount=Money(30_00, "EUR"), actor=alice, key=None, now=NOW)
    assert (minor_in(alice_eur), minor_in(savings)) == (70_00, 30_00)


@pytest.mark.parametrize("asset", ["EUR", "USD"])
def test_refuses_another_asset(alice: User, alice_eur: Wallet, bruno: User, asset: str) -> None:
    dollars = open_wallet_for(bruno, "USD")
    with refused(AssetMismatch):
        transfer(payer=alice_eur, payee=dollars, amount=Money(1, asset), actor=alice, key=None, now=NOW)


@pytest.mark.parametrize("side", ["payer", "payee"])
def test_refuses_a_frozen_wallet_on_either_side(alice: User, alice_eur: Wallet, bruno_eur: Wallet, side: str) -> None:
    wallets = {"payer": alice_eur, "payee": bruno_eur}
    wallets[side] = freeze_wallet(wallet=wallets[side], actor=alice, reason="a test", now=NOW)
    with refused(WalletFrozen):
        transfer(payer=wallets["payer"], payee=wallets["payee"], amount=Money(1, "EUR"), actor=alice, key=None, now=NOW)


def test_refuses_a_wallet_that_was_frozen_after_it_was_read(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    freeze_wallet(wallet=alice_eur, actor=alice, reason="a test", now=NOW)
    assert alice_eur.status == "active"  # what this caller still believes
    with refused(WalletFrozen):
        transfer(payer=alice_eur, payee=bruno_eur, amount=Money(1, "EUR"), actor=alice, key=None, now=NOW)


def test_refuses_a_closed_payee_also_when_it_was_closed_after_it_was_read(
    alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    closed = close_wallet(wallet=bruno_eur, actor=bruno, now=NOW)
    for payee in (bruno_eur, closed):
        with refused(WalletClosed):
            transfer(payer=alice_eur, payee=payee, amount=Money(1, "EUR"), actor=alice, key=None, now=NOW)


def test_takes_a_key_once_from_each_person(alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet) -> None:
    transfer(payer=alice_eur, payee=bruno_eur, amount=Money(10_00, "EUR"), actor=alice, key="same", now=NOW)
    with refused(DuplicateKey):
        transfer(payer=alice_eur, payee=bruno_eur, amount=Money(10_00, "EUR"), actor=alice, key="same", now=NOW)
    transfer(payer=bruno_eur, payee=alice_eur, amount=Money(4_00, "EUR"), actor=bruno, key="same", now=NOW)
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (94_00, 6_00)


def test_pays_a_buffered_store_wallet_without_touching_its_row(alice: User, alice_eur: Wallet) -> None:
    store = Wallet.objects.create(kind=Wallet.Kind.STORE, name="Greens", asset_id="EUR", buffered=True)
    transfer(payer=alice_eur, payee=store, amount=Money(5_00, "EUR"), actor=alice, key=None, now=NOW)
    store.refresh_from_db()
    assert (store.balance, minor_in(store)) == (0, 5_00)


def test_costs_three_statements_and_one_more_with_a_fee(
    alice: User, alice_eur: Wallet, bruno_eur: Wallet, settings: Settings
) -> None:
    """P3: at most four round trips."""
    for fees, statements in (({}, 3), ({"transfer": 100}, 4)):
        settings.FEE_BASIS_POINTS = fees
        Wallet.objects.system("platform:fees", "EUR")
        with CaptureQueriesContext(connection) as captured:
            transfer(payer=alice_eur, payee=bruno_eur, amount=Money(1_00, "EUR"), actor=alice, key=None, now=NOW)
        assert len(captured) == statements, [query["sql"][:120] for query in captured]


@pytest.mark.django_db(transaction=True)
def test_spends_the_same_money_once_when_asked_at_the_same_moment(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    def spend() -> Transaction:
        return transfer(payer=alice_eur, payee=bruno_eur, amount=Money(60_00, "EUR"), actor=alice, key=None, now=NOW)

    results = together([spend] * 5)

    assert sum(isinstance(result, Transaction) for result in results) == 1
    assert all(isinstance(result, Transaction | InsufficientFunds) for result in results)
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (40_00, 60_00)


@pytest.mark.django_db(transaction=True)
def test_both_ways_at_once_neither_locks_up_nor_loses_money(
    alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    transfer(payer=alice_eur, payee=bruno_eur, amount=Money(50_00, "EUR"), actor=alice, key=None, now=NOW)

    def there() -> int:
        for _time in range(10):
            transfer(payer=alice_eur, payee=bruno_eur, amount=Money(1, "EUR"), actor=alice, key=None, now=NOW)
        return 10

    def back() -> int:
        for _time in range(10):
            transfer(payer=bruno_eur, payee=alice_eur, amount=Money(2, "EUR"), actor=bruno, key=None, now=NOW)
        return 10

    assert together([there, back, there, back]) == [10] * 4
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (50_20, 49_80)


def test_refusals_leave_no_job_or_posting_behind(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    before = Posting.objects.count(), jobs()
    for amount in (100_01, 2**63 - 1):
        with pytest.raises(Refused), transaction.atomic():
            transfer(payer=alice_eur, payee=bruno_eur, amount=Money(amount, "EUR"), actor=alice, key=None, now=NOW)
    assert (Posting.objects.count(), jobs()) == before
