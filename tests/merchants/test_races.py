"""Several people at one till at the same moment."""

import functools
from collections.abc import Callable

import pytest
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from merchants.errors import ChargeCancelled, ChargeExpired, ChargePaid
from merchants.models import Charge, Store
from merchants.operations import cancel_charge, create_charge, expire_charges, pay_charge, refund_payment
from merchants.queries import balance_of
from payments.ledger import RefundExceedsPayment
from payments.models import Posting, Transaction, Wallet
from payments.money import Money
from tests.factories import UserFactory, open_wallet_for
from tests.threads import together

pytestmark = pytest.mark.django_db(transaction=True)

PRICE = Money(1250, "EUR")
PAYERS = 8


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    return create_charge(store=greengrocer, amount=PRICE, cashier=carlos, now=timezone.now())


def pay(charge: Charge, wallet: Wallet) -> Transaction:
    assert wallet.user
    return pay_charge(charge=charge, payer_wallet=wallet, actor=wallet.user, key=None, now=timezone.now())


def test_of_many_payers_exactly_one_pays(charge: Charge, greengrocer: Store) -> None:
    wallets = [open_wallet_for(UserFactory.create(), minor=2000) for _payer in range(PAYERS)]

    outcomes = together([functools.partial(pay, charge, wallet) for wallet in wallets])

    payments = [outcome for outcome in outcomes if isinstance(outcome, Transaction)]
    assert len(payments) == 1
    assert [type(outcome) for outcome in outcomes if outcome not in payments] == [ChargePaid] * (PAYERS - 1)
    charge.refresh_from_db()
    assert (charge.status, charge.transaction) == ("paid", payments[0])
    assert balance_of(greengrocer) == PRICE
    left = sorted(Wallet.objects.filter(pk__in=[wallet.pk for wallet in wallets]).values_list("balance", flat=True))
    assert left == [750] + [2000] * (PAYERS - 1)
    assert Posting.objects.filter(wallet=greengrocer.settlement_wallet).count() == 1


def test_of_one_payers_many_clicks_exactly_one_pays(charge: Charge, greengrocer: Store, alice: User) -> None:
    wallet = open_wallet_for(alice, minor=10_000)

    outcomes = together([functools.partial(pay, charge, wallet)] * PAYERS)

    assert [type(outcome) for outcome in outcomes].count(Transaction) == 1
    assert [type(outcome) for outcome in outcomes].count(ChargePaid) == PAYERS - 1
    assert balance_of(greengrocer) == PRICE


def test_a_charge_ends_paid_or_cancelled_and_never_both(greengrocer: Store, carlos: User, alice: User) -> None:
    wallet = open_wallet_for(alice, minor=100_000)
    for _round in range(4):
        now = timezone.now()
        charge = create_charge(store=greengrocer, amount=PRICE, cashier=carlos, now=now)
        acts: list[Callable[[], Model]] = [
            functools.partial(pay, charge, wallet),
            functools.partial(cancel_charge, charge=charge, actor=carlos, now=now),
        ]

        paid, cancelled = together(acts)

        charge.refresh_from_db()
        outcomes = (charge.status, type(paid), type(cancelled))
        assert outcomes in {("paid", Transaction, ChargePaid), ("cancelled", ChargeCancelled, Charge)}
    assert balance_of(greengrocer).amount == Charge.objects.filter(status="paid").count() * PRICE.amount


def test_the_job_that_expires_never_takes_back_a_payment(charge: Charge, greengrocer: Store, alice: User) -> None:
    wallet = open_wallet_for(alice, minor=10_000)
    acts: list[Callable[[], Transaction | int]] = [
        functools.partial(pay, charge, wallet),
        functools.partial(expire_charges, now=charge.expires_at),
    ]

    paid, expired = together(acts)

    charge.refresh_from_db()
    if isinstance(paid, Transaction):
        assert [charge.status, expired, balance_of(greengrocer)] == ["paid", 0, PRICE]
    else:
        assert [charge.status, type(paid), expired] == ["expired", ChargeExpired, 1]
        assert balance_of(greengrocer).amount == 0


def test_refunds_at_the_same_moment_never_exceed_the_payment(
    charge: Charge, greengrocer: Store, olivia: User, amara: User, alice: User
) -> None:
    wallet = open_wallet_for(alice, minor=1250)
    payment = pay(charge, wallet)
    refund = functools.partial(
        refund_payment, store=greengrocer, original=payment, amount=Money(1000, "EUR"), key=None, reason="", now=timezone.now()
    )

    outcomes = together([functools.partial(refund, actor=actor) for actor in (olivia, amara, olivia, amara)])

    assert [type(outcome) for outcome in outcomes].count(Transaction) == 1
    assert [type(outcome) for outcome in outcomes].count(RefundExceedsPayment) == 3
    assert balance_of(greengrocer) == Money(250, "EUR")
