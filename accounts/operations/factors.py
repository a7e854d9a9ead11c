"""Second factors: set up, named, taken away."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import factors, notices
from accounts.errors import (
    AuthenticatorAppActive,
    LongerPasswordNeeded,
    NoSecondFactor,
    PasskeyKnown,
    PasswordDemanded,
    SignInExpired,
    TooManyPasskeys,
    WrongCode,
)
from accounts.models import StepUpAct, User
from accounts.passkeys import NewPasskey
from accounts.passwords import MIN_LENGTH
from accounts.stepup import demand_change_of_way, demand_step_up
from accounts.ways import Kind, demand_another_way, way_id, ways_of
from audit import trail
from config.database import operation
from config.problems import NotFound

ADDED = _("It is called “{name}”. Whoever has it can sign in to your account without a password.")
WITHOUT_FACTOR = _("Signing in takes one step now, and your recovery codes work no longer.")
STILL_WITH_FACTOR = _("What else you have set up still guards your account.")
MAX_PASSKEYS = 20
NAME_LENGTH = 60

Type = Authenticator.Type


@operation
def allow_factor(*, user: User, kind: Authenticator.Type, now: dt.datetime) -> None:
    """Whether this session may add a passkey or an authenticator app, which the caller then lets it do for some minutes.

    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    subject = {"add": "passkey" if kind == Type.WEBAUTHN else "totp"}
    words = _("Add a passkey") if kind == Type.WEBAUTHN else _("Set up an authenticator app")
    demand_change_of_way(user=user, subject=subject, words=words, now=now)


@operation
def add_passkey(*, user: User, passkey: NewPasskey, name: str, now: dt.datetime) -> Authenticator:
    """Keep a passkey that was just made, and give the account recovery codes if it has none.

    :raises PasskeyKnown: somebody has it already.
    :raises TooManyPasskeys: nobody needs so many.
    """
    user = _locked(user)
    if Authenticator.objects.filter(user=user, type=Type.WEBAUTHN).count() >= MAX_PASSKEYS:
        raise TooManyPasskeys
    data = {**passkey.data, "name": name[:NAME_LENGTH]}
    try:
        with transaction.atomic():
            row = Authenticator.objects.create(user=user, type=Type.WEBAUTHN, data=data, created_at=now)
    except IntegrityError as error:
        raise PasskeyKnown from error
    _give_recovery_codes(user, now)
    _record("passkey.added", user, now)
    notices.tell(user, title=_("A passkey was added"), text=format_lazy(ADDED, name=row.data["name"]), now=now)
    return row


@operation
def add_first_passkey(*, user: User, passkey: NewPasskey, name: str, now: dt.datetime) -> Authenticator:
    """Keep the passkey that somebody signs up with, who has no other way in.

    :raises SignInExpired: they have one by now, and would have to prove themselves by it first.
    :raises PasskeyKnown: somebody has this passkey already.
    """
    if ways_of(_locked(user)):
        raise SignInExpired
    return add_passkey(user=user, passkey=passkey, name=name, now=now)


@operation
def rename_passkey(*, passkey: Authenticator, name: str, now: dt.datetime) -> Authenticator:
    """Call a passkey what its owner knows it by."""
    row = _locked_factor(passkey)
    row.data["name"] = name[:NAME_LENGTH]
    row.save(update_fields=["data"])
    _record("passkey.renamed", row.user, now)
    return row


@operation
def activate_totp(*, user: User, secret: str, code: str, now: dt.datetime) -> Authenticator:
    """Set up an authenticator app that has shown it knows the secret, and give recovery codes if there are none.

    The code counts as used: it opens nothing after this.

    :raises WrongCode: the app shows other ones.
    :raises AuthenticatorAppActive: there is an app already.
    """
    step = factors.matching_step(secret, code, now=now)
    if step is None:
        raise WrongCode
    user = _locked(user)
    if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
        raise AuthenticatorAppActive
    row = factors.keep_totp(user, secret, step=step, now=now)
    _give_recovery_codes(user, now)
    _record("totp.added", user, now)
    notices.tell(
        user,
        title=_("Two-step verification is on"),
        text=_("From now on, signing in with your password takes a code of your authenticator app as well."),
        now=now,
    )
    return row


@operation
def renew_recovery_codes(*, user: User, now: dt.datetime) -> Authenticator:
    """Ten new recovery codes; the old ones are worth nothing from here on.

    :raises NoSecondFactor: there is nothing they could stand in for.
    """
    user = _locked(user)
    if not factors.has_second_factor(user):
        raise NoSecondFactor
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    row = _give_recovery_codes(user, now)
    _record("recovery_codes.renewed", user, now)
    notices.tell(user, title=_("You have new recovery codes"), text=_("The old ones work no longer."), now=now)
    return row


@operation
def remove_factor(*, factor: Authenticator, password: str, now: dt.datetime) -> None:
    """Take a passkey or the authenticator app away. The last of them takes the recovery codes along.

    Then the account hangs on its password, if it has one: so it is asked for, and must be one that can stand alone.
    Callers count the tries at it (R20).

    :raises StepUpRequired: not confirmed yet.
    :raises PasswordDemanded: it is the last one, and this is not the account's password.
    :raises LongerPasswordNeeded: it is the last one, and the password is too short without it.
    :raises LastWayIn: nobody could sign in any more.
    """
    user = _locked(factor.user)
    row = _locked_factor(factor)
    if row.type == Type.WEBAUTHN:
        demand_another_way(user, without=[way_id(Kind.PASSKEY, row.pk)])
    demand_step_up(user=user, act=StepUpAct.CHANGE_WAY_IN, subject={"remove": row.pk}, words=_removal_in_words(row), now=now)
    is_last = not Authenticator.objects.filter(user=user, type__in=factors.STRONG).exclude(pk=row.pk).exists()
    if is_last and user.has_usable_password():
        _demand_password_that_stands_alone(user, password)
    row.delete()
    if is_last:
        Authenticator.objects.filter(user=user).delete()
    is_passkey = row.type == Type.WEBAUTHN
    _record("passkey.removed" if is_passkey else "totp.removed", user, now, was_last=is_last)
    title = _("A passkey was removed") if is_passkey else _("Your authenticator app was removed")
    notices.tell(user, title=title, text=WITHOUT_FACTOR if is_last else STILL_WITH_FACTOR, now=now)


def _removal_in_words(row: Authenticator) -> str:
    if row.type == Type.WEBAUTHN:
        return gettext("Remove the passkey “%(name)s”") % {"name": row.data["name"]}
    return gettext("Remove the authenticator app")


def _demand_password_that_stands_alone(user: User, password: str) -> None:
    if not check_password(password, user.password):
        raise PasswordDemanded
    if len(password) < MIN_LENGTH:
        raise LongerPasswordNeeded


def _locked(user: User) -> User:
    """The person's row, locked: what an account has to prove itself by changes one after the other."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _locked_factor(factor: Authenticator) -> Authenticator:
    row = Authenticator.objects.select_for_update(of=("self",)).select_related("user").filter(pk=factor.pk).first()
    if row is None:  # taken away a moment ago
        raise NotFound
    return row


def _give_recovery_codes(user: User, now: dt.datetime) -> Authenticator:
    codes = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return codes or factors.keep_recovery_codes(user, now=now)


def _record(action: str, user: User, now: dt.datetime, **metadata: object) -> None:
    trail.record(action, actor=user, resource=user, customer_id=user.pk, now=now, metadata=metadata)
