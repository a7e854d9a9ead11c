"""The API about exchange: assets, rates, quotes and conversions."""

import uuid

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import AgreementNeeded
from config.idempotency import idempotent
from config.openapi import refuses
from config.problems import InputError, InvalidInput
from payments.api.own import checked, key_of, made, wallet_of_body
from payments.assets import ASSETS
from payments.errors import AmountTooSmall, QuoteExpired, QuoteNotFound, QuoteUsed, RateUnavailable, WalletNotFound
from payments.ledger import InsufficientFunds, WalletClosed, WalletFrozen
from payments.models import ConversionQuote
from payments.money import AssetMismatch, InvalidAmount, UnknownAsset, asset_name
from payments.operations import convert, quote_conversion
from payments.providers.rates import rates_provider
from payments.serializers import AssetAnswer, ConversionInput, QuoteAnswer, QuoteInput, RateAnswer, TransactionAnswer

PAIR = [OpenApiParameter(name, str, required=True, description="An asset's code.") for name in ("source", "target")]


class Assets(APIView):
    """What money can be counted in."""

    @extend_schema(operation_id="assets", responses={200: AssetAnswer(many=True)})
    def get(self, request: Request) -> Response:
        """All assets, by code."""
        language = get_language() or "en"
        rows = [
            {"code": code, "scale": each.scale, "name": asset_name(code, language), "kind": each.kind}
            for code, each in sorted(ASSETS.items())
        ]
        return Response(AssetAnswer(rows, many=True).data)


class Rates(APIView):
    """What currencies are worth today."""

    @extend_schema(operation_id="rates", parameters=PAIR, responses={200: RateAnswer})
    @refuses(InvalidInput, RateUnavailable)
    def get(self, request: Request) -> Response:
        """The rate between two assets."""
        source, target = (_asset(request, name) for name in ("source", "target"))
        rate = rates_provider().rate(source, target, timezone.now().date())
        answer = {"source": source, "target": target, "rate": rate.value, "date": rate.date, "provider": rate.source}
        return Response(RateAnswer(answer).data)


class Quotes(APIView):
    """Offers to exchange."""

    @extend_schema(
        operation_id="quote_create",
        request=QuoteInput,
        responses={201: QuoteAnswer},
        description="Offers to exchange an amount of one of the caller's wallets into another. Moves nothing; the rate is held"
        " until `expires_at`.",
    )
    @refuses(
        WalletNotFound, InvalidAmount, UnknownAsset, AssetMismatch, RateUnavailable, AmountTooSmall, WalletFrozen,
        WalletClosed, AgreementNeeded,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        values, now = checked(request, QuoteInput), timezone.now()
        source = wallet_of_body(request, values["source_wallet"], field="source_wallet")
        target = wallet_of_body(request, values["target_wallet"], field="target_wallet")
        rate = rates_provider().rate(source.asset_id, target.asset_id, now.date())
        quote = quote_conversion(
            source=source, target=target, amount=values["money"], rate=rate, actor=person(request), now=now
        )
        return Response(QuoteAnswer(quote).data, status=status.HTTP_201_CREATED)


class QuoteDetail(APIView):
    """One offer to the caller."""

    @extend_schema(operation_id="quote", responses={200: QuoteAnswer})
    def get(self, request: Request, quote_id: uuid.UUID) -> Response:
        quotes = ConversionQuote.objects.visible_to(person(request)).select_related("source_wallet", "target_wallet")
        return Response(QuoteAnswer(get_object_or_404(quotes, pk=quote_id)).data)


class Conversions(APIView):
    """Exchanging."""

    @extend_schema(
        operation_id="conversion_create",
        request=ConversionInput,
        responses={201: TransactionAnswer},
        description="Exchanges as quoted, once.",
    )
    @refuses(QuoteNotFound, QuoteExpired, QuoteUsed, InsufficientFunds, WalletFrozen, WalletClosed, AgreementNeeded)
    @idempotent
    def post(self, request: Request) -> Response:
        user, values = person(request), checked(request, ConversionInput)
        quote = ConversionQuote.objects.visible_to(user).filter(pk=values["quote"]).first()
        if quote is None:
            raise QuoteNotFound
        exchanged = convert(quote=quote, actor=user, key=key_of(request), now=timezone.now())
        return Response(made(exchanged, request), status=status.HTTP_201_CREATED)


def _asset(request: Request, parameter: str) -> str:
    code = request.query_params.get(parameter, "")
    if code not in ASSETS:
        detail = _("Name an asset by its code, such as EUR.")
        raise InvalidInput(errors=[InputError(parameter=parameter, code=UnknownAsset.code, detail=detail)])
    return code
