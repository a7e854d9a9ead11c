"""What happened, append-only."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.models import APPEND_ONLY, Record, uuid7


class AuditEntry(Record):
    """One act: who did what to which thing, and how it changed.

    Written by `audit.trail.record` in the commit of the act itself, and never changed: the
    database refuses updates, deletes and truncation whoever asks.
    """

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("actor")
    )
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    action = models.CharField(_("action"), max_length=64)
    resource_type = models.CharField(_("resource type"), max_length=64)
    resource_id = models.CharField(_("resource"), max_length=64)
    old_values = models.JSONField(_("before"), default=dict)
    new_values = models.JSONField(_("after"), default=dict)
    metadata = models.JSONField(_("details"), default=dict)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=400, blank=True, default="")

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-created_at"]
        indexes = [
            models.Index("customer", models.F("created_at").desc(), name="audit_by_customer"),
            models.Index("actor", models.F("created_at").desc(), name="audit_by_actor"),
            models.Index("resource_type", "resource_id", name="audit_by_resource"),
            models.Index(models.F("created_at").desc(), name="audit_by_time"),
        ]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return f"{self.action} {self.resource_type}:{self.resource_id}"


class Event(models.Model):
    """Something a person did, or that was done to their account: signing in, changing the profile, a try that failed.

    Written by `audit.events.note` and read, never changed: the application's role has no right to. The table is
    parted by month (`sql/events.sql`), so that whole months go when they are old. Movements of money are transactions
    and not here.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    name = models.CharField(_("act"), max_length=64)
    properties = models.JSONField(_("details"), default=dict)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # people are never deleted
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("person"),
    )
    session_id = models.UUIDField(_("session"), null=True)  # outlives the session's own row
    device_id = models.CharField(_("device"), max_length=64, blank=True, default="")
    ip_address = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("user agent"), max_length=400, blank=True, default="")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index("user", models.F("created_at").desc(), models.F("id").desc(), name="event_by_user"),
            models.Index("name", models.F("created_at").desc(), name="event_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SyncLog(Record):
    """What an app that a person is signed in to says it synced: that it did, or what went wrong.

    The app names each act by an id of its own, so that it may send one again after an answer that got lost. Written by
    `audit.sync.record_syncs` and read, never changed: the application's role has no right to.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,  # people are never deleted
        related_name="+",
        db_index=False,
        verbose_name=_("person"),
    )
    event_id = models.UUIDField(_("the app's id"))
    event_type = models.CharField(_("what was synced"), max_length=64)
    event_source = models.CharField(_("where"), max_length=64)
    data = models.JSONField(_("details"), default=dict)
    success = models.BooleanField(_("worked"), default=True)
    error_message = models.CharField(_("what went wrong"), max_length=500, blank=True, default="")
    session_id = models.UUIDField(_("session"), null=True)  # outlives the session's own row
    client_ip = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("user agent"), max_length=400, blank=True, default="")

    class Meta:
        verbose_name = _("sync event")
        verbose_name_plural = _("sync events")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "event_id"], name="sync_event_once"),
            models.CheckConstraint(condition=Q(success=False) | Q(error_message=""), name="sync_error_only_of_failures"),
        ]
        indexes = [
            models.Index("user", models.F("created_at").desc(), models.F("id").desc(), name="sync_by_user"),
            models.Index(fields=["created_at"], name="sync_by_age"),  # for `manage.py drop_old_events`
        ]

    def __str__(self) -> str:
        return self.event_type
