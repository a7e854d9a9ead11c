"""What programs of merchants need: keys, events, and the endpoints that events are sent to."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.encrypted_fields import EncryptedJSONField
from config.models import MutableRecord, Record
from merchants.models.store import Store

if TYPE_CHECKING:
    from merchants.webhooks.signing import Secret

KEY_PREFIX = "flk_"


class Scope(models.TextChoices):
    """What a key of a store may be used for. What each includes is in `merchants.roles`."""

    STORE_READ = "store:read", _("read what the store says of itself")
    CHARGES = "charges:write", _("ask for amounts and take them back")
    PAYMENTS_READ = "payments:read", _("read payments")
    REFUNDS = "refunds:write", _("give payments back")
    BALANCE_READ = "balance:read", _("read the balance")
    STATISTICS_READ = "statistics:read", _("read the statistics")
    PAYOUTS_READ = "payouts:read", _("read payouts")
    EVENTS_READ = "events:read", _("read events")
    WEBHOOKS = "webhooks:write", _("manage webhooks")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys in business words."""

    def living(self, now: dt.datetime) -> Self:
        """Those that open something."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True)


class ApiKey(MutableRecord):
    """A key with which a program acts for one store, within its scopes. Only a digest of it rests here.

    A rotated key has a time (`expires_at`) until which it works beside the new one.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="api_keys", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(_("begins with"), max_length=12)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20), verbose_name=_("scopes"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    is_authenticated = True  # as Django's users have it: whoever holds it is who it says

    objects: ClassVar[models.Manager["ApiKey"]] = ApiKeyQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(condition=Q(scopes__contained_by=Scope.values), name="api_key_scopes_valid"),
        ]
        indexes = [models.Index("store", F("created_at").desc(), name="api_key_by_store")]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"


class StoreEvent(Record):
    """Something that happened in a store, for its programs. `data` is what the API says of the resource at that moment.

    It is written in the commit of what happened. `position` comes after it, in the order in which events became visible, so
    whoever reads on from a position misses nothing.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="events", verbose_name=_("store"), db_index=False)
    type = models.CharField(_("type"), max_length=40)
    resource_id = models.UUIDField(_("resource"))
    data = models.JSONField(_("data"))
    position = models.BigIntegerField(_("position"), null=True, unique=True)

    class Meta:
        verbose_name = _("store event")
        verbose_name_plural = _("store events")
        indexes = [
            models.Index("store", "position", name="store_event_by_store"),
            models.Index("created_at", condition=Q(position__isnull=True), name="store_event_unplaced"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class WebhookEndpoint(MutableRecord):
    """An address of a merchant's that events are sent to, signed with each living secret.

    After failures in a row it rests until `rests_until`, so that one that is dead costs next to nothing.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="webhooks", verbose_name=_("store"))
    url = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=140, blank=True, default="")
    event_types = ArrayField(models.CharField(max_length=40), verbose_name=_("events"), default=list, blank=True)
    secrets = EncryptedJSONField(_("secrets"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    is_enabled = models.BooleanField(_("enabled"), default=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    rests_until = models.DateTimeField(_("rests until"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        indexes = [models.Index("store", F("created_at").desc(), name="endpoint_by_store")]

    def __str__(self) -> str:
        return self.url

    def living_secrets(self, now: dt.datetime) -> "list[Secret]":
        """The secrets that sign now, the newest first."""
        from merchants.webhooks.signing import Secret

        kept = [Secret.from_json(each) for each in self.secrets or []]
        return [secret for secret in kept if secret.expires_at is None or secret.expires_at > now]

    def wants(self, event_type: str) -> bool:
        """Whether events of this type are sent there: those named, or all if none is."""
        return not self.event_types or event_type in self.event_types


class WebhookDelivery(MutableRecord):
    """One event on its way to one endpoint. Those about one resource go in their order: the next waits for the one before.

    `pending` until the endpoint has said 2xx (`delivered`), or three days are over (`failed`).
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    event = models.ForeignKey(StoreEvent, models.CASCADE, related_name="deliveries", verbose_name=_("event"))
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, related_name="deliveries", verbose_name=_("endpoint"), db_index=False
    )
    resource_id = models.UUIDField(_("resource"))
    position = models.BigIntegerField(_("position"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once_per_endpoint"),
            models.CheckConstraint(condition=Q(status__in=["pending", "delivered", "failed"]), name="delivery_status_valid"),
            models.CheckConstraint(
                condition=Q(status="pending", next_attempt_at__isnull=False)
                | (~Q(status="pending") & Q(next_attempt_at__isnull=True)),
                name="delivery_pending_has_time",
            ),
        ]
        indexes = [
            models.Index("endpoint", F("created_at").desc(), name="delivery_by_endpoint"),
            models.Index("endpoint", "resource_id", "position", condition=Q(status="pending"), name="delivery_pending"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class WebhookAttempt(Record):
    """One try of a delivery: what was sent beside the event, and what came back. `status_code` is null without an answer."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts", verbose_name=_("delivery"))
    request_headers = models.JSONField(_("request"))
    status_code = models.PositiveSmallIntegerField(_("status"), null=True)
    response_headers = models.JSONField(_("answer's headers"), default=dict)
    response_body = models.TextField(_("answer"), blank=True, default="")
    error = models.CharField(_("error"), max_length=100, blank=True, default="")
    duration_ms = models.PositiveIntegerField(_("milliseconds"), default=0)

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")

    def __str__(self) -> str:
        return f"{self.status_code or self.error}"
