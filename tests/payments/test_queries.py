"""Balances as of any instant, statements that add up, spending by month."""

import datetime as dt
import zoneinfo
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from payments.models import Posting, Transaction, Wallet
from payments.money import Money
from payments.operations import hold, refund, release, transfer
from payments.queries import balance_at, recent_activity, spending_by_month, statement
from tests.factories import open_wallet_for

NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
END_OF_TIME = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
LISBON = zoneinfo.ZoneInfo("Europe/Lisbon")
pytestmark = pytest.mark.django_db


def send(payer: Wallet, payee: Wallet, minor: int, at: dt.datetime) -> None:
    assert payer.user
    transfer(payer=payer, payee=payee, amount=Money(minor, "EUR"), actor=payer.user, key=None, now=at)


@pytest.mark.parametrize("buffered", [False, True])
def test_knows_the_balance_of_every_instant(alice_eur: Wallet, bruno_eur: Wallet, buffered: bool) -> None:
    payee = bruno_eur
    if buffered:
        payee = Wallet.objects.create(kind=Wallet.Kind.STORE, name="Greens", asset_id="EUR", buffered=True)
    for hour, minor in enumerate((5_00, 7_00, 11_00)):
        send(alice_eur, payee, minor, NOON + hour * HOUR)
    moment = dt.timedelta(microseconds=1)
    expected = {NOON - moment: 0, NOON: 5_00, NOON + HOUR - moment: 5_00, NOON + HOUR: 12_00, NOON + 2 * HOUR: 23_00}
    assert {instant: balance_at(payee, instant).amount for instant in expected} == expected


def test_answers_with_one_statement(alice_eur: Wallet) -> None:
    with CaptureQueriesContext(connection) as captured:
        balance_at(alice_eur, NOON)
    assert len(captured) == 1
    with CaptureQueriesContext(connection) as captured:
        statement(alice_eur, NOON, NOON + HOUR)
    assert len(captured) == 1


def test_a_statement_leads_from_opening_to_closing(alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet) -> None:
    send(alice_eur, bruno_eur, 20_00, NOON)
    send(bruno_eur, alice_eur, 1_50, NOON + HOUR)
    held = hold(payer=bruno_eur, payee=alice_eur, amount=Money(3_00, "EUR"), actor=bruno, key=None, now=NOON + 2 * HOUR)
    release(held=held, actor=None, reason="", now=NOON + 3 * HOUR)
    send(alice_eur, bruno_eur, 5_00, NOON + 9 * HOUR)

    found = statement(bruno_eur, NOON + HOUR, NOON + 9 * HOUR)

    assert (found.totals.opening, found.totals.closing) == (Money(20_00, "EUR"), Money(18_50, "EUR"))
    assert (found.totals.money_in, found.totals.money_out, found.count) == (Money(3_00, "EUR"), Money(-4_50, "EUR"), 3)
    assert [(line.amount.amount, line.balance.amount, line.name, line.returned) for line in found.lines()] == [
        (-1_50, 18_50, "Alice Moreau", False),
        (-3_00, 15_50, "Alice Moreau", False),
        (3_00, 18_50, "Alice Moreau", True),
    ]


def test_reads_its_lines_in_chunks_and_loses_none_at_one_instant(alice_eur: Wallet, bruno_eur: Wallet) -> None:
    for minor in range(1, 8):
        send(alice_eur, bruno_eur, minor, NOON)
    with mock.patch("payments.queries.CHUNK", 3), CaptureQueriesContext(connection) as captured:
        lines = list(statement(bruno_eur, NOON, NOON + HOUR).lines())
    assert [line.amount.amount for line in lines] == [1, 2, 3, 4, 5, 6, 7]
    assert lines[-1].balance.amount == 28
    assert len(captured) == 1 + 3  # the totals; two full chunks and a last one


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(st.tuples(st.booleans(), st.integers(1, 500), st.integers(0, 48)), max_size=8),
    start=st.integers(0, 48),
    length=st.integers(0, 48),
)
def test_every_statement_adds_up(
    alice_eur: Wallet, bruno_eur: Wallet, moves: list[tuple[bool, int, int]], start: int, length: int
) -> None:
    for there, minor, hour in moves:
        payer, payee = (alice_eur, bruno_eur) if there else (bruno_eur, alice_eur)
        if balance_at(payer, END_OF_TIME).amount >= minor:
            send(payer, payee, minor, NOON + hour * HOUR)
    begin, end = NOON + start * HOUR, NOON + (start + length) * HOUR
    for wallet in (alice_eur, bruno_eur):
        found = statement(wallet, begin, end)
        lines = list(found.lines())
        before = sum(Posting.objects.filter(wallet=wallet, created_at__lt=begin).values_list("amount", flat=True))
        assert found.totals.opening.amount == before
        assert found.totals.opening.amount + sum(line.amount.amount for line in lines) == found.totals.closing.amount
        assert (lines[-1].balance if lines else found.totals.opening) == found.totals.closing
        assert found.totals.closing == balance_at(wallet, end - dt.timedelta(microseconds=1))


def test_adds_spending_up_by_the_persons_months(alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet) -> None:
    savings = open_wallet_for(alice)
    send(alice_eur, bruno_eur, 10_00, dt.datetime(2026, 1, 15, tzinfo=dt.UTC))
    send(alice_eur, bruno_eur, 4_00, dt.datetime(2026, 3, 31, 22, 59, tzinfo=dt.UTC))
    send(alice_eur, bruno_eur, 8_00, dt.datetime(2026, 3, 31, 23, 1, tzinfo=dt.UTC))  # April already, in Lisbon's summer
    send(alice_eur, savings, 50_00, NOON)  # moved, not spent
    send(bruno_eur, alice_eur, 5_00, NOON)  # received
    lunch = transfer(payer=alice_eur, payee=bruno_eur, amount=Money(9_00, "EUR"), actor=alice, key=None, now=NOON)
    refund(original=lunch, amount=Money(2_00, "EUR"), actor=bruno, key=None, reason="", now=NOON)
    held = hold(payer=alice_eur, payee=bruno_eur, amount=Money(6_00, "EUR"), actor=alice, key=None, now=NOON)
    release(held=held, actor=None, reason="", now=NOON)

    months = spending_by_month(alice, "EUR", months=4, today=dt.date(2026, 4, 2), zone=LISBON)

    assert [(each.month, each.amount.plain()) for each in months] == [
        (dt.date(2026, 1, 1), "10.00"),
        (dt.date(2026, 2, 1), "0.00"),
        (dt.date(2026, 3, 1), "11.00"),
        (dt.date(2026, 4, 1), "8.00"),
    ]


def test_recent_activity_is_two_sided_and_one_statement(alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet) -> None:
    send(alice_eur, bruno_eur, 5_00, NOON)
    with CaptureQueriesContext(connection) as captured:
        (seen_by_bruno,) = recent_activity(bruno, limit=5)
        assert (seen_by_bruno.direction, seen_by_bruno.name, seen_by_bruno.amount) == (
            "incoming", "Alice Moreau", Money(5_00, "EUR"),
        )  # fmt: skip
    assert len(captured) == 1


def test_uses_its_indexes(alice: User, alice_eur: Wallet) -> None:
    """What a customer looks at must not cost more as the platform grows."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        for queryset in (
            Posting.objects.filter(wallet=alice_eur, created_at__gte=NOON).in_order(),
            Transaction.objects.visible_to(alice).newest_first(),
        ):
            plan = queryset.explain()
            assert "Seq Scan" not in plan, plan
            assert "posting_by_wallet" in plan or ("transaction_by_payer" in plan and "transaction_by_payee" in plan), plan
