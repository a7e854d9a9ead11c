"""The backup phone: setting it, claiming an account with it, and the person who is here after all.

Whoever signs in and whoever takes a claimed account over lock the person's row first, so of the two at the same moment one
comes after the other: a sign-in takes the claim back, and after a handover nobody signs in by what was known before it.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.errors import BackupPhoneTaken, LinkedElsewhere, NothingToRecover, OwnPhone, RecoveredMeanwhile
from accounts.models import RecoveryContact, User
from accounts.operations.phone import give_phone
from accounts.phones import spaced
from accounts.sessions import end_all_sessions
from accounts.stepup import demand_change_of_way
from accounts.ways import ways_of
from audit import trail
from config.database import operation

OPEN_FOR = dt.timedelta(days=30)  # how long a claim that has waited can be taken up: numbers get other holders in time

SET = _(
    "Its holder can claim your account when you have not been here for long. If it was not you, sign in now and take it away."
)
REMOVED = _("It can't recover your account any more. If it was not you, sign in now and set it again.")
CLAIMED = _("The holder of your backup phone asked for it and gets it in some days. If you are here, sign in or stop it now.")
RECOVERED = _("The holder of your backup phone has it now, and nothing that opened it before does. If that is wrong, write to"
              " support at once.")  # fmt: skip


@operation
def allow_backup_phone(*, user: User, phone: str, now: dt.datetime) -> None:
    """Whether a code may be sent to make this number the backup phone.

    :raises OwnPhone: they sign in with it, so it would be lost together with the account.
    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    _demand_other_phone(user, phone)
    words = _("Let the phone %(number)s recover your account") % {"number": spaced(phone)}
    demand_change_of_way(user=user, subject={"backup": phone}, words=words, now=now)


@operation
def set_backup_phone(*, user: User, phone: str, now: dt.datetime) -> RecoveryContact:
    """Make a number the backup phone, in the place of the one before; the caller has seen its code.

    :raises OwnPhone: they sign in with it by now.
    :raises BackupPhoneTaken: it is somebody else's.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _demand_other_phone(user, phone)
    values = {"phone": phone, "verified_at": now, "requested_at": None, "activated_at": None}
    try:
        with transaction.atomic():
            contact, _made = RecoveryContact.objects.update_or_create(user=user, defaults=values)
    except IntegrityError as error:
        raise BackupPhoneTaken from error
    notices.tell_everywhere(user, title=_("A backup phone was set for your account"), text=SET, now=now)
    trail.record("recovery.phone_set", actor=user, resource=contact, customer_id=user.pk, now=now)
    return contact


@operation
def remove_backup_phone(*, user: User, now: dt.datetime) -> bool:
    """Take the backup phone away. False if there was none.

    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    contact = RecoveryContact.objects.filter(user=user, activated_at__isnull=True).first()
    if contact is None:
        return False
    demand_change_of_way(user=user, subject={"backup": None}, words=_("Take your backup phone away"), now=now)
    notices.tell_everywhere(user, title=_("Your backup phone was removed"), text=REMOVED, now=now)
    trail.record("recovery.phone_removed", actor=user, resource=contact, customer_id=user.pk, now=now)
    contact.delete()
    return True


@operation
def claim_account(*, phone: str, now: dt.datetime) -> RecoveryContact | None:
    """Note the claim of the holder of this backup phone, who has just proven it, and tell the person everywhere.

    None, and nothing is done, when it is nobody's backup phone, when that person was here not long ago, or when the claim
    waits already: the caller says the same to all of them.
    """
    contact, user = _locked_contact(phone, now)
    if contact is None or user is None or not _is_silent(user, now):
        return None
    if contact.requested_at and _is_silent(user, contact.requested_at) and now < _ends_at(contact.requested_at):
        return None
    contact.requested_at = now
    contact.save(update_fields=["requested_at", "updated_at"])
    link = notices.stop_link(contact)
    notices.tell_everywhere(user, title=_("Somebody wants to recover your account"), text=CLAIMED, now=now, link=link)
    trail.record("recovery.claimed", actor=None, resource=contact, customer_id=user.pk, now=now)
    return contact


@operation
def take_over_account(*, phone: str, now: dt.datetime) -> User:
    """Hand the account over to the holder of its backup phone, whose claim has waited long enough.

    Nothing opens it any more that did: every session ends, and password, second factors, phone, address and accounts elsewhere
    go. Without its second factor, a mailbox that somebody else can read would be enough. A freeze, limits, money and stores
    stay as they are.

    The backup phone becomes the phone to sign in with, unless its holder signs in to an account of their own with it. Until
    such an account has a new way in, the phone opens it again.

    :raises NothingToRecover: no claim, one that still waits or is too old, or the person was here since.
    """
    contact, user = _locked_contact(phone, now)
    if contact is None or user is None or contact.requested_at is None:
        raise NothingToRecover
    if contact.activated_at:
        return user
    waited = _opens_at(contact.requested_at) <= now < _ends_at(contact.requested_at)
    if not waited or not _is_silent(user, contact.requested_at):
        raise NothingToRecover
    notices.tell_everywhere(user, title=_("Your account was recovered"), text=RECOVERED, now=now, is_final=True)
    ended = end_all_sessions(user, now=now)
    removed = _take_ways_away(user)
    user.last_active_at = now
    user.save(update_fields=["email", "password", "phone", "phone_verified_at", "last_active_at", "updated_at"])
    _give_if_free(user, phone, now)
    contact.activated_at = now
    contact.save(update_fields=["activated_at", "updated_at"])
    done = {"sessions_ended": ended, **removed}
    trail.record("recovery.activated", actor=None, resource=contact, customer_id=user.pk, now=now, metadata=done)
    return user


@operation
def stop_claim(*, contact: RecoveryContact, now: dt.datetime) -> bool:
    """End the claim that this contact has, by the link of its notice. False if it waits no longer."""
    locked = User.objects.select_for_update(no_key=True).get(pk=contact.user_id)
    current = RecoveryContact.objects.filter(pk=contact.pk, requested_at=contact.requested_at).first()
    return current is not None and _stop(current, locked, now, by="link")


@operation
def meet_owner(*, user: User, now: dt.datetime) -> bool:
    """The person signs in: whoever claims their account does so no longer. Part of each sign-in, before its session.

    Answers whether somebody did.

    :raises RecoveredMeanwhile: the account was handed over between their proof and this moment.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    contact = RecoveryContact.objects.filter(user=locked).first()
    if contact is None:
        return False
    if contact.activated_at and locked.password != user.password:
        raise RecoveredMeanwhile
    return _stop(contact, locked, now, by="sign_in")


def _locked_contact(phone: str, now: dt.datetime) -> tuple[RecoveryContact | None, User | None]:
    """The contact that this phone still is, and its person, who is locked.

    Nobody for staff, whose rights nobody inherits, for whom is kept out, and where the phone signs in to that very account.
    """
    found = RecoveryContact.objects.filter(phone=phone).order_by("-verified_at").first()
    if found is None:
        return None, None
    people = User.objects.select_for_update(no_key=True).filter(status=User.Status.ACTIVE, is_staff=False)
    user = people.filter(pk=found.user_id).first()
    contact = RecoveryContact.objects.filter(pk=found.pk, phone=phone).first()  # as it is under the lock
    if user is None or contact is None or user.phone == phone:
        return None, None
    spent = contact.activated_at and (now >= contact.activated_at + OPEN_FOR or ways_of(user))
    return (None, None) if spent else (contact, user)


def _take_ways_away(user: User) -> dict[str, int]:
    """Everything that this person could sign in with. Saves all but the row itself; answers how much it was, by kind."""
    factors, linked = Authenticator.objects.filter(user=user), SocialAccount.objects.filter(user=user)
    counts = {"factors_removed": factors.count(), "accounts_removed": linked.count()}
    for rows in (factors, linked, EmailAddress.objects.filter(user=user)):
        rows.delete()
    user.set_unusable_password()
    user.email = user.phone = user.phone_verified_at = None
    return counts


def _give_if_free(user: User, phone: str, now: dt.datetime) -> None:
    """Make it the phone to sign in with, unless somebody else signs in with it."""
    try:
        with transaction.atomic():
            give_phone(user, phone, now)
    except LinkedElsewhere:
        user.phone = user.phone_verified_at = None


def _demand_other_phone(user: User, phone: str) -> None:
    if user.phone == phone and user.phone_verified_at:
        raise OwnPhone


def _opens_at(requested_at: dt.datetime) -> dt.datetime:
    return requested_at + dt.timedelta(days=settings.RECOVERY_WAIT_DAYS)


def _ends_at(requested_at: dt.datetime) -> dt.datetime:
    return _opens_at(requested_at) + OPEN_FOR


def _is_silent(user: User, at: dt.datetime) -> bool:
    """Whether the person was not here for `RECOVERY_SILENT_DAYS` before this time, nor since."""
    limit = at - dt.timedelta(days=settings.RECOVERY_SILENT_DAYS)
    return (user.last_active_at or user.created_at) <= limit


def _stop(contact: RecoveryContact, user: User, now: dt.datetime, *, by: str) -> bool:
    """End its claim if one waits. The person's row is locked."""
    if contact.requested_at is None or contact.activated_at:
        return False
    contact.requested_at = None
    contact.save(update_fields=["requested_at", "updated_at"])
    trail.record("recovery.stopped", actor=None, resource=contact, customer_id=user.pk, now=now, metadata={"by": by})
    return True
