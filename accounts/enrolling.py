"""Making a passkey: one more for an account, or the one that it signs up with. And taking factors away again."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils.translation import pgettext

from accounts.models import StepUpMethod, User
from accounts.operations import add_first_passkey, add_passkey, remove_factor
from accounts.passkeys import JSONObject, finish_adding, origins_for
from accounts.proofs import note_proof, prove


def enroll(
    request: HttpRequest, user: User, *, token: str, credential: JSONObject, name: str, now: dt.datetime
) -> Authenticator:
    """Keep the passkey that the person's authenticator has just made. The caller has seen a fresh proof of theirs.

    :raises PasskeyRefused, PasskeyKnown, TooManyPasskeys:
    """
    made = finish_adding(user=user, token=token, credential=credential, origins=origins_for(request))
    return add_passkey(user=user, passkey=made, name=name or this_device(), now=now)


def enroll_first(
    request: HttpRequest, user: User, *, token: str, credential: JSONObject, name: str = "", now: dt.datetime
) -> Authenticator:
    """Keep the passkey that somebody signs up with; it is the whole proof of their first sign-in, too.

    :raises PasskeyRefused, PasskeyKnown:
    :raises SignInExpired: the account has a way in already.
    """
    made = finish_adding(user=user, token=token, credential=credential, origins=origins_for(request))
    passkey = add_first_passkey(user=user, passkey=made, name=name or this_device(), now=now)
    note_proof(request, passkey, alone=True)
    return passkey


def take_away(request: HttpRequest, factor: Authenticator, *, password: str, now: dt.datetime) -> None:
    """Remove a passkey or the authenticator app of whoever asks; the account's `password` if it is the last one.

    :raises StepUpRequired, PasswordDemanded, LongerPasswordNeeded, LastWayIn: as `remove_factor`.
    :raises WrongProof, TooManyAttempts: the password is wrong; the try counts as at every door.
    """
    if password:
        prove(request, factor.user, method=StepUpMethod.PASSWORD, secret=password)
    remove_factor(factor=factor, password=password, now=now)


def this_device() -> str:
    """What a passkey is called until its owner names it."""
    return pgettext("passkey", "This device")
