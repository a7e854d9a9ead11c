"""The demo world: a fixture that passes the ledger's rules, and the same made through the operations."""

import datetime as dt

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from accounts.models import IdentityProfile, User
from config import demo
from config.demo.fixture import END, load, shifted
from merchants.models import Charge, Dispute, Payout, Shift, Store
from payments.models import Posting, Transaction, Wallet
from payments.verification import faults
from tests.database import as_owner

NOON = dt.datetime(2030, 5, 17, 12, 0, tzinfo=dt.UTC)


def books_balance() -> bool:
    """Each wallet holds what its postings say, and each asset's postings sum to zero."""
    held = dict(Wallet.objects.with_balance().values_list("pk", "available"))
    posted = dict(Posting.objects.values_list("wallet").annotate(Sum("amount")))
    sums = Posting.objects.values("wallet__asset").annotate(total=Sum("amount"))
    return held == {pk: posted.get(pk, 0) for pk in held} and all(row["total"] == 0 for row in sums)


@pytest.mark.django_db(transaction=True)
def test_fixture_passes_the_ledgers_rules_and_ends_now() -> None:
    with as_owner():
        load(NOON, verbosity=0)

    assert books_balance()
    latest = Transaction.objects.order_by("-created_at").values_list("created_at", flat=True)[0]
    assert dt.timedelta(0) <= NOON - latest < dt.timedelta(hours=1)
    assert set(Transaction.objects.values_list("status", flat=True)) == {"completed", "pending", "failed", "cancelled"}
    assert set(Charge.objects.values_list("status", flat=True)) == set(Charge.Status.values)
    assert set(Store.objects.values_list("status", flat=True)) == set(Store.Status.values)
    assert set(Wallet.objects.values_list("status", flat=True)) == set(Wallet.Status.values)
    assert {payout.shown_status for payout in Payout.objects.all()} == {"completed", "failed", "awaiting_approval"}
    assert set(Dispute.objects.values_list("status", flat=True)) == {"open", "refunded", "rejected"}
    assert Shift.objects.running().count() == 1
    assert not list(faults())
    assert {account.email for account in demo.ACCOUNTS} <= set(User.objects.values_list("email", flat=True))
    assert set(IdentityProfile.objects.values_list("kyc_status", flat=True)) == set(IdentityProfile.Status.values)
    assert User.objects.get(email="bruno@florin.example").customer_number == "CUS-2030-000002"
    # The tests' own settings know no Argon2.
    assert Argon2PasswordHasher().verify(demo.PASSWORD, User.objects.get(email="alice@florin.example").password)


@pytest.mark.django_db(transaction=True)
def test_fixture_is_refused_when_an_amount_was_changed() -> None:
    with as_owner():
        load(NOON, verbosity=0)
        with pytest.raises(DatabaseError, match="holds"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("update payments_wallet set balance = balance + 1 where kind = 'personal' and status = 'active'")

    assert books_balance()


def test_moves_every_instant_by_the_same_time() -> None:
    text = '"created_at": "2026-11-20T17:59:58.250Z", "rate_date": "2026-10-30", "at": "2026-11-20T18:00:00Z"'

    assert shifted(text, NOON - END) == (
        '"created_at": "2030-05-17T11:59:58.250000Z", "rate_date": "2026-10-30", "at": "2030-05-17T12:00:00Z"'
    )


@pytest.mark.django_db
def test_seed_makes_a_world_through_the_operations() -> None:
    call_command("seed_demo", customers=5, days=4, seed=7, end=NOON, verbosity=0)

    assert books_balance()
    assert User.objects.filter(email__endswith="@florin.example", is_staff=False).count() >= 5
    assert Transaction.objects.filter(kind="payment", status="completed").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("options", [{"customers": 1}, {"days": 0}])
def test_seed_refuses_a_world_too_small(options: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="at least"):
        call_command("seed_demo", **options)

    assert not User.objects.exists()


@pytest.mark.django_db
def test_seed_refuses_a_database_with_people(alice: User) -> None:
    with pytest.raises(CommandError, match="empty"):
        call_command("seed_demo", customers=2)

    assert User.objects.get() == alice
