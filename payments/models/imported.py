"""Clients of the system before this one."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.encrypted_fields import EncryptedTextField
from config.models import MutableRecord
from payments.models.wallet import Wallet


class ImportedClient(MutableRecord):
    """Who somebody was in the system they come from, so that no import makes them twice.

    `grant_token` lets the platform pay from their wallet elsewhere until `grant_expires_at`; it rests encrypted, bound to
    this row. `invited_at` says when they were told by mail that their account is here.
    """

    source_id = models.CharField(_("number before"), max_length=80, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="imported_client", verbose_name=_("person")
    )
    wallet = models.OneToOneField(Wallet, models.PROTECT, related_name="imported_client", verbose_name=_("wallet"))
    grant_token = EncryptedTextField(_("token of the grant"), null=True)
    grant_expires_at = models.DateTimeField(_("grant ends"), null=True)
    invited_at = models.DateTimeField(_("invited"), null=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("imported client")
        verbose_name_plural = _("imported clients")
        constraints = [
            models.CheckConstraint(
                condition=Q(grant_expires_at__isnull=True) | Q(grant_token__isnull=False), name="imported_client_grant_whole"
            ),
            models.CheckConstraint(condition=~Q(source_id=""), name="imported_client_source_id_said"),
        ]

    def __str__(self) -> str:
        return self.source_id
