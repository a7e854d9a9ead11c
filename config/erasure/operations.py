"""Closing an account, and forgetting in time what the law had kept of it."""

import datetime as dt
import uuid
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.models import Closure, IdentityProfile, StepUpAct, User
from accounts.sessions import end_all_sessions
from accounts.stepup import demand_fresh_proof
from audit import trail
from config.database import operation
from config.erasure.errors import (
    AccountClosed,
    ClosingFrozenAccount,
    ClosingFrozenWallet,
    DisputeOpen,
    MoneyLeft,
    MoneyUnderWay,
    OnlyOwner,
    StaffAccount,
)
from config.erasure.rows import erase_rows
from config.erasure.tasks import remove_files, sweep
from config.errors import Refused
from merchants.models import Dispute, Store, StoreMember
from payments.models import AccountFreeze, Transaction, Wallet
from payments.operations import close_wallet

LEFTOVERS_AFTER_S = 600  # longer than any request runs

CLOSED = _("Florin has erased what it knew about you. The law makes it keep records of payments, without your name, and for"
           " some years an identity that was verified. If it was not you, write to support at once.")  # fmt: skip


def close_own_account(*, user: User, now: dt.datetime) -> Closure:
    """Close the account of the person who asks, for good. See `close_account`.

    :raises StepUpRequired, SignInAgain: whoever only holds the signed-in device may not.
    """
    _demand_closable(user)  # nobody is locked, nor asked for a proof, for what can't be done
    return _close_own_account(user=user, now=now)


@operation
def _close_own_account(*, user: User, now: dt.datetime) -> Closure:
    demand_fresh_proof(user=user, act=StepUpAct.CLOSE_ACCOUNT, subject={}, now=now)
    return close_account(user=user, actor=user, reason="", now=now)


@operation
def close_account(*, user: User, actor: User, reason: str, now: dt.datetime) -> Closure:
    """Close an account for good, and erase what the platform knows about its person (R47).

    They are signed out everywhere and their wallets are closed; what they were and had goes as `config.erasure.tables`
    says. Their row stays, empty, as the other side of other people's transactions. They are told where they could be
    reached until now.

    :raises AccountClosed, StaffAccount: there is nothing to close, or somebody works here with it.
    :raises ClosingFrozenAccount, ClosingFrozenWallet: it is to be unfrozen first, by whoever froze it.
    :raises MoneyLeft, MoneyUnderWay: its money must have gone somewhere else.
    :raises DisputeOpen: what a store may give back needs the wallet that paid.
    :raises OnlyOwner: a store would be nobody's.
    """
    user = _locked_for_closing(user)
    notices.tell_everywhere(user, title=_("Your account is closed"), text=CLOSED, now=now, is_final=True)
    for wallet in Wallet.objects.named_by(user).open().order_by("pk"):
        close_wallet(wallet=wallet, actor=actor, now=now)
    old = {"status": user.status}
    ended = end_all_sessions(user, now=now)
    user.status = User.Status.DELETED
    user.save(update_fields=["status", "updated_at"])
    closure = Closure.objects.create(user=user, closed_by=actor, created_at=now)
    trail.record(
        "user.closed",
        actor=actor,
        resource=user,
        customer_id=user.pk,
        old=old,
        new={"status": user.status},
        metadata={"sessions_ended": ended} | ({"reason": reason} if reason else {}),
        now=now,
    )
    _erase(user)
    sweep.configure(schedule_in={"seconds": LEFTOVERS_AFTER_S}).defer(user_id=str(user.pk))
    return closure


@operation
def erase_leftovers(*, user_id: uuid.UUID) -> None:
    """Erase what a request that ran while the account was closed has still written about its person."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if user.status == User.Status.DELETED:
        _erase(user)


@operation
def forget_old_identities(*, now: dt.datetime) -> int:
    """Delete the identities of people whose account was closed so long ago that no law keeps them. Returns how many."""
    until = now - dt.timedelta(days=366 * settings.IDENTITY_KEPT_YEARS)
    gone, _by_model = IdentityProfile.objects.filter(user__closure__created_at__lt=until).delete()
    return gone


def obstacles(user: User) -> Iterator[Refused]:
    """All that stands in the way of closing this account, as the database knows it now."""
    if user.is_staff:
        yield StaffAccount()
    if AccountFreeze.objects.lasting().filter(user=user).exists():
        yield ClosingFrozenAccount()
    elif Wallet.objects.named_by(user).filter(status=Wallet.Status.FROZEN).exists():
        yield ClosingFrozenWallet()
    if Wallet.objects.owned_by(user).with_balance().filter(available__gt=0).exists():
        yield MoneyLeft()
    wallets = list(Wallet.objects.named_by(user).values_list("pk", flat=True))
    touching = Q(payer_wallet__in=wallets) | Q(payee_wallet__in=wallets)
    if Transaction.objects.filter(touching, status=Transaction.Status.PENDING).exists():
        yield MoneyUnderWay()
    if Dispute.objects.open().filter(customer=user).exists():
        yield DisputeOpen()
    if _stores_only_owned_by(user).exists():
        yield OnlyOwner()


def _stores_only_owned_by(user: User) -> QuerySet[Store]:
    owners = Count("members", filter=Q(members__role=StoreMember.Role.OWNER, members__accepted_at__isnull=False))
    own = StoreMember.objects.filter(user=user, role=StoreMember.Role.OWNER).values("store")
    return Store.objects.filter(pk__in=own).annotate(owners=owners).filter(owners__lte=1)


def _locked_for_closing(user: User) -> User:
    """The person's row, locked: nobody opens a wallet or a store for them meanwhile. Refuses as `close_account`."""
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _demand_closable(user)
    return user


def _demand_closable(user: User) -> None:
    if user.status == User.Status.DELETED:
        raise AccountClosed
    for obstacle in obstacles(user):
        raise obstacle


def _erase(user: User) -> None:
    files = erase_rows(user)
    if files:
        remove_files.defer(names=files)
