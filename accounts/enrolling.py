"""Making a passkey: one more for an account, or the one that it signs up with."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils.translation import pgettext

from accounts.models import User
from accounts.operations import add_first_passkey, add_passkey
from accounts.passkeys import JSONObject, finish_adding, origins_for
from accounts.proofs import note_proof


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


def this_device() -> str:
    """What a passkey is called until its owner names it."""
    return pgettext("passkey", "This device")
