"""The API about money from and to the outside."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import AgreementNeeded, StepUpRequired
from config.idempotency import idempotent
from config.openapi import refuses
from payments.api.own import checked, key_of, made, wallet_of_body
from payments.errors import WalletNotFound
from payments.ledger import InsufficientFunds, WalletClosed, WalletFrozen
from payments.money import AssetMismatch, InvalidAmount, UnknownAsset
from payments.operations import start_deposit, start_withdrawal
from payments.providers.funding import FundingUnavailable, UnknownToken, funding_provider
from payments.serializers import DepositInput, TransactionAnswer, WithdrawalInput


class Deposits(APIView):
    """Topping up."""

    @extend_schema(
        operation_id="deposit_create",
        request=DepositInput,
        responses={201: TransactionAnswer},
        description="Asks the provider to collect money. The deposit is pending until the provider has answered.",
    )
    @refuses(
        FundingUnavailable, UnknownToken, WalletNotFound, InvalidAmount, UnknownAsset, AssetMismatch, WalletFrozen,
        WalletClosed, AgreementNeeded,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        values, provider = checked(request, DepositInput), funding_provider()
        provider.check_token(values["source"])
        deposit = start_deposit(
            wallet=wallet_of_body(request, values["wallet"]),
            amount=values["money"],
            provider=provider.name,
            source=values["source"],
            actor=person(request),
            key=key_of(request),
            now=timezone.now(),
        )
        return Response(made(deposit, request), status=status.HTTP_201_CREATED)


class Withdrawals(APIView):
    """Paying out."""

    @extend_schema(
        operation_id="withdrawal_create",
        request=WithdrawalInput,
        responses={201: TransactionAnswer},
        description="Puts the amount and its fee on hold and asks the provider to pay it out. The withdrawal is pending until"
        " the provider has answered; if it refuses, all of it comes back.",
    )
    @refuses(
        FundingUnavailable, UnknownToken, WalletNotFound, InvalidAmount, UnknownAsset, AssetMismatch, WalletFrozen,
        WalletClosed, InsufficientFunds, StepUpRequired,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        values, provider = checked(request, WithdrawalInput), funding_provider()
        provider.check_token(values["destination"])
        withdrawal = start_withdrawal(
            wallet=wallet_of_body(request, values["wallet"]),
            amount=values["money"],
            provider=provider.name,
            destination=values["destination"],
            actor=person(request),
            key=key_of(request),
            now=timezone.now(),
        )
        return Response(made(withdrawal, request), status=status.HTTP_201_CREATED)
