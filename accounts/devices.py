"""A signed-in device in words that its owner recognises."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Session
from audit import trail
from config.places import place_of

# In this order: each browser also claims to be the ones after it.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
           ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
TYPES = {"iPhone": Session.DeviceType.PHONE, "Android": Session.DeviceType.PHONE, "iPad": Session.DeviceType.TABLET}
ICONS = {
    Session.DeviceType.PHONE: "smartphone",
    Session.DeviceType.TABLET: "tablet",
    Session.DeviceType.DESKTOP: "monitor",
    Session.DeviceType.APP: "terminal",
}


@dataclass(frozen=True, slots=True)
class Device:
    """One signed-in device for its owner's eyes."""

    session_id: uuid.UUID
    name: str
    given_name: str
    icon: str
    way_in: str
    ip_address: str | None
    place: str
    signed_in_at: dt.datetime
    last_seen_at: dt.datetime
    is_this: bool


def device_type_of(user_agent: str) -> Session.DeviceType:
    """What kind of device calls itself so; whatever is no browser is an app."""
    if not _browser(user_agent):
        return Session.DeviceType.APP
    return TYPES.get(_system(user_agent), Session.DeviceType.DESKTOP)


def describe(session: Session) -> Device:
    """The name its owner gave it, or what its user agent says."""
    return Device(
        session_id=session.pk,
        name=name_of(session),
        given_name=session.device_name,
        icon=ICONS[Session.DeviceType(session.device_type)],
        way_in=str(Session.AuthMethod(session.auth_method).label),
        ip_address=session.ip_address,
        place=place_of(session.ip_address),
        signed_in_at=session.created_at,
        last_seen_at=session.last_seen_at,
        is_this=is_this(session),
    )


def name_of(session: Session) -> str:
    """What its owner calls it, or else what it says of itself."""
    return session.device_name or named_by(session.user_agent) or _("Unknown device")


def is_this(session: Session) -> bool:
    """Whether the request at hand comes from this device."""
    origin = trail.origin.get()
    return session.pk == origin.session_id or (session.session_key is not None and session.session_key == origin.session_key)


def named_by(user_agent: str) -> str:
    """What a user agent says of its device, as far as it says anything."""
    browser, system = _browser(user_agent), _system(user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or user_agent.partition("/")[0][:40]


def _browser(user_agent: str) -> str:
    return next((name for mark, name in BROWSERS if mark in user_agent), "")


def _system(user_agent: str) -> str:
    return next((name for mark, name in SYSTEMS if mark in user_agent), "")
