"""The portal's forms about people, and the sign-in form of the consoles.

allauth's forms carry the rules; here they get our words, and lose the second password field: a person who
can look at what they typed needs no repetition.
"""

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.errors import SecondFactorRequired
from accounts.factors import has_second_factor
from accounts.models import User
from accounts.passwords import MAX_LENGTH, MIN_LENGTH, min_length_for
from accounts.proofs import prove_by_code
from accounts.ways import ways_of
from config.errors import Refused
from config.forms import PasswordInput

NO_SECOND_FACTOR = _(
    "Consoles take two steps. Sign in to the portal, set up an authenticator app under “You”, “Security”, and come back."
)
PASSWORD_ALONE_HELP = _("At least 15 characters. Four unrelated words make a good one.")
PASSWORD_WITH_FACTOR_HELP = _("At least 8 characters, because you also have two-step verification. Without it, 15 are needed.")


def _as_email(field: forms.Field) -> None:
    field.label = _("E-mail address")
    field.widget = forms.EmailInput(attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false"})


def _as_password(field: forms.Field, *, label: Any) -> None:  # label: str or a lazy translation
    field.label = label
    field.help_text = ""
    field.widget = PasswordInput(attrs={"autocomplete": "current-password"})


def _as_new_password(field: forms.Field, *, label: Any, user: AbstractBaseUser | None = None) -> None:  # label: as above
    """Says, and lets the browser demand, what the validators will: more of whoever has nothing beside the password."""
    least = min_length_for(user)
    field.label = label
    field.help_text = PASSWORD_ALONE_HELP if least == MIN_LENGTH else PASSWORD_WITH_FACTOR_HELP
    field.widget = PasswordInput(attrs={"autocomplete": "new-password", "minlength": least, "maxlength": MAX_LENGTH})


class SignInForm(allauth_forms.LoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_email(self.fields["login"])
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"  # passkeys are offered here, too
        _as_password(self.fields["password"], label=_("Password"))
        self.fields["remember"].label = _("Keep me signed in on this device")


class SignUpForm(allauth_forms.SignupForm):
    """E-mail, a name if one likes, and a password unless a passkey is made instead."""

    field_order = ["email", "password1", "name", "timezone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_email(self.fields["email"])
        if not self.by_passkey:
            _as_new_password(self.fields["password1"], label=_("Password"))


class VerifyForm(allauth_forms.ConfirmEmailVerificationCodeForm):
    """Each try counts against the code and against its address, however many arrive at once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the mail")
        self.fields["code"].widget = forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12, "autofocus": True}
        )

    def clean_code(self) -> str:
        get_adapter().count_code_attempt(self.email, user=self.user)
        # Not allauth's own step, which refuses an address that somebody else only claims: confirm_email settles that.
        code: str = allauth_forms.BaseConfirmCodeForm.clean_code(self)
        return code


class ChangeEmailForm(allauth_forms.AddEmailForm):
    """The address to change to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_email(self.fields["email"])
        self.fields["email"].label = _("New e-mail address")
        self.fields["email"].help_text = _("We send a code there. Until you type it, the old address stays.")


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    """The old password and the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_password(self.fields["oldpassword"], label=_("Current password"))
        _as_new_password(self.fields["password1"], label=_("New password"), user=self.user)
        del self.fields["password2"]

    def clean_oldpassword(self) -> str:
        """Whoever sits down at a signed-in browser must not try passwords here that no door would let them try."""
        adapter, typed = get_adapter(), self.cleaned_data["oldpassword"]
        if not adapter.reauthenticate(self.user, typed):
            raise adapter.validation_error("enter_current_password")
        return str(typed)


class SetPasswordForm(allauth_forms.SetPasswordForm):
    """The first password of somebody who came in another way."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_new_password(self.fields["password1"], label=_("New password"), user=self.user)
        del self.fields["password2"]


class RequestResetForm(allauth_forms.ResetPasswordForm):
    """Where the link to a new password goes."""

    users: list[User]  # allauth's: who the link may be for

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_email(self.fields["email"])

    def clean_email(self) -> str:
        """An address that nobody has proven opens no account that has another way in: somebody else may have it."""
        email: str = super().clean_email()
        proven = set(EmailAddress.objects.filter(email=email, verified=True).values_list("user", flat=True))
        self.users = [user for user in self.users if user.pk in proven or not ways_of(user)]
        return email


class ResetPasswordForm(allauth_forms.ResetPasswordKeyForm):
    """The new password of somebody who followed the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_new_password(self.fields["password1"], label=_("New password"), user=self.user)
        del self.fields["password2"]


class ConfirmPasswordForm(allauth_forms.ReauthenticateForm):
    """The password again, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _as_password(self.fields["password"], label=_("Password"))


class StaffSignInForm(AdminAuthenticationForm):
    """Sign-in of the consoles: the same rate limits, timing and words as the portal's, for staff only.

    Both steps are on one page. Give it to an `AdminSite` as `login_form`.
    """

    username = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}),
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        max_length=40,
        help_text=_("The six digits of your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    request: HttpRequest

    def clean(self) -> dict[str, Any]:  # Django's signature
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not email or not password:
            return self.cleaned_data
        adapter = get_adapter(self.request)
        if not ratelimit.consume(self.request, action="login"):
            raise adapter.validation_error("too_many_login_attempts")
        user = adapter.authenticate(self.request, email=email, password=password)
        if user is None:
            raise self.get_invalid_login_error()
        self.confirm_login_allowed(user)
        self._demand_second_factor(user, self.cleaned_data.get("code", ""))
        self.user_cache = user
        return self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:  # Django's signature; always a User
        """Customers, and suspended staff, learn no more than strangers do."""
        if not user.is_active or not user.is_staff:
            raise self.get_invalid_login_error()

    def _demand_second_factor(self, user: User, code: str) -> None:
        """Only somebody who knows the password learns what else is missing.

        :raises ValidationError: no code, a wrong one, or nothing set up that shows one.
        """
        if not has_second_factor(user):
            if settings.STAFF_SECOND_FACTOR:
                raise ValidationError(NO_SECOND_FACTOR, code="no_second_factor")
            return
        if not code:
            raise ValidationError({"code": ValidationError(SecondFactorRequired.message, code="required")})
        try:
            prove_by_code(self.request, user=user, code=code, now=timezone.now())
        except Refused as refusal:
            raise ValidationError({"code": ValidationError(str(refusal), code=refusal.code)}) from refusal

    def get_invalid_login_error(self) -> ValidationError:
        error: ValidationError = get_adapter(self.request).validation_error("email_password_mismatch")
        return error
