"""Signing an app in from a browser that is signed in."""

import datetime as dt
import hashlib
import ipaddress
import secrets
import uuid

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts import notices
from accounts.devices import device_type_of, name_of
from accounts.errors import DeviceLinkRefused, SessionEnded
from accounts.known_devices import is_known, named_by_app
from accounts.models import DeviceLink, Session, StepUpAct, User
from accounts.operations.recovery import meet_owner
from accounts.sessions import acting_session, password_mark
from accounts.stepup import demand_fresh_proof
from accounts.tokens import TokenPair, issue_token_pair
from audit import trail
from config.database import operation
from config.sessions import SessionStore

LIFETIME = dt.timedelta(minutes=2)


@operation
def make_device_link(*, user: User, now: dt.datetime) -> tuple[DeviceLink, str]:
    """A link for an app, and its token, which is known to nobody else. The device's earlier ones are over.

    It hands out a session of its own, so a fresh proof comes first: whoever finds an open browser takes nothing away.

    :raises StepUpRequired, SignInAgain: not confirmed a moment ago.
    :raises SessionEnded: the session that asks has just ended.
    """
    demand_fresh_proof(user=user, act=StepUpAct.LINK_DEVICE, subject={}, now=now)
    maker = acting_session(user)
    if maker is None:
        raise SessionEnded
    DeviceLink.objects.filter(maker=maker, used_at__isnull=True, cancelled_at__isnull=True).update(cancelled_at=now)
    token = secrets.token_urlsafe(32)
    told = {"made_on": name_of(maker), "language": user.language, "timezone": user.timezone}
    link = DeviceLink.objects.create(
        user=user, maker=maker, digest=_digest(token), session_data=told, created_at=now, expires_at=now + LIFETIME
    )
    _record("device_link.made", link, now)
    return link, token


@operation
def cancel_device_link(*, link: DeviceLink, now: dt.datetime) -> bool:
    """Take a link back. False if it was used, cancelled or over before."""
    living = DeviceLink.objects.filter(pk=link.pk, used_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=now)
    if not living.update(cancelled_at=now):
        return False
    _record("device_link.cancelled", link, now)
    return True


@operation
def open_device_link(*, token: str, now: dt.datetime) -> DeviceLink:
    """Look at a link before it is used. From now on it is for this app alone.

    :raises DeviceLinkRefused:
    """
    return _bound(_living(token, now), now)


@operation
def use_device_link(*, token: str, device_name: str, now: dt.datetime) -> TokenPair:
    """Sign the app in as whoever made the link; of several tries at once one succeeds.

    :raises DeviceLinkRefused:
    """
    link = _bound(_living(token, now), now)
    meet_owner(user=link.user, now=now)
    device_id = named_by_app()
    is_new = not is_known(link.user, device_id, now=now)
    session = _open_session(link.user, link.maker, device_name, device_id, now)
    link.session, link.used_at = session, now
    link.save(update_fields=["session", "used_at"])
    User.objects.filter(pk=link.user_id).update(last_login=now, last_active_at=now)
    trail.signed_in_by(session_id=session.pk)
    noted: dict[str, object] = {"session": str(session.pk), "way": session.auth_method, "link": str(link.pk)}
    if is_new:
        noted["new_device"] = True
        notices.tell_new_device(session, now=now)
    trail.record("user.signed_in", actor=link.user, resource=link.user, customer_id=link.user_id, now=now, metadata=noted)
    return issue_token_pair(link.user, session=session, now=now)


def _living(token: str, now: dt.datetime) -> DeviceLink:
    """The link of this token, locked, if it and who made it are still good.

    :raises DeviceLinkRefused:
    """
    unspent = DeviceLink.objects.filter(
        digest=_digest(token), used_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=now
    )
    named = unspent.only("user_id").first()
    if named is None:
        raise DeviceLinkRefused
    # Locked as suspension and signing out lock them: either they come first and refuse this, or they find what it opened.
    user = User.objects.select_for_update(no_key=True).get(pk=named.user_id)
    link = unspent.select_for_update().first()
    if link is None:  # used or cancelled a moment ago
        raise DeviceLinkRefused
    link.user = user
    maker = Session.objects.select_for_update(no_key=True).filter(pk=link.maker_id).living(now=now).first()
    if maker is None or link.user.status != User.Status.ACTIVE or maker.password_mark != password_mark(link.user):
        raise DeviceLinkRefused
    link.maker = maker
    return link


def _bound(link: DeviceLink, now: dt.datetime) -> DeviceLink:
    """The link, if it is this app's; the first that presents it makes it so.

    :raises DeviceLinkRefused:
    """
    origin = trail.origin.get()
    family, user_agent = ipaddress.ip_address(origin.ip_address or "0.0.0.0").version, origin.user_agent[:400]  # noqa: S104 no address
    if link.opened_at is None:
        link.opened_at, link.ip_family, link.user_agent = now, family, user_agent
        link.save(update_fields=["opened_at", "ip_family", "user_agent"])
    elif (link.ip_family, link.user_agent) != (family, user_agent):
        raise DeviceLinkRefused
    return link


def _open_session(user: User, maker: Session, device_name: str, device_id: uuid.UUID | None, now: dt.datetime) -> Session:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    origin = trail.origin.get()
    return Session.objects.create(
        user=user,
        session_key=store.session_key,
        auth_method=Session.AuthMethod.LINK,
        device_type=device_type_of(origin.user_agent),
        device_name=device_name,
        device_id=device_id,
        device_info={"linked_by": str(maker.pk)},
        user_agent=origin.user_agent[:400],
        ip_address=origin.ip_address,
        last_seen_at=now,
        password_mark=password_mark(user),
    )


def _record(action: str, link: DeviceLink, now: dt.datetime) -> None:
    trail.record(
        action, actor=link.user, resource=link.user, customer_id=link.user_id, now=now, metadata={"link": str(link.pk)}
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
