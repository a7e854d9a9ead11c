"""The ledger by its own three functions: what they move, refuse and cost, and who may write without them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from payments import ledger
from payments.errors import WalletNotEmpty
from payments.ledger import (
    AlreadySettled,
    BalanceTooLarge,
    DuplicateKey,
    InsufficientFunds,
    LedgerBugError,
    Leg,
    WalletClosed,
    WalletFrozen,
)
from payments.models import Inflow, Posting, Transaction, Wallet
from payments.money import MAX_MINOR, Money
from payments.operations import close_wallet, hold, refund, transfer
from payments.tasks import fold_inflows
from payments.verification import faults
from tests import database
from tests.factories import open_wallet_for
from tests.payments.balances import minor_in, minor_in_system
from tests.unchanged import nothing_changes

type Legs = Sequence[tuple[Wallet, int]]


def post(kind: str, legs: Legs, *, payer: Wallet, payee: Wallet, amount: int, **facts: Any) -> Transaction:
    """Records a completed transaction with these legs, in its own commit."""
    row = Transaction(
        created_at=timezone.now(), kind=kind, payer_wallet=payer, payee_wallet=payee, amount=amount, asset_id=payer.asset_id,
        **{"status": Transaction.Status.COMPLETED, **facts},
    )  # fmt: skip
    with transaction.atomic():
        return ledger.post(row, [Leg(wallet, minor) for wallet, minor in legs])


def pay(payer: Wallet, payee: Wallet, amount: int, **facts: Any) -> Transaction:
    return post("payment", [(payer, -amount), (payee, amount)], payer=payer, payee=payee, amount=amount, **facts)


def settled(wallet: Wallet) -> int:
    """The balance row alone, without the inflow."""
    wallet.refresh_from_db()
    return wallet.balance


@pytest.fixture
def store(db: None) -> Wallet:
    """A store's wallet: buffered."""
    return Wallet.objects.create(kind=Wallet.Kind.STORE, name="Greens", asset_id="EUR", buffered=True)


@pytest.fixture
def outside(db: None) -> Wallet:
    """Where sandbox money comes from."""
    return Wallet.objects.system("external:sandbox", "EUR")


# --- posting ---


@pytest.mark.django_db
def test_moves_money_in_one_statement(
    alice_eur: Wallet, store: Wallet, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    row = Transaction(
        created_at=timezone.now(), kind="payment", status="completed", payer_wallet=alice_eur, payee_wallet=store, amount=250,
        asset_id="EUR",
    )  # fmt: skip

    with django_assert_num_queries(1):
        ledger.post(row, [Leg(alice_eur, -250), Leg(store, 250)])

    assert (settled(alice_eur), settled(store), minor_in(store)) == (9_750, 0, 250)
    stored = Transaction.objects.get(pk=row.pk)
    assert (stored.confirmation_code, stored.completed_at) == (row.confirmation_code, row.created_at)
    assert sorted(Posting.objects.filter(transaction=row).values_list("amount", "balance_after")) == [
        (-250, 9_750),
        (250, None),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("older", ["store", "payer"])
def test_lets_the_stores_own_posting_wait_whichever_wallet_is_older(older: str, alice: User, store: Wallet) -> None:
    payer = open_wallet_for(alice, minor=10_000)
    younger = Wallet.objects.create(kind=Wallet.Kind.STORE, name="New", asset_id="EUR", buffered=True)
    payee = store if older == "store" else younger
    assert (payee.pk < payer.pk) is (older == "store")

    row = post("payment", [(payer, -250), (payee, 250)], payer=payer, payee=payee, amount=250)

    waiting = Inflow.objects.get(wallet=payee)
    assert (waiting.posting.transaction_id, waiting.posting.wallet_id, waiting.amount) == (row.pk, payee.pk, 250)


@pytest.mark.django_db
def test_refuses_to_let_another_asset_wait(alice_eur: Wallet) -> None:
    dollars = Wallet.objects.create(kind=Wallet.Kind.STORE, name="Dollar store", asset_id="USD", buffered=True)
    with nothing_changes(), pytest.raises(LedgerBugError):
        post("payment", [(alice_eur, -250), (dollars, 250)], payer=alice_eur, payee=dollars, amount=250)


@pytest.mark.django_db
def test_moves_three_legs(alice_eur: Wallet, store: Wallet) -> None:
    fees = Wallet.objects.system("platform:fees", "EUR")
    post("payment", [(alice_eur, -510), (store, 500), (fees, 10)], payer=alice_eur, payee=store, amount=500)
    assert (minor_in(alice_eur), minor_in(store), minor_in(fees)) == (9_490, 500, 10)


@pytest.mark.django_db
def test_moves_two_assets_at_once(alice: User, alice_eur: Wallet) -> None:
    usd = open_wallet_for(alice, "USD")
    fx_eur, fx_usd = Wallet.objects.system("platform:fx", "EUR"), Wallet.objects.system("platform:fx", "USD")
    legs = [(alice_eur, -1_000), (fx_eur, 1_000), (fx_usd, -1_100), (usd, 1_100)]
    post("conversion", legs, payer=alice_eur, payee=usd, amount=1_000)
    assert [minor_in(wallet) for wallet in (alice_eur, usd, fx_eur, fx_usd)] == [9_000, 1_100, 1_000, -1_100]


@pytest.mark.django_db
def test_adds_up_legs_on_one_wallet_and_leaves_empty_ones_out(alice_eur: Wallet, bruno_eur: Wallet, store: Wallet) -> None:
    legs = [(alice_eur, -300), (alice_eur, -200), (bruno_eur, 500), (store, 5), (store, -5)]
    row = post("transfer", legs, payer=alice_eur, payee=bruno_eur, amount=500)
    assert sorted(row.postings.values_list("amount", flat=True)) == [-500, 500]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("to_alice", "to_bruno", "to_third", "amount"),
    [(-500, 400, 0, 400), (-500, 500, 1, 500), (-500, 500, 0, 400), (500, -500, 0, 500), (-500, 400, 100, 500)],
)
def test_refuses_legs_that_are_not_their_transaction(
    to_alice: int, to_bruno: int, to_third: int, amount: int, alice_eur: Wallet, bruno_eur: Wallet, store: Wallet
) -> None:
    legs = [(alice_eur, to_alice), (bruno_eur, to_bruno), (store, to_third)]
    with nothing_changes(), pytest.raises((LedgerBugError, InsufficientFunds)):
        post("transfer", legs, payer=alice_eur, payee=bruno_eur, amount=amount)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_refuses_to_begin_at_the_end(status: str, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with nothing_changes(), pytest.raises(LedgerBugError):
        pay(alice_eur, bruno_eur, 5, status=status)


@pytest.mark.django_db
def test_refuses_an_initiator_who_does_not_exist(alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with nothing_changes(), pytest.raises(DatabaseError, match="does not exist"):
        pay(alice_eur, bruno_eur, 5, initiated_by_id=alice_eur.pk)


@pytest.mark.django_db
def test_takes_an_initiator_who_owns_neither_wallet(mallory: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    assert pay(alice_eur, bruno_eur, 5, initiated_by=mallory).initiated_by == mallory


@pytest.mark.django_db
def test_refuses_a_key_the_initiator_has_used(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    pay(alice_eur, bruno_eur, 5, initiated_by=alice, idempotency_key="once")
    with nothing_changes(), pytest.raises(DuplicateKey):
        pay(alice_eur, bruno_eur, 5, initiated_by=alice, idempotency_key="once")


# --- confirmation codes ---


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`codes("AAAAAA", ...)`: what is drawn next, in this order."""

    def draw(*drawn: str) -> None:
        remaining = iter(drawn)
        monkeypatch.setattr(ledger, "new_code", lambda: next(remaining))

    return draw


@pytest.mark.django_db
def test_takes_the_next_code_when_the_payee_had_one_today(alice_eur: Wallet, store: Wallet, codes: Callable[..., None]) -> None:
    codes("AAAAAA", "BBBBBB", "CCCCCC", "AAAAAA", "BBBBBB", "CCCCCC", "AAAAAA", "BBBBBB", "CCCCCC")
    assert [pay(alice_eur, store, 5).confirmation_code for _payment in range(3)] == ["AAAAAA", "BBBBBB", "CCCCCC"]


@pytest.mark.django_db
def test_moves_nothing_when_every_code_is_taken(alice_eur: Wallet, store: Wallet, codes: Callable[..., None]) -> None:
    codes(*["AAAAAA"] * 6)
    pay(alice_eur, store, 5)
    with nothing_changes(), pytest.raises(LedgerBugError, match="no_code_left"):
        pay(alice_eur, store, 5)


# --- refusals ---


@pytest.mark.django_db
def test_refuses_one_cent_too_much(alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with nothing_changes(), pytest.raises(InsufficientFunds):
        pay(alice_eur, bruno_eur, 10_001)
    pay(alice_eur, bruno_eur, 10_000)
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (0, 10_000)


@pytest.mark.django_db
def test_lets_money_arrive_in_a_frozen_wallet_and_not_leave(alice_eur: Wallet, bruno_eur: Wallet, store: Wallet) -> None:
    for wallet in (alice_eur, store):
        pay(alice_eur, store, 100) if wallet == store else None
        Wallet.objects.filter(pk=wallet.pk).update(status="frozen")
        with nothing_changes(), pytest.raises(WalletFrozen):
            pay(wallet, bruno_eur, 5)
        Wallet.objects.filter(pk=wallet.pk).update(status="active")
    Wallet.objects.filter(pk__in=[bruno_eur.pk, store.pk]).update(status="frozen")
    pay(alice_eur, bruno_eur, 5)
    pay(alice_eur, store, 5)
    assert (minor_in(bruno_eur), minor_in(store)) == (5, 105)


@pytest.mark.django_db
def test_moves_nothing_into_or_out_of_a_closed_wallet(alice_eur: Wallet, bruno_eur: Wallet, store: Wallet) -> None:
    Wallet.objects.filter(pk__in=[bruno_eur.pk, store.pk]).update(status="closed")
    for closed in (bruno_eur, store):
        with nothing_changes(), pytest.raises(WalletClosed):
            pay(alice_eur, closed, 5)
        with nothing_changes(), pytest.raises(WalletClosed):
            pay(closed, alice_eur, 5)
        with nothing_changes(), pytest.raises(WalletClosed):
            post("deposit", [], payer=alice_eur, payee=closed, amount=5, status="pending")


@pytest.mark.django_db
def test_keeps_a_store_open_while_money_waits_in_its_inflow(alice: User, alice_eur: Wallet, store: Wallet) -> None:
    pay(alice_eur, store, 5)
    with nothing_changes(), pytest.raises(WalletNotEmpty), transaction.atomic():
        close_wallet(wallet=store, actor=alice, now=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["active", "frozen"])
def test_closes_a_wallet_for_good(status: str, bruno_eur: Wallet) -> None:
    Wallet.objects.filter(pk=bruno_eur.pk).update(status="closed")
    with pytest.raises(DatabaseError, match="stays closed"), transaction.atomic():
        Wallet.objects.filter(pk=bruno_eur.pk).update(status=status)


# --- 64 bits ---


@pytest.mark.django_db
def test_refuses_a_balance_beyond_64_bits(bruno_eur: Wallet, outside: Wallet) -> None:
    pay(outside, bruno_eur, MAX_MINOR)
    with nothing_changes(), pytest.raises(BalanceTooLarge):
        pay(outside, bruno_eur, 1)
    assert minor_in(bruno_eur) == MAX_MINOR


@pytest.mark.django_db
def test_shows_and_keeps_an_inflow_beyond_64_bits_and_folds_the_others(
    alice_eur: Wallet, store: Wallet, outside: Wallet
) -> None:
    other = Wallet.objects.create(kind=Wallet.Kind.STORE, name="Books", asset_id="EUR", buffered=True)
    pay(outside, other, MAX_MINOR)
    pay(outside, other, MAX_MINOR)
    pay(alice_eur, store, 5)

    ledger.fold()

    assert (minor_in(other), settled(other)) == (2 * MAX_MINOR, 0)
    assert settled(store) == 5
    assert list(faults()) == []


# --- the inflow and its fold ---


@pytest.mark.django_db
def test_folds_every_inflow_once(alice_eur: Wallet, store: Wallet) -> None:
    ledger.fold()
    for amount in (100, 20, 3):
        pay(alice_eur, store, amount)
    assert (settled(store), minor_in(store), Inflow.objects.filter(wallet=store).count()) == (0, 123, 3)

    assert ledger.fold() == 3
    assert ledger.fold() == 0

    assert (settled(store), minor_in(store), Inflow.objects.count()) == (123, 123, 0)


@pytest.mark.django_db
def test_folds_up_to_its_limit_the_oldest_first(alice_eur: Wallet, store: Wallet) -> None:
    ledger.fold()
    for amount in (100, 20, 3):
        pay(alice_eur, store, amount)
    assert ledger.fold(limit=2) == 2
    assert (settled(store), minor_in(store)) == (120, 123)


@pytest.mark.django_db
def test_the_job_folds_all_there_is(alice_eur: Wallet, store: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.tasks.FOLDED_AT_ONCE", 2)
    for amount in (100, 20, 3, 4, 5):
        pay(alice_eur, store, amount)
    fold_inflows(timestamp=0)
    assert (settled(store), Inflow.objects.count()) == (132, 0)
    assert minor_in_system("external:sandbox:EUR") == -10_000


@pytest.mark.django_db
def test_a_store_spends_what_waits_in_its_inflow(alice_eur: Wallet, bruno_eur: Wallet, store: Wallet) -> None:
    pay(alice_eur, store, 300)
    pay(store, bruno_eur, 250)
    assert (settled(store), minor_in(store), minor_in(bruno_eur)) == (50, 50, 250)
    with nothing_changes(), pytest.raises(InsufficientFunds):
        pay(store, bruno_eur, 51)


@pytest.mark.django_db(transaction=True)
def test_does_not_wait_for_a_wallet_that_is_locked(
    alice_eur: Wallet, store: Wallet, owner_connection: psycopg.Connection
) -> None:
    pay(alice_eur, store, 300)
    with owner_connection.transaction():
        owner_connection.execute("select 1 from payments_wallet where id = %s for update", [store.pk])
        ledger.fold()
        assert settled(store) == 0
    ledger.fold()
    assert settled(store) == 300


# --- settling ---


@pytest.mark.django_db
def test_settles_once(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    held = hold(payer=alice_eur, payee=bruno_eur, amount=Money(900, "EUR"), actor=alice, key=None, now=timezone.now())
    back = [Leg(Wallet.objects.system("platform:holds", "EUR"), -900), Leg(alice_eur, 900)]
    ledger.settle(held, back, status=Transaction.Status.CANCELLED, now=timezone.now())
    with nothing_changes(), pytest.raises(AlreadySettled), transaction.atomic():
        ledger.settle(held, back, status=Transaction.Status.CANCELLED, now=timezone.now())


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "to_bruno", "to_alice"), [("completed", 800, 0), ("cancelled", 0, 800), ("failed", 900, 0)])
def test_refuses_an_end_that_leaves_money_on_hold_or_with_the_wrong_one(
    status: str, to_bruno: int, to_alice: int, alice: User, alice_eur: Wallet, bruno_eur: Wallet
) -> None:
    held = hold(payer=alice_eur, payee=bruno_eur, amount=Money(900, "EUR"), actor=alice, key=None, now=timezone.now())
    holds = Wallet.objects.system("platform:holds", "EUR")
    legs = [Leg(holds, -to_bruno - to_alice), Leg(bruno_eur, to_bruno), Leg(alice_eur, to_alice)]
    with nothing_changes(), pytest.raises(LedgerBugError, match="end_not_clear"), transaction.atomic():
        ledger.settle(held, legs, status=Transaction.Status(status), now=timezone.now())
    assert held.status == Transaction.Status.PENDING


# --- whoever writes without the functions ---

type Fixture = list[dict[str, Any]]
POSTING = "insert into payments_posting (transaction_id, wallet_id, amount, created_at) "
MODELS = ["accounts.user", "payments.wallet", "payments.transaction", "payments.posting", "payments.inflow"]


@pytest.fixture
def fixture(
    alice: User,
    bruno: User,
    alice_eur: Wallet,
    bruno_eur: Wallet,
    store: Wallet,
    tmp_path: Path,
    owner_connection: psycopg.Connection,
) -> Fixture:
    """A small world of everything, as rows; the database is empty again."""
    now = timezone.now()
    sent = transfer(payer=alice_eur, payee=bruno_eur, amount=Money(2_000, "EUR"), actor=alice, key="k", now=now)
    refund(original=sent, amount=Money(500, "EUR"), actor=bruno, key=None, reason="", now=now)
    hold(payer=alice_eur, payee=bruno_eur, amount=Money(900, "EUR"), actor=alice, key=None, now=now)
    pay(alice_eur, store, 70)
    path = tmp_path / "world.json"
    call_command("dumpdata", *MODELS, output=str(path), verbosity=0)
    database.empty_tables(owner_connection)
    rows: Fixture = json.loads(path.read_text())
    return rows


def load(rows: Fixture, tmp_path: Path) -> None:
    path = tmp_path / "fixture.json"
    path.write_text(json.dumps(rows))
    with database.as_owner():
        call_command("loaddata", str(path), verbosity=0)


def fields(rows: Fixture, model: str, **having: Any) -> dict[str, Any]:
    """The fields of the first row of this model with these values."""
    found: dict[str, Any] = next(
        row["fields"] for row in rows if row["model"] == f"payments.{model}" and having.items() <= row["fields"].items()
    )
    return found


def drop(rows: Fixture, model: str, **having: Any) -> None:
    victim = fields(rows, model, **having)
    rows[:] = [row for row in rows if row["fields"] is not victim]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backwards", [False, True])
def test_loads_a_true_fixture_in_any_order(backwards: bool, fixture: Fixture, tmp_path: Path) -> None:
    if backwards:
        fixture.reverse()
    load(fixture, tmp_path)
    assert Transaction.objects.count() == 5
    assert Posting.objects.count() == 10
    assert list(faults()) == []


LIES: dict[str, Callable[[Fixture], object]] = {
    "a wallet with more than its postings": lambda rows: fields(rows, "wallet", kind="personal").update(balance=99_999),
    "a posting of another amount": lambda rows: fields(rows, "posting", amount=-2_000).update(amount=-1_999),
    "a transaction with one leg": lambda rows: drop(rows, "posting", amount=-2_000),
    "a posting of no transaction": lambda rows: drop(rows, "transaction", kind="transfer"),
    "an inflow of another amount": lambda rows: fields(rows, "inflow", amount=70).update(amount=71),
    "an inflow that is missing": lambda rows: drop(rows, "inflow", amount=70),
    "a refund of more than was paid": lambda rows: fields(rows, "transaction", kind="refund").update(amount=2_001),
    "a refund of nothing": lambda rows: fields(rows, "transaction", kind="refund").update(refund_of=None),
    "a hold said to be completed": lambda rows: fields(rows, "transaction", status="pending").update(status="completed"),
    "a payment said to have failed": lambda rows: fields(rows, "transaction", kind="transfer").update(status="failed"),
    "a payment of another amount": lambda rows: fields(rows, "transaction", kind="transfer").update(amount=2_100),
    "a payer that does not exist": lambda rows: fields(rows, "transaction", status="pending").update(
        payer_wallet="00000000-0000-7000-8000-000000000000"
    ),
    "an initiator who does not exist": lambda rows: fields(rows, "transaction", status="pending").update(
        initiated_by="00000000-0000-7000-8000-000000000000"
    ),
    "another asset": lambda rows: fields(rows, "transaction", status="pending").update(asset="JPY"),
    "a wallet that may overdraw": lambda rows: fields(rows, "wallet", kind="personal").update(may_overdraw=True),
    "a kind nobody knows": lambda rows: fields(rows, "transaction", kind="transfer").update(kind="gift"),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lie", LIES)
def test_refuses_a_fixture_with(lie: str, fixture: Fixture, tmp_path: Path) -> None:
    LIES[lie](fixture)
    with nothing_changes(), pytest.raises(DatabaseError):
        load(fixture, tmp_path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "update payments_wallet set balance = balance + 1 where kind = 'personal'",
        "update payments_transaction set status = 'completed' where status = 'pending'",
        "update payments_transaction set status = 'failed' where status = 'pending'",
        "update payments_transaction set amount = 1 where kind = 'transfer'",
        "delete from payments_inflow",
        "update payments_inflow set amount = amount + 1",
        "delete from payments_posting",
        "update payments_posting set amount = 0",
        POSTING + "select id, payer_wallet_id, 5, now() from payments_transaction",
        POSTING + "select gen_random_uuid(), id, 5, now() from payments_wallet",
        "update payments_wallet set name = 'platform:gone' where name = 'platform:holds:EUR'",
    ],
)
def test_refuses_the_owner(statement: str, fixture: Fixture, tmp_path: Path, owner_connection: psycopg.Connection) -> None:
    load(fixture, tmp_path)
    with nothing_changes(), pytest.raises(psycopg.Error):
        owner_connection.execute(statement)


@pytest.mark.django_db
def test_names_nothing_the_application_may_look_into() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select has_schema_privilege('ledger', 'usage'), current_schema()")
        assert cursor.fetchone() == (False, "public")
