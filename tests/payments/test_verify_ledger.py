"""`manage.py verify_ledger` finds each kind of lie in the books, and nothing in true ones (R1)."""

import io
import json
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import (
    capture,
    complete_deposit,
    convert,
    hold,
    open_wallet,
    quote_conversion,
    refund,
    start_deposit,
    transfer,
)
from payments.providers.rates import EcbHistory
from payments.verification import faults
from tests import database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books(alice: User, bruno: User) -> dict[str, Transaction]:
    """Some of everything, all of it true."""
    now = timezone.now()
    a = open_wallet(user=alice, asset="EUR", name="a", actor=alice, now=now)
    usd = open_wallet(user=alice, asset="USD", name="usd", actor=alice, now=now)
    b = open_wallet(user=bruno, asset="EUR", name="b", actor=bruno, now=now)
    deposit = start_deposit(
        wallet=a, amount=Money(10_000, "EUR"), provider="sandbox", source="x", actor=alice, key=None, now=now
    )
    complete_deposit(deposit=deposit, provider_reference="x", now=now)
    sent = transfer(payer=a, payee=b, amount=Money(2_000, "EUR"), actor=alice, key=None, now=now)
    back = refund(original=sent, amount=Money(500, "EUR"), actor=bruno, key=None, reason="", now=now)
    held = hold(payer=a, payee=b, amount=Money(900, "EUR"), actor=alice, key=None, now=now)
    taken = capture(held=held, amount=Money(400, "EUR"), actor=bruno, now=now)
    waiting = hold(payer=a, payee=b, amount=Money(100, "EUR"), actor=alice, key=None, now=now)
    rate = EcbHistory().rate("EUR", "USD", now.date())
    quote = quote_conversion(source=a, target=usd, amount=Money(1_000, "EUR"), rate=rate, actor=alice, now=now)
    exchanged = convert(quote=quote, actor=alice, key=None, now=now)
    return {"sent": sent, "back": back, "taken": taken, "waiting": waiting, "exchanged": exchanged}


@pytest.fixture
def forge(owner_connection: psycopg.Connection) -> Iterator[Callable[[str], None]]:
    """Rewrites the books behind the ledger's back, as only the owner of the tables can: without its triggers.

    The lies are gone before the books are closed, which would fail the test.
    """
    tables = ("payments_transaction", "payments_posting", "payments_wallet", "payments_inflow")

    def rewrite(statement: str) -> None:
        for table in tables:
            owner_connection.execute(f"alter table {table} disable trigger user")
        owner_connection.execute(statement)
        for table in tables:
            owner_connection.execute(f"alter table {table} enable trigger user")
        owner_connection.commit()

    yield rewrite
    database.empty_tables(owner_connection)


def test_finds_nothing_in_true_books(books: dict[str, Transaction]) -> None:
    assert list(faults(10)) == []


LIES = [
    ("sum to zero", "update payments_posting set amount = amount + 1 where id = (select min(id) from payments_posting)"),
    (
        "belongs to a transaction",
        "update payments_posting set transaction_id = uuidv7() where id = (select max(id) from payments_posting)",
    ),
    ("holds the sum of its postings", "update payments_wallet set balance = balance + 1 where name = 'a'"),
    (
        "may be below zero",
        "alter table payments_wallet drop constraint wallet_floor; update payments_wallet set balance = -5 where name = 'b'",
    ),
    ("an inflow is its posting", "update payments_inflow set amount = amount + 1"),
    ("continues the balance", "update payments_posting set balance_after = balance_after + 1 where balance_after = 8000"),
    ("has moved", "update payments_transaction set status = 'failed' where id = '{sent}'"),
    ("gave its payee its amount", "update payments_transaction set amount = amount - 1 where id = '{sent}'"),
    ("what its quote says", "update payments_conversionquote set target_amount = target_amount + 1"),
    ("only pending transactions hold", "update payments_transaction set status = 'completed' where id = '{waiting}'"),
    ("refunds never exceed", "update payments_transaction set amount = 400 where id = '{sent}'"),
    ("gives back to the payer", "update payments_transaction set payer_wallet_id = payee_wallet_id where id = '{back}'"),
]


@pytest.mark.parametrize(("rule", "lie"), LIES)
def test_finds(rule: str, lie: str, books: dict[str, Transaction], forge: Callable[[str], None]) -> None:
    floor = "alter table payments_wallet add constraint wallet_floor check (may_overdraw or balance >= 0) not valid"
    forge(lie.format(**{name: row.pk for name, row in books.items()}))

    found = list(faults())

    if "drop constraint" in lie:
        forge(floor)
    assert any(rule in fault.rule for fault in found), found


def test_fails_the_test_that_leaves_a_lie(
    books: dict[str, Transaction], forge: Callable[[str], None], owner_connection: psycopg.Connection
) -> None:
    forge("update payments_wallet set balance = balance + 1 where name = 'b'")

    with pytest.raises(AssertionError, match="a wallet holds the sum of its postings: holds 1901, postings sum to 1900"):
        database.close_books(owner_connection)

    assert not Transaction.objects.exists()


def test_command_names_the_row_and_fails(books: dict[str, Transaction], forge: Callable[[str], None]) -> None:
    wallet = Wallet.objects.get(name="b")
    forge("update payments_wallet set balance = balance + 1 where name = 'b'")
    out = io.StringIO()

    with pytest.raises(SystemExit) as stopped:
        call_command("verify_ledger", json=True, stdout=out)

    assert stopped.value.code == 1
    report = json.loads(out.getvalue())
    assert (report["true"], [fault["row"] for fault in report["faults"]]) == (False, [str(wallet.pk)])


def test_command_says_that_the_books_are_true(books: dict[str, Transaction]) -> None:
    out = io.StringIO()

    call_command("verify_ledger", stdout=out)

    assert "The books are true" in out.getvalue()
