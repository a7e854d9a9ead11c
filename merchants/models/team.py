"""Who works in a store, who is asked to, and who gets it when its owners are gone."""

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import MutableRecord
from merchants.models.store import Store

if TYPE_CHECKING:
    from accounts.models import User


class StoreMember(MutableRecord):
    """A person's role in a store. Whoever is only asked to join has a `StoreInvitation`, whose times this keeps."""

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


class InvitationQuerySet(models.QuerySet["StoreInvitation"]):
    """Invitations in business words."""

    def open(self, now: dt.datetime) -> Self:
        """Those that somebody can still accept."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=now)


class StoreInvitation(MutableRecord):
    """A link that lets whoever opens it join a store's team, once and for a week. Of its token only a digest rests here.

    The address it was sent to goes when it is over.
    """

    store = models.ForeignKey(Store, models.PROTECT, related_name="invitations", verbose_name=_("store"))
    role = models.CharField(_("role"), max_length=10, choices=StoreMember.Role)
    email = models.EmailField(_("e-mail"), blank=True, default="")
    phone = models.CharField(_("phone"), max_length=16, blank=True, default="")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("invited by"))
    expires_at = models.DateTimeField(_("expires"))
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("accepted by")
    )
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects: ClassVar[models.Manager["StoreInvitation"]] = InvitationQuerySet.as_manager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(condition=Q(role__in=["owner", "admin", "staff"]), name="invitation_role_valid"),
            models.CheckConstraint(condition=Q(email="") | Q(phone=""), name="invitation_one_address"),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True), name="invitation_ends_one_way"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
        ]
        indexes = [
            models.Index("store", F("created_at").desc(), name="invitation_by_store"),
            models.Index("expires_at", name="invitation_by_expiry"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def address(self) -> str:
        """Where it was sent."""
        return self.email or self.phone


class StoreBackupOwner(MutableRecord):
    """Who in the team may ask for a store whose owners have not been there for long.

    `requested_at` while the claim waits: any owner who is here again ends it. `activated_at` once they became an owner.
    """

    store = models.OneToOneField(Store, models.PROTECT, related_name="backup_owner", verbose_name=_("store"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("named by"))
    requested_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    activated_at = models.DateTimeField(_("handed over"), null=True, blank=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("backup owner")
        verbose_name_plural = _("backup owners")
        constraints = [
            models.CheckConstraint(
                condition=Q(activated_at__isnull=True) | Q(requested_at__lt=F("activated_at")),
                name="backup_owner_claimed_first",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


def owners_of(store: Store) -> "models.QuerySet[User]":
    """The people who own the store."""
    from accounts.models import User

    return User.objects.filter(memberships__store=store, memberships__role=StoreMember.Role.OWNER)
