"""The backup owner: named by an owner, and who gets a store whose owners have not been there for long."""

import datetime as dt

from django.conf import settings
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import StepUpAct, User
from accounts.stepup import demand_fresh_proof
from audit import trail
from config.database import operation
from merchants import notices
from merchants.errors import ClaimStillWaits, NoBackupOwner, NotInYourRole, OwnersAreHere
from merchants.models import Store, StoreBackupOwner, StoreMember
from merchants.models.team import owners_of
from merchants.roles import OWNER, Act, demand

OPEN_FOR = dt.timedelta(days=30)  # how long a claim that has waited can be taken up


@operation
def name_backup_owner(*, store: Store, member: StoreMember, actor: User, now: dt.datetime) -> StoreBackupOwner:
    """Name somebody of the team who may claim the store when its owners are silent, instead of who was named before.

    :raises NotInYourRole: the actor is no owner, or the other is not in the team.
    :raises StepUpRequired, SignInAgain: the actor has not just confirmed it.
    """
    store = _locked(store)
    demand(Act.MANAGE_OWNERS, store=store, person=actor)
    if member.store_id != store.pk or member.role == OWNER or not StoreMember.objects.filter(pk=member.pk).exists():
        raise NotInYourRole
    words = _("Make %(who)s the backup owner of %(store)s") % {"who": str(member.user), "store": store.name}
    subject = {"store": str(store.pk), "backup": str(member.user_id)}
    demand_fresh_proof(user=actor, act=StepUpAct.MANAGE_OWNERS, subject=subject, words=words, now=now)
    values = {"user": member.user, "named_by": actor, "requested_at": None, "activated_at": None}
    backup, _made = StoreBackupOwner.objects.update_or_create(store=store, defaults=values)
    _record("backup_owner.named", backup, actor=actor, now=now)
    return backup


@operation
def remove_backup_owner(*, store: Store, actor: User, now: dt.datetime) -> bool:
    """Name nobody any more. False if nobody was.

    :raises NotInYourRole: the actor is no owner.
    """
    store = _locked(store)
    demand(Act.MANAGE_OWNERS, store=store, person=actor)
    backup = StoreBackupOwner.objects.filter(store=store).first()
    if backup is None:
        return False
    _record("backup_owner.removed", backup, actor=actor, now=now)
    backup.delete()
    return True


@operation
def claim_store(*, store: Store, person: User, now: dt.datetime) -> StoreBackupOwner:
    """Ask for the store; its owners are told and have `RECOVERY_WAIT_DAYS` to be there again.

    :raises NoBackupOwner: the person is not its backup owner.
    :raises OwnersAreHere: an owner was here in the last `RECOVERY_SILENT_DAYS`.
    """
    store = _locked(store)
    backup = _backup_of(store, person)
    if not is_silent(store, now):
        raise OwnersAreHere
    if backup.requested_at is None or now >= _opens_at(backup.requested_at) + OPEN_FOR:
        backup.requested_at = now
        backup.save(update_fields=["requested_at", "updated_at"])
        notices.tell_claimed(store, person, now=now)
        _record("backup_owner.claimed", backup, actor=person, now=now)
    return backup


@operation
def take_store_over(*, store: Store, person: User, now: dt.datetime) -> StoreMember:
    """Become an owner of a store whose owners did not answer a claim. They stay owners, should they come back.

    :raises NoBackupOwner: the person is not its backup owner, or has not claimed it.
    :raises ClaimStillWaits: the owners have some days left.
    :raises OwnersAreHere: one of them was here since.
    """
    store = _locked(store)
    backup = _backup_of(store, person)
    if backup.requested_at is None or now >= _opens_at(backup.requested_at) + OPEN_FOR:
        raise NoBackupOwner
    if now < _opens_at(backup.requested_at):
        raise ClaimStillWaits(opens_at=_opens_at(backup.requested_at).isoformat())
    if not is_silent(store, backup.requested_at):
        raise OwnersAreHere
    member = StoreMember.objects.get(store=store, user=person)
    member.role = OWNER
    member.save(update_fields=["role", "updated_at"])
    backup.activated_at = now
    backup.save(update_fields=["activated_at", "updated_at"])
    notices.tell_taken_over(store, person)
    _record("backup_owner.took_over", backup, actor=person, now=now)
    return member


@operation
def stop_store_claim(*, store: Store, actor: User, now: dt.datetime) -> bool:
    """End a claim that waits, as an owner who is here. False if none waits.

    :raises NotInYourRole: the actor is no owner.
    """
    store = _locked(store)
    demand(Act.MANAGE_OWNERS, store=store, person=actor)
    backup = StoreBackupOwner.objects.filter(store=store, requested_at__isnull=False, activated_at__isnull=True).first()
    if backup is None:
        return False
    backup.requested_at = None
    backup.save(update_fields=["requested_at", "updated_at"])
    _record("backup_owner.stopped", backup, actor=actor, now=now)
    return True


def _locked(store: Store) -> Store:
    return Store.objects.select_for_update(no_key=True).get(pk=store.pk)


def _backup_of(store: Store, person: User) -> StoreBackupOwner:
    backup = StoreBackupOwner.objects.filter(store=store, user=person, activated_at__isnull=True).first()
    if backup is None:
        raise NoBackupOwner
    return backup


def _opens_at(requested_at: dt.datetime) -> dt.datetime:
    return requested_at + dt.timedelta(days=settings.RECOVERY_WAIT_DAYS)


def is_silent(store: Store, at: dt.datetime) -> bool:
    """Whether no owner was here for `RECOVERY_SILENT_DAYS` before this time, nor since."""
    limit = at - dt.timedelta(days=settings.RECOVERY_SILENT_DAYS)
    return not owners_of(store).filter(status="active").annotate(
        seen=Coalesce("last_active_at", "created_at")
    ).filter(seen__gt=limit).exists()  # fmt: skip


def _record(action: str, backup: StoreBackupOwner, *, actor: User, now: dt.datetime) -> None:
    metadata = {"store": str(backup.store_id)}
    trail.record(action, actor=actor, resource=backup, customer_id=backup.user_id, metadata=metadata, now=now)
