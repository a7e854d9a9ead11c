"""Files that go to a bank and come back from it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.encrypted_fields import EncryptedTextField
from config.models import NEVER_DELETED, Record


class BankFile(Record):
    """An ISO 20022 file: `payments` for the bank (pain.001), or its `answers` (pain.002, camt.053).

    `reference` is the message's own of payments, and a digest of answers, so that none is read twice. `count` payments were
    in it; `total` are minor units of `asset_id`, of answers those that were found.
    """

    class Kind(models.TextChoices):
        PAYMENTS = "payments", _("payments")
        ANSWERS = "answers", _("answers")

    kind = models.CharField(_("type"), max_length=10, choices=Kind)
    reference = models.CharField(_("reference"), max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"))
    content = EncryptedTextField(_("content"))
    count = models.PositiveIntegerField(_("payments"))
    total = models.BigIntegerField(_("sum"))
    asset_id = models.CharField(_("currency"), max_length=16)

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("bank file")
        verbose_name_plural = _("bank files")
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="bank_file_reference_once"),
            models.CheckConstraint(condition=Q(kind__in=["payments", "answers"]), name="bank_file_kind_valid"),
        ]
        triggers = [*NEVER_DELETED]

    def __str__(self) -> str:
        return self.reference
