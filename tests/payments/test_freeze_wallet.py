"""Freezing wallets."""

import datetime as dt

import pytest

from accounts.models import User
from audit.models import AuditEntry
from payments.ledger import WalletClosed, WalletFrozen
from payments.models import Wallet
from payments.money import Money
from payments.operations import close_wallet, freeze_wallet, hold, refund, release, transfer, unfreeze_wallet
from tests.factories import open_wallet_for
from tests.payments.balances import minor_in
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def test_freezes_and_unfreezes_with_the_reason_in_the_trail(alice: User, alice_eur: Wallet) -> None:
    freeze_wallet(wallet=alice_eur, actor=alice, reason="card stolen", now=NOW)
    alice_eur.refresh_from_db()
    assert alice_eur.status == "frozen"
    unfreeze_wallet(wallet=alice_eur, actor=alice, reason="card found", now=NOW)
    alice_eur.refresh_from_db()
    assert alice_eur.status == "active"
    entries = AuditEntry.objects.filter(action__in=["wallet.frozen", "wallet.unfrozen"]).order_by("pk")
    assert [(entry.old_values["status"], entry.new_values["status"], entry.metadata["reason"]) for entry in entries] == [
        ("active", "frozen", "card stolen"),
        ("frozen", "active", "card found"),
    ]


def test_refunds_and_releases_still_reach_a_frozen_wallet(
    alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    paid = transfer(payer=alice_eur, payee=bruno_eur, amount=Money(20_00, "EUR"), actor=alice, key=None, now=NOW)
    held = hold(payer=alice_eur, payee=bruno_eur, amount=Money(30_00, "EUR"), actor=alice, key=None, now=NOW)
    freeze_wallet(wallet=alice_eur, actor=alice, reason="a test", now=NOW)

    refund(original=paid, amount=None, actor=bruno, key=None, reason="", now=NOW)
    release(held=held, actor=None, reason="a test", now=NOW)

    assert minor_in(alice_eur) == 100_00


def test_money_leaves_no_frozen_wallet_by_a_refund_either(
    alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    paid = transfer(payer=alice_eur, payee=bruno_eur, amount=Money(20_00, "EUR"), actor=alice, key=None, now=NOW)
    freeze_wallet(wallet=bruno_eur, actor=alice, reason="a test", now=NOW)
    with refused(WalletFrozen):
        refund(original=paid, amount=None, actor=bruno, key=None, reason="", now=NOW)


def test_refuses_to_freeze_or_open_again_what_is_closed(alice: User) -> None:
    wallet = open_wallet_for(alice)
    close_wallet(wallet=wallet, actor=alice, now=NOW)
    for change in (freeze_wallet, unfreeze_wallet):
        with refused(WalletClosed):
            change(wallet=wallet, actor=alice, reason="a test", now=NOW)
