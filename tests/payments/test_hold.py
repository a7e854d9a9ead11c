"""Money set aside, captured and released."""

import datetime as dt

import pytest

from accounts.models import User
from payments.errors import NotAHold, OwnWallet
from payments.ledger import AlreadySettled, CaptureExceedsHold, InsufficientFunds
from payments.models import Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations import capture, hold, release, start_deposit
from tests.payments.balances import jobs, legs_of, minor_in, minor_in_system
from tests.threads import together
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def held(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> Transaction:
    """40.00 of Alice's euros on hold for Bruno."""
    return hold(payer=alice_eur, payee=bruno_eur, amount=Money(40_00, "EUR"), actor=alice, key=None, now=NOW)


def test_sets_the_amount_aside(alice_eur: Wallet, bruno_eur: Wallet, held: Transaction) -> None:
    assert (minor_in(alice_eur), minor_in(bruno_eur), minor_in_system("platform:holds:EUR")) == (60_00, 0, 40_00)
    assert (held.status, held.completed_at) == ("pending", None)


def test_captures_all_of_it(alice_eur: Wallet, bruno_eur: Wallet, held: Transaction) -> None:
    before = len(jobs())
    capture(held=held, amount=None, actor=None, now=NOW)
    held.refresh_from_db()
    assert (held.status, held.amount, held.completed_at) == ("completed", 40_00, NOW)
    assert (minor_in(alice_eur), minor_in(bruno_eur), minor_in_system("platform:holds:EUR")) == (60_00, 40_00, 0)
    assert jobs()[before:] == ["payments.send_receipt"]


def test_captures_a_part_and_gives_the_rest_back(alice_eur: Wallet, bruno_eur: Wallet, held: Transaction) -> None:
    capture(held=held, amount=Money(25_50, "EUR"), actor=None, now=NOW)
    held.refresh_from_db()
    assert (held.amount, held.metadata["held_amount"]) == (25_50, 40_00)
    assert (minor_in(alice_eur), minor_in(bruno_eur), minor_in_system("platform:holds:EUR")) == (74_50, 25_50, 0)
    assert legs_of(held) == {"Alice's EUR": -25_50, "platform:holds:EUR": 0, "Bruno's EUR": 25_50}


def test_releases_all_of_it(alice_eur: Wallet, bruno_eur: Wallet, held: Transaction) -> None:
    release(held=held, actor=None, reason="too late", now=NOW)
    held.refresh_from_db()
    assert (held.status, held.completed_at) == ("cancelled", None)
    assert (minor_in(alice_eur), minor_in(bruno_eur), minor_in_system("platform:holds:EUR")) == (100_00, 0, 0)


def test_refuses_to_capture_more_than_is_held(held: Transaction) -> None:
    with refused(CaptureExceedsHold) as caught:
        capture(held=held, amount=Money(40_01, "EUR"), actor=None, now=NOW)
    assert caught.value.extra == {"available": "4000"}


def test_refuses_to_capture_another_asset(held: Transaction) -> None:
    with refused(AssetMismatch):
        capture(held=held, amount=Money(1, "USD"), actor=None, now=NOW)


@pytest.mark.parametrize("first", ["capture", "release"])
def test_ends_once(held: Transaction, first: str) -> None:
    stale = Transaction.objects.get(pk=held.pk)
    if first == "capture":
        capture(held=held, amount=None, actor=None, now=NOW)
    else:
        release(held=held, actor=None, reason="", now=NOW)
    for pending in (held, stale):  # `stale` still believes to be pending; what it held is gone
        with refused(AlreadySettled):
            capture(held=pending, amount=None, actor=None, now=NOW)
        with refused(AlreadySettled):
            release(held=pending, actor=None, reason="", now=NOW)


def test_refuses_a_pending_transaction_that_holds_nothing(alice: User, alice_eur: Wallet) -> None:
    deposit = start_deposit(
        wallet=alice_eur, amount=Money(1, "EUR"), provider="sandbox", source="tok_success", actor=alice, key=None, now=NOW
    )
    with refused(NotAHold):
        capture(held=deposit, amount=None, actor=None, now=NOW)


def test_refuses_to_hold_more_than_there_is(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    Wallet.objects.system("platform:holds", "EUR")
    with refused(InsufficientFunds):
        hold(payer=alice_eur, payee=bruno_eur, amount=Money(100_01, "EUR"), actor=alice, key=None, now=NOW)


def test_refuses_to_hold_for_oneself(alice: User, alice_eur: Wallet) -> None:
    with refused(OwnWallet):
        hold(payer=alice_eur, payee=alice_eur, amount=Money(1, "EUR"), actor=alice, key=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_captures_and_releases_at_the_same_moment_end_it_once(
    alice: User, alice_eur: Wallet, bruno_eur: Wallet, held: Transaction
) -> None:
    def captures() -> Transaction:
        return capture(held=Transaction.objects.get(pk=held.pk), amount=None, actor=None, now=NOW)

    def releases() -> Transaction:
        return release(held=Transaction.objects.get(pk=held.pk), actor=None, reason="", now=NOW)

    results = together([captures, releases] * 3)

    assert sum(isinstance(result, Transaction) for result in results) == 1, results
    assert all(isinstance(result, Transaction | AlreadySettled) for result in results)
    held.refresh_from_db()
    expected = (60_00, 40_00) if held.status == "completed" else (100_00, 0)
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == expected
    assert minor_in_system("platform:holds:EUR") == 0
