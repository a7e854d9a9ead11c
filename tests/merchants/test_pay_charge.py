"""Paying what a till asks for, and paying a store an open amount."""

import datetime as dt

import pytest

from accounts.models import User
from audit.models import AuditEntry
from config.errors import Refused
from merchants.errors import ChargeCancelled, ChargeExpired, ChargePaid, StoreClosed, WrongCurrency
from merchants.models import Charge, Store
from merchants.operations import cancel_charge, create_charge, pay_charge, pay_store
from payments.ledger import DuplicateKey, InsufficientFunds, WalletClosed, WalletFrozen
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import close_wallet, freeze_wallet
from tests.factories import fund, open_store_for, open_wallet_for
from tests.refusals import refused

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
PRICE = Money(1250, "EUR")


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    return create_charge(store=greengrocer, amount=PRICE, cashier=carlos, note="Table 4", now=NOON)


@pytest.fixture
def wallet(alice: User) -> Wallet:
    """Alice's wallet, with 50.00 EUR in it."""
    return open_wallet_for(alice, minor=5000)


def holds(wallet: Wallet) -> int:
    return Wallet.objects.with_balance().get(pk=wallet.pk).available


def pay(charge: Charge, wallet: Wallet, *, now: dt.datetime = NOON, key: str | None = None) -> Transaction:
    assert wallet.user
    return pay_charge(charge=charge, payer_wallet=wallet, actor=wallet.user, key=key, now=now)


def test_moves_the_money_and_gives_both_sides_one_code(charge: Charge, wallet: Wallet, alice: User) -> None:
    payment = pay(charge, wallet, key="a-key-of-alice")

    charge.refresh_from_db()
    assert (holds(wallet), holds(charge.store.settlement_wallet)) == (3750, 1250)
    assert (charge.status, charge.transaction) == ("paid", payment)
    assert charge.transaction is not None
    assert charge.transaction.confirmation_code == payment.confirmation_code
    assert (payment.kind, payment.status, payment.money, payment.notes, payment.initiated_by) == (
        "payment", "completed", PRICE, "Table 4", alice,
    )  # fmt: skip
    assert (payment.charge, payment.payee_wallet.store) == (charge, charge.store)
    assert payment.idempotency_key == "a-key-of-alice"


def test_leaves_an_audit_entry_of_the_charge_and_of_the_money(charge: Charge, wallet: Wallet, alice: User) -> None:
    payment = pay(charge, wallet)

    entry = AuditEntry.objects.get(action="charge.paid")
    assert (entry.actor, entry.customer, entry.resource_id) == (alice, alice, str(charge.pk))
    assert (entry.old_values, entry.new_values) == ({"status": "pending"}, {"status": "paid"})
    assert entry.metadata == {"transaction": str(payment.pk)}
    assert AuditEntry.objects.filter(action="payment.completed", resource_id=str(payment.pk)).exists()


def test_lets_people_pay_a_store_of_their_own(greengrocer: Store, olivia: User) -> None:
    charge = create_charge(store=greengrocer, amount=PRICE, cashier=olivia, now=NOON)
    own = open_wallet_for(olivia, minor=2000)

    pay(charge, own)

    assert (holds(own), holds(greengrocer.settlement_wallet)) == (750, 1250)


def test_pays_once(charge: Charge, wallet: Wallet, bruno: User) -> None:
    pay(charge, wallet)
    of_bruno = open_wallet_for(bruno, minor=5000)

    for another_try in (wallet, of_bruno):
        with refused(ChargePaid):
            pay(charge, another_try)


def test_refuses_an_expired_charge_from_the_very_moment(charge: Charge, wallet: Wallet) -> None:
    with refused(ChargeExpired):
        pay(charge, wallet, now=NOON + dt.timedelta(seconds=600))
    pay(charge, wallet, now=NOON + dt.timedelta(seconds=599))


def test_refuses_a_cancelled_charge(charge: Charge, wallet: Wallet, carlos: User) -> None:
    cancel_charge(charge=charge, actor=carlos, now=NOON)

    with refused(ChargeCancelled):
        pay(charge, wallet)


@pytest.mark.parametrize("status", [Store.Status.SUSPENDED, Store.Status.INACTIVE])
def test_refuses_while_the_store_takes_no_payments(status: str, charge: Charge, wallet: Wallet, alice: User) -> None:
    store = charge.store
    store.status = status
    store.save()

    with refused(StoreClosed):
        pay(charge, wallet)
    with refused(StoreClosed):
        pay_store(store=store, amount=PRICE, payer_wallet=wallet, actor=alice, key=None, now=NOON)


def test_refuses_a_wallet_in_another_currency_and_names_the_one_needed(charge: Charge, alice: User) -> None:
    dollars = open_wallet_for(alice, "USD", minor=5000)

    with refused(WrongCurrency) as refusal:
        pay(charge, dollars)
    assert refusal.value.extra == {"asset": "EUR"}
    assert str(refusal.value).startswith("This store is paid in EUR. No money moved")


def test_refuses_a_wallet_that_holds_less(charge: Charge, alice: User) -> None:
    short = open_wallet_for(alice, minor=1249)

    with refused(InsufficientFunds):
        pay(charge, short)
    charge.refresh_from_db()
    assert (charge.status, charge.transaction) == ("pending", None)

    fund(short, 1)
    pay(charge, short)
    assert holds(short) == 0


@pytest.mark.parametrize(("status", "refusal"), [("frozen", WalletFrozen), ("closed", WalletClosed)])
def test_refuses_a_wallet_money_may_not_leave(status: str, refusal: type[Refused], charge: Charge, alice: User) -> None:
    wallet = open_wallet_for(alice)
    if status == "frozen":
        wallet = freeze_wallet(wallet=fund(wallet, 5000), actor=alice, reason="lost phone", now=NOON)
    else:
        close_wallet(wallet=wallet, actor=alice, now=NOON)
        wallet.refresh_from_db()

    with refused(refusal):
        pay(charge, wallet)


def test_refuses_a_key_that_moved_money_before(charge: Charge, wallet: Wallet, greengrocer: Store, alice: User) -> None:
    pay_store(store=greengrocer, amount=PRICE, payer_wallet=wallet, actor=alice, key="same-key", now=NOON)

    with refused(DuplicateKey):
        pay(charge, wallet, key="same-key")


def test_pays_a_store_any_amount(greengrocer: Store, wallet: Wallet, alice: User) -> None:
    payment = pay_store(
        store=greengrocer, amount=Money(999, "EUR"), payer_wallet=wallet, actor=alice, key=None, notes="Apples", now=NOON
    )

    assert (holds(wallet), holds(greengrocer.settlement_wallet)) == (4001, 999)
    assert (payment.kind, payment.payee_wallet.store, payment.notes) == ("payment", greengrocer, "Apples")


def test_refuses_an_open_amount_in_another_currency(greengrocer: Store, wallet: Wallet, alice: User) -> None:
    with refused(WrongCurrency) as refusal:
        pay_store(store=greengrocer, amount=Money(999, "USD"), payer_wallet=wallet, actor=alice, key=None, now=NOON)
    assert refusal.value.field == "asset"


def test_pays_in_currencies_of_every_scale(alice: User) -> None:
    for asset, minor in (("JPY", 1200), ("KWD", 1_234_567), ("USDC", 1_000_001)):
        store = open_store_for(alice, name=f"{asset} store", symbol=asset, asset=asset)
        wallet = open_wallet_for(alice, asset, minor=minor)
        charge = create_charge(store=store, amount=Money(minor, asset), cashier=alice, now=NOON)
        pay(charge, wallet)
        assert (holds(wallet), holds(store.settlement_wallet)) == (0, minor)
