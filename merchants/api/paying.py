"""Paying a charge or a store, what was paid, and giving back."""

import uuid

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import AgreementNeeded, StepUpRequired
from config.idempotency import idempotent
from config.openapi import refuses
from merchants.api.own import store_of_path
from merchants.authentication import ForPrograms, actor_of
from merchants.errors import (
    ChargeCancelled,
    ChargeExpired,
    ChargePaid,
    NotInYourRole,
    ScopeMissing,
    StoreClosed,
    WrongCurrency,
)
from merchants.models import Charge, Store
from merchants.operations import pay_charge, pay_store, refund_payment
from merchants.queries import as_store_sees, payments_seen_in, payments_to
from merchants.roles import Act
from merchants.serializers.stores import (
    ChargePaymentInput,
    StorePaymentAnswer,
    StorePaymentInput,
    StoreRefundAnswer,
)
from payments.api.own import checked, key_of, made, wallet_of_body
from payments.errors import OwnWallet, WalletNotFound
from payments.ledger import InsufficientFunds, NotRefundable, RefundExceedsPayment, WalletClosed, WalletFrozen
from payments.models import Transaction
from payments.money import AssetMismatch, InvalidAmount, UnknownAsset
from payments.serializers import RefundInput, TransactionAnswer

TRANSFER_REFUSALS = (
    StoreClosed, WrongCurrency, WalletNotFound, InsufficientFunds, WalletFrozen, WalletClosed, OwnWallet, AgreementNeeded,
    StepUpRequired,
)  # fmt: skip


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


class StorePayments(ForPrograms, generics.GenericAPIView[Transaction]):
    """What was paid to a store, and paying it."""

    @extend_schema(
        operation_id="store_payments",
        responses={200: StorePaymentAnswer(many=True)},
        description="What was paid to the store, newest first. Staff see today's.",
    )
    @refuses(NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.SEE_TODAY)
        rows = self.paginate_queryset(self.filter_queryset(payments_seen_in(store, now=timezone.now())))
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


class StoreRefunds(ForPrograms, APIView):
    """Giving a store's customer money back."""

    @extend_schema(
        operation_id="store_refund",
        request=RefundInput,
        responses={201: StoreRefundAnswer},
        description="Gives back a payment or a part of it, from the store's wallet. For owner and administrators.",
    )
    @refuses(
        NotInYourRole, ScopeMissing, NotRefundable, RefundExceedsPayment, InsufficientFunds, WalletClosed, WalletFrozen,
        AssetMismatch, InvalidAmount, UnknownAsset,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, store_id: uuid.UUID, transaction_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.REFUND)
        payment = get_object_or_404(payments_to(store), pk=transaction_id)
        values = checked(request, RefundInput)
        back = refund_payment(
            store=store,
            original=payment,
            amount=values["money"],
            actor=actor_of(request),
            key=key_of(request),
            reason=values["reason"],
            now=timezone.now(),
        )
        return Response(StoreRefundAnswer(back).data, status=status.HTTP_201_CREATED)
