"""The API about stores, tills and paying there."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import AgreementNeeded, StepUpRequired
from config.api import NothingInput
from config.idempotency import idempotent
from config.openapi import refuses
from merchants import qr
from merchants.codes import find_charge, find_store, read_code
from merchants.errors import (
    ChargeCancelled,
    ChargeExpired,
    ChargePaid,
    CodeUnknown,
    NotInYourRole,
    StoreClosed,
    SymbolTaken,
    TooManyGuesses,
    WrongCurrency,
)
from merchants.models import Charge, Store
from merchants.operations import cancel_charge, create_charge, open_store, pay_charge, pay_store, refund_payment
from merchants.queries import as_store_sees, balance_of, payments_to
from merchants.roles import Act, may
from merchants.serializers import (
    ChargeAnswer,
    ChargeInput,
    ChargePaymentInput,
    PayerChargeAnswer,
    PublicStoreAnswer,
    StoreAnswer,
    StoreDetailAnswer,
    StoreInput,
    StorePaymentAnswer,
    StorePaymentInput,
    StoreRefundAnswer,
)
from payments.api.own import checked, key_of, made, wallet_of_body
from payments.errors import OwnWallet, WalletNotFound
from payments.ledger import InsufficientFunds, NotRefundable, RefundExceedsPayment, WalletClosed, WalletFrozen
from payments.models import Transaction
from payments.money import AssetMismatch, InvalidAmount, UnknownAsset, parse_plain
from payments.serializers import RefundInput, TransactionAnswer

QR_AMOUNT = OpenApiParameter("amount", str, description='What to ask for, such as "12.50". Without it the payer names it.')
QR_KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["svg", "png"])
QR_ANSWER = {(200, "image/svg+xml"): OpenApiTypes.BINARY, (200, "image/png"): OpenApiTypes.BINARY}
TRANSFER_REFUSALS = (
    StoreClosed, WrongCurrency, WalletNotFound, InsufficientFunds, WalletFrozen, WalletClosed, OwnWallet, AgreementNeeded,
    StepUpRequired,
)  # fmt: skip


def store_of_path(request: Request, store_id: uuid.UUID) -> Store:
    """The store that the address names, if the caller works there.

    :raises Http404: they do not, or there is none.
    """
    stores = Store.objects.run_by(person(request)).select_related("settlement_wallet")
    return get_object_or_404(stores, pk=store_id)


def charge_of_path(request: Request, charge_id: uuid.UUID) -> Charge:
    """The charge that the address names, if the caller works in its store.

    :raises Http404: they do not, or there is none.
    """
    charges = Charge.objects.at_stores_of(person(request)).select_related("store__settlement_wallet", "transaction")
    return get_object_or_404(charges, pk=charge_id)


def charge_answer(charge: Charge, http_status: int = status.HTTP_200_OK) -> Response:
    """The charge as its till sees it now."""
    return Response(ChargeAnswer(charge, context={"now": timezone.now()}).data, status=http_status)


class Stores(generics.ListAPIView[Store]):
    """The stores where the caller works."""

    serializer_class = StoreAnswer

    def get_queryset(self) -> Any:  # a QuerySet with the caller's role
        return Store.objects.run_by(person(self.request)).select_related("settlement_wallet")

    @extend_schema(operation_id="stores", description="The stores where the caller works, newest first.")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="store_open",
        request=StoreInput,
        responses={201: StoreDetailAnswer},
        description="Opens a store of the caller's, with an empty wallet that its payments go into.",
    )
    @refuses(SymbolTaken, UnknownAsset, AgreementNeeded)
    def post(self, request: Request) -> Response:
        values, owner = checked(request, StoreInput), person(request)
        opened = open_store(owner=owner, now=timezone.now(), **values)
        store = store_of_path(request, opened.pk)
        answer = StoreDetailAnswer(store, context={"balance": balance_of(store)})
        return Response(answer.data, status=status.HTTP_201_CREATED)


class StoreDetail(APIView):
    """One store where the caller works."""

    @extend_schema(operation_id="store", responses={200: StoreDetailAnswer})
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id)
        balance = balance_of(store) if may(store.role, Act.SEE_BALANCE) else None
        return Response(StoreDetailAnswer(store, context={"balance": balance}).data)


class StoreByCode(APIView):
    """A store as its payers see it."""

    @extend_schema(
        operation_id="store_by_code",
        responses={200: PublicStoreAnswer},
        description="What a payer is shown of the store with this code. Look-ups that find nothing are limited.",
    )
    @refuses(CodeUnknown, TooManyGuesses)
    def get(self, request: Request, code: str) -> Response:
        return Response(PublicStoreAnswer(find_store(read_code(code), person=person(request))).data)


class StoreQR(APIView):
    """The QR code of a store."""

    @extend_schema(operation_id="store_qr", parameters=[QR_KIND, QR_AMOUNT], responses=QR_ANSWER)
    @refuses(InvalidAmount)
    def get(self, request: Request, store_id: uuid.UUID, kind: str) -> HttpResponse:
        store = store_of_path(request, store_id)
        text = request.query_params.get("amount")
        amount = parse_plain(text, store.asset) if text is not None else None
        return qr.image(kind, qr.pay_address(store, amount))


class StoreCharges(APIView):
    """What the store's tills ask for."""

    @extend_schema(
        operation_id="charge_create",
        request=ChargeInput,
        responses={201: ChargeAnswer},
        description="Asks for an amount at a till. Anybody can pay it, once, by its code or QR code until it expires.",
    )
    @refuses(NotInYourRole, StoreClosed, WrongCurrency, InvalidAmount, UnknownAsset)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id), checked(request, ChargeInput)
        charge = create_charge(
            store=store,
            amount=values["money"],
            note=values.get("note", ""),
            terminal=values.get("terminal", ""),
            cashier=person(request),
            now=timezone.now(),
        )
        return charge_answer(charge, status.HTTP_201_CREATED)


class ChargeDetail(APIView):
    """A charge of a store where the caller works."""

    @extend_schema(operation_id="charge", responses={200: ChargeAnswer})
    def get(self, request: Request, charge_id: uuid.UUID) -> Response:
        return charge_answer(charge_of_path(request, charge_id))


class ChargeQR(APIView):
    """The QR code of a charge."""

    @extend_schema(operation_id="charge_qr", parameters=[QR_KIND], responses=QR_ANSWER)
    def get(self, request: Request, charge_id: uuid.UUID, kind: str) -> HttpResponse:
        return qr.image(kind, qr.pay_address(charge_of_path(request, charge_id)))


class ChargeCancellations(APIView):
    """Taking a charge back."""

    @extend_schema(
        operation_id="charge_cancel",
        request=NothingInput,
        responses={201: ChargeAnswer},
        description="Takes the charge back, so that nobody can pay it any more.",
    )
    @refuses(NotInYourRole, ChargePaid, ChargeExpired, ChargeCancelled)
    def post(self, request: Request, charge_id: uuid.UUID) -> Response:
        charge = charge_of_path(request, charge_id)
        checked(request, NothingInput)
        cancelled = cancel_charge(charge=charge, actor=person(request), now=timezone.now())
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


class ChargePayments(APIView):
    """Paying a charge."""

    @extend_schema(
        operation_id="charge_pay",
        request=ChargePaymentInput,
        responses={201: TransactionAnswer},
        description="Pays the charge from one of the caller's wallets. Of several payers one pays; the others find it paid.",
    )
    @refuses(ChargePaid, ChargeExpired, ChargeCancelled, *TRANSFER_REFUSALS)
    @idempotent
    def post(self, request: Request, charge_id: uuid.UUID) -> Response:
        charge, payer = get_object_or_404(Charge, pk=charge_id), person(request)
        values = checked(request, ChargePaymentInput)
        wallet = wallet_of_body(request, values["wallet"])
        payment = pay_charge(charge=charge, payer_wallet=wallet, actor=payer, key=key_of(request), now=timezone.now())
        return Response(made(payment, request), status=status.HTTP_201_CREATED)


class StorePayments(generics.GenericAPIView[Transaction]):
    """What was paid to a store, and paying it."""

    @extend_schema(
        operation_id="store_payments",
        responses={200: StorePaymentAnswer(many=True)},
        description="What was paid to the store, newest first, for those who work there.",
    )
    @refuses(NotInYourRole)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id)
        if not may(store.role, Act.SEE_PAYMENTS):
            raise NotInYourRole
        rows = self.paginate_queryset(self.filter_queryset(payments_to(store)))
        answers = StorePaymentAnswer([as_store_sees(row) for row in rows or ()], many=True)
        return self.get_paginated_response(answers.data)

    @extend_schema(
        operation_id="store_pay",
        request=StorePaymentInput,
        responses={201: TransactionAnswer},
        description="Pays the store an amount that the caller names, from one of their wallets.",
    )
    @refuses(InvalidAmount, UnknownAsset, *TRANSFER_REFUSALS)
    @idempotent
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store = get_object_or_404(Store.objects.select_related("settlement_wallet"), pk=store_id)
        values = checked(request, StorePaymentInput)
        payment = pay_store(
            store=store,
            amount=values["money"],
            payer_wallet=wallet_of_body(request, values["wallet"]),
            actor=person(request),
            key=key_of(request),
            notes=values.get("note", ""),
            now=timezone.now(),
        )
        return Response(made(payment, request), status=status.HTTP_201_CREATED)


class StoreRefunds(APIView):
    """Giving a store's customer money back."""

    @extend_schema(
        operation_id="store_refund",
        request=RefundInput,
        responses={201: StoreRefundAnswer},
        description="Gives back a payment or a part of it, from the store's wallet. For owner and administrators.",
    )
    @refuses(
        NotInYourRole, NotRefundable, RefundExceedsPayment, InsufficientFunds, WalletClosed, WalletFrozen, AssetMismatch,
        InvalidAmount, UnknownAsset,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, store_id: uuid.UUID, transaction_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id)
        payment = get_object_or_404(payments_to(store), pk=transaction_id)
        values = checked(request, RefundInput)
        back = refund_payment(
            store=store,
            original=payment,
            amount=values["money"],
            actor=person(request),
            key=key_of(request),
            reason=values["reason"],
            now=timezone.now(),
        )
        return Response(StoreRefundAnswer(back).data, status=status.HTTP_201_CREATED)
