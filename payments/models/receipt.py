"""Who was told about which transaction."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import Record
from payments.models.transaction import Transaction


class ReceiptMail(Record):
    """The mail about one transaction to one person: its row and its job are one commit, so nobody is told twice."""

    transaction = models.ForeignKey(
        Transaction, models.PROTECT, related_name="+", db_index=False, verbose_name=_("transaction")
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))

    class Meta:
        verbose_name = _("receipt mail")
        verbose_name_plural = _("receipt mails")
        constraints = [models.UniqueConstraint(fields=["transaction", "user"], name="receipt_mail_once")]

    def __str__(self) -> str:
        return str(self.pk)
