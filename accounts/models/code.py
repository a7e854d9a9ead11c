"""One-time codes by SMS."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from config.models import Record

TRIES = 5


class PhoneCode(Record):
    """A code that was sent to a phone: six digits, good once, for a few minutes and a few tries.

    `digest` binds it to the number, to whom it is for and to what it is for (`accounts.codes`). Those are known to whoever
    asked for it and not kept here, so the row tells nothing about anybody.
    """

    digest = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("code by SMS")
        verbose_name_plural = _("codes by SMS")
        constraints = [
            models.CheckConstraint(condition=Q(tries__lte=TRIES), name="phone_code_few_tries"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="phone_code_expires_later"),
        ]
        indexes = [models.Index("expires_at", name="phone_code_by_expiry")]

    def __str__(self) -> str:
        return str(self.pk)
