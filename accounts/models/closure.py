"""Accounts that were closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from config.models import APPEND_ONLY, Record


class Closure(Record):
    """That an account was closed, when (`created_at`) and by whom: its person, or an admin whom they asked.

    What the law has kept of the person until some years after this moment counts from here.
    """

    user = models.OneToOneField(User, models.PROTECT, related_name="closure", verbose_name=_("person"))
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("closed by"))

    class Meta:
        verbose_name = _("closed account")
        verbose_name_plural = _("closed accounts")
        indexes = [models.Index("created_at", name="closure_by_time")]
        triggers = APPEND_ONLY

    def __str__(self) -> str:
        return str(self.pk)
