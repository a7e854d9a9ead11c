"""What people agreed to."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from accounts.models.user import User
from config.models import Record


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Consents in business words."""

    def standing(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)


class Consent(Record):
    """One text in one version that a person agreed to, and when they took it back, if they did.

    Rows stay: agreeing to a newer version is another row, and so is agreeing again after a withdrawal. `language` is the one
    in which they had the text before them.
    """

    class Kind(models.TextChoices):
        TERMS = "terms", pgettext_lazy("consent", "Terms of use")
        PRIVACY = "privacy", pgettext_lazy("consent", "Privacy notice")
        MARKETING = "marketing", pgettext_lazy("consent", "News by mail")

    user = models.ForeignKey(User, models.PROTECT, related_name="consents", verbose_name=pgettext_lazy("consent", "person"))
    kind = models.CharField(pgettext_lazy("consent", "text"), max_length=20, choices=Kind)
    text_version = models.CharField(pgettext_lazy("consent", "version"), max_length=10)
    language = models.CharField(pgettext_lazy("consent", "language"), max_length=5, choices=User.Language)
    granted_at = models.DateTimeField(pgettext_lazy("consent", "agreed"))
    withdrawn_at = models.DateTimeField(pgettext_lazy("consent", "withdrawn"), null=True, blank=True)
    ip_address = models.GenericIPAddressField(pgettext_lazy("consent", "IP address"), null=True, blank=True)

    objects: ClassVar[models.Manager["Consent"]] = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("consent", "consent")
        verbose_name_plural = pgettext_lazy("consent", "consents")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "text_version"], condition=Q(withdrawn_at__isnull=True), name="consent_stands_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=["terms", "privacy", "marketing"]), name="consent_kind_valid"),
            models.CheckConstraint(condition=Q(language__in=["en", "pt-BR", "es"]), name="consent_language_valid"),
            models.CheckConstraint(
                condition=Q(text_version__regex=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), name="consent_version_is_a_date"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=F("granted_at")), name="consent_withdrawn_later"
            ),
        ]
        indexes = [models.Index("user", F("created_at").desc(), name="consent_by_user")]

    def __str__(self) -> str:
        return f"{self.kind} {self.text_version}"
