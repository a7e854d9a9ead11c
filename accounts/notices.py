"""Telling people what happened to their account, in their own language.

By mail if they have proven an address, else by SMS if they have proven a number; `tell_everywhere` uses both. Texts are lazy:
they are read in the reader's language.
"""

import datetime as dt
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, override

from accounts.devices import name_of
from accounts.models import RecoveryContact, Session, User
from accounts.texts import send_text_later
from audit import trail
from config.hosts import PORTAL
from config.places import place_of

NEW_DEVICE = gettext_lazy(
    "Device: {device}. If it was not you, sign it out on the page of your devices and change your password."
)

STOP = "accounts.stop_recovery"


def tell(user: User, *, title: Promise, text: Promise, now: dt.datetime) -> None:
    """Send what happened, when and from where, in the caller's transaction.

    A person with neither a proven address nor a proven number is told nothing.
    """
    if not _by_mail(user, title, text, now):
        _by_text(user, title, text)


def tell_everywhere(
    user: User, *, title: Promise, text: Promise, now: dt.datetime, link: str = "", is_final: bool = False
) -> None:
    """Send it by mail and by SMS, so that whoever took one of them over can't keep it from the person.

    `link` stops what it tells of. After what `is_final`, the reader has no account whose password they could change.
    """
    _by_mail(user, title, text, now, stop_url=link, is_final=is_final)
    _by_text(user, title, text, link)


def reaches(user: User) -> bool:
    """Whether there is a place where this person can be told anything."""
    return _has_proven_address(user) or bool(user.phone and user.phone_verified_at)


def stop_link(contact: RecoveryContact) -> str:
    """The address at which whoever got the notice stops this claim of their account, and no later one."""
    token = signing.dumps([contact.pk.hex, str(contact.requested_at)], salt=STOP)
    return f"{settings.PORTAL_ORIGIN}{reverse('stop_recovery', args=[token])}"


def tell_new_device(session: Session, *, now: dt.datetime) -> None:
    """Send that the person was signed in on a device they have not used lately, and how to sign it out."""
    user = session.user
    with override(user.language.lower()):
        device, place = name_of(session), place_of(session.ip_address)
    context = {
        "device": device,
        "way": Session.AuthMethod(session.auth_method).label,
        "ip": session.ip_address,
        "place": place,
        "timestamp": now,
        "devices_url": f"{settings.PORTAL_ORIGIN}{reverse('devices', urlconf=PORTAL.urlconf)}",
    }
    if not _mail(user, "account/email/new_device", context):
        _by_text(user, gettext_lazy("Somebody signed in to your account"), format_lazy(NEW_DEVICE, device=device))


def _by_mail(user: User, title: Promise, text: Promise, now: dt.datetime, **more: str | bool) -> bool:
    origin = trail.origin.get()
    context = {"title": title, "text": text, "timestamp": now, "ip": origin.ip_address, **more}
    return _mail(user, "account/email/security_notice", context)


def _mail(user: User, template: str, context: dict[str, Any]) -> bool:
    """Whether there is an address to send it to."""
    if not user.email or not _has_proven_address(user):
        return False
    get_adapter().send_mail(template, user.email, {"user": user, **context})
    return True


def _has_proven_address(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists()


def _by_text(user: User, title: Promise, text: Promise, link: str = "") -> None:
    if user.phone and user.phone_verified_at:
        with override(user.language.lower()):
            send_text_later(user.phone, f"Florin: {title}. {text} {link}".rstrip())
