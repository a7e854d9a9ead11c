"""The sandbox processor's own books (payments/providers/sandbox.py)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import MutableRecord


class SandboxOrder(MutableRecord):
    """One thing the sandbox was asked to do; `id` is the caller's reference, `amount` minor units of `asset`.

    Stands for rows in somebody else's database: nothing of ours refers to it, and it is written in
    commits of its own.
    """

    class Direction(models.TextChoices):
        COLLECT = "collect", _("collect")
        PAY_OUT = "pay_out", _("pay out")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SUCCEEDED = "succeeded", _("succeeded")
        REFUSED = "refused", _("refused")

    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    amount = models.BigIntegerField(_("amount"))
    asset = models.CharField(_("asset"), max_length=10)
    token = models.CharField(_("token"), max_length=64)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    error_code = models.CharField(_("error code"), max_length=64, blank=True, default="")
    times_asked = models.PositiveIntegerField(_("times asked"), default=0)

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("sandbox order")
        verbose_name_plural = _("sandbox orders")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="sandbox_order_amount_positive"),
            models.CheckConstraint(condition=Q(direction__in=["collect", "pay_out"]), name="sandbox_order_direction_valid"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "succeeded", "refused"]), name="sandbox_order_status_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.pk}"
