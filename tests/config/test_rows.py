"""`updated_at` stays true under raw SQL, whatever kind of trigger keeps it."""

import datetime as dt

import pytest
from django.db import connection

from accounts.models import User
from merchants.models import Store
from payments.models import Wallet
from tests.factories import open_wallet_for

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("model", [User, Wallet, Store], ids=lambda model: model.__name__)
def test_a_change_by_raw_sql_is_dated(model: type[User | Wallet | Store], greengrocer: Store, alice: User) -> None:
    open_wallet_for(alice)
    model.objects.update(updated_at=LONG_AGO)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"update {table} set name = name || '!'")
    rows = model.objects.values_list("updated_at", flat=True)
    assert rows
    assert min(rows) > LONG_AGO


def test_a_date_that_is_set_stays(alice: User) -> None:
    wallet = open_wallet_for(alice)
    Wallet.objects.filter(pk=wallet.pk).update(name="Rainy days", updated_at=LONG_AGO)
    wallet.refresh_from_db()
    assert (wallet.name, wallet.updated_at) == ("Rainy days", LONG_AGO)
