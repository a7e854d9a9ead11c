"""The API's door for a phone: a code by SMS signs in, and the first one opens an account."""

import json
import uuid

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import relay
from accounts.api.signing_in import TRANSPORT_HEADER, SignInView
from accounts.codes import LIFETIME, Use, send_code, spend_code
from accounts.entering import note_wrong_code
from accounts.errors import (
    AccountSuspended,
    CodeOver,
    RecoveredMeanwhile,
    SecondFactorRequired,
    TooManyAttempts,
    WrongTextCode,
)
from accounts.legal import as_fields, shown
from accounts.serializers.signing_in import PhoneInput, PhonePendingAnswer, PhoneVerifyInput, TokenAnswer
from config.api import django_request, read
from config.openapi import refuses
from config.sealing import BrokenSealError, seal, unseal

PURPOSE = "phone sign-in"


class AskForCode(SignInView):
    """Sends a code to a phone."""

    @refuses(TooManyAttempts)
    @extend_schema(
        operation_id="sign_in_by_phone",
        auth=[],
        request=PhoneInput,
        responses={202: PhonePendingAnswer},
        description="Sends a code by SMS. The answer is the same for every number, whether it has an account or not.",
    )
    def post(self, request: Request) -> Response:
        values, now = read(request, PhoneInput), timezone.now()
        http = django_request(request)
        code_id = send_code(http, phone=values["phone"], use=Use.SIGN_IN, now=now)
        asked = {"code": str(code_id), "phone": values["phone"], "timezone": values.get("timezone", "UTC")}
        asked |= as_fields(shown(values))
        token = seal(json.dumps(asked).encode(), purpose=PURPOSE)
        content = {"next": "verify_phone", "session_token": token, "expires_in": int(LIFETIME.total_seconds())}
        return Response(content, status=status.HTTP_202_ACCEPTED)


class VerifyPhone(SignInView):
    """Signs in with the code."""

    @refuses(WrongTextCode, CodeOver, SecondFactorRequired, AccountSuspended, RecoveredMeanwhile, TooManyAttempts)
    @extend_schema(
        operation_id="verify_phone",
        auth=[],
        request=PhoneVerifyInput,
        parameters=[TRANSPORT_HEADER],
        responses={200: TokenAnswer},
        description="Proves the number with the code of the message, and signs in; a number that is new here opens an account.",
    )
    def post(self, request: Request) -> Response:
        values, now = read(request, PhoneVerifyInput), timezone.now()
        try:
            asked: dict[str, str] = json.loads(unseal(values["session_token"], purpose=PURPOSE))
        except BrokenSealError:
            raise CodeOver from None
        http, code_id = django_request(request), uuid.UUID(asked["code"])
        with note_wrong_code(http, asked["phone"]):
            spend_code(http, code_id=code_id, phone=asked["phone"], use=Use.SIGN_IN, typed=values["code"], now=now)
        return self.answer(request, relay.relay(request, relay.EnterByPhone, asked))
