"""Money from outside: the intent, the asking, and what becomes of it."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from payments.ledger import AlreadySettled, WalletClosed, WalletFrozen
from payments.models import Posting, SandboxOrder, Transaction, Wallet
from payments.money import AssetMismatch, Money
from payments.operations import close_wallet, complete_deposit, fail_deposit, freeze_wallet, start_deposit
from payments.tasks import collect_deposit, resolve_unanswered
from tests.factories import open_wallet_for
from tests.jobs import JobRunner
from tests.payments.balances import forget_jobs, jobs, legs_of, minor_in, minor_in_system, skip_the_wait
from tests.threads import together
from tests.unchanged import nothing_changes, refused

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(alice: User) -> Wallet:
    """Alice's euros: none yet."""
    return open_wallet_for(alice)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock that stands, ahead of the database's, so that no job which waits for its time runs by itself."""
    with time_machine.travel(timezone.now() + dt.timedelta(hours=1), tick=False) as traveller:
        yield traveller


def start(wallet: Wallet, source: str = "tok_success") -> Transaction:
    assert wallet.user
    return start_deposit(
        wallet=wallet, amount=Money(25_00, "EUR"), provider="sandbox", source=source, actor=wallet.user, key=None,
        now=timezone.now(),
    )  # fmt: skip


def test_records_the_intent_and_moves_nothing(wallet: Wallet) -> None:
    deposit = start(wallet)
    assert (deposit.status, deposit.kind, deposit.rail, deposit.completed_at) == ("pending", "deposit", "card", None)
    assert (minor_in(wallet), Posting.objects.count(), jobs()) == (0, 0, ["payments.collect_deposit"])


def test_credits_what_the_provider_collected(wallet: Wallet, run_jobs: JobRunner) -> None:
    deposit = start(wallet)
    run_jobs()
    deposit.refresh_from_db()
    assert deposit.status == "completed"
    assert deposit.metadata["provider_reference"] == f"sandbox_{deposit.pk.hex}"
    assert (minor_in(wallet), minor_in_system("external:sandbox:EUR")) == (25_00, -25_00)
    assert legs_of(deposit) == {"Alice's EUR": 25_00, "external:sandbox:EUR": -25_00}


@pytest.mark.parametrize(
    ("source", "code", "message"),
    [
        ("tok_declined", "declined", "The bank declined it."),
        ("tok_insufficient", "insufficient_funds", "There is not enough money on the card or account."),
        ("tok_expired", "expired", "The card or account is no longer valid."),
        ("tok_gone", "unknown_token", "This is not a card or an account we can use. No money moved."),
    ],
)
def test_remembers_why_the_provider_refused(wallet: Wallet, run_jobs: JobRunner, source: str, code: str, message: str) -> None:
    deposit = start(wallet, source)
    run_jobs()
    deposit.refresh_from_db()
    assert (deposit.status, deposit.error_code, deposit.error_message) == ("failed", code, message)
    assert (minor_in(wallet), Posting.objects.count(), deposit.completed_at) == (0, 0, None)


def test_refuses_what_could_not_arrive(alice: User, wallet: Wallet) -> None:
    with refused(AssetMismatch):
        start_deposit(
            wallet=wallet, amount=Money(1, "USD"), provider="sandbox", source="tok_success", actor=alice, key=None, now=NOON
        )
    frozen = freeze_wallet(wallet=wallet, actor=alice, reason="a test", now=NOON)
    with refused(WalletFrozen):
        start(frozen)
    closed = close_wallet(wallet=open_wallet_for(alice), actor=alice, now=NOON)
    with refused(WalletClosed):
        start(closed)


def test_money_that_was_collected_still_reaches_a_wallet_frozen_meanwhile(
    alice: User, wallet: Wallet, run_jobs: JobRunner
) -> None:
    start(wallet)
    freeze_wallet(wallet=wallet, actor=alice, reason="a test", now=NOON)
    run_jobs()
    assert minor_in(wallet) == 25_00


def test_ends_once(wallet: Wallet) -> None:
    deposit, stale = start(wallet), Transaction.objects.with_parties().get()
    complete_deposit(deposit=deposit, provider_reference="r", now=NOON)
    for again in (deposit, stale):
        with refused(AlreadySettled):
            complete_deposit(deposit=again, provider_reference="r", now=NOON)
        with refused(AlreadySettled):
            fail_deposit(deposit=again, error_code="declined", error_message="", now=NOON)
    assert minor_in(wallet) == 25_00


def test_a_job_that_runs_again_changes_nothing(wallet: Wallet, run_jobs: JobRunner) -> None:
    deposit = start(wallet)
    run_jobs()
    with nothing_changes():
        collect_deposit(str(deposit.pk))
    assert minor_in(wallet) == 25_00


def test_an_answer_that_got_lost_leaves_it_pending_until_it_is_asked_again(
    wallet: Wallet, run_jobs: JobRunner, clock: time_machine.Traveller
) -> None:
    deposit = start(wallet, "tok_unanswered_success")
    run_jobs()
    deposit.refresh_from_db()
    assert (deposit.status, minor_in(wallet)) == ("pending", 0)
    assert SandboxOrder.objects.get().status == "succeeded"  # it has our money, and we do not know it yet
    assert jobs() == ["payments.collect_deposit"]  # in five seconds

    clock.shift(5)
    skip_the_wait()
    run_jobs()

    deposit.refresh_from_db()
    assert (deposit.status, minor_in(wallet), SandboxOrder.objects.get().times_asked) == ("completed", 25_00, 2)


def test_a_refusal_that_got_lost_ends_as_failed(wallet: Wallet, run_jobs: JobRunner) -> None:
    deposit = start(wallet, "tok_unanswered_declined")
    run_jobs()
    skip_the_wait()
    run_jobs()
    deposit.refresh_from_db()
    assert (deposit.status, deposit.error_code, minor_in(wallet)) == ("failed", "declined", 0)


def test_settles_within_a_minute_of_the_providers_return(wallet: Wallet, clock: time_machine.Traveller) -> None:
    """R7: the janitor comes every 20 seconds and asks about all that is older than a minute."""
    deposit = start(wallet, "tok_down")
    collect_deposit(str(deposit.pk))  # the outage begins with the first try, and lasts a minute
    clock.shift(59)
    collect_deposit(str(deposit.pk))
    forget_jobs()  # as if the queue were lost too
    assert SandboxOrder.objects.get().status == "pending"

    clock.shift(20)
    resolve_unanswered(0)
    resolve_unanswered(0)
    assert jobs() == ["payments.collect_deposit"]
    collect_deposit(str(deposit.pk))

    deposit.refresh_from_db()
    assert (deposit.status, minor_in(wallet)) == ("completed", 25_00)


def test_admits_that_it_takes_its_time(wallet: Wallet, run_jobs: JobRunner, clock: time_machine.Traveller) -> None:
    deposit = start(wallet, "tok_slow")
    run_jobs()
    assert jobs() == ["payments.collect_deposit"]
    clock.shift(5)
    skip_the_wait()
    run_jobs()
    deposit.refresh_from_db()
    assert deposit.status == "completed"


def test_the_janitor_leaves_young_transactions_and_holds_alone(wallet: Wallet) -> None:
    start(wallet)
    with nothing_changes():
        resolve_unanswered(0)


@pytest.mark.django_db(transaction=True)
def test_jobs_at_the_same_moment_credit_once(wallet: Wallet) -> None:
    deposit = start(wallet)
    assert together([lambda: collect_deposit(str(deposit.pk))] * 4) == [None] * 4
    assert minor_in(wallet) == 25_00
    assert 1 <= SandboxOrder.objects.get().times_asked <= 4  # a late one finds it done, and does not ask


@pytest.mark.django_db(transaction=True)
def test_a_crash_between_provider_and_ledger_loses_nothing(wallet: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    """R6: the processor's books are its own; ours follow when the job runs again."""
    deposit = start(wallet)

    def crash(**_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("payments.tasks.complete_deposit", crash)
        with pytest.raises(KeyboardInterrupt):
            collect_deposit(str(deposit.pk))
    assert (SandboxOrder.objects.get().status, minor_in(wallet)) == ("succeeded", 0)

    collect_deposit(str(deposit.pk))
    assert (SandboxOrder.objects.count(), minor_in(wallet)) == (1, 25_00)
