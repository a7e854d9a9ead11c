"""Freezing one's own account: at once nothing leaves it, and only a fresh proof ends that (R23)."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress

import pytest
import time_machine
from django.db import transaction

from accounts.errors import StepUpRequired
from accounts.models import Session, User
from audit.models import AuditEntry
from payments.errors import AccountFrozen
from payments.ledger import WalletFrozen
from payments.models import AccountFreeze, Transaction, Wallet
from payments.money import Money
from payments.operations import (
    freeze_account,
    freeze_wallet,
    hold,
    open_wallet,
    start_withdrawal,
    transfer,
    unfreeze_account,
    unfreeze_wallet,
)
from payments.payees import find_payee
from tests import doors
from tests.factories import UserFactory, open_wallet_for
from tests.mailbox import Mailbox
from tests.payments.balances import minor_in
from tests.proving import acting, confirm
from tests.threads import together
from tests.unchanged import nothing_changes, refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
TEN = Money(10_00, "EUR")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def session(alice: User) -> Session:
    return doors.open_session(alice)


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory.create(is_staff=True, is_superuser=True)


def status_of(wallet: Wallet) -> str:
    return Wallet.objects.get(pk=wallet.pk).status


def challenge_to_unfreeze(session: Session) -> str:
    with acting(session), refused(StepUpRequired) as refusal:
        unfreeze_account(user=session.user, now=NOW)
    return str(refusal.value.extra["challenge"])


def unfreeze(session: Session) -> bool:
    """As its owner, who confirms it."""
    client = doors.api_client_of(session)
    assert confirm(client, challenge_to_unfreeze(session)).status_code == 200
    with acting(session):
        return unfreeze_account(user=session.user, now=NOW)


def test_stops_whatever_leaves_and_nothing_that_comes_in(
    alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    second = open_wallet_for(alice, "USD", minor=50_00)
    transfer(payer=alice_eur, payee=bruno_eur, amount=TEN, actor=alice, key=None, now=NOW)

    freeze_account(user=alice, now=NOW)

    assert (status_of(alice_eur), status_of(second)) == ("frozen", "frozen")
    stale = alice_eur  # which still says "active": the database refuses
    with refused(WalletFrozen):
        transfer(payer=stale, payee=bruno_eur, amount=TEN, actor=alice, key=None, now=NOW)
    with refused(WalletFrozen):
        hold(payer=stale, payee=bruno_eur, amount=TEN, actor=alice, key=None, now=NOW)
    with refused(WalletFrozen):
        start_withdrawal(
            wallet=stale, amount=TEN, provider="sandbox", destination="tok_success", actor=alice, key=None, now=NOW
        )
    found = find_payee(identifier="alice@example.com", asset="EUR")
    transfer(payer=bruno_eur, payee=found, amount=TEN, actor=bruno, key=None, now=NOW)
    assert minor_in(alice_eur) == 100_00


def test_no_new_wallet_lets_money_out(alice: User, alice_eur: Wallet) -> None:
    freeze_account(user=alice, now=NOW)
    with refused(AccountFrozen):
        open_wallet(user=alice, asset="JPY", name="A way round it", actor=alice, now=NOW)


def test_done_twice_it_is_done_once(alice: User, alice_eur: Wallet) -> None:
    first = freeze_account(user=alice, now=NOW)
    with nothing_changes():
        again = freeze_account(user=alice, now=NOW + dt.timedelta(minutes=1))
    assert (again.pk, again.created_at) == (first.pk, NOW)


def test_wants_a_fresh_proof_to_end(session: Session, alice: User, alice_eur: Wallet) -> None:
    freeze_account(user=alice, now=NOW)
    challenge_to_unfreeze(session)  # which proves that being refused changed nothing
    assert status_of(alice_eur) == "frozen"

    assert unfreeze(session) is True

    assert status_of(alice_eur) == "active"
    with nothing_changes(), acting(session):
        assert unfreeze_account(user=alice, now=NOW) is False


def test_a_confirmation_of_an_earlier_freeze_ends_no_later_one(session: Session, alice: User, alice_eur: Wallet) -> None:
    """R23: what is confirmed is the end of this freeze."""
    freeze_account(user=alice, now=NOW)
    client = doors.api_client_of(session)
    earlier = challenge_to_unfreeze(session)
    assert unfreeze(session)
    freeze_account(user=alice, now=NOW)
    assert confirm(client, earlier).status_code == 200
    challenge_to_unfreeze(session)
    assert status_of(alice_eur) == "frozen"


def test_thaws_only_what_its_owner_froze(session: Session, alice: User, alice_eur: Wallet, admin: User) -> None:
    before, during, thawed = (open_wallet_for(alice, asset) for asset in ("USD", "GBP", "CHF"))
    freeze_wallet(wallet=before, actor=admin, reason="a look", now=NOW)
    freeze_account(user=alice, now=NOW)
    freeze_wallet(wallet=during, actor=admin, reason="a look", now=NOW)
    unfreeze_wallet(wallet=thawed, actor=admin, reason="by phone", now=NOW)
    freeze_wallet(wallet=thawed, actor=admin, reason="not them", now=NOW)

    unfreeze(session)

    assert [status_of(wallet) for wallet in (alice_eur, before, during, thawed)] == ["active", "frozen", "frozen", "frozen"]


def test_nobody_pays_into_what_staff_froze(alice: User, alice_eur: Wallet, bruno: User, admin: User) -> None:
    bruno_eur = open_wallet_for(bruno, minor=20_00)
    freeze_account(user=alice, now=NOW)
    freeze_wallet(wallet=alice_eur, actor=admin, reason="a look", now=NOW)
    with refused(WalletFrozen):
        transfer(payer=bruno_eur, payee=Wallet.objects.get(pk=alice_eur.pk), amount=TEN, actor=bruno, key=None, now=NOW)


def test_is_written_down_and_told(session: Session, alice: User, alice_eur: Wallet, mailbox: Mailbox) -> None:
    freeze_account(user=alice, now=NOW)
    unfreeze(session)
    entries = AuditEntry.objects.filter(customer=alice, action__endswith="frozen").order_by("pk")
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("wallet.frozen", alice),
        ("account.frozen", alice),
        ("wallet.unfrozen", alice),
        ("account.unfrozen", alice),
    ]
    assert [(mail.to, mail.subject) for mail in mailbox() if "top-up" not in mail.subject] == [
        (["alice@example.com"], "Your account is frozen"),
        (["alice@example.com"], "Your account is unfrozen"),
    ]


@pytest.mark.django_db(transaction=True)
def test_two_freezes_at_once_are_one(alice: User, alice_eur: Wallet) -> None:
    frozen = together([lambda: freeze_account(user=alice, now=NOW).pk] * 4)
    assert frozen == [AccountFreeze.objects.get().pk] * 4
    assert AccountFreeze.objects.get().wallets.get() == alice_eur


@pytest.mark.django_db(transaction=True)
def test_nothing_leaves_after_it_whatever_was_under_way(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    """Payments, a new wallet and the freeze at once: what came first stands, nothing comes after."""

    def pay() -> None:
        with suppress(WalletFrozen):
            transfer(payer=alice_eur, payee=bruno_eur, amount=TEN, actor=alice, key=None, now=NOW)

    def open_one() -> None:
        with suppress(AccountFrozen):
            open_wallet(user=alice, asset="JPY", name="A way round it", actor=alice, now=NOW)

    results = together([pay, pay, lambda: freeze_account(user=alice, now=NOW), pay, open_one])

    assert not [result for result in results if isinstance(result, Exception)]
    assert set(Wallet.objects.owned_by(alice).values_list("status", flat=True)) == {"frozen"}
    paid = Transaction.objects.filter(kind="transfer").count()
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (100_00 - paid * 10_00, paid * 10_00)
    with pytest.raises(WalletFrozen), transaction.atomic():
        transfer(payer=alice_eur, payee=bruno_eur, amount=TEN, actor=alice, key=None, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_the_owners_freeze_and_staffs_at_once_leave_staffs(
    session: Session, alice: User, alice_eur: Wallet, admin: User
) -> None:
    together([
        lambda: freeze_account(user=alice, now=NOW),
        lambda: freeze_wallet(wallet=alice_eur, actor=admin, reason="a look", now=NOW),
    ])  # fmt: skip
    assert not AccountFreeze.objects.get().wallets.exists()
    unfreeze(session)
    assert status_of(alice_eur) == "frozen"
