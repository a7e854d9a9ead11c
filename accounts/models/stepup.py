"""Acts that a person confirmed with a fresh proof that it is them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.session import Session
from accounts.models.user import User
from config.models import Record


class StepUpAct(models.TextChoices):
    """What is worth a fresh proof. A new act is a line here and its migration; what is confirmed of it, its operation says."""

    SEND_MONEY = "send_money", _("Send money")
    WITHDRAW_MONEY = "withdraw_money", _("Withdraw money")
    ADD_DESTINATION = "add_destination", _("Add a place that money is paid out to")
    RAISE_LIMIT = "raise_limit", _("Raise a limit")
    UNFREEZE_ACCOUNT = "unfreeze_account", _("Unfreeze your account")
    SHOW_RECOVERY_CODES = "show_recovery_codes", _("Show your recovery codes")
    CHANGE_WAY_IN = "change_way_in", _("Change how you sign in")
    LINK_DEVICE = "link_device", _("Sign an app in from this browser")
    CLOSE_ACCOUNT = "close_account", _("Close your account")
    TAKE_DATA = "take_data", _("Download your data")
    MANAGE_OWNERS = "manage_owners", _("Change who owns a store")
    MAKE_API_KEY = "make_api_key", _("Make a key for a program")
    PAY_OUT = "pay_out", _("Pay out to a store's bank")


class StepUpMethod(models.TextChoices):
    """How somebody proves that it is them. `accounts.stepup` says which of them an account must use."""

    PASSKEY = "passkey", pgettext_lazy("proof", "passkey")
    TOTP = "totp", pgettext_lazy("proof", "code of the authenticator app")
    RECOVERY_CODE = "recovery_code", pgettext_lazy("proof", "recovery code")
    PASSWORD = "password", pgettext_lazy("proof", "password")
    SMS = "sms", pgettext_lazy("proof", "code by SMS")
    WALLET = "wallet", pgettext_lazy("proof", "Ethereum signature")


class StepUp(Record):
    """One act that its person confirmed in one session: good once, for that act with that subject, for a few minutes.

    `id` is the challenge's, so that a challenge is answered once. `digest` is that of the act and its subject: the
    amount, the payee and whatever else its operation named.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    session = models.ForeignKey(Session, models.CASCADE, related_name="+", verbose_name=_("session"))
    act = models.CharField(_("act"), max_length=24, choices=StepUpAct)
    digest = models.BinaryField(max_length=32)
    method = models.CharField(_("proof"), max_length=16, choices=StepUpMethod)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)

    class Meta:
        verbose_name = _("confirmed act")
        verbose_name_plural = _("confirmed acts")
        constraints = [
            models.CheckConstraint(condition=Q(act__in=StepUpAct.values), name="step_up_act_valid"),
            models.CheckConstraint(condition=Q(method__in=StepUpMethod.values), name="step_up_method_valid"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="step_up_expires_later"),
        ]
        indexes = [models.Index("session", "digest", condition=Q(used_at__isnull=True), name="step_up_unused")]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"
