"""Giving a customer's money back."""

import datetime as dt

import pytest

from accounts.models import User
from audit.models import AuditEntry
from merchants.errors import NotInYourRole
from merchants.models import Store
from merchants.operations import pay_store, refund_payment
from merchants.queries import balance_of, payments_to, takings_since
from payments.ledger import InsufficientFunds, NotRefundable, RefundExceedsPayment
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import refund, transfer
from tests.factories import open_store_for, open_wallet_for
from tests.refusals import refused

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=5000)


@pytest.fixture
def payment(greengrocer: Store, wallet: Wallet, alice: User) -> Transaction:
    """Alice paid 20.00 EUR."""
    return pay_store(store=greengrocer, amount=Money(2000, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=NOON)


def give_back(payment: Transaction, store: Store, actor: User, minor: int | None = None) -> Transaction:
    amount = None if minor is None else Money(minor, "EUR")
    return refund_payment(store=store, original=payment, amount=amount, actor=actor, key=None, reason="Bruised", now=NOON)


def holds(wallet: Wallet) -> int:
    return Wallet.objects.with_balance().get(pk=wallet.pk).available


@pytest.mark.parametrize("role", ["olivia", "amara"])
def test_gives_a_part_and_then_the_rest(
    role: str, payment: Transaction, greengrocer: Store, wallet: Wallet, request: pytest.FixtureRequest
) -> None:
    somebody: User = request.getfixturevalue(role)

    part = give_back(payment, greengrocer, somebody, 500)
    rest = give_back(payment, greengrocer, somebody)

    assert (part.amount, rest.amount, part.refund_of) == (500, 1500, payment)
    assert (holds(wallet), balance_of(greengrocer)) == (5000, Money(0, "EUR"))
    entry = AuditEntry.objects.filter(action="refund.completed").order_by("created_at").first()
    assert entry is not None
    assert (entry.actor, entry.metadata) == (somebody, {"reason": "Bruised"})


@pytest.mark.parametrize("role", ["carlos", "mallory", "alice"])
def test_refuses_whoever_may_not(role: str, payment: Transaction, greengrocer: Store, request: pytest.FixtureRequest) -> None:
    somebody: User = request.getfixturevalue(role)

    with refused(NotInYourRole):
        give_back(payment, greengrocer, somebody, 500)


def test_refuses_a_payment_to_another_store(payment: Transaction, mallory: User) -> None:
    other = open_store_for(mallory, name="Not Olivia's", symbol="OTHER")

    with refused(NotRefundable):
        give_back(payment, other, mallory, 500)


def test_refuses_what_is_no_payment(greengrocer: Store, wallet: Wallet, alice: User, olivia: User) -> None:
    sent = transfer(
        payer=wallet, payee=greengrocer.settlement_wallet, amount=Money(100, "EUR"), actor=alice, key=None, now=NOON
    )

    with refused(NotRefundable):
        give_back(sent, greengrocer, olivia)


def test_never_gives_more_than_was_paid(payment: Transaction, greengrocer: Store, olivia: User) -> None:
    give_back(payment, greengrocer, olivia, 1999)

    with refused(RefundExceedsPayment):
        give_back(payment, greengrocer, olivia, 2)
    give_back(payment, greengrocer, olivia, 1)
    with refused(RefundExceedsPayment):
        give_back(payment, greengrocer, olivia)


def test_refuses_when_the_store_holds_less(payment: Transaction, greengrocer: Store, olivia: User, bruno: User) -> None:
    # What the store took is gone: given back to somebody else, as far as this test minds.
    other = pay_store(
        store=greengrocer,
        amount=Money(100, "EUR"),
        payer_wallet=open_wallet_for(bruno, minor=100),
        actor=bruno,
        key=None,
        now=NOON,
    )
    transfer(
        payer=greengrocer.settlement_wallet,
        payee=open_wallet_for(olivia),
        amount=Money(2050, "EUR"),
        actor=olivia,
        key=None,
        now=NOON,
    )

    with refused(InsufficientFunds):
        give_back(other, greengrocer, olivia, 100)


def test_shows_what_was_taken_and_given_back(payment: Transaction, greengrocer: Store, olivia: User) -> None:
    give_back(payment, greengrocer, olivia, 500)
    pay_store(
        store=greengrocer,
        amount=Money(300, "EUR"),
        payer_wallet=payment.payer_wallet,
        actor=olivia,
        key=None,
        now=NOON - dt.timedelta(days=1),
    )

    today = takings_since(greengrocer, NOON - dt.timedelta(hours=12))

    assert (today.count, today.paid, today.refunded, today.kept) == (
        1, Money(2000, "EUR"), Money(500, "EUR"), Money(1500, "EUR"),
    )  # fmt: skip
    assert [(row.amount, row.refunded) for row in payments_to(greengrocer)] == [(2000, 500), (300, 0)]


def test_takes_over_what_the_customer_was_given_by_the_payee_alone(
    payment: Transaction, greengrocer: Store, olivia: User
) -> None:
    """A refund made without the store's page counts the same."""
    refund(original=payment, amount=Money(700, "EUR"), actor=olivia, key=None, reason="", now=NOON)

    assert payments_to(greengrocer).get().refunded == 700
