"""How Florin's people differ from allauth's defaults. Side effects hang on these hooks, not on signals."""

import datetime as dt
import re
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit as rate_limits
from allauth.core.internal.httpkit import is_headless_request
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import EmailValidator
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from accounts.errors import AccountSuspended, TooManyAttempts, WrongCredentials, WrongProof
from accounts.factors import has_second_factor
from accounts.known_devices import device_of, is_known, remember_browser
from accounts.legal import shown
from accounts.models import Session, StepUpMethod, User
from accounts.notices import tell_new_device
from accounts.operations import grant_consents, meet_owner, release_email, submit_identity
from accounts.proofs import prove
from accounts.sessions import end_all_sessions, end_sessions, open_session
from accounts.staging import stage, take
from audit import events, trail
from config.mail import send_later

PLAIN_EMAIL = re.compile(r"(?=.{3,254}$)[^@\s\"\\\x00-\x20\x7f]+@[^@\s]+")
CLAIM_STOPPED = _("The holder of your backup phone asked for your account. Now that you are here, they don't get it.")
AS_LONG = "as long as it would take"
RESET_URL = settings.HEADLESS_FRONTEND_URLS["account_reset_password"]


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, sign-in and mails as Florin does them."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": AccountSuspended.message,
        "email_password_mismatch": WrongCredentials.message,
        "too_many_login_attempts": TooManyAttempts.message,
        "rate_limited": TooManyAttempts.message,
        "incorrect_code": _("This is not the code we sent."),
        "incorrect_password": _("This is not your password."),
        "enter_current_password": _("This is not your current password."),
        "invalid_password_reset": _("This link was used already, or it is too old. Ask for a new one."),
    }

    # --- signing up -----------------------------------------------------------------------------

    def new_user(self, request: HttpRequest) -> AbstractBaseUser:
        """A person who will be spoken to in the language their browser asked for."""
        spoken = {language.lower(): language for language in User.Language.values}
        return User(language=spoken.get((get_language() or "en").lower(), User.Language.ENGLISH))

    def clean_email(self, email: str) -> str:
        """Addresses in the form people have. Longer ones would be cut when stored, quoted ones may hold anything.

        :raises ValidationError: it is not such an address.
        """
        if not PLAIN_EMAIL.fullmatch(email):
            raise ValidationError(EmailValidator.message, code="invalid")
        return email

    def save_user(self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True) -> AbstractBaseUser:
        person = cast("User", user)
        person.name = form.cleaned_data.get("name") or ""
        person.timezone = form.cleaned_data.get("timezone") or "UTC"
        if not {"password", "password1"} & form.cleaned_data.keys():
            make_password(AS_LONG)  # or a sign-up without one would tell that its address has no account: see below
        try:
            with transaction.atomic():
                super().save_user(request, person, form, commit)
                self._record("user.signed_up", person)
                grant_consents(user=person, versions=shown(form.cleaned_data), now=timezone.now())
                stage(request, person)
        except IntegrityError as error:
            # Two sign-ups with one address at the same moment: the second is told what it would be told later.
            raise ImmediateHttpResponse(prevent_enumeration(request, email=form.cleaned_data["email"])) from error
        return person

    def send_account_already_exists_mail(self, email: str) -> None:
        # A new account costs a password hash; an answer without one would tell that the account exists.
        make_password(AS_LONG)
        super().send_account_already_exists_mail(email)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        person = cast("User", email_address.user)
        first = not EmailAddress.objects.filter(user=person, verified=True).exists()
        try:
            with transaction.atomic():
                if not _stays_active(person):
                    return False  # an account that is closed gets no address back
                release_email(email=email_address.email, proven_by=person.pk, now=timezone.now())
                confirmed: bool = super().confirm_email(request, email_address)
                if confirmed:
                    self._record("user.email_verified" if first else "user.email_changed", person)
                    details = take(request, person)
                    if details is not None:
                        submit_identity(user=person, details=details, now=timezone.now())
        except IntegrityError:
            # Somebody else proved the same address a moment earlier.
            return False
        return confirmed

    def count_code_attempt(self, email: str, *, user: AbstractBaseUser | None) -> None:
        """Each try at a code counts against its address: several at once, or several sign-ups, win nothing.

        :raises ValidationError: there were too many, or there is nobody to prove it for, because the sign-up pretends.
        """
        if not ratelimit.consume(self.request, action="verify_code", key=email.lower()):
            raise self.validation_error("too_many_login_attempts")
        if user is None:
            raise self.validation_error("incorrect_code")

    # --- signing in and out ---------------------------------------------------------------------

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Attempts count per account whichever door is tried: portal, API and both consoles share them."""
        return str(credentials.get("email", "")).lower()

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """A new password opens the account again, and not the address from which it was set: that may be a guesser's."""
        rates = settings.ACCOUNT_RATE_LIMITS["login_failed"].split(",")
        of_the_account = ",".join(rate for rate in rates if rate.endswith("/key"))
        rate_limits.clear(
            request,
            app="allauth.account",
            action="login_failed",
            config={"login_failed": of_the_account},
            key=self._get_login_attempts_cache_key(request, **credentials),
        )

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """The strongest kind of proof that the account has, and never a weaker one."""
        if has_second_factor(user):
            return [{"id": "mfa_reauthenticate", "description": "", "url": reverse("mfa_reauthenticate")}]
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return methods

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Whether this is the password of who is signed in. Tries count as at the doors.

        :raises ValidationError: there were too many.
        """
        try:
            prove(self.request, cast("User", user), method=StepUpMethod.PASSWORD, secret=password)
        except WrongProof:
            return False
        except TooManyAttempts as refusal:
            raise self.validation_error("too_many_login_attempts") from refusal
        return True

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        self.note_failed_try(User.objects.filter(email=str(credentials.get("email", "")).lower()).first())

    def note_failed_try(self, person: User | None) -> None:
        """Write down that somebody tried to sign in as this person, or as nobody here, and could not."""
        with transaction.atomic():  # one commit for either, because a second one would tell them apart
            if person is None:
                events.note("user.sign_in_failed", user_id=None, now=timezone.now())
            else:
                # Whoever tried is not known to be this person.
                self._record("user.sign_in_failed", person, by_themselves=False)

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Only somebody who knows the password learns that the account is suspended.

        :raises AccountSuspended: in the API; the portal has a page for it.
        """
        if is_headless_request(request):
            raise AccountSuspended
        page: HttpResponse = super().respond_user_inactive(request, user)
        return page

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """The last step of every way in, after all proofs.

        :raises ImmediateHttpResponse, AccountSuspended: they were suspended, or left, after the first step.
        """
        person = cast("User", user)
        is_first = person.last_login is None  # it is that of their sign-up, and every device is new
        with transaction.atomic():
            if not _stays_active(person):
                raise ImmediateHttpResponse(self.respond_user_inactive(request, person))
            was_claimed = meet_owner(user=person, now=timezone.now())
            super().login(request, person)
            self.note_sign_in(request, person, is_first=is_first)
        if was_claimed and not is_headless_request(request):
            messages.warning(request, CLAIM_STOPPED)

    def note_sign_in(self, request: HttpRequest, person: User, *, is_first: bool = False) -> None:
        """Name the device of a session that was just signed in, here or on a console, and write it down.

        The person is told of a device that they have not used lately, unless they are `is_first` here at all.
        """
        now, device_id = timezone.now(), device_of(request)
        is_new = not is_first and not is_known(person, device_id, now=now)
        session = open_session(request, person, device_id=device_id)
        trail.signed_in_by(session_id=session.pk)
        noted = {"session": str(session.pk), "way": session.auth_method, **({"new_device": True} if is_new else {})}
        self._record("user.signed_in", person, metadata=noted)
        if is_new:
            tell_new_device(session, now=now)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **hooks: Any) -> HttpResponse:
        """Where the person goes from here, in a browser that will be known the next time."""
        response: HttpResponse = super().post_login(request, user, **hooks)
        if not is_headless_request(request):
            remember_browser(request, response)
        return response

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            with transaction.atomic():
                self._record("user.signed_out", request.user)
                end_sessions(Session.objects.filter(session_key=request.session.session_key), now=timezone.now())
        super().logout(request)

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Store a new password and sign out every device; allauth opens the one at hand again."""
        person = cast("User", user)
        own = getattr(self.request, "user", None) == person
        with transaction.atomic():
            super().set_password(person, password)
            ended = end_all_sessions(person, now=timezone.now())
            self._record("user.password_changed" if own else "user.password_reset", person, metadata={"sessions_ended": ended})

    def _record(self, action: str, person: User, *, by_themselves: bool = True, metadata: dict[str, Any] | None = None) -> None:
        trail.record(
            action,
            actor=person if by_themselves else None,
            resource=person,
            customer_id=person.pk,
            now=timezone.now(),
            metadata=metadata,
        )

    # --- mail and answers -----------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails are written in the reader's language and sent by the worker, sealed until then.

        So an unknown address costs the same time as a known one, and a mail server that is down loses nothing.
        """
        reader = context.get("user")
        language = reader.language.lower() if isinstance(reader, User) else get_language()
        with override(language), timezone.override(dt.UTC):
            message = self.render_mail(template_prefix, email, {**context, "email": email, "reset_url": RESET_URL})
        send_later(cast("EmailMultiAlternatives", message))

    def format_email_subject(self, subject: str) -> str:
        return str(subject)

    def get_client_ip(self, request: HttpRequest) -> str:
        return trail.origin.get().ip_address or str(super().get_client_ip(request))

    def is_ajax(self, request: HttpRequest) -> bool:
        """Forms answer with pages. Programs have the API."""
        return False


def _stays_active(person: User) -> bool:
    """Whether this person may come in; nobody suspends them or closes their account until the transaction ends."""
    rows = User.objects.select_for_update(no_key=True).filter(pk=person.pk, status=User.Status.ACTIVE)
    return rows.values_list("pk").first() is not None
