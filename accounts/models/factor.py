"""What second factors must keep unreadable."""

from allauth.mfa.models import Authenticator
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.encrypted_fields import EncryptedJSONField
from config.models import MutableRecord


class FactorSecret(MutableRecord):
    """The secret of an authenticator app, or the recovery codes that still work, of one `Authenticator`.

    `content` names its person too, so that a row which was moved to another account opens nothing there.
    """

    factor = models.OneToOneField(Authenticator, models.CASCADE, related_name="secret", verbose_name=_("second factor"))
    content = EncryptedJSONField(_("secret"))

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("secret of a second factor")
        verbose_name_plural = _("secrets of second factors")

    def __str__(self) -> str:
        return str(self.pk)
