"""Who works in a store: inviting, joining, changing roles, leaving.

Every change of a team locks the store's row first, so two owners who remove each other at the same moment leave one.
"""

import datetime as dt
import hashlib
import secrets

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import StepUpAct, User
from accounts.stepup import demand_fresh_proof
from audit import trail
from config.database import operation
from merchants import notices
from merchants.errors import AlreadyInTeam, InvitationOver, LastOwner, NotInYourRole, TooManyInvitations
from merchants.models import Store, StoreBackupOwner, StoreInvitation, StoreMember
from merchants.roles import OWNER, demand, managing

INVITATION_LIFETIME = dt.timedelta(days=7)
WAITING_AT_ONCE = 50


@operation
def invite_member(
    *, store: Store, role: str, actor: User, now: dt.datetime, email: str = "", phone: str = ""
) -> tuple[StoreInvitation, str]:
    """Send a link to join the team to an e-mail address or a phone (E.164). Answers the invitation and its token.

    An earlier one to the same address is taken back.

    :raises NotInYourRole: the actor may not make anybody this.
    :raises TooManyInvitations: `WAITING_AT_ONCE` wait already.
    :raises StepUpRequired, SignInAgain: somebody becomes an owner, which the actor has not just confirmed.
    """
    store = _locked(store)
    demand(managing(role), store=store, person=actor)
    if role == OWNER:
        _demand_proof(store, actor, {"invite": email or phone}, email or phone, now)
    waiting = store.invitations.open(now)
    waiting.filter(email=email, phone=phone).update(withdrawn_at=now, email="", phone="")
    if waiting.count() >= WAITING_AT_ONCE:
        raise TooManyInvitations
    token = secrets.token_urlsafe(32)
    invitation = StoreInvitation.objects.create(
        store=store, role=role, email=email, phone=phone, digest=_digest(token), invited_by=actor, created_at=now,
        expires_at=now + INVITATION_LIFETIME,
    )  # fmt: skip
    notices.invite(invitation, token)
    trail.record("member.invited", actor=actor, resource=store, new={"role": role}, now=now)
    return invitation, token


@operation
def withdraw_invitation(*, invitation: StoreInvitation, actor: User, now: dt.datetime) -> None:
    """Make its link useless.

    :raises NotInYourRole:
    :raises InvitationOver: it was accepted, or is over.
    """
    store = _locked(invitation.store)
    demand(managing(invitation.role), store=store, person=actor)
    if not store.invitations.open(now).filter(pk=invitation.pk).update(withdrawn_at=now, email="", phone=""):
        raise InvitationOver
    trail.record("member.uninvited", actor=actor, resource=store, new={"role": invitation.role}, now=now)


def find_invitation(token: str, *, now: dt.datetime) -> StoreInvitation:
    """The open invitation with this token, with its store and who invited.

    :raises InvitationOver:
    """
    waiting = StoreInvitation.objects.open(now).select_related("store", "invited_by")
    found: StoreInvitation | None = waiting.filter(digest=_digest(token)).first()
    if found is None:
        raise InvitationOver
    return found


@operation
def accept_invitation(*, token: str, person: User, now: dt.datetime) -> StoreMember:
    """Join the team. Of two people with the same link one gets in.

    :raises InvitationOver: it was used, taken back or is too old, or who sent it may no longer invite.
    :raises AlreadyInTeam:
    """
    store = _locked(find_invitation(token, now=now).store)
    invitation = find_invitation(token, now=now)  # as it is under the lock
    try:
        demand(managing(invitation.role), store=store, person=invitation.invited_by)
    except NotInYourRole:
        raise InvitationOver from None
    try:
        with transaction.atomic():
            member = StoreMember.objects.create(
                store=store, user=person, role=invitation.role, invited_by=invitation.invited_by,
                invited_at=invitation.created_at, accepted_at=now, created_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise AlreadyInTeam from None
    invitation.accepted_by, invitation.accepted_at, invitation.email, invitation.phone = person, now, "", ""
    invitation.save(update_fields=["accepted_by", "accepted_at", "email", "phone", "updated_at"])
    notices.tell_joined(member, to=invitation.invited_by)
    _record("member.joined", member, actor=person, now=now, new={"role": member.role})
    return member


@operation
def change_role(*, member: StoreMember, role: str, actor: User, now: dt.datetime) -> StoreMember:
    """Give somebody of the team another role.

    :raises NotInYourRole: the actor may not take the old role from anybody, or not give the new one.
    :raises LastOwner: nobody else owns the store.
    :raises StepUpRequired, SignInAgain: somebody becomes an owner, which the actor has not just confirmed.
    """
    member, store = _locked_member(member)
    old = member.role
    for each in (old, role):
        demand(managing(each), store=store, person=actor)
    if old == role:
        return member
    if role == OWNER:
        _demand_proof(store, actor, {"member": str(member.pk)}, str(member.user), now)
    if old == OWNER:
        _demand_other_owner(member)
    member.role = role
    member.save(update_fields=["role", "updated_at"])
    _record("member.role_changed", member, actor=actor, now=now, old={"role": old}, new={"role": role})
    return member


@operation
def remove_member(*, member: StoreMember, actor: User, now: dt.datetime) -> None:
    """Take somebody out of the team, or leave it oneself. Their next request finds them outside.

    :raises NotInYourRole: the actor is neither they nor somebody who may.
    :raises LastOwner: nobody else owns the store.
    """
    member, store = _locked_member(member)
    if member.user_id != actor.pk:
        demand(managing(member.role), store=store, person=actor)
    if member.role == OWNER:
        _demand_other_owner(member)
    StoreBackupOwner.objects.filter(store=store, user=member.user).delete()
    _record("member.left" if member.user_id == actor.pk else "member.removed", member, actor=actor, now=now,
            old={"role": member.role})  # fmt: skip
    member.delete()


def _locked(store: Store) -> Store:
    """The store as it is now; other changes of its team wait until the commit."""
    return Store.objects.select_for_update(of=("self",), no_key=True).select_related("settlement_wallet").get(pk=store.pk)


def _locked_member(member: StoreMember) -> tuple[StoreMember, Store]:
    """The member as they are now, and the locked store.

    :raises NotInYourRole: they have left meanwhile.
    """
    store = _locked(member.store)
    current = StoreMember.objects.select_related("user").filter(pk=member.pk).first()
    if current is None:
        raise NotInYourRole
    return current, store


def _demand_other_owner(member: StoreMember) -> None:
    others = StoreMember.objects.filter(store=member.store_id, role=OWNER, accepted_at__isnull=False).exclude(pk=member.pk)
    if not others.exists():
        raise LastOwner


def _demand_proof(store: Store, actor: User, subject: dict[str, str], who: str, now: dt.datetime) -> None:
    """An owner can empty the store's wallet: whoever makes one shows that it is them."""
    words = _("Make %(who)s an owner of %(store)s") % {"who": who, "store": store.name}
    subject = {"store": str(store.pk), **subject}
    demand_fresh_proof(user=actor, act=StepUpAct.MANAGE_OWNERS, subject=subject, words=words, now=now)


def _record(
    action: str,
    member: StoreMember,
    *,
    actor: User,
    now: dt.datetime,
    old: dict[str, str] | None = None,
    new: dict[str, str] | None = None,
) -> None:
    metadata = {"store": str(member.store_id)}
    trail.record(action, actor=actor, resource=member, customer_id=member.user_id, old=old, new=new, metadata=metadata, now=now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
