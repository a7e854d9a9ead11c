"""The people who help."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import MutableRecord


class Agent(MutableRecord):
    """A support agent: the staff person who may enter the agent console while `is_active`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="agent", verbose_name=_("person"))
    username = models.CharField(_("username"), max_length=40, unique=True)
    full_name = models.CharField(_("full name"), max_length=120)
    email = models.EmailField(_("e-mail"))
    phone = models.CharField(_("phone"), max_length=16, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.full_name
