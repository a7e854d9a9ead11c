"""Opening, freezing and closing wallets."""

import datetime as dt

from django.conf import settings
from django.db import connection
from django.db.models import Q

from accounts.legal import demand_agreement
from accounts.models import User
from audit import trail
from config.database import operation
from payments import ledger
from payments.assets import ASSETS
from payments.errors import AccountFrozen, TooManyWallets, WalletBusy, WalletNotEmpty
from payments.ledger import WalletClosed, WalletFrozen
from payments.models import AccountFreeze, Transaction, Wallet
from payments.money import UnknownAsset

# Waits for whoever pays into the wallet, or names it, without locking its row (sql/rules.sql).
CLOSING = "select pg_advisory_xact_lock(uuid_hash_extended(%s, 0))"


@operation
def open_wallet(*, user: User, asset: str, name: str, actor: User | None, now: dt.datetime) -> Wallet:
    """Open an empty personal wallet; the first one becomes the primary.

    :raises AgreementNeeded: the person has not agreed to the texts in force.
    :raises UnknownAsset: no such asset.
    :raises TooManyWallets: the person has `MAX_WALLETS_PER_USER` open ones.
    :raises AccountFrozen: they froze their account, and money could leave a new one.
    """
    demand_agreement(user)
    if asset not in ASSETS:
        raise UnknownAsset
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two requests at once must not both see room for one
    held = Wallet.objects.owned_by(user).open()
    if held.count() >= settings.MAX_WALLETS_PER_USER:
        raise TooManyWallets
    if AccountFreeze.objects.lasting().filter(user=user).exists():
        raise AccountFrozen
    wallet = Wallet.objects.create(
        user=user,
        asset_id=asset,
        name=name,
        is_primary=not held.filter(is_primary=True).exists(),
        created_at=now,
    )
    trail.record("wallet.opened", actor=actor, resource=wallet, customer_id=user.pk, new={"asset": asset}, now=now)
    return wallet


@operation
def make_primary(*, wallet: Wallet, actor: User, now: dt.datetime) -> Wallet:
    """Make this the wallet its owner's payments come from unless they choose another.

    :raises WalletClosed: a closed wallet can't be the primary.
    """
    wallet = _lock_with_siblings(wallet)
    if wallet.status == Wallet.Status.CLOSED:
        raise WalletClosed
    Wallet.objects.filter(user=wallet.user_id, is_primary=True).update(is_primary=False)
    wallet.is_primary = True
    wallet.save(update_fields=["is_primary", "updated_at"])
    trail.record("wallet.made_primary", actor=actor, resource=wallet, customer_id=wallet.user_id, now=now)
    return wallet


@operation
def rename_wallet(*, wallet: Wallet, name: str, actor: User, now: dt.datetime) -> Wallet:
    """Give the wallet another name."""
    wallet.name = name
    wallet.save(update_fields=["name", "updated_at"])
    trail.record("wallet.renamed", actor=actor, resource=wallet, customer_id=wallet.user_id, now=now)
    return wallet


@operation
def freeze_wallet(*, wallet: Wallet, actor: User, reason: str, now: dt.datetime) -> Wallet:
    """Stop money from leaving the wallet; refunds and releases still reach it.

    :raises WalletClosed: it is closed for good.
    """
    return _change_status(wallet, Wallet.Status.FROZEN, "wallet.frozen", actor=actor, reason=reason, now=now)


@operation
def unfreeze_wallet(*, wallet: Wallet, actor: User, reason: str, now: dt.datetime) -> Wallet:
    """Let money leave a frozen wallet again.

    :raises WalletClosed: it is closed for good.
    """
    return _change_status(wallet, Wallet.Status.ACTIVE, "wallet.unfrozen", actor=actor, reason=reason, now=now)


@operation
def close_wallet(*, wallet: Wallet, actor: User, now: dt.datetime) -> Wallet:
    """Close an empty wallet for good. If it was the primary, the oldest other open one takes its place.

    :raises WalletNotEmpty: money is in it.
    :raises WalletBusy: a pending transaction would move money in or out of it.
    :raises WalletFrozen: whoever froze it has to unfreeze it first.
    """
    # The locks make payments wait; they then find the wallet closed.
    wallet = _lock_with_siblings(wallet)
    with connection.cursor() as cursor:
        cursor.execute(CLOSING, [wallet.pk])
    if wallet.status == Wallet.Status.FROZEN:
        raise WalletFrozen
    if wallet.balance:
        raise WalletNotEmpty
    touching = Q(payer_wallet=wallet) | Q(payee_wallet=wallet)
    if Transaction.objects.filter(touching, status=Transaction.Status.PENDING).exists():
        raise WalletBusy
    was_primary, wallet.is_primary = wallet.is_primary, False
    wallet.save(update_fields=["is_primary", "updated_at"])
    with ledger.refusals():  # a store's money may still lie in its inflow, where only the database looks
        wallet = _change_status(wallet, Wallet.Status.CLOSED, "wallet.closed", actor=actor, reason="", now=now)
    heir = Wallet.objects.filter(user=wallet.user_id).open().order_by("created_at").first() if was_primary else None
    if heir:
        make_primary(wallet=heir, actor=actor, now=now)
    return wallet


def _lock_with_siblings(wallet: Wallet) -> Wallet:
    """The wallet as it is now, locked with its owner's others in the order in which payments lock them."""
    siblings = Q(user=wallet.user_id) if wallet.user_id else Q(pk=wallet.pk)
    locked = {row.pk: row for row in Wallet.objects.select_for_update(no_key=True).filter(siblings).order_by("pk")}
    return locked[wallet.pk]


def _change_status(wallet: Wallet, status: Wallet.Status, action: str, *, actor: User, reason: str, now: dt.datetime) -> Wallet:
    wallet = Wallet.objects.select_for_update(no_key=True).get(pk=wallet.pk)
    if wallet.status == Wallet.Status.CLOSED:
        raise WalletClosed
    if wallet.user_id and actor.pk != wallet.user_id:  # staff: from here on it is theirs to thaw
        AccountFreeze.wallets.through.objects.filter(wallet=wallet, accountfreeze__ended_at__isnull=True).delete()
    old, wallet.status = wallet.status, status
    wallet.save(update_fields=["status", "updated_at"])
    trail.record(
        action,
        actor=actor,
        resource=wallet,
        customer_id=wallet.user_id,
        old={"status": old},
        new={"status": status},
        metadata={"reason": reason} if reason else None,
        now=now,
    )
    return wallet
