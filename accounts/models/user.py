"""Who people are."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.models import MutableRecord

# Of Ethereum and the networks built on it, by their chain id; the last four are test networks.
SUPPORTED_CHAINS = [1, 10, 8453, 42161, 11155111, 11155420, 84532, 421614]


class UserManager(BaseUserManager["User"]):
    """Finds people by the name they sign in with, e-mail in any case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str | None = None, password: str | None = None, **fields: Any) -> "User":
        # Lower case throughout: nobody has two accounts that differ by a capital letter.
        user = self.model(email=(email or "").strip().lower() or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, MutableRecord):
    """A person: customer, merchant or staff. At least one of e-mail, phone and a linked way in exists.

    `status` says whether the person may come in; `customer_number` is given with a verified identity.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        DELETED = "deleted", _("deleted")

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        PORTUGUESE = "pt-BR", "Português (Brasil)"
        SPANISH = "es", "Español"

    email = models.EmailField(_("e-mail"), null=True, blank=True)  # noqa: DJ001 NULLs are not equal, so several may have none
    phone = models.CharField(
        _("phone"),
        max_length=16,
        null=True,
        blank=True,
        unique=True,
        validators=[RegexValidator(r"^\+[1-9][0-9]{6,14}$", _("Write the number with its country code: +351912345678."))],
    )
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True, default="")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    is_active = models.GeneratedField(
        expression=models.Q(status="active"),  # type: ignore[arg-type]  # a condition is an expression, says Django's documentation
        output_field=models.BooleanField(),
        db_persist=True,
    )
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    preferred_chain = models.PositiveIntegerField(_("preferred chain"), null=True, blank=True)
    last_active_at = models.DateTimeField(_("last active"), null=True, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    # Beside the person, who is loaded with every request: a payment of somebody without limits looks for none.
    has_limits = models.BooleanField(_("has limits"), default=False, db_default=False, editable=False)
    # What accounts.legal compares with its edition, so that asking whether somebody has agreed costs no query.
    agreed_edition = models.CharField(
        _("agreed to the texts of"), max_length=10, blank=True, default="", db_default="", editable=False
    )
    customer_number = models.CharField(
        _("customer number"),
        max_length=15,
        null=True,
        blank=True,
        unique=True,
        validators=[RegexValidator(r"^CUS-\d{4}-\d{6}$")],
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()

    class Meta(MutableRecord.Meta):
        abstract = False
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once", violation_error_message=_("Taken already.")),
            models.CheckConstraint(condition=models.Q(status__in=["active", "suspended", "deleted"]), name="user_status_valid"),
            models.CheckConstraint(condition=models.Q(language__in=["en", "pt-BR", "es"]), name="user_language_valid"),
            models.CheckConstraint(
                condition=models.Q(email__isnull=True) | models.Q(email__regex=r"^[^@\s]+@[^@\s]+$"), name="user_email_valid"
            ),
            models.CheckConstraint(
                condition=models.Q(phone__isnull=True) | models.Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="user_phone_valid"
            ),
            models.CheckConstraint(
                condition=models.Q(preferred_chain__isnull=True) | models.Q(preferred_chain__in=SUPPORTED_CHAINS),
                name="user_chain_supported",
            ),
        ]
        indexes = [models.Index(models.F("created_at").desc(), name="user_newest")]

    def __str__(self) -> str:
        if self.status == User.Status.DELETED:
            return gettext("Deleted customer")
        return self.name or self.email or self.phone or str(self.pk)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else str(self)
