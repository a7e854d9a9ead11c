"""Backup phones."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from config.models import MutableRecord


class RecoveryContact(MutableRecord):
    """The phone whose holder may claim a person's account when nobody has been there for long.

    Proven by a code when it was set. `requested_at` while a claim waits; the person being here again takes it back. Once the
    account was handed over (`activated_at`), the phone opens nothing any more.
    """

    user = models.OneToOneField(User, models.PROTECT, related_name="recovery_contact", verbose_name=_("person"))
    phone = models.CharField(_("backup phone"), max_length=16)
    verified_at = models.DateTimeField(_("proven"))
    requested_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    activated_at = models.DateTimeField(_("handed over"), null=True, blank=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("backup phone")
        verbose_name_plural = _("backup phones")
        constraints = [
            models.UniqueConstraint("phone", condition=Q(activated_at__isnull=True), name="recovery_phone_once"),
            models.CheckConstraint(condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="recovery_phone_valid"),
            models.CheckConstraint(
                condition=Q(activated_at__isnull=True) | Q(requested_at__lt=F("activated_at")), name="recovery_claimed_first"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
