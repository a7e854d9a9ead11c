"""Keys and webhooks: what lets merchants' programs in, and where they are told what happened."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from accounts.models import StepUpAct, User
from accounts.stepup import demand_fresh_proof
from audit import trail
from config.database import operation
from config.outbound import check_url
from merchants.errors import TooManyEndpoints
from merchants.models import ApiKey, Store, StoreEvent, WebhookDelivery, WebhookEndpoint
from merchants.models.integration import KEY_PREFIX
from merchants.roles import Act, Actor, by, demand
from merchants.webhooks.events import TEST, next_position
from merchants.webhooks.signing import Secret

OVERLAP = dt.timedelta(hours=24)  # how long an old key or secret works beside the one in its place
ENDPOINTS = 20
HINT = 12
USED_AGAIN = dt.timedelta(minutes=1)  # how exactly a key's last use is known


@operation
def make_api_key(*, store: Store, name: str, scopes: Sequence[str], actor: User, now: dt.datetime) -> tuple[ApiKey, str]:
    """A key for a program, and its text, which nobody can see again.

    :raises NotInYourRole: the actor is no owner.
    :raises StepUpRequired, SignInAgain: the actor has not just confirmed it.
    """
    demand(Act.MANAGE_KEYS, store=store, person=actor)
    _demand_proof(store, actor, {"scopes": sorted(scopes)}, now)
    _listen(store)
    key, text = _new_key(store, name, scopes, actor, now)
    _record("api_key.made", key, store, actor, now, new={"name": name, "scopes": sorted(scopes)})
    return key, text


@operation
def rotate_api_key(*, key: ApiKey, actor: User, now: dt.datetime) -> tuple[ApiKey, str]:
    """Another key in the place of this one, which works for a day more.

    :raises NotInYourRole, StepUpRequired, SignInAgain: as `make_api_key`.
    """
    demand(Act.MANAGE_KEYS, store=key.store, person=actor)
    _demand_proof(key.store, actor, {"rotates": str(key.pk)}, now)
    old = ApiKey.objects.select_for_update(no_key=True).get(pk=key.pk)
    if old.expires_at is None or old.expires_at > now + OVERLAP:
        old.expires_at = now + OVERLAP
        old.save(update_fields=["expires_at", "updated_at"])
    new, text = _new_key(key.store, key.name, key.scopes, actor, now)
    _record("api_key.rotated", new, key.store, actor, now, new={"in_place_of": str(key.pk)})
    return new, text


@operation
def revoke_api_key(*, key: ApiKey, actor: User, now: dt.datetime) -> None:
    """Make a key useless at once.

    :raises NotInYourRole: the actor is no owner.
    """
    demand(Act.MANAGE_KEYS, store=key.store, person=actor)
    if ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now):
        _record("api_key.revoked", key, key.store, actor, now)


def find_api_key(text: str, *, now: dt.datetime) -> ApiKey | None:
    """The living key with this text, with its store; its use is noted once a minute."""
    keys = ApiKey.objects.living(now).select_related("store__settlement_wallet")
    key: ApiKey | None = keys.filter(digest=_digest(text)).first()
    if key and (key.last_used_at is None or key.last_used_at < now - USED_AGAIN):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


@operation
def add_endpoint(
    *, store: Store, url: str, event_types: Sequence[str], actor: Actor, now: dt.datetime, description: str = ""
) -> tuple[WebhookEndpoint, Secret]:
    """An address that this store's events are sent to from now on, and its secret.

    :raises NotInYourRole, ScopeMissing: the actor may not.
    :raises AddressForbidden: it is no public https address.
    :raises TooManyEndpoints: the store has `ENDPOINTS` already.
    """
    demand(Act.INTEGRATE, store=store, person=actor)
    check_url(url)
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    if store.webhooks.filter(removed_at__isnull=True).count() >= ENDPOINTS:
        raise TooManyEndpoints
    _listen(store)
    secret, (person, _by_key) = Secret.new(), by(actor)
    owner = person or store.members.filter(role="owner").earliest("created_at").user
    endpoint = WebhookEndpoint(
        store=store, url=url, description=description, event_types=sorted(set(event_types)), created_by=owner, created_at=now
    )
    endpoint.secrets = [secret.as_json()]
    endpoint.save(force_insert=True)
    _record("webhook.added", endpoint, store, actor, now, new={"events": endpoint.event_types})
    return endpoint, secret


@operation
def change_endpoint(
    *, endpoint: WebhookEndpoint, url: str, event_types: Sequence[str], description: str, is_enabled: bool, actor: Actor,
    now: dt.datetime,
) -> WebhookEndpoint:  # fmt: skip
    """Send events elsewhere, others, or none for now. What waits goes to the new address; a rest ends.

    :raises NotInYourRole, ScopeMissing, AddressForbidden:
    """
    demand(Act.INTEGRATE, store=endpoint.store, person=actor)
    check_url(url)
    endpoint.url, endpoint.description, endpoint.is_enabled = url, description, is_enabled
    endpoint.event_types, endpoint.failures, endpoint.rests_until = sorted(set(event_types)), 0, None
    endpoint.save()
    _record("webhook.changed", endpoint, endpoint.store, actor, now, new={"events": endpoint.event_types})
    return endpoint


@operation
def rotate_secret(*, endpoint: WebhookEndpoint, actor: Actor, now: dt.datetime) -> Secret:
    """A new secret. For a day both sign, so that the receiver can change over without losing anything.

    :raises NotInYourRole, ScopeMissing:
    """
    demand(Act.INTEGRATE, store=endpoint.store, person=actor)
    endpoint = WebhookEndpoint.objects.select_for_update(no_key=True).select_related("store").get(pk=endpoint.pk)
    secret = Secret.new()
    until = now + OVERLAP
    old = [Secret(each.text, min(each.expires_at or until, until)) for each in endpoint.living_secrets(now)]
    endpoint.secrets = [each.as_json() for each in (secret, *old[:1])]
    endpoint.save(update_fields=["secrets", "updated_at"])
    _record("webhook.secret_rotated", endpoint, endpoint.store, actor, now)
    return secret


@operation
def remove_endpoint(*, endpoint: WebhookEndpoint, actor: Actor, now: dt.datetime) -> None:
    """Send nothing there any more. What waited is given up; the log stays.

    :raises NotInYourRole, ScopeMissing:
    """
    demand(Act.INTEGRATE, store=endpoint.store, person=actor)
    if not WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at__isnull=True).update(removed_at=now, is_enabled=False):
        return
    pending = endpoint.deliveries.filter(status=WebhookDelivery.Status.PENDING)
    pending.update(status=WebhookDelivery.Status.FAILED, next_attempt_at=None)
    _record("webhook.removed", endpoint, endpoint.store, actor, now)


@operation
def resend(*, delivery: WebhookDelivery, actor: Actor, now: dt.datetime) -> WebhookDelivery:
    """Send an event to an endpoint once more, whatever became of it.

    :raises NotInYourRole, ScopeMissing:
    """
    demand(Act.INTEGRATE, store=delivery.endpoint.store, person=actor)
    delivery.status, delivery.next_attempt_at, delivery.delivered_at = WebhookDelivery.Status.PENDING, now, None
    delivery.save(update_fields=["status", "next_attempt_at", "delivered_at", "updated_at"])
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(rests_until=None)
    _record("webhook.resent", delivery.endpoint, delivery.endpoint.store, actor, now, new={"event": str(delivery.event_id)})
    return delivery


@operation
def send_test(*, endpoint: WebhookEndpoint, actor: Actor, now: dt.datetime) -> WebhookDelivery:
    """Send one endpoint an event that says only that it is a test.

    :raises NotInYourRole, ScopeMissing:
    """
    demand(Act.INTEGRATE, store=endpoint.store, person=actor)
    position, data = next_position(), {"hello": endpoint.store.name}
    about = {"resource_id": endpoint.pk, "position": position, "created_at": now}
    event = StoreEvent.objects.create(store=endpoint.store, type=TEST, data=data, **about)
    delivery = WebhookDelivery.objects.create(event=event, endpoint=endpoint, next_attempt_at=now, **about)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    _record("webhook.tested", endpoint, endpoint.store, actor, now)
    return delivery


def _listen(store: Store) -> None:
    """From now on the store's events are written."""
    if not store.has_listeners:
        store.has_listeners = True
        store.save(update_fields=["has_listeners", "updated_at"])


def _new_key(store: Store, name: str, scopes: Sequence[str], actor: User, now: dt.datetime) -> tuple[ApiKey, str]:
    text = KEY_PREFIX + secrets.token_urlsafe(32)
    values = {"name": name, "hint": text[:HINT], "digest": _digest(text), "scopes": sorted(set(scopes))}
    key = ApiKey.objects.create(store=store, created_by=actor, created_at=now, **values)
    return key, text


def _demand_proof(store: Store, actor: User, subject: dict[str, object], now: dt.datetime) -> None:
    subject = {"store": str(store.pk), **subject}
    demand_fresh_proof(user=actor, act=StepUpAct.MAKE_API_KEY, subject=subject, now=now)


def _record(
    action: str,
    row: ApiKey | WebhookEndpoint,
    store: Store,
    actor: Actor,
    now: dt.datetime,
    *,
    new: dict[str, object] | None = None,
) -> None:
    person, by_key = by(actor)
    trail.record(action, actor=person, resource=row, new=new, metadata={"store": str(store.pk), **by_key}, now=now)


def _digest(text: str) -> str:
    """Of 256 random bits, so a plain hash can't be searched."""
    return hashlib.sha256(text.encode()).hexdigest()
