"""Telling people what happened to their account, in their own language."""

import datetime as dt

from allauth.account.adapter import get_adapter
from django.utils.functional import Promise

from accounts.models import User
from audit import trail


def tell(user: User, *, title: Promise, text: Promise, now: dt.datetime) -> None:
    """Send what happened, when and from where, in the caller's transaction. Lazy words: they are read in the reader's language.

    A person without a proven address is told nothing.
    """
    if not user.email:
        return
    origin = trail.origin.get()
    context = {"user": user, "title": title, "text": text, "timestamp": now, "ip": origin.ip_address}
    get_adapter().send_mail("account/email/security_notice", user.email, context)
