"""Coming in with a proof from outside: the sign-in that an account elsewhere, an Ethereum address or a phone ends in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import proofs
from accounts.attempts import count_attempt
from accounts.errors import LinkedElsewhere, WrongTextCode
from accounts.legal import Shown
from accounts.models import Session, User
from accounts.operations import sign_up_by_phone, sign_up_linked
from accounts.passkeys import JSONObject, Purpose
from accounts.providers.identity import Identity


def enter(
    request: HttpRequest, identity: Identity, *, texts: Shown, time_zone: str = "UTC", redirect_url: str | None = None
) -> HttpResponse:
    """Sign in whoever has linked this identity, or open an account for it. A second step, if they have one, comes next.

    Whoever opens one agrees to `texts`, which were shown to them.

    :raises AddressTaken: the identity is new here and its address is not.
    :raises TooManyAttempts: too many accounts are opened from there.
    """
    _leave_other_account(request)
    user, is_new = _find_or_open(
        request,
        lambda: _find(identity),
        lambda new: sign_up_linked(identity=identity, user=new, texts=texts, now=timezone.now()),
        time_zone,
    )
    record_authentication(request, user, identity.auth_method, provider=identity.provider, uid=identity.uid)
    # Somebody without an address has none to prove.
    verification = None if user.email else EmailVerificationMethod.NONE
    return _sign_in(request, user, redirect_url, verification, is_new=is_new)


def enter_by_phone(
    request: HttpRequest, phone: str, *, texts: Shown, time_zone: str = "UTC", redirect_url: str | None = None
) -> HttpResponse:
    """Sign in whoever has this number, which its holder has just proven, or open an account for it.

    A second step, if they have one, comes next. An address that they have not proven yet does not keep them out. Whoever
    opens an account agrees to `texts`, which were shown to them.

    :raises TooManyAttempts: too many accounts are opened from there.
    """
    _leave_other_account(request)
    user, is_new = _find_or_open(
        request,
        lambda: person_with_phone(phone),
        lambda new: sign_up_by_phone(phone=phone, user=new, texts=texts, now=timezone.now()),
        time_zone,
    )
    record_authentication(request, user, Session.AuthMethod.PHONE, phone=phone)
    return _sign_in(request, user, redirect_url, is_new=is_new)


def enter_recovered(request: HttpRequest, user: User, phone: str, *, redirect_url: str) -> HttpResponse:
    """Sign in whoever has just taken this account over by its backup phone."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)
    record_authentication(request, user, Session.AuthMethod.PHONE, phone=phone)
    login = Login(user=user, email_verification=EmailVerificationMethod.NONE, redirect_url=redirect_url)
    return cast("HttpResponse", perform_login(request, login))


def person_with_phone(phone: str) -> User | None:
    """Who has proven this number."""
    return User.objects.filter(phone=phone, phone_verified_at__isnull=False).first()


@contextmanager
def note_wrong_code(request: HttpRequest, phone: str) -> Iterator[None]:
    """Within it, a wrong code is written down for who has this number, as a wrong password is."""
    try:
        yield
    except WrongTextCode:
        get_adapter(request).note_failed_try(person_with_phone(phone))
        raise


def enter_by_passkey(
    request: HttpRequest, *, token: str, credential: JSONObject, redirect_url: str | None = None
) -> HttpResponse:
    """Sign in whoever's passkey answered the challenge: it is both steps in one, so no second one comes.

    :raises PasskeyRefused, TooManyAttempts:
    """
    passkey = proofs.prove_by_passkey(
        request, user=None, purpose=Purpose.SIGN_IN, token=token, credential=credential, now=timezone.now()
    )
    _leave_other_account(request)
    proofs.note_proof(request, passkey, alone=True)
    return _sign_in(request, passkey.user, redirect_url)


def count_try(request: HttpRequest) -> None:
    """Count a proof that is about to be looked at, with the passwords tried from there.

    :raises TooManyAttempts: there were too many.
    """
    count_attempt(request, "login")


def count_nonce(request: HttpRequest) -> None:
    """Count a nonce that is about to be handed out.

    :raises TooManyAttempts: there were too many from there.
    """
    count_attempt(request, "nonce")


def _leave_other_account(request: HttpRequest) -> None:
    """Sign out whoever is signed in at this browser: another person is coming in."""
    if request.user.is_authenticated:
        get_adapter(request).logout(request)


def _find_or_open(
    request: HttpRequest, find: Callable[[], User | None], open_for: Callable[[User], User], time_zone: str
) -> tuple[User, bool]:
    """Who is found, or a new person; and whether it is a new one."""
    user = find()
    if user:
        return user, False
    count_attempt(request, "signup")
    new = cast("User", get_adapter(request).new_user(request))
    new.timezone = time_zone
    try:
        return open_for(new), True
    except LinkedElsewhere:
        # The same person in two windows: the other one has just opened the account.
        user = find()
        if user is None:
            raise
        return user, False


def _sign_in(
    request: HttpRequest,
    user: User,
    redirect_url: str | None,
    email_verification: EmailVerificationMethod | None = EmailVerificationMethod.NONE,
    *,
    is_new: bool = False,
) -> HttpResponse:
    login = Login(user=user, email_verification=email_verification, redirect_url=redirect_url, signup=is_new)
    return cast("HttpResponse", perform_login(request, login))


def _find(identity: Identity) -> User | None:
    account = SocialAccount.objects.select_related("user").filter(provider=identity.provider, uid=identity.uid).first()
    if account is None:
        return None
    account.extra_data = {"email": identity.email} if identity.email else {}
    account.save(update_fields=["extra_data", "last_login"])
    return cast("User", account.user)
