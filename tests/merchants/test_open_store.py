"""Opening a store."""

import re

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from merchants import models
from merchants.errors import SymbolTaken
from merchants.models import Store
from merchants.operations import create_charge, open_store
from payments.models import Wallet
from payments.money import Money, UnknownAsset
from tests.factories import open_store_for
from tests.refusals import refused


def test_opens_with_an_owner_a_code_and_a_wallet_that_bears_its_name(olivia: User) -> None:
    store = open_store(
        owner=olivia, name="Olivia's Greens", symbol="GREENS", category="grocery", asset="EUR", city="Lisbon", country="PT",
        now=timezone.now(),
    )  # fmt: skip

    store.refresh_from_db()
    assert (store.name, store.symbol, store.city, store.country, store.status) == (
        "Olivia's Greens", "GREENS", "Lisbon", "PT", "active",
    )  # fmt: skip
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{6}", store.short_code)
    wallet = store.settlement_wallet
    assert (wallet.kind, wallet.name, wallet.asset_id, wallet.user, wallet.buffered) == (
        "store", "Olivia's Greens", "EUR", None, True,
    )  # fmt: skip
    member = store.members.get()
    assert (member.user, member.role, member.accepted_at is not None) == (olivia, "owner", True)


def test_leaves_an_audit_entry(olivia: User) -> None:
    store = open_store_for(olivia)

    entry = AuditEntry.objects.get(action="store.opened")
    assert (entry.actor, entry.customer, entry.resource_id) == (olivia, olivia, str(store.pk))
    assert entry.new_values == {"name": store.name, "symbol": "GREENS", "asset": "EUR", "code": store.short_code}


def test_knows_who_works_where(olivia: User, carlos: User, greengrocer: Store, mallory: User) -> None:
    bakery = open_store_for(carlos, name="Carlos Bakes", symbol="BREAD")

    assert [store.role for store in Store.objects.run_by(olivia)] == ["owner"]
    assert {store.pk: store.role for store in Store.objects.run_by(carlos)} == {greengrocer.pk: "staff", bakery.pk: "owner"}
    assert not Store.objects.run_by(mallory).exists()


def test_does_not_count_an_invitation_as_working_there(greengrocer: Store, mallory: User) -> None:
    greengrocer.members.create(user=mallory, role="admin", invited_at=timezone.now())

    assert not Store.objects.run_by(mallory).exists()


def test_refuses_the_symbol_of_another_store(olivia: User, alice: User) -> None:
    open_store_for(olivia, symbol="GREENS")

    with refused(SymbolTaken):
        open_store_for(alice, symbol="GREENS")


@pytest.mark.parametrize("asset", ["XXX", "CREDIT", "", "eur"])
def test_refuses_what_a_store_is_not_paid_in(asset: str, olivia: User) -> None:
    with refused(UnknownAsset):
        open_store_for(olivia, asset=asset)


def test_draws_another_code_when_the_first_is_taken(olivia: User, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = open_store_for(olivia).short_code
    drawn = iter([taken, "NEWCDE"])
    monkeypatch.setattr(models.Store._meta.get_field("short_code"), "_get_default", lambda: next(drawn))

    store = open_store_for(olivia, symbol="SECOND")

    assert store.short_code == "NEWCDE"
    assert Wallet.objects.filter(kind="store").count() == 2


@pytest.mark.parametrize("statement", ["delete from merchants_store", "delete from merchants_charge"])
def test_keeps_stores_and_charges_whoever_deletes_them(statement: str, greengrocer: Store, carlos: User) -> None:
    create_charge(store=greengrocer, amount=Money(100, "EUR"), cashier=carlos, now=timezone.now())

    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="Cannot delete"):
        cursor.execute(statement)
