"""A signed-in device in words that its owner recognises."""

import datetime as dt
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext as _

# In this order: each browser also claims to be the ones after it.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
           ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
HANDHELD = frozenset({"iPhone", "iPad", "Android"})


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in device for its owner's eyes."""

    session_id: int
    name: str
    icon: str
    ip_address: str
    signed_in_at: dt.datetime
    last_seen_at: dt.datetime
    is_this: bool


def describe(session: UserSession, *, own_key: str | None) -> Device:
    """What a session's user agent says, as far as it says anything."""
    browser = next((name for mark, name in BROWSERS if mark in session.user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in session.user_agent), "")
    if browser and system:
        name = _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    else:
        name = browser or system or session.user_agent.split("/")[0][:40] or _("Unknown device")
    return Device(
        session_id=session.pk,
        name=name,
        icon="smartphone" if system in HANDHELD else "monitor" if browser else "terminal",
        ip_address=session.ip,
        signed_in_at=session.created_at,
        last_seen_at=session.last_seen_at,
        is_this=session.session_key == own_key,
    )
