"""Telling people what happened to their account, in their own language.

By mail if they have proven an address, else by SMS if they have proven a number; `tell_everywhere` uses both. Texts are lazy:
they are read in the reader's language.
"""

import datetime as dt

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.utils.functional import Promise
from django.utils.translation import override

from accounts.models import User
from accounts.texts import send_text_later
from audit import trail


def tell(user: User, *, title: Promise, text: Promise, now: dt.datetime) -> None:
    """Send what happened, when and from where, in the caller's transaction.

    A person with neither a proven address nor a proven number is told nothing.
    """
    if not _by_mail(user, title, text, now):
        _by_text(user, title, text)


def tell_everywhere(user: User, *, title: Promise, text: Promise, now: dt.datetime) -> None:
    """Send it by mail and by SMS, so that whoever took one of them over can't keep it from the person."""
    _by_mail(user, title, text, now)
    _by_text(user, title, text)


def _by_mail(user: User, title: Promise, text: Promise, now: dt.datetime) -> bool:
    if not user.email or not EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
        return False
    origin = trail.origin.get()
    context = {"user": user, "title": title, "text": text, "timestamp": now, "ip": origin.ip_address}
    get_adapter().send_mail("account/email/security_notice", user.email, context)
    return True


def _by_text(user: User, title: Promise, text: Promise) -> None:
    if user.phone and user.phone_verified_at:
        with override(user.language.lower()):
            send_text_later(user.phone, f"Florin: {title}. {text}")
