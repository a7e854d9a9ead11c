"""What tills ask for."""

import uuid

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from config.api import NothingInput
from config.openapi import refuses
from merchants import qr
from merchants.api.own import charge_answer, charge_of_path, store_of_path
from merchants.authentication import ForPrograms, actor_of
from merchants.codes import find_charge, read_code
from merchants.errors import (
    ChargeCancelled,
    ChargeExpired,
    ChargePaid,
    CodeUnknown,
    NotInYourRole,
    ScopeMissing,
    StoreClosed,
    TooManyGuesses,
    WrongCurrency,
)
from merchants.operations import cancel_charge, create_charge
from merchants.roles import Act
from merchants.serializers.stores import (
    ChargeAnswer,
    ChargeInput,
    PayerChargeAnswer,
)
from payments.api.own import checked
from payments.money import InvalidAmount, UnknownAsset

QR_KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["svg", "png"])
QR_ANSWER = {(200, "image/svg+xml"): OpenApiTypes.BINARY, (200, "image/png"): OpenApiTypes.BINARY}


class StoreCharges(ForPrograms, APIView):
    """What the store's tills ask for."""

    @extend_schema(
        operation_id="charge_create",
        request=ChargeInput,
        responses={201: ChargeAnswer},
        description="Asks for an amount at a till. Anybody can pay it, once, by its code or QR code until it expires.",
    )
    @refuses(NotInYourRole, ScopeMissing, StoreClosed, WrongCurrency, InvalidAmount, UnknownAsset)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.TAKE_PAYMENT), checked(request, ChargeInput)
        charge = create_charge(
            store=store,
            amount=values["money"],
            tip=values.get("tip"),
            note=values.get("note", ""),
            terminal=values.get("terminal", ""),
            cashier=actor_of(request),
            now=timezone.now(),
        )
        return charge_answer(charge, status.HTTP_201_CREATED)


class ChargeDetail(ForPrograms, APIView):
    """A charge of a store where the caller works."""

    @extend_schema(operation_id="charge", responses={200: ChargeAnswer})
    def get(self, request: Request, charge_id: uuid.UUID) -> Response:
        return charge_answer(charge_of_path(request, charge_id))


class ChargeQR(ForPrograms, APIView):
    """The QR code of a charge."""

    @extend_schema(operation_id="charge_qr", parameters=[QR_KIND], responses=QR_ANSWER)
    def get(self, request: Request, charge_id: uuid.UUID, kind: str) -> HttpResponse:
        return qr.image(kind, qr.pay_address(charge_of_path(request, charge_id)))


class ChargeCancellations(ForPrograms, APIView):
    """Taking a charge back."""

    @extend_schema(
        operation_id="charge_cancel",
        request=NothingInput,
        responses={201: ChargeAnswer},
        description="Takes the charge back, so that nobody can pay it any more.",
    )
    @refuses(NotInYourRole, ScopeMissing, ChargePaid, ChargeExpired, ChargeCancelled)
    def post(self, request: Request, charge_id: uuid.UUID) -> Response:
        charge = charge_of_path(request, charge_id)
        checked(request, NothingInput)
        cancelled = cancel_charge(charge=charge, actor=actor_of(request), now=timezone.now())
        return charge_answer(cancelled, status.HTTP_201_CREATED)


class ChargeByCode(APIView):
    """A charge as its payers see it."""

    @extend_schema(
        operation_id="charge_by_code",
        responses={200: PayerChargeAnswer},
        description="What a payer is shown of the charge with this code. Look-ups that find nothing are limited.",
    )
    @refuses(CodeUnknown, TooManyGuesses)
    def get(self, request: Request, code: str) -> Response:
        charge = find_charge(read_code(code), person=person(request))
        return Response(PayerChargeAnswer(charge, context={"now": timezone.now()}).data)
