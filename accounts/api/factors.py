"""The API's second step of signing in, and passkeys: signing up and in with one."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import relay
from accounts.api.signing_in import TRANSPORT_HEADER, SignInView
from accounts.entering import count_nonce
from accounts.errors import (
    AccountSuspended,
    PasskeyKnown,
    PasskeyRefused,
    RecoveredMeanwhile,
    SignInExpired,
    TooManyAttempts,
    WrongCode,
)
from accounts.passkeys import Purpose, begin_proof
from accounts.serializers.factors import (
    ChallengeAnswer,
    FirstPasskeyInput,
    PasskeyInput,
    SecondFactorInput,
    SessionTokenInput,
)
from accounts.serializers.signing_in import TokenAnswer
from config.api import NothingInput, django_request, read
from config.openapi import refuses


class SecondFactor(SignInView):
    """Takes the second step."""

    @refuses(WrongCode, PasskeyRefused, SignInExpired, AccountSuspended, RecoveredMeanwhile, TooManyAttempts)
    @extend_schema(
        operation_id="second_factor",
        auth=[],
        request=SecondFactorInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Goes on with the sign-in that was refused with `second_factor_required`: by a `code` of the"
        " authenticator app, a recovery code, or a passkey's `token` and `credential`.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, SecondFactorInput)
        pending = values.pop("session_token")
        return self.answer(request, relay.relay(request, relay.SecondStep, values, pending=pending))


class SecondFactorOptions(SignInView):
    """Asks a passkey at the second step."""

    @refuses(SignInExpired)
    @extend_schema(
        operation_id="second_factor_options",
        auth=[],
        request=SessionTokenInput,
        responses={200: ChallengeAnswer},
        description="What the platform's passkey API is asked with. The answer goes to `/api/auth/second-factor`.",
    )
    def post(self, request: Request) -> Response:
        return Response(relay.stage_challenge(request, relay.SecondStepChallenge, **_pending(request)))


class FirstPasskeyOptions(SignInView):
    """Asks for the passkey of a new account."""

    @refuses(SignInExpired)
    @extend_schema(
        operation_id="first_passkey_options",
        auth=[],
        request=SessionTokenInput,
        responses={200: ChallengeAnswer},
        description="What the platform's passkey API is asked with, to make the passkey of an account that was registered"
        " without a password. The answer goes to `/api/auth/register/passkey`.",
    )
    def post(self, request: Request) -> Response:
        return Response(relay.stage_challenge(request, relay.FirstPasskeyChallenge, **_pending(request)))


class FirstPasskey(SignInView):
    """Ends a sign-up without a password."""

    @refuses(PasskeyRefused, PasskeyKnown, SignInExpired, AccountSuspended, RecoveredMeanwhile)
    @extend_schema(
        operation_id="first_passkey",
        auth=[],
        request=FirstPasskeyInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Keeps the passkey of a new account, and signs in. Recovery codes are made with it; the portal shows them.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, FirstPasskeyInput)
        pending = values.pop("session_token")
        return self.answer(request, relay.relay(request, relay.FirstPasskey, values, pending=pending))


class PasskeyOptions(SignInView):
    """Begins a sign-in by passkey."""

    @refuses(TooManyAttempts)
    @extend_schema(
        operation_id="passkey_options",
        auth=[],
        request=NothingInput,
        responses={200: ChallengeAnswer},
        description="What the platform's passkey API is asked with. Good for five minutes and one answer.",
    )
    def post(self, request: Request) -> Response:
        read(request, NothingInput)
        count_nonce(django_request(request))
        asked = begin_proof(Purpose.SIGN_IN)
        return Response({"token": asked.token, "options": asked.options})


class SignInByPasskey(SignInView):
    """Signs in by passkey."""

    @refuses(PasskeyRefused, AccountSuspended, RecoveredMeanwhile, TooManyAttempts)
    @extend_schema(
        operation_id="sign_in_by_passkey",
        auth=[],
        request=PasskeyInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Signs in whoever's passkey answered. No second step follows: a passkey is both.",
    )
    def post(self, request: Request) -> Response:
        return self.answer(request, relay.relay(request, relay.PasskeySignIn, read(request, PasskeyInput)))


def _pending(request: Request) -> dict[str, str]:
    return {"pending": read(request, SessionTokenInput)["session_token"]}
