"""Signed-in devices."""

import datetime as dt
from typing import ClassVar, Self

from django.contrib.sessions.models import Session as DjangoSession
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.user import User
from config.models import Record

KEY_LENGTH = 40  # of Django's session keys


def _alive(now: dt.datetime) -> Exists:
    return Exists(DjangoSession.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=now))


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions in business words."""

    def living(self, *, now: dt.datetime) -> Self:
        """Those that are good for the next request."""
        return self.filter(_alive(now), revoked_at__isnull=True)

    def ended(self, *, now: dt.datetime) -> Self:
        """Those that are good for nothing any more: signed out, or run out."""
        return self.exclude(_alive(now))

    def over(self) -> Self:
        """Those whose Django session is gone: ended, or run out and cleaned away."""
        return self.exclude(Exists(DjangoSession.objects.filter(session_key=OuterRef("session_key"))))


class Session(Record):
    """A person on a device, in the portal, a console or the API alike.

    It lives as long as Django's own session of the same key, whose content is sealed and which knows when it
    expires. Ending it deletes that one and leaves this row, without the key, as what its owner can look back on.
    """

    class AuthMethod(models.TextChoices):
        PASSWORD = "password", pgettext_lazy("way in", "password")
        PHONE = "phone", pgettext_lazy("way in", "code by SMS")
        PASSKEY = "passkey", pgettext_lazy("way in", "passkey")
        WALLET = "wallet", pgettext_lazy("way in", "Ethereum wallet")
        OIDC = "oidc", pgettext_lazy("way in", "linked account")
        LINK = "link", pgettext_lazy("way in", "device link")

    class Site(models.TextChoices):
        PORTAL = "portal", _("portal")
        AGENT = "agent", _("agent console")
        ADMIN = "admin", _("admin console")

    class DeviceType(models.TextChoices):
        PHONE = "phone", _("phone")
        TABLET = "tablet", _("tablet")
        DESKTOP = "desktop", _("computer")
        APP = "app", _("app")

    user = models.ForeignKey(User, models.PROTECT, related_name="sessions", verbose_name=_("person"))
    site = models.CharField(_("site"), max_length=10, choices=Site, default=Site.PORTAL)
    session_key = models.CharField(max_length=KEY_LENGTH, null=True, unique=True, editable=False)  # noqa: DJ001 unique while it lives
    auth_method = models.CharField(_("way in"), max_length=10, choices=AuthMethod, default=AuthMethod.PASSWORD)
    device_type = models.CharField(_("kind of device"), max_length=10, choices=DeviceType, default=DeviceType.APP)
    device_name = models.CharField(_("name its owner gave it"), max_length=60, blank=True, default="")
    device_info = models.JSONField(_("device"), default=dict)
    device_id = models.UUIDField(_("known by"), null=True, editable=False)  # accounts.known_devices says what it is
    user_agent = models.CharField(_("user agent"), max_length=400, blank=True, default="")
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"))
    revoked_at = models.DateTimeField(_("ended"), null=True, blank=True)
    password_mark = models.CharField(max_length=32, editable=False)  # accounts.sessions says what it is

    objects: ClassVar[models.Manager["Session"]] = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        constraints = [
            models.CheckConstraint(
                condition=Q(auth_method__in=["password", "phone", "passkey", "wallet", "oidc", "link"]),
                name="session_auth_method_valid",
            ),
            models.CheckConstraint(condition=Q(site__in=["portal", "agent", "admin"]), name="session_site_valid"),
            models.CheckConstraint(
                condition=Q(device_type__in=["phone", "tablet", "desktop", "app"]), name="session_device_type_valid"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(session_key__isnull=True), name="session_ended_has_no_key"
            ),
        ]
        indexes = [models.Index("user", F("last_seen_at").desc(), name="session_by_user")]

    def __str__(self) -> str:
        return self.device_name or self.user_agent or str(self.pk)


class TokenFamily(Record):
    """The refresh tokens of one session, each the child of the one before; only the last one works.

    Holds identifiers: the tokens themselves are signed, so this row can't be turned into one. It goes
    when its session ends.
    """

    session = models.OneToOneField(Session, models.CASCADE, related_name="token_family")
    token_id = models.UUIDField(_("current token"))
    spent_token_id = models.UUIDField(_("token before it"), null=True)
    rotated_at = models.DateTimeField(_("replaced"))

    class Meta:
        verbose_name = _("refresh token family")
        verbose_name_plural = _("refresh token families")

    def __str__(self) -> str:
        return str(self.token_id)
