"""Many clients on few wallets at the same moment: nothing is lost, overdrawn, deadlocked or done twice (R4, R10).

FLORIN_LONG=1 runs as many operations as the promises name, which takes minutes.
"""

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable
from uuid import uuid4

import psycopg
import pytest
from django.utils import timezone
from pytest_django import Settings

from config.errors import Refused
from payments import operations
from payments.errors import WalletBusy, WalletNotEmpty
from payments.ledger import WalletClosed
from payments.models import Posting, Transaction, Wallet
from payments.money import Money
from payments.verification import faults
from tests.factories import UserFactory, open_wallet_for
from tests.payments.balances import minor_in, minor_in_system
from tests.races.market import HOLDS, Market, as_it_is, close, hold, owner_of, pay, refund, trade, withdraw
from tests.threads import together

LONG = bool(os.environ.get("FLORIN_LONG"))
CLIENTS, OPERATIONS = (8, 6_250) if LONG else (8, 40)
BUSY_CLIENTS, BUSY_OPERATIONS = (16, 1_000) if LONG else (16, 30)
PEOPLE = 6
OPENING = 5_000
FEES = {"transfer": 100, "withdrawal": 50, "payout": 20}
DEADLOCKS = "select pg_stat_force_next_flush(), deadlocks from pg_stat_database where datname = current_database()"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def market(settings: Settings) -> Market:
    settings.FEE_BASIS_POINTS = FEES
    people = [open_wallet_for(person, minor=OPENING) for person in UserFactory.create_batch(PEOPLE)]
    for number, wallet in enumerate(people):
        operations.rename_wallet(wallet=wallet, name=f"person {number}", actor=owner_of(wallet), now=timezone.now())
    return Market(people, Wallet.objects.create(kind=Wallet.Kind.STORE, name="store", asset_id="EUR", buffered=True))


@pytest.fixture
def no_deadlock(owner_connection: psycopg.Connection) -> Callable[[], bool]:
    """`no_deadlock()`: whether the database has had none to break since the test began."""

    def count() -> int:
        row = owner_connection.execute(DEADLOCKS).fetchone()
        assert row
        return int(row[1])

    before = count()
    return lambda: count() == before


def outcomes(results: Iterable[object]) -> Counter[str]:
    """How many of each: "done", or the code of the refusal; any other error fails the test."""
    counted: Counter[str] = Counter()
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Refused):
            raise result
        counted[result.code if isinstance(result, Refused) else "done"] += 1
    return counted


@pytest.mark.parametrize(
    ("clients", "operations_each", "to_store"),
    [
        pytest.param(CLIENTS, OPERATIONS, 0.4, id="few_wallets"),
        pytest.param(BUSY_CLIENTS, BUSY_OPERATIONS, 0.9, id="one_busy_store"),
    ],
)
def test_leaves_the_sum_of_what_clients_were_told(
    clients: int,
    operations_each: int,
    to_store: float,
    market: Market,
    no_deadlock: Callable[[], bool],
    record_property: Callable[[str, object], None],
) -> None:
    before = market.balances()

    crowd = trade(market, clients, operations_each, to_store)

    expected, done = Counter(before), Counter[str]()
    for client in crowd:
        expected.update(client.effects)
        done.update(client.done)
    after = market.balances()
    record_property("done", dict(done))
    assert after == {name: expected[name] for name in after}
    assert not set(expected) - set(after)
    assert all(balance >= 0 for name, balance in after.items() if not name.startswith("external:"))
    assert not Posting.objects.filter(balance_after__lt=0, wallet__may_overdraw=False).exists()
    assert list(faults(5)) == []
    assert no_deadlock()
    # Every kind of act has happened, or this has proved little.
    acts = {act.__name__ for act in crowd[0].acts}
    assert acts <= set(done), acts - set(done)


def test_a_hundred_refunds_of_one_payment_never_exceed_it(market: Market) -> None:
    payer, payee = market.people[:2]
    paid = pay(payer, payee, 1_000)

    results = together([functools.partial(refund, paid, 30)] * 100)

    assert outcomes(results) == {"done": 33, "refund_exceeds_payment": 67}
    assert (minor_in(payer), minor_in(payee)) == (OPENING - 10, OPENING + 10)


def test_twenty_full_refunds_of_a_payment_to_a_store_give_it_back_once(market: Market) -> None:
    payer, store = market.people[0], market.store
    paid = pay(payer, store, 1_000)

    results = together([functools.partial(refund, paid, None)] * 20)

    assert outcomes(results) == {"done": 1, "refund_exceeds_payment": 19}
    assert (minor_in(payer), minor_in(store)) == (OPENING, 0)


def test_of_ten_captures_exactly_one_takes_the_hold(market: Market) -> None:
    payer, payee = market.people[:2]
    held = hold(payer, payee, 800)

    def capture() -> Transaction:
        return operations.capture(held=as_it_is(held.pk), amount=Money(500, "EUR"), actor=None, now=timezone.now())

    results = together([capture] * 10)

    assert outcomes(results) == {"done": 1, "already_settled": 9}
    assert (minor_in(payer), minor_in(payee), minor_in_system(HOLDS)) == (OPENING - 500, OPENING + 500, 0)


def test_a_withdrawal_is_paid_or_failed_and_never_both(market: Market) -> None:
    wallet = market.people[0]
    for _round in range(3):
        before = minor_in(wallet)
        begun = withdraw(wallet, 400)

        def paid(begun: Transaction = begun) -> Transaction:
            row = as_it_is(begun.pk)
            return operations.complete_withdrawal(withdrawal=row, provider_reference="any", now=timezone.now())

        def failed(begun: Transaction = begun) -> Transaction:
            row = as_it_is(begun.pk)
            return operations.fail_withdrawal(withdrawal=row, error_code="no", error_message="", now=timezone.now())

        results = together([paid, failed] * 3)

        assert outcomes(results) == {"done": 1, "already_settled": 5}
        begun.refresh_from_db()
        assert minor_in(wallet) == before - (402 if begun.status == "completed" else 0)
    assert minor_in_system(HOLDS) == 0


def test_a_wallet_closes_empty_or_takes_the_payment(market: Market) -> None:
    payer = market.people[0]
    for _round in range(6):
        wallet = open_wallet_for(UserFactory.create())
        acts: list[Callable[[], Transaction | Wallet]] = [
            functools.partial(pay, payer, wallet, 100),
            functools.partial(close, wallet),
        ]

        paid, closed = together(acts)

        wallet.refresh_from_db()
        ends = (type(paid), type(closed), wallet.status, minor_in(wallet))
        assert ends in {(Transaction, WalletNotEmpty, "active", 100), (WalletClosed, Wallet, "closed", 0)}


def test_a_wallet_closes_or_waits_for_what_is_on_its_way(market: Market) -> None:
    """A hold for a wallet touches no row of it, and still neither may miss the other."""
    payer = market.people[0]
    for _round in range(6):
        wallet = open_wallet_for(UserFactory.create())
        acts: list[Callable[[], Transaction | Wallet]] = [
            functools.partial(hold, payer, wallet, 50),
            functools.partial(close, wallet),
        ]

        held, closed = together(acts)

        wallet.refresh_from_db()
        ends = (type(held), type(closed), wallet.status)
        assert ends in {(Transaction, WalletBusy, "active"), (WalletClosed, Wallet, "closed")}


def test_the_last_money_is_spent_once(market: Market) -> None:
    payer = open_wallet_for(UserFactory.create(), minor=1_000)

    results = together([functools.partial(pay, payer, payee, 400) for payee in [*market.people, market.store, market.store]])

    assert outcomes(results) == {"done": 2, "insufficient_funds": PEOPLE}
    assert minor_in(payer) == 200


def test_a_store_spends_once_what_still_waits_in_its_inflow(market: Market) -> None:
    payer, store = market.people[0], market.store
    pay(payer, store, 1_000)

    results = together([functools.partial(pay, store, payer, 300)] * 8)

    assert outcomes(results) == {"done": 3, "insufficient_funds": 5}
    assert minor_in(store) == 100


def test_one_key_moves_money_once(market: Market) -> None:
    payer, payee = market.people[:2]

    results = together([functools.partial(pay, payer, payee, 100, key=str(uuid4()))] * 10)

    assert outcomes(results) == {"done": 1, "idempotency_key_reused": 9}
    assert (minor_in(payer), minor_in(payee)) == (OPENING - 100, OPENING + 100)


def test_payments_in_both_directions_never_lock_each_other_out(market: Market, no_deadlock: Callable[[], bool]) -> None:
    one, other = market.people[:2]

    results = together([functools.partial(pay, payer, payee, 10) for payer, payee in [(one, other), (other, one)] * 6])

    assert outcomes(results) == {"done": 12}
    assert (minor_in(one), minor_in(other)) == (OPENING, OPENING)
    assert no_deadlock()
