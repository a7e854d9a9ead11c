"""The API about sending money to others."""

import functools
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

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
from payments.errors import OwnWallet, WalletNotFound
from payments.ledger import BalanceTooLarge, InsufficientFunds, WalletClosed, WalletFrozen
from payments.money import AssetMismatch, InvalidAmount, UnknownAsset
from payments.operations import transfer
from payments.payees import PayeeHasNoWalletInAsset, PayeeNotFound, TooManyLookUps, find_payee, limited_look_ups
from payments.serializers import TransactionAnswer, TransferInput


def guesses_limited[View](method: Callable[..., Response]) -> Callable[..., Response]:
    """Counts payees that are not found, outside the transaction that their refusal undoes.

    Not those named by wallet address: there are too many addresses to guess one.
    """

    @functools.wraps(method)
    def limited(self: View, request: Request, *args: Any, **kwargs: Any) -> Response:
        payee = request.data.get("payee") if isinstance(request.data, dict) else None
        by_address = not isinstance(payee, dict) or payee.keys() == {"address"}
        with nullcontext() if by_address else limited_look_ups(person(request)):
            return method(self, request, *args, **kwargs)

    return limited


class Transfers(APIView):
    """Sending money."""

    @extend_schema(
        operation_id="transfer_create",
        request=TransferInput,
        responses={201: TransactionAnswer},
        description="Moves money to another person at once. The payee is found by exactly one of wallet address, e-mail and"
        " phone, and is paid into a wallet of the same asset: the primary one if it fits, else the oldest.",
    )
    @refuses(
        WalletNotFound, PayeeNotFound, PayeeHasNoWalletInAsset, TooManyLookUps, OwnWallet, InvalidAmount, UnknownAsset,
        AssetMismatch, WalletFrozen, WalletClosed, InsufficientFunds, BalanceTooLarge, AgreementNeeded,
        StepUpRequired,
    )  # fmt: skip
    @guesses_limited
    @idempotent
    def post(self, request: Request) -> Response:
        values = checked(request, TransferInput)
        payer, amount = wallet_of_body(request, values["wallet"]), values["money"]
        if payer.asset_id != amount.asset:
            raise AssetMismatch
        sent = transfer(
            payer=payer,
            payee=find_payee(identifier=values["payee"]["identifier"], asset=amount.asset),
            amount=amount,
            actor=person(request),
            key=key_of(request),
            notes=values.get("note", ""),
            now=timezone.now(),
        )
        return Response(made(sent, request), status=status.HTTP_201_CREATED)
