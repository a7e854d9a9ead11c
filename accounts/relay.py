"""allauth's API flows behind our addresses: its rules and limits, our input and our answers."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.account import inputs, views
from allauth.headless.base.response import AuthenticationResponse
from allauth.headless.base.views import APIView
from allauth.headless.constants import Client, Flow
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from accounts.entering import enter, enter_by_phone
from accounts.errors import TooManyAttempts, VerificationExpired, WrongCredentials
from accounts.providers.identity import Identity

WRONG_CREDENTIALS = "email_password_mismatch"
TOO_MANY = "too_many_login_attempts"
OUR_NAMES = {"key": "code"}  # allauth's name of a field where ours is another


class _Relayed(APIView):
    """Takes its input from our view, which has parsed and checked the body."""

    payload: dict[str, str] = {}

    def _parse_json(self, request: HttpRequest) -> dict[str, str]:
        return self.payload


class SignUp(_Relayed, views.SignupView):
    """Makes an account, or pretends to when the address has one."""


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


class Enter(_Relayed):
    """Signs in with an identity that our view has checked; the payload is its fields."""

    def post(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", AuthenticationResponse.from_response(request, enter(request, Identity(**self.payload))))


class EnterByPhone(_Relayed):
    """Signs in with a number that our view has seen the code of."""

    def post(self, request: HttpRequest) -> HttpResponse:
        entered = enter_by_phone(request, self.payload["phone"], time_zone=self.payload["timezone"])
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


def relay(request: Request, view: type[_Relayed], payload: dict[str, str], *, pending: str = "") -> SignedIn | EmailPending:
    """Run one of the flows above. `pending` is the session token of a sign-in to resume.

    :raises ValidationError: the input breaks a rule; :raises WrongCredentials, TooManyAttempts, VerificationExpired:
    """
    http = request._request  # noqa: SLF001 allauth works on the request that REST framework wraps
    http.pending_sign_in = pending or None  # type: ignore[attr-defined]  # read by accounts.tokens.TokenStrategy
    try:
        response = view.as_api_view(client=Client.APP, payload=payload)(http)
    except ImmediateHttpResponse as immediate:
        response = immediate.response
    return _outcome(cast("HttpResponse", response), pending)


def _outcome(response: HttpResponse, pending: str) -> SignedIn | EmailPending:
    answer: dict[str, Any] = json.loads(response.content)  # allauth's shapes
    meta, content = answer.get("meta", {}), answer.get("data", {})
    if response.status_code == HTTPStatus.OK:
        return SignedIn(meta["access_token"], meta["refresh_token"], content["user"]["id"])
    if response.status_code == HTTPStatus.UNAUTHORIZED and _awaits_code(content):
        return EmailPending(meta.get("session_token", pending))
    if response.status_code == HTTPStatus.BAD_REQUEST:
        _refuse_input(answer["errors"])
    if response.status_code in {HTTPStatus.CONFLICT, HTTPStatus.GONE} or pending:
        raise VerificationExpired
    # 429, or an answer that asks for nothing: the code could not be mailed, because one was mailed just now.
    raise TooManyAttempts


def _awaits_code(content: dict[str, Any]) -> bool:
    return any(flow["id"] == Flow.VERIFY_EMAIL and flow.get("is_pending") for flow in content.get("flows", []))


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
