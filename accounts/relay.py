"""allauth's API flows behind our addresses: its rules and limits, our input and our answers."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.stages import LoginStageController
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.account import inputs, views
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.base.views import APIView, AuthenticationStageAPIView
from allauth.headless.constants import Client, Flow
from allauth.headless.mfa.inputs import SignupWebAuthnInput
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.stages import PasskeySignupStage
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from accounts import proofs
from accounts.enrolling import enroll_first
from accounts.entering import enter, enter_by_passkey, enter_by_phone
from accounts.errors import SignInExpired, TooManyAttempts, VerificationExpired, WrongCredentials
from accounts.factors import METHODS
from accounts.legal import shown
from accounts.models import User
from accounts.passkeys import Purpose, begin_adding, begin_proof
from accounts.providers.identity import Identity
from config.api import django_request
from config.errors import Refused

WRONG_CREDENTIALS = "email_password_mismatch"
TOO_MANY = "too_many_login_attempts"
OUR_NAMES = {"key": "code"}  # allauth's name of a field where ours is another


class _Relayed(APIView):
    """Takes its input from our view, which has parsed and checked the body."""

    payload: dict[str, Any] = {}  # JSON values
    over: type[Refused] = VerificationExpired  # what a session token is refused with that resumes nothing

    def _parse_json(self, request: HttpRequest) -> dict[str, Any]:
        return self.payload


class SignUp(_Relayed, views.SignupView):
    """Makes an account, or pretends to when the address has one."""


class SignUpByPasskey(SignUp):
    """The same without a password; a passkey follows the proof of the address."""

    input_class = SignupWebAuthnInput
    by_passkey = True


class SignIn(_Relayed, views.LoginView):
    """Signs in by e-mail and password."""


class CodeInput(inputs.VerifyEmailInput):
    """The mailed code, with our count of tries."""

    def clean_key(self) -> str:
        get_adapter().count_code_attempt(self.process.email, user=self.process.user)
        return cast("str", super().clean_key())


class VerifyEmail(_Relayed, views.VerifyEmailView):
    """Proves the address of a pending sign-up or sign-in."""

    input_class = CodeInput


class _AtStage(_Relayed, AuthenticationStageAPIView):
    """Knows whose sign-in, or sign-up, the session token resumes."""

    over = SignInExpired

    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """:raises SignInExpired: there is none that waits at this stage."""
        if LoginStageController.enter(request, self.stage_class.key) is None:
            raise SignInExpired
        return cast("HttpResponseBase", super().handle(request, *args, **kwargs))

    @property
    def user(self) -> User:
        return cast("User", self.stage.login.user)


class SecondStep(_AtStage):
    """Takes a code, or a passkey's answer."""

    stage_class = AuthenticateStage

    def post(self, request: HttpRequest) -> HttpResponse:
        given, now = self.payload, timezone.now()
        if "code" in given:
            factor = proofs.prove_by_code(request, user=self.user, code=given["code"], now=now)
        else:
            factor = proofs.prove_by_passkey(
                request,
                user=self.user,
                purpose=Purpose.SECOND_STEP,
                token=given["token"],
                credential=given["credential"],
                now=now,
            )
        proofs.note_proof(request, factor)
        return cast("HttpResponse", self.respond_next_stage())


class SecondStepChallenge(_AtStage):
    """Asks a passkey of whose sign-in it is."""

    stage_class = AuthenticateStage

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = begin_proof(Purpose.SECOND_STEP, self.user)
        return JsonResponse({"token": asked.token, "options": asked.options})


class FirstPasskey(_AtStage):
    """Keeps the passkey of a new account, and signs in."""

    stage_class = PasskeySignupStage

    def post(self, request: HttpRequest) -> HttpResponse:
        enroll_first(request, self.user, **self.payload, now=timezone.now())
        return cast("HttpResponse", self.respond_next_stage())


class FirstPasskeyChallenge(_AtStage):
    """Asks for the passkey of a new account."""

    stage_class = PasskeySignupStage

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = begin_adding(self.user)
        return JsonResponse({"token": asked.token, "options": asked.options})


class PasskeySignIn(_Relayed):
    """Signs in whoever's passkey answered."""

    def post(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", AuthenticationResponse.from_response(request, enter_by_passkey(request, **self.payload)))


class Enter(_Relayed):
    """Signs in with an identity that our view has checked; the payload is its fields, and the texts that were shown."""

    def post(self, request: HttpRequest) -> HttpResponse:
        identity, texts = Identity(**self.payload["identity"]), shown(self.payload)
        return cast("HttpResponse", AuthenticationResponse.from_response(request, enter(request, identity, texts=texts)))


class EnterByPhone(_Relayed):
    """Signs in with a number that our view has seen the code of."""

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.payload
        entered = enter_by_phone(request, asked["phone"], texts=shown(asked), time_zone=asked["timezone"])
        return cast("HttpResponse", AuthenticationResponse.from_response(request, entered))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The way in is open."""

    access_token: str
    refresh_token: str
    user_id: str


@dataclass(frozen=True, slots=True)
class EmailPending:
    """The address is not proven yet; the token resumes this sign-up or sign-in."""

    session_token: str


@dataclass(frozen=True, slots=True)
class SecondStepPending:
    """The first proof was right; the token resumes this sign-in with one of `methods`."""

    session_token: str
    methods: list[str]


@dataclass(frozen=True, slots=True)
class PasskeyPending:
    """The address of a new account is proven; the token resumes its sign-up with the passkey it will have."""

    session_token: str


type Outcome = SignedIn | EmailPending | SecondStepPending | PasskeyPending


def relay(request: Request, view: type[_Relayed], payload: dict[str, Any], *, pending: str = "") -> Outcome:
    """Run one of the flows above. `pending` is the session token of a sign-in to resume.

    :raises ValidationError: the input breaks a rule; :raises WrongCredentials, TooManyAttempts, VerificationExpired:
    """
    return _outcome(_run(request, view, payload, pending), pending, over=view.over)


def stage_challenge(request: Request, view: type[_AtStage], *, pending: str) -> dict[str, Any]:
    """What a passkey is asked at this stage of the sign-in or sign-up that the session token resumes: token and options.

    :raises SignInExpired: there is none.
    """
    response = _run(request, view, {}, pending)
    if response.status_code != HTTPStatus.OK:
        raise SignInExpired
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def _run(request: Request, view: type[_Relayed], payload: dict[str, Any], pending: str) -> HttpResponse:
    http = django_request(request)
    http.pending_sign_in = pending or None  # type: ignore[attr-defined]  # read by accounts.tokens.TokenStrategy
    try:
        response = view.as_api_view(client=Client.APP, payload=payload)(http)
    except ImmediateHttpResponse as immediate:
        response = immediate.response
    except UpdateError:  # the person was suspended, or signed out everywhere, while they came in
        raise SessionInterrupted("The session was ended while this request ran.") from None
    return cast("HttpResponse", response)


def _outcome(response: HttpResponse, pending: str, *, over: type[Refused]) -> Outcome:
    answer: dict[str, Any] = json.loads(response.content)  # allauth's shapes
    meta, content = answer.get("meta", {}), answer.get("data", {})
    if response.status_code == HTTPStatus.OK:
        return SignedIn(meta["access_token"], meta["refresh_token"], content["user"]["id"])
    if response.status_code == HTTPStatus.UNAUTHORIZED and (flow := _awaited(content)):
        token = meta.get("session_token", pending)
        if flow["id"] == Flow.VERIFY_EMAIL:
            return EmailPending(token)
        if flow["id"] == Flow.MFA_SIGNUP_WEBAUTHN:
            return PasskeyPending(token)
        types = flow["types"]
        return SecondStepPending(token, [method.value for kind, method in METHODS.items() if kind in types])
    if response.status_code == HTTPStatus.BAD_REQUEST:
        _refuse_input(answer["errors"])
    if response.status_code in {HTTPStatus.CONFLICT, HTTPStatus.GONE} or pending:
        raise over
    # 429, or an answer that asks for nothing: the code could not be mailed, because one was mailed just now.
    raise TooManyAttempts


def _awaited(content: dict[str, Any]) -> dict[str, Any] | None:
    """The step that this sign-in waits for, if it is one that an app can take."""
    steps = (Flow.VERIFY_EMAIL, Flow.MFA_AUTHENTICATE, Flow.MFA_SIGNUP_WEBAUTHN)
    return next((flow for flow in content.get("flows", []) if flow["id"] in steps and flow.get("is_pending")), None)


def _refuse_input(errors: list[dict[str, str]]) -> None:
    codes = {error["code"] for error in errors}
    if TOO_MANY in codes:
        raise TooManyAttempts
    if WRONG_CREDENTIALS in codes:
        raise WrongCredentials
    by_field: dict[str, list[ErrorDetail]] = {}
    for error in errors:
        name = error.get("param", "non_field_errors")
        by_field.setdefault(OUR_NAMES.get(name, name), []).append(ErrorDetail(error["message"], code=error["code"]))
    raise ValidationError(by_field)
