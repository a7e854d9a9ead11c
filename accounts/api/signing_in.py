"""The API's doors: register, verify, log in, refresh, log out."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import relay, tokens
from accounts.errors import (
    AccountSuspended,
    EmailUnverified,
    RecoveredMeanwhile,
    RefreshTokenRefused,
    SecondFactorRequired,
    TooManyAttempts,
    VerificationExpired,
    WrongCredentials,
)
from accounts.identity import IdentityDetails
from accounts.models import User
from accounts.operations import sign_out
from accounts.serializers.people import Profile
from accounts.serializers.signing_in import (
    LoginInput,
    PasskeyPendingAnswer,
    PendingAnswer,
    RefreshInput,
    RegisterInput,
    TokenAnswer,
    VerifyInput,
)
from accounts.staging import offer
from config.api import django_request, read
from config.openapi import refuses
from config.problems import NotAuthenticated

COOKIE = "__Secure-florin_refresh" if settings.SESSION_COOKIE_SECURE else "florin_refresh"
COOKIE_PATH = "/api/auth/"
TRANSPORT = "X-Token-Transport"
TRANSPORT_HEADER = OpenApiParameter(
    TRANSPORT,
    location=OpenApiParameter.HEADER,
    enum=["cookie"],
    description="`cookie`: the refresh token travels in an HttpOnly cookie instead of the body.",
)


@method_decorator(never_cache, name="dispatch")
class SignInView(APIView):
    """What the doors have in common: anybody may knock, and whoever gets in is given tokens."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def token_answer(self, request: Request, *, access_token: str, refresh_token: str, user: User) -> Response:
        content = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
            "user": Profile(user).data,
        }
        if request.headers.get(TRANSPORT) != "cookie":
            return Response({**content, "refresh_token": refresh_token})
        response = Response(content)
        response.set_cookie(
            COOKIE,
            refresh_token,
            max_age=settings.REFRESH_TOKEN_LIFETIME,
            path=COOKIE_PATH,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
        return response

    def answer(self, request: Request, outcome: relay.Outcome) -> Response:
        """:raises SecondFactorRequired: the first proof was right, and the account asks for another."""
        if isinstance(outcome, relay.EmailPending):
            return self.pending(outcome)
        if isinstance(outcome, relay.SecondStepPending):
            raise SecondFactorRequired(session_token=outcome.session_token, methods=outcome.methods)
        if isinstance(outcome, relay.PasskeyPending):
            content = {"next": "make_passkey", "session_token": outcome.session_token}
            return Response(content, status=status.HTTP_202_ACCEPTED)
        user = User.objects.get(pk=outcome.user_id)
        return self.token_answer(request, access_token=outcome.access_token, refresh_token=outcome.refresh_token, user=user)

    def pending(self, outcome: relay.EmailPending) -> Response:
        """:raises EmailUnverified: the way in is the code that was mailed."""
        raise EmailUnverified(session_token=outcome.session_token)


class Register(SignInView):
    """Opens an account."""

    @refuses(TooManyAttempts)
    @extend_schema(
        operation_id="register",
        auth=[],
        request=RegisterInput,
        responses={202: PendingAnswer},
        description="Opens an account and mails a code. One without a password gets a passkey when the address is proven."
        " An address that has an account gets the same answer, and another mail."
        " What comes along about who its owner is by law goes to review with the proof of the address; until then it is kept"
        " for an hour at most, and of an address that has an account nothing is kept.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, RegisterInput)
        identity: IdentityDetails | None = values.pop("identity", None)
        if identity and not values.get("name"):
            values["name"] = f"{identity.first_name} {identity.last_name}"[:120]
        offer(django_request(request), identity)
        flow = relay.SignUp if "password" in values else relay.SignUpByPasskey
        return self.answer(request, relay.relay(request, flow, values))

    def pending(self, outcome: relay.EmailPending) -> Response:
        lifetime_s = settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT
        content = {"next": "verify_email", "session_token": outcome.session_token, "expires_in": lifetime_s}
        return Response(content, status=status.HTTP_202_ACCEPTED)


class Verify(SignInView):
    """Proves an address."""

    @refuses(VerificationExpired, EmailUnverified, SecondFactorRequired, TooManyAttempts)
    @extend_schema(
        operation_id="verify",
        auth=[],
        request=VerifyInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer, 202: PasskeyPendingAnswer},
        description="Proves the address with the mailed code, and signs in. An account that was registered without a password"
        " makes its passkey first (202).",
    )
    def post(self, request: Request) -> Response:
        values = read(request, VerifyInput)
        outcome = relay.relay(request, relay.VerifyEmail, {"key": values["code"]}, pending=values["session_token"])
        return self.answer(request, outcome)


class Login(SignInView):
    """Signs in."""

    @refuses(WrongCredentials, EmailUnverified, SecondFactorRequired, AccountSuspended, RecoveredMeanwhile, TooManyAttempts)
    @extend_schema(
        operation_id="login",
        auth=[],
        request=LoginInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Signs in. Before the address is proven this mails a new code and refuses with `email_unverified`."
        " An account with a second factor refuses with `second_factor_required`.",
    )
    def post(self, request: Request) -> Response:
        return self.answer(request, relay.relay(request, relay.SignIn, read(request, LoginInput)))


class Refresh(SignInView):
    """Exchanges a refresh token."""

    @refuses(RefreshTokenRefused)
    @extend_schema(
        operation_id="refresh",
        auth=[],
        request=RefreshInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Exchanges the refresh token for a new pair. Each works once; one that comes back later ends the session.",
    )
    def post(self, request: Request) -> Response:
        token = _refresh_token(request, read(request, RefreshInput))
        pair = tokens.rotate(token, now=timezone.now()) if token else None
        if pair is None:
            raise RefreshTokenRefused
        return self.token_answer(request, access_token=pair.access_token, refresh_token=pair.refresh_token, user=pair.user)


class Logout(SignInView):
    """Signs out."""

    @refuses(NotAuthenticated)
    @extend_schema(
        operation_id="logout",
        request=RefreshInput,
        parameters=[TRANSPORT_HEADER],
        responses={204: None},
        description="Ends the session of the access token, or of the refresh token when the access token has expired.",
    )
    def post(self, request: Request) -> Response:
        claims = _claims(request, read(request, RefreshInput))
        if claims is None or not sign_out(session_id=claims.session_id, user_id=claims.user_id, now=timezone.now()):
            raise NotAuthenticated
        response = Response(status=status.HTTP_204_NO_CONTENT)
        response.delete_cookie(COOKIE, path=COOKIE_PATH, samesite="Strict")
        return response


def _refresh_token(request: Request, values: dict[str, Any]) -> str:
    """From the body, or from the cookie if the header asks for it: no other site can send that header."""
    if "refresh_token" in values:
        return str(values["refresh_token"])
    return request.COOKIES.get(COOKIE, "") if request.headers.get(TRANSPORT) == "cookie" else ""


def _claims(request: Request, values: dict[str, Any]) -> tokens.Claims | None:
    scheme, _space, access_token = request.headers.get("Authorization", "").partition(" ")
    candidates: list[tuple[str, tokens.Use]] = [(_refresh_token(request, values), "refresh")]
    if scheme.lower() == "bearer":
        candidates.insert(0, (access_token.strip(), "access"))
    for token, use in candidates:
        try:
            return tokens.verify(token, use=use)
        except tokens.TokenError:
            continue
    return None
