"""What happened, append-only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import APPEND_ONLY, Record


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
