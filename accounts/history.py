"""What happened on an account, in its owner's eyes."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.devices import named_by
from accounts.models import Consent, Session, StepUpAct, User
from audit.events import FAILED
from audit.models import Event
from audit.words import words_for
from config.places import place_of

ICONS = {
    "user.signed_in": "log-in",
    "user.signed_out": "log-out",
    "session.ended": "log-out",
    "user.signed_up": "user-plus",
    "user.imported": "user-plus",
    "user.password_changed": "key-round",
    "user.password_reset": "key-round",
    "user.email_changed": "mail",
    "user.email_verified": "mail",
    "user.way_added": "key-round",
    "user.way_removed": "key-round",
}
ICONS_BY_NOUN = {
    "account": "snowflake",
    "consent": "file-check",
    "device_link": "smartphone",
    "identity": "id-card",
    "limit": "gauge",
    "passkey": "key-round",
    "recovery": "smartphone",
    "recovery_code": "key-round",
    "recovery_codes": "key-round",
    "session": "monitor-smartphone",
    "step_up": "shield-check",
    "store": "store",
    "totp": "shield-check",
    "user": "user",
    "wallet": "wallet",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as a row. `failed` stands out: it may have been somebody else."""

    at: dt.datetime
    words: str
    detail: str
    icon: str
    device: str
    ip_address: str | None
    place: str
    failed: bool


def history_of(user: User) -> QuerySet[Event]:
    """Everything that customers may know of what happened on their account."""
    return Event.objects.filter(user=user)


def entry(event: Event) -> Entry:
    """An event as a row."""
    failed = event.name.endswith(FAILED)
    noun = event.name.partition(".")[0]
    return Entry(
        at=event.created_at,
        words=words_for(event.name),
        detail=_detail(event),
        icon="shield-alert" if failed else ICONS.get(event.name) or ICONS_BY_NOUN.get(noun, "history"),
        device=named_by(event.user_agent),
        ip_address=event.ip_address,
        place=place_of(event.ip_address),
        failed=failed,
    )


def _detail(event: Event) -> str:
    """What is worth knowing besides: the way in, what was confirmed, or the text agreed to."""
    way, act, text = event.properties.get("way"), event.properties.get("act"), event.properties.get("kind")
    if event.name.startswith("consent.") and text in Consent.Kind.values:
        return str(Consent.Kind(text).label)
    if way in Session.AuthMethod.values:
        return _("with %(way)s") % {"way": Session.AuthMethod(way).label}
    return str(StepUpAct(act).label) if act in StepUpAct.values else ""
