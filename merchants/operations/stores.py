"""Opening stores, and what they say of themselves."""

import datetime as dt
from decimal import Decimal
from typing import TypedDict, Unpack

from accounts.legal import demand_agreement
from accounts.models import User
from audit import trail
from config.database import operation
from merchants.models import Store, StoreMember
from merchants.operations.codes import with_free_code
from payments.assets import ASSETS
from payments.models import Asset, Wallet
from payments.money import UnknownAsset


class StoreDetails(TypedDict, total=False):
    """What a store may say of itself beside its name."""

    description: str
    address_line1: str
    address_line2: str
    city: str
    state: str
    postal_code: str
    country: str
    latitude: Decimal | None
    longitude: Decimal | None
    email: str
    phone: str
    website: str
    instagram: str


@operation
def open_store(
    *, owner: User, name: str, symbol: str, category: str, asset: str, now: dt.datetime, **details: Unpack[StoreDetails]
) -> Store:
    """Open a store of this person, with a settlement wallet in `asset` that bears its name.

    :raises AgreementNeeded: the owner has not agreed to the texts in force.
    :raises UnknownAsset: no currency or stablecoin has this code.
    :raises SymbolTaken: another store has this symbol.
    """
    demand_agreement(owner)
    if asset not in ASSETS or ASSETS[asset].kind == Asset.Kind.CREDIT:
        raise UnknownAsset
    wallet = Wallet.objects.create(kind=Wallet.Kind.STORE, name=name, asset_id=asset, buffered=True, created_at=now)
    store = with_free_code(
        lambda: Store.objects.create(
            name=name, symbol=symbol, category=category, settlement_wallet=wallet, created_at=now, **details
        )
    )
    StoreMember.objects.create(
        store=store, user=owner, role=StoreMember.Role.OWNER, invited_at=now, accepted_at=now, created_at=now
    )
    new = {"name": name, "symbol": symbol, "asset": asset, "code": store.short_code}
    trail.record("store.opened", actor=owner, resource=store, customer_id=owner.pk, new=new, now=now)
    return store
