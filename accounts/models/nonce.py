"""Numbers that a proof from outside must carry, so that it is good here and once."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import Record


class Nonce(Record):
    """A nonce that was handed out and not spent yet. Spending it deletes the row, so it happens once."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    purpose = models.CharField(max_length=60, editable=False)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("nonce")
        verbose_name_plural = _("nonces")
        indexes = [models.Index("expires_at", name="nonce_by_expiry")]

    def __str__(self) -> str:
        return f"{self.purpose}, {self.expires_at:%Y-%m-%d %H:%M}"
