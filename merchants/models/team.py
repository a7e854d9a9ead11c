"""Who works in a store."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import MutableRecord
from merchants.models.store import Store


class StoreMember(MutableRecord):
    """A person's role in a store; an invitation until `accepted_at`."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        ADMIN = "admin", _("administrator")
        STAFF = "staff", _("staff")

    store = models.ForeignKey(Store, models.PROTECT, related_name="members", verbose_name=_("store"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("invited by")
    )
    invited_at = models.DateTimeField(_("invited"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("team member")
        verbose_name_plural = _("team members")
        constraints = [
            models.UniqueConstraint(fields=["store", "user"], name="member_once_per_store"),
            models.CheckConstraint(condition=Q(role__in=["owner", "admin", "staff"]), name="member_role_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.role}"
