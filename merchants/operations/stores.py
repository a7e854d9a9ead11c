"""Opening stores, what they say of themselves, and whether they take payments."""

import datetime as dt
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from django.db.models import Exists, OuterRef

from accounts.legal import demand_agreement
from accounts.models import User
from audit import trail
from config.database import operation
from config.pictures import square
from merchants import notices
from merchants.errors import StoreSuspended
from merchants.models import Store, StoreMember
from merchants.models.team import owners_of
from merchants.operations.codes import with_free_code
from merchants.roles import Act, demand
from merchants.webhooks import payloads
from merchants.webhooks.events import publish
from payments.assets import ASSETS
from payments.models import Asset, Transaction, Wallet
from payments.money import UnknownAsset

IDLE = dt.timedelta(days=90)
CLOSED_AT_ONCE = 500
LOGO_SIDE = 512  # pixels


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
    timezone: str
    offers_tips: bool


class StoreChanges(StoreDetails, total=False):
    """What may change of a store that is open; its symbol and currency stay."""

    name: str
    category: str


@operation
def open_store(
    *, owner: User, name: str, symbol: str, category: str, asset: str, now: dt.datetime, **details: Unpack[StoreDetails]
) -> Store:
    """Open a store of this person, with a settlement wallet in `asset` that bears its name; its days are its owner's.

    :raises AgreementNeeded: the owner has not agreed to the texts in force.
    :raises UnknownAsset: no currency or stablecoin has this code.
    :raises SymbolTaken: another store has this symbol.
    """
    demand_agreement(owner)
    if asset not in ASSETS or ASSETS[asset].kind == Asset.Kind.CREDIT:
        raise UnknownAsset
    wallet = Wallet.objects.create(kind=Wallet.Kind.STORE, name=name, asset_id=asset, buffered=True, created_at=now)
    said: dict[str, Any] = {"timezone": owner.timezone, **details}  # texts, decimals, flags
    store = with_free_code(
        lambda: Store.objects.create(
            name=name, symbol=symbol, category=category, settlement_wallet=wallet, active_since=now, created_at=now, **said
        )
    )
    StoreMember.objects.create(
        store=store, user=owner, role=StoreMember.Role.OWNER, invited_at=now, accepted_at=now, created_at=now
    )
    new = {"name": name, "symbol": symbol, "asset": asset, "code": store.short_code}
    trail.record("store.opened", actor=owner, resource=store, customer_id=owner.pk, new=new, now=now)
    return store


@operation
def edit_store(*, store: Store, actor: User, now: dt.datetime, **changes: Unpack[StoreChanges]) -> Store:
    """Change what the store says of itself. Its wallet, which receipts name, gets its new name too.

    :raises NotInYourRole:
    """
    store = _locked(store)
    demand(Act.EDIT_STORE, store=store, person=actor)
    changed = sorted(name for name, value in changes.items() if getattr(store, name) != value)
    if not changed:
        return store
    for name in changed:
        setattr(store, name, changes[name])  # type: ignore[literal-required]  # names of the TypedDict
    store.save(update_fields=[*changed, "updated_at"])
    if "name" in changed:
        store.settlement_wallet.name = store.name
        store.settlement_wallet.save(update_fields=["name", "updated_at"])
    trail.record("store.edited", actor=actor, resource=store, metadata={"changed": changed}, now=now)
    _tell(store, now)
    return store


@operation
def set_logo(*, store: Store, picture: bytes | None, actor: User, now: dt.datetime) -> Store:
    """Show this picture for the store, drawn anew as a square; None shows none.

    :raises NotInYourRole:
    :raises BadPicture: it is none that we read.
    """
    store = _locked(store)
    demand(Act.EDIT_STORE, store=store, person=actor)
    if picture is None:
        store.logo = ""
    else:
        # The old file stays: a page that somebody has open still shows it, and no write of ours may outlive a rollback.
        store.logo.save(f"{store.symbol.lower()}.webp", square(picture, side=LOGO_SIDE), save=False)
    store.save(update_fields=["logo", "updated_at"])
    trail.record("store.edited", actor=actor, resource=store, metadata={"changed": ["logo"]}, now=now)
    return store


@operation
def close_store(*, store: Store, actor: User, now: dt.datetime) -> Store:
    """Take no payments any more, until it is opened again. What was paid can still be given back and paid out.

    :raises NotInYourRole:
    :raises StoreSuspended: the platform has closed it.
    """
    return _change_status(store, Store.Status.INACTIVE, "store.closed", actor=actor, now=now)


@operation
def reopen_store(*, store: Store, actor: User, now: dt.datetime) -> Store:
    """Take payments again.

    :raises NotInYourRole:
    :raises StoreSuspended: the platform has closed it.
    """
    return _change_status(store, Store.Status.ACTIVE, "store.reopened", actor=actor, now=now)


@operation
def close_idle_stores(*, now: dt.datetime) -> int:
    """Close the stores that nobody has paid for 90 days, and tell their owners. Answers how many.

    Some hundred at once; the next run takes the rest.
    """
    long_ago = now - IDLE
    paid = Transaction.objects.filter(
        payee_wallet=OuterRef("settlement_wallet"), kind=Transaction.Kind.PAYMENT, created_at__gt=long_ago
    )
    stores = Store.objects.select_related("settlement_wallet")
    idle = stores.filter(~Exists(paid), status=Store.Status.ACTIVE, active_since__lte=long_ago)
    closed = list(idle.select_for_update(of=("self",), skip_locked=True, no_key=True).order_by("pk")[:CLOSED_AT_ONCE])
    for store in closed:
        store.status = Store.Status.INACTIVE
        store.save(update_fields=["status", "updated_at"])
        notices.tell_idle(store, owners_of(store))
        trail.record("store.closed", actor=None, resource=store, metadata={"reason": "idle"}, now=now)
        _tell(store, now)
    return len(closed)


def _change_status(store: Store, status: Store.Status, action: str, *, actor: User, now: dt.datetime) -> Store:
    store = _locked(store)
    demand(Act.CLOSE_STORE, store=store, person=actor)
    if store.status == Store.Status.SUSPENDED:
        raise StoreSuspended
    if store.status != status:
        old, store.status = store.status, status
        if status == Store.Status.ACTIVE:
            store.active_since = now
        store.save(update_fields=["status", "active_since", "updated_at"])
        trail.record(action, actor=actor, resource=store, old={"status": old}, new={"status": status}, now=now)
        _tell(store, now)
    return store


def _tell(store: Store, now: dt.datetime) -> None:
    """The event of a store that says something else of itself."""
    publish(store, "store.updated", resource_id=store.pk, data=payloads.store(store), now=now)


def _locked(store: Store) -> Store:
    """The store as it is now, until the commit, with its wallet."""
    return Store.objects.select_for_update(of=("self",), no_key=True).select_related("settlement_wallet").get(pk=store.pk)
