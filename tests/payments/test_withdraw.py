"""Money to the outside: on hold, then paid out or given back."""

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from payments.ledger import AlreadySettled, InsufficientFunds, WalletFrozen
from payments.models import Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations import complete_withdrawal, fail_withdrawal, freeze_wallet, start_withdrawal
from payments.tasks import pay_withdrawal
from tests.jobs import JobRunner
from tests.payments.balances import jobs, legs_of, minor_in, minor_in_system, skip_the_wait
from tests.threads import together
from tests.unchanged import nothing_changes, refused

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def start(wallet: Wallet, destination: str = "tok_success", *, minor: int = 40_00) -> Transaction:
    assert wallet.user
    return start_withdrawal(
        wallet=wallet, amount=Money(minor, "EUR"), provider="sandbox", destination=destination, actor=wallet.user, key=None,
        now=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def one_percent(settings: Settings) -> None:
    settings.FEE_BASIS_POINTS = {"withdrawal": 100}


@pytest.mark.usefixtures("one_percent")
def test_puts_amount_and_fee_on_hold(alice_eur: Wallet) -> None:
    before = len(jobs())
    withdrawal = start(alice_eur)
    assert (withdrawal.status, withdrawal.fee) == ("pending", 40)
    assert (minor_in(alice_eur), minor_in_system("platform:holds:EUR"), minor_in_system("platform:fees:EUR")) == (
        59_60,
        40_40,
        0,
    )
    assert Transaction.objects.with_fee().get(pk=withdrawal.pk).fee == 40
    assert jobs()[before:] == ["payments.pay_withdrawal"]


@pytest.mark.usefixtures("one_percent")
def test_pays_out_what_was_held_and_keeps_the_fee(alice_eur: Wallet, run_jobs: JobRunner) -> None:
    withdrawal = start(alice_eur)
    run_jobs()
    withdrawal.refresh_from_db()
    assert (withdrawal.status, minor_in(alice_eur)) == ("completed", 59_60)
    assert legs_of(withdrawal) == {
        "Alice's EUR": -40_40, "platform:holds:EUR": 0, "external:sandbox:EUR": 40_00, "platform:fees:EUR": 40,
    }  # fmt: skip
    assert Transaction.objects.with_fee().get(pk=withdrawal.pk).fee == 40


@pytest.mark.usefixtures("one_percent")
def test_gives_all_of_it_back_when_the_provider_refuses(alice_eur: Wallet, run_jobs: JobRunner) -> None:
    withdrawal = start(alice_eur, "tok_declined")
    run_jobs()
    withdrawal.refresh_from_db()
    assert (withdrawal.status, withdrawal.error_code) == ("failed", "declined")
    assert (minor_in(alice_eur), minor_in_system("platform:holds:EUR"), minor_in_system("platform:fees:EUR")) == (100_00, 0, 0)
    assert Transaction.objects.with_fee().get(pk=withdrawal.pk).fee == 0


def test_stays_on_hold_while_the_answer_is_unknown(alice_eur: Wallet, run_jobs: JobRunner) -> None:
    withdrawal = start(alice_eur, "tok_unanswered_declined")
    run_jobs()
    withdrawal.refresh_from_db()
    assert (withdrawal.status, minor_in(alice_eur)) == ("pending", 60_00)
    skip_the_wait()
    run_jobs()
    withdrawal.refresh_from_db()
    assert (withdrawal.status, minor_in(alice_eur)) == ("failed", 100_00)


@pytest.mark.usefixtures("one_percent")
def test_refuses_what_is_not_covered_with_its_fee(alice_eur: Wallet) -> None:
    for name in ("external:sandbox", "platform:holds"):
        Wallet.objects.system(name, "EUR")
    with refused(InsufficientFunds):
        start(alice_eur, minor=100_00)


def test_refuses_another_asset_and_a_frozen_wallet(alice: User, alice_eur: Wallet) -> None:
    with refused(AssetMismatch):
        start_withdrawal(
            wallet=alice_eur, amount=Money(1, "USD"), provider="sandbox", destination="tok_success", actor=alice, key=None,
            now=NOON,
        )  # fmt: skip
    frozen = freeze_wallet(wallet=alice_eur, actor=alice, reason="a test", now=NOON)
    with refused(WalletFrozen):
        start(frozen)


def test_ends_once(alice_eur: Wallet) -> None:
    withdrawal = start(alice_eur)
    complete_withdrawal(withdrawal=withdrawal, provider_reference="r", now=NOON)
    with refused(AlreadySettled):
        complete_withdrawal(withdrawal=withdrawal, provider_reference="r", now=NOON)
    with refused(AlreadySettled):
        fail_withdrawal(withdrawal=withdrawal, error_code="declined", error_message="", now=NOON)
    with nothing_changes():
        pay_withdrawal(str(withdrawal.pk))


@pytest.mark.django_db(transaction=True)
def test_jobs_at_the_same_moment_pay_out_once(alice_eur: Wallet) -> None:
    withdrawal = start(alice_eur)
    assert together([lambda: pay_withdrawal(str(withdrawal.pk))] * 4) == [None] * 4
    assert (minor_in(alice_eur), minor_in_system("platform:holds:EUR")) == (60_00, 0)
