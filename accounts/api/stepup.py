"""The API that confirms an act."""

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.codes import LIFETIME
from accounts.errors import ProofTooWeak, StepUpOver, TooManyAttempts, WrongProof
from accounts.models import StepUpMethod
from accounts.operations import confirm_step_up
from accounts.proofs import answer, ask_passkey, send_proof
from accounts.serializers.factors import OptionsAnswer
from accounts.serializers.stepup import StepUpAnswer, StepUpChallengeInput, StepUpCodeAnswer, StepUpInput
from accounts.stepup import methods_of, open_challenge
from config.api import django_request, read
from config.openapi import refuses


@method_decorator(never_cache, name="dispatch")
class StepUps(APIView):
    """Confirming what `step_up_required` refused."""

    @refuses(StepUpOver, ProofTooWeak, WrongProof, TooManyAttempts)
    @extend_schema(
        operation_id="step_up",
        request=StepUpInput,
        responses={200: StepUpAnswer},
        description="Answers the challenge of a `step_up_required` with one of its `methods`. The request that was refused"
        " then goes through once, sent again as it was in the same session; with another amount or payee it is refused anew.",
    )
    def post(self, request: Request) -> Response:
        values, user, now = read(request, StepUpInput), person(request), timezone.now()
        challenge, session = open_challenge(values["challenge"], user=user, now=now)
        method, accepted = StepUpMethod(values["method"]), methods_of(user)
        if method not in accepted:
            raise ProofTooWeak(methods=list(accepted))
        http = django_request(request)
        answer(http, user, challenge=challenge, method=method, given=values["given"], now=now)
        confirmed = confirm_step_up(challenge=challenge, user=user, session=session, method=method, now=now)
        expires_in = int((confirmed.expires_at - now).total_seconds())
        return Response(StepUpAnswer({"act": confirmed.act, "expires_in": expires_in}).data)


@method_decorator(never_cache, name="dispatch")
class StepUpOptions(APIView):
    """Asking a passkey to confirm."""

    @refuses(StepUpOver, ProofTooWeak)
    @extend_schema(
        operation_id="step_up_options",
        request=StepUpChallengeInput,
        responses={200: OptionsAnswer},
        description="What the platform's passkey API is asked with for the challenge of a `step_up_required` whose `methods`"
        " name `passkey`. What the passkey signs stands for the act: its answer, the `credential` of `/api/auth/step-up`, is"
        " good for nothing else.",
    )
    def post(self, request: Request) -> Response:
        values, user = read(request, StepUpChallengeInput), person(request)
        challenge, _session = open_challenge(values["challenge"], user=user, now=timezone.now())
        return Response({"options": ask_passkey(user, challenge).options})


@method_decorator(never_cache, name="dispatch")
class StepUpCodes(APIView):
    """Sending the code that confirms, to somebody without a password."""

    @refuses(StepUpOver, ProofTooWeak, TooManyAttempts)
    @extend_schema(
        operation_id="step_up_code",
        request=StepUpChallengeInput,
        responses={202: StepUpCodeAnswer},
        description="Sends a code by SMS for the challenge of a `step_up_required` whose `methods` name `sms`. Sent again,"
        " only the last one is good.",
    )
    def post(self, request: Request) -> Response:
        values, user, now = read(request, StepUpChallengeInput), person(request), timezone.now()
        challenge, _session = open_challenge(values["challenge"], user=user, now=now)
        send_proof(django_request(request), user, challenge=challenge, now=now)
        return Response({"expires_in": int(LIFETIME.total_seconds())}, status=status.HTTP_202_ACCEPTED)
