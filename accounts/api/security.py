"""The API of what guards an account: passkeys and the authenticator app."""

from allauth.mfa.models import Authenticator
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.enrolling import enroll, take_away
from accounts.errors import (
    LastWayIn,
    LongerPasswordNeeded,
    PasskeyKnown,
    PasskeyRefused,
    PasswordDemanded,
    SignInAgain,
    StepUpRequired,
    TooManyAttempts,
    TooManyPasskeys,
    WrongProof,
)
from accounts.factors import STRONG, factors_of
from accounts.operations import allow_factor, rename_passkey
from accounts.passkeys import begin_adding
from accounts.serializers.factors import (
    ChallengeAnswer,
    FactorAnswer,
    FactorNameInput,
    FactorRemovalInput,
    FactorsAnswer,
    NewPasskeyInput,
)
from config.api import NothingInput, django_request, read
from config.openapi import refuses
from config.problems import NotFound


@method_decorator(never_cache, name="dispatch")
class Factors(APIView):
    """What guards the account."""

    @extend_schema(operation_id="factors", responses={200: FactorsAnswer})
    def get(self, request: Request) -> Response:
        """The caller's passkeys and authenticator app, and how many recovery codes are left. The portal shows the codes."""
        kept = factors_of(person(request))
        strong = [*kept.passkeys, *([kept.totp] if kept.totp else [])]
        return Response(FactorsAnswer({"factors": strong, "recovery_codes_left": kept.codes_left}).data)


@method_decorator(never_cache, name="dispatch")
class NewPasskeyOptions(APIView):
    """Begins adding a passkey."""

    @refuses(StepUpRequired, SignInAgain)
    @extend_schema(
        operation_id="new_passkey_options",
        request=NothingInput,
        responses={200: ChallengeAnswer},
        description="What the platform's passkey API is asked with, to make another passkey for the caller. After a fresh proof"
        " only; its token is then good for five minutes, and for one passkey.",
    )
    def post(self, request: Request) -> Response:
        read(request, NothingInput)
        user = person(request)
        allow_factor(user=user, kind=Authenticator.Type.WEBAUTHN, now=timezone.now())
        asked = begin_adding(user)
        return Response({"token": asked.token, "options": asked.options})


@method_decorator(never_cache, name="dispatch")
class NewPasskey(APIView):
    """Adds a passkey."""

    @refuses(PasskeyRefused, PasskeyKnown, TooManyPasskeys)
    @extend_schema(
        operation_id="new_passkey",
        request=NewPasskeyInput,
        responses={201: FactorAnswer},
        description="Keeps what the platform made of the options. From then on the passkey signs in, and is asked for after a"
        " password.",
    )
    def post(self, request: Request) -> Response:
        values = read(request, NewPasskeyInput)
        factor = enroll(django_request(request), person(request), **values, now=timezone.now())
        return Response(FactorAnswer(factor).data, status=status.HTTP_201_CREATED)


@method_decorator(never_cache, name="dispatch")
class Factor(APIView):
    """One passkey."""

    @refuses(NotFound)
    @extend_schema(operation_id="rename_passkey", request=FactorNameInput, responses={200: FactorAnswer})
    def patch(self, request: Request, factor_id: int) -> Response:
        """Call it something else. An authenticator app has no name."""
        values, own = read(request, FactorNameInput), Authenticator.objects.filter(user=person(request))
        passkey = get_object_or_404(own, pk=factor_id, type=Authenticator.Type.WEBAUTHN)
        return Response(FactorAnswer(rename_passkey(passkey=passkey, name=values["name"], now=timezone.now())).data)


@method_decorator(never_cache, name="dispatch")
class FactorRemoval(APIView):
    """Takes a factor away."""

    @refuses(NotFound, StepUpRequired, PasswordDemanded, LongerPasswordNeeded, LastWayIn, WrongProof, TooManyAttempts)
    @extend_schema(
        operation_id="remove_factor",
        request=FactorRemovalInput,
        responses={204: None},
        description="Takes a passkey or the authenticator app away, after a fresh proof. The last of them takes the recovery"
        " codes along, and wants the account's `password`, if it has one.",
    )
    def post(self, request: Request, factor_id: int) -> Response:
        values, own = read(request, FactorRemovalInput), Authenticator.objects.filter(user=person(request))
        factor = get_object_or_404(own, pk=factor_id, type__in=STRONG)
        take_away(django_request(request), factor, password=values.get("password", ""), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
