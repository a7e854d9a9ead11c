"""`manage.py verify_ledger` finds what rows of stores say that the books do not (R1)."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.utils import timezone

from accounts.models import User
from merchants.destinations import WalletAddress
from merchants.models import Store
from merchants.operations import (
    begin_payout,
    complete_payout,
    create_charge,
    open_dispute,
    pay_charge,
    refund_payment,
    request_payout,
    return_payout,
)
from payments.models import Wallet
from payments.money import Money
from payments.verification import faults
from tests import database
from tests.factories import open_wallet_for

pytestmark = pytest.mark.django_db(transaction=True)

TABLES = ("merchants_charge", "merchants_payout", "merchants_dispute", "payments_transaction")


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=100_00)


@pytest.fixture
def rows(greengrocer: Store, olivia: User, alice: User, wallet: Wallet) -> dict[str, str]:
    """A charge that was paid and given back after a question, and payouts that wait, arrived and came back; all of it true."""
    now = timezone.now()
    charge = create_charge(store=greengrocer, amount=Money(60_00, "EUR"), cashier=olivia, now=now)
    paid = pay_charge(charge=charge, payer_wallet=wallet, actor=alice, key=None, now=now)
    other = create_charge(store=greengrocer, amount=Money(40_00, "EUR"), cashier=olivia, now=now)
    pay_charge(charge=other, payer_wallet=wallet, actor=alice, key=None, now=now)
    payouts = {name: payout_of(greengrocer, olivia, alice) for name in ("waiting", "arrived", "returned")}
    for name in ("arrived", "returned"):
        begin_payout(payout_id=payouts[name], now=now)
        complete_payout(payout=greengrocer.payouts.get(pk=payouts[name]), external_id=name, now=now)
    return_payout(payout=greengrocer.payouts.get(pk=payouts["returned"]), error_code="AC04", error_message="", now=now)
    asked = open_dispute(payment=paid, reason="duplicate", actor=alice, now=now)
    refund_payment(store=greengrocer, original=paid, amount=None, actor=olivia, key=None, reason="", now=now)
    return {"charge": str(charge.pk), "paid": str(paid.pk), "other": str(other.pk), "dispute": str(asked.pk)} | payouts


def payout_of(store: Store, owner: User, alice: User) -> str:
    """A payout of one euro into a wallet."""
    place = WalletAddress(open_wallet_for(alice).address)
    destination = store.destinations.model(store=store, added_by=owner)
    destination.place = place
    destination.save()
    amount = Money(1_00, "EUR")
    asked = request_payout(store=store, destination=destination, amount=amount, actor=owner, key=None, now=timezone.now())
    return str(asked.pk)


@pytest.fixture
def forge(owner_connection: psycopg.Connection) -> Iterator[Callable[[str], None]]:
    """Rewrites rows as only the owner of the tables can, and takes them away before the books are closed."""

    def rewrite(statement: str) -> None:
        for table in TABLES:
            owner_connection.execute(f"alter table {table} disable trigger user")
        owner_connection.execute(statement)
        for table in TABLES:
            owner_connection.execute(f"alter table {table} enable trigger user")

    yield rewrite
    database.empty_tables(owner_connection)


def test_finds_nothing_in_true_rows(rows: dict[str, str]) -> None:
    assert list(faults(10)) == []


@pytest.mark.parametrize(
    ("rule", "row", "lie"),
    [
        ("a paid charge", "other", "update merchants_charge set amount = amount + 1 where id = '{other}'"),
        ("a paid charge", "other", ("update merchants_charge set transaction_id = (select transaction_id"
                                    " from merchants_payout where id = '{waiting}') where id = '{other}'")),
        ("a payout", "waiting", "update merchants_payout set amount = amount + 1 where id = '{waiting}'"),
        ("a payout", "arrived", "update merchants_payout set status = 'failed' where id = '{arrived}'"),
        ("a payout", "returned", "update merchants_payout set status = 'completed' where id = '{returned}'"),
        ("a payout", "waiting", "update merchants_payout set transaction_id = uuidv7() where id = '{waiting}'"),
        ("a dispute", "dispute", "update payments_transaction set amount = amount - 1 where refund_of_id = '{paid}'"),
        ("a dispute", "dispute", "update merchants_dispute set refund_id = '{paid}' where id = '{dispute}'"),
    ],
)  # fmt: skip
def test_finds(rule: str, row: str, lie: str, rows: dict[str, str], forge: Callable[[str], None]) -> None:
    forge(lie.format(**rows))
    assert (rows[row], True) in [(fault.row, fault.rule.startswith(rule)) for fault in faults(10)]
