"""Opening, renaming and choosing wallets."""

import datetime as dt

import pytest
from pytest_django import Settings

from accounts.models import User
from audit.models import AuditEntry
from payments.errors import TooManyWallets
from payments.models import Wallet
from payments.money import UnknownAsset
from payments.operations import close_wallet, make_primary, open_wallet, rename_wallet
from tests.factories import open_wallet_for
from tests.threads import together
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def test_opens_an_empty_wallet_with_an_address_of_its_own(alice: User) -> None:
    wallet = open_wallet(user=alice, asset="JPY", name="Tokyo", actor=alice, now=NOW)
    wallet.refresh_from_db()
    assert (wallet.kind, wallet.asset_id, wallet.name, wallet.balance, wallet.status) == (
        "personal",
        "JPY",
        "Tokyo",
        0,
        "active",
    )
    assert len(wallet.address) == 12
    assert AuditEntry.objects.get().action == "wallet.opened"


def test_the_first_wallet_is_the_primary(alice: User) -> None:
    first, second = open_wallet_for(alice, "EUR"), open_wallet_for(alice, "USD")
    assert (first.is_primary, second.is_primary) == (True, False)


def test_refuses_an_unknown_asset(alice: User) -> None:
    with refused(UnknownAsset):
        open_wallet(user=alice, asset="XXX", name="?", actor=alice, now=NOW)


def test_refuses_the_sixth_open_wallet_and_counts_no_closed_ones(alice: User) -> None:
    wallets = [open_wallet_for(alice, asset) for asset in ("EUR", "USD", "GBP", "BRL", "JPY")]
    with refused(TooManyWallets):
        open_wallet(user=alice, asset="CHF", name="Alps", actor=alice, now=NOW)
    close_wallet(wallet=wallets[4], actor=alice, now=NOW)
    open_wallet(user=alice, asset="CHF", name="Alps", actor=alice, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_opens_no_more_than_the_limit_when_asked_at_the_same_moment(alice: User, settings: Settings) -> None:
    settings.MAX_WALLETS_PER_USER = 3
    open_wallet_for(alice, "EUR")

    results = together([lambda: open_wallet(user=alice, asset="USD", name="Dollars", actor=alice, now=NOW)] * 5)

    assert sum(isinstance(result, Wallet) for result in results) == 2
    assert sum(isinstance(result, TooManyWallets) for result in results) == 3
    assert Wallet.objects.owned_by(alice).count() == 3


@pytest.mark.django_db(transaction=True)
def test_has_one_primary_when_two_first_wallets_are_opened_at_the_same_moment(alice: User) -> None:
    together([lambda: open_wallet(user=alice, asset="EUR", name="Euros", actor=alice, now=NOW)] * 2)
    assert sorted(Wallet.objects.owned_by(alice).values_list("is_primary", flat=True)) == [False, True]


def test_makes_another_wallet_the_primary(alice: User) -> None:
    first, second = open_wallet_for(alice, "EUR"), open_wallet_for(alice, "USD")
    make_primary(wallet=second, actor=alice, now=NOW)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_primary, second.is_primary) == (False, True)


def test_renames_a_wallet_and_the_trail_does_not_keep_the_name(alice: User) -> None:
    wallet = open_wallet_for(alice)
    rename_wallet(wallet=wallet, name="Rent", actor=alice, now=NOW)
    wallet.refresh_from_db()
    assert wallet.name == "Rent"
    assert "Rent" not in str(AuditEntry.objects.filter(action="wallet.renamed").values())
