"""The phone as a way in: opening an account with it, adding, changing and removing it."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.errors import LinkedElsewhere
from accounts.legal import Shown
from accounts.models import User
from accounts.operations.consents import grant_consents
from accounts.phones import spaced
from accounts.stepup import demand_change_of_way
from accounts.ways import Kind, demand_another_way
from audit import trail
from config.database import operation

WAY = {"way": Kind.PHONE.value}


@operation
def sign_up_by_phone(*, phone: str, user: User, texts: Shown, now: dt.datetime) -> User:
    """Open the account of somebody who has just proven this number; `user` is new, in their language and time zone.

    They agree to `texts`, which were shown to them.

    :raises LinkedElsewhere: another sign-up with the same number was a moment faster.
    """
    user.set_unusable_password()
    give_phone(user, phone, now)
    trail.record("user.signed_up", actor=user, resource=user, customer_id=user.pk, now=now, metadata=WAY)
    grant_consents(user=user, versions=texts, now=now)
    return user


@operation
def allow_phone(*, user: User, phone: str, now: dt.datetime) -> None:
    """Whether a code may be sent to make this number a way in. Whoever only holds the signed-in device may not.

    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    words = _("Sign in with the phone %(number)s from now on") % {"number": spaced(phone)}
    demand_change_of_way(user=user, subject={"phone": phone}, words=words, now=now)


@operation
def set_phone(*, user: User, phone: str, now: dt.datetime) -> User:
    """Make a number a way in, in the place of the one before; the caller has seen its code.

    The person is told at every place they could be reached at until now.

    :raises LinkedElsewhere: somebody else here has proven it.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.phone == phone and user.phone_verified_at:
        return user
    had_one = bool(user.phone_verified_at)
    notices.tell_everywhere(user, title=_("A phone was added to your account"), text=ADDED, now=now)
    give_phone(user, phone, now)
    trail.record(
        "user.phone_changed" if had_one else "user.way_added",
        actor=user,
        resource=user,
        customer_id=user.pk,
        now=now,
        metadata=WAY,
    )
    return user


@operation
def remove_phone(*, user: User, now: dt.datetime) -> User:
    """Take the phone away as a way in.

    :raises StepUpRequired, SignInAgain: not confirmed yet.
    :raises LastWayIn: they could not sign in any more.
    """
    if user.phone is None:
        return user
    words = _("Take your phone away as a way to sign in")
    demand_change_of_way(user=user, subject={"phone": None}, words=words, now=now)
    user = demand_another_way(user, without={Kind.PHONE.value})
    notices.tell_everywhere(user, title=_("Your phone was removed from your account"), text=REMOVED, now=now)
    user.phone = user.phone_verified_at = None
    user.save(update_fields=["phone", "phone_verified_at", "updated_at"])
    trail.record("user.way_removed", actor=user, resource=user, customer_id=user.pk, now=now, metadata=WAY)
    return user


ADDED = _("Whoever holds that phone can sign in with a code by SMS. If it was not you, sign in now and take it away.")
REMOVED = _("It can't be used to sign in any more. If it was not you, sign in now and add it again.")


def give_phone(user: User, phone: str, now: dt.datetime) -> None:
    """Write the number into the person's row, as proven. Part of an operation, whose caller has locked the row.

    :raises LinkedElsewhere: somebody else has proven the number.
    """
    # Whoever only claims it loses it to who has proven it.
    User.objects.filter(phone=phone, phone_verified_at__isnull=True).exclude(pk=user.pk).update(phone=None, updated_at=now)
    user.phone, user.phone_verified_at = phone, now
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise LinkedElsewhere from error
