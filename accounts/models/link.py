"""Links that sign an app in from a signed-in browser."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.session import Session
from accounts.models.user import User
from config.models import Record


class DeviceLink(Record):
    """A token that a signed-in browser shows and one app may spend, once and soon. Of the token only a digest rests here.

    The first app that presents it is the one it is for: by the family of its address and its user agent.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    maker = models.ForeignKey(Session, models.CASCADE, related_name="links", verbose_name=_("made by"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    session_data = models.JSONField(_("what the app is told"), default=dict)
    ip_family = models.PositiveSmallIntegerField(_("family of its address"), null=True)
    user_agent = models.CharField(_("user agent"), max_length=400, blank=True, default="")
    expires_at = models.DateTimeField(_("expires"))
    opened_at = models.DateTimeField(_("first presented"), null=True)
    used_at = models.DateTimeField(_("used"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    session = models.OneToOneField(
        Session, models.SET_NULL, null=True, related_name="made_by_link", verbose_name=_("session it opened")
    )

    class Meta:
        verbose_name = _("device link")
        verbose_name_plural = _("device links")
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(cancelled_at__isnull=True), name="device_link_ends_one_way"
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True, ip_family__isnull=True, used_at__isnull=True)
                | Q(opened_at__isnull=False, ip_family__in=[4, 6]),
                name="device_link_bound_when_opened",
            ),
            models.CheckConstraint(
                condition=Q(session__isnull=True) | Q(used_at__isnull=False), name="device_link_used_opened"
            ),
        ]
        indexes = [models.Index("expires_at", name="device_link_by_expiry")]

    def __str__(self) -> str:
        return f"{self.pk}"
