"""The API about wallets."""

import datetime as dt
import uuid

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import AgreementNeeded
from config.api import NothingInput
from config.database import operation
from config.openapi import refuses
from config.problems import InputError, InvalidInput
from payments.api.own import checked, wallet_of_path
from payments.errors import AccountFrozen, TooManyWallets, WalletBusy, WalletNotEmpty
from payments.ledger import WalletClosed, WalletFrozen
from payments.models import Posting, Wallet
from payments.money import UnknownAsset
from payments.operations import close_wallet, make_primary, open_wallet, rename_wallet
from payments.queries import balance_at
from payments.serializers import BalanceAnswer, PostingAnswer, WalletAnswer, WalletChange, WalletInput

AT = OpenApiParameter(
    "at", dt.datetime, description="An instant (RFC 3339, with its offset), not in the future. Now if left out."
)


class WalletFilter(filters.FilterSet):
    """Which wallets."""

    status = filters.ChoiceFilter(choices=Wallet.Status.choices)
    asset = filters.CharFilter(max_length=10)


class Wallets(generics.ListAPIView[Wallet]):
    """The caller's wallets."""

    queryset = Wallet.objects.none()  # says what the list is of
    serializer_class = WalletAnswer
    filterset_class = WalletFilter

    def get_queryset(self) -> QuerySet[Wallet]:
        wallets: QuerySet[Wallet] = Wallet.objects.owned_by(person(self.request)).with_balance()
        return wallets

    @extend_schema(operation_id="wallets", description="The caller's wallets, closed ones too, newest first.")
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="wallet_open",
        request=WalletInput,
        responses={201: WalletAnswer},
        description="Opens an empty wallet. The first one becomes the primary.",
    )
    @refuses(UnknownAsset, TooManyWallets, AccountFrozen, AgreementNeeded)
    def post(self, request: Request) -> Response:
        values, user = checked(request, WalletInput), person(request)
        wallet = open_wallet(user=user, asset=values["asset"], name=values["name"], actor=user, now=timezone.now())
        wallet.available = 0
        return Response(WalletAnswer(wallet).data, status=status.HTTP_201_CREATED)


class WalletDetail(APIView):
    """One wallet of the caller's."""

    @extend_schema(operation_id="wallet", responses={200: WalletAnswer})
    def get(self, request: Request, wallet_id: uuid.UUID) -> Response:
        return Response(WalletAnswer(wallet_of_path(request, wallet_id)).data)

    @extend_schema(
        operation_id="wallet_change",
        request=WalletChange,
        responses={200: WalletAnswer},
        description="Renames the wallet, or makes it the primary one.",
    )
    @refuses(WalletClosed)
    def patch(self, request: Request, wallet_id: uuid.UUID) -> Response:
        wallet, values = wallet_of_path(request, wallet_id), checked(request, WalletChange)
        user, now = person(request), timezone.now()

        @operation
        def change() -> None:
            if "name" in values:
                rename_wallet(wallet=wallet, name=values["name"], actor=user, now=now)
            if values.get("is_primary"):
                make_primary(wallet=wallet, actor=user, now=now)

        change()
        return Response(WalletAnswer(wallet_of_path(request, wallet_id)).data)


class WalletClosures(APIView):
    """The end of a wallet."""

    @extend_schema(
        operation_id="wallet_close",
        request=NothingInput,
        responses={201: WalletAnswer},
        description="Closes an empty wallet for good. If it was the primary one, the oldest other takes its place.",
    )
    @refuses(WalletNotEmpty, WalletBusy, WalletFrozen, WalletClosed)
    def post(self, request: Request, wallet_id: uuid.UUID) -> Response:
        wallet = wallet_of_path(request, wallet_id)
        checked(request, NothingInput)
        close_wallet(wallet=wallet, actor=person(request), now=timezone.now())
        return Response(WalletAnswer(wallet_of_path(request, wallet_id)).data, status=status.HTTP_201_CREATED)


class WalletBalance(APIView):
    """What lies or lay in a wallet."""

    @extend_schema(operation_id="wallet_balance", parameters=[AT], responses={200: BalanceAnswer})
    @refuses(InvalidInput)
    def get(self, request: Request, wallet_id: uuid.UUID) -> Response:
        wallet, at = wallet_of_path(request, wallet_id), _instant(request.query_params.get("at"), timezone.now())
        return Response(BalanceAnswer({"wallet": wallet.pk, "at": at, "money": balance_at(wallet, at)}).data)


class WalletPostings(generics.ListAPIView[Posting]):
    """What moved a wallet's balance."""

    queryset = Posting.objects.none()  # says what the list is of
    serializer_class = PostingAnswer

    def get_queryset(self) -> QuerySet[Posting]:
        wallet = wallet_of_path(self.request, self.kwargs["wallet_id"])
        return Posting.objects.filter(wallet=wallet).select_related("transaction", "wallet")

    @extend_schema(operation_id="wallet_postings", description="Every movement of the wallet, newest first.")
    def get(self, request: Request, wallet_id: uuid.UUID) -> Response:
        return self.list(request)


def _instant(text: str | None, now: dt.datetime) -> dt.datetime:
    if text is None:
        return now
    try:
        instant = parse_datetime(text.replace(" ", "+"))  # a plus sign in a query means a space
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        detail = _("Write an instant with its offset, such as 2026-11-21T12:00:00Z.")
        raise InvalidInput(errors=[InputError(parameter="at", code="invalid", detail=detail)])
    if instant > now:
        raise InvalidInput(errors=[InputError(parameter="at", code="in_the_future", detail=_("This is still to come."))])
    return instant
