"""The API about transactions, and giving money back."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.middleware import zone_of
from accounts.models import User
from config.idempotency import idempotent
from config.openapi import refuses
from config.problems import InputError, InvalidInput
from payments.api.own import checked, key_of, made
from payments.assets import ASSETS
from payments.errors import NotPayee
from payments.ledger import InsufficientFunds, NotRefundable, RefundExceedsPayment, WalletClosed, WalletFrozen
from payments.models import Posting, Transaction, Wallet
from payments.money import AssetMismatch, InvalidAmount, Money, UnknownAsset, parse_plain
from payments.operations import refund
from payments.parties import Direction, view_for
from payments.queries import activity
from payments.serializers import RefundInput, TransactionAnswer, TransactionDetailAnswer, TransactionParts

SEARCH_LIMIT = 100


class TransactionFilter(filters.FilterSet):
    """Which transactions. Dates are whole days in the caller's time zone."""

    wallet = filters.UUIDFilter(method="of_wallet", help_text="One of the caller's.")
    kind = filters.MultipleChoiceFilter(choices=Transaction.Kind.choices)
    status = filters.MultipleChoiceFilter(choices=Transaction.Status.choices)
    direction = filters.ChoiceFilter(method="in_direction", choices=[(each.value, each.value) for each in Direction])
    asset = filters.CharFilter(method="of_asset", max_length=10, help_text="An asset's code.")
    min_date = filters.DateFilter(method="from_day", help_text="That day included.")
    max_date = filters.DateFilter(method="to_day", help_text="That day included.")
    min_amount = filters.CharFilter(method="of_amount", max_length=61, help_text="As a decimal; needs `asset`.")
    max_amount = filters.CharFilter(method="of_amount", max_length=61, help_text="As a decimal; needs `asset`.")
    search = filters.CharFilter(
        method="matching", max_length=SEARCH_LIMIT, help_text="In the note and the other side's name, or a confirmation code."
    )

    def of_wallet(self, found: QuerySet[Transaction], _name: str, wallet: uuid.UUID) -> QuerySet[Transaction]:
        return found.filter(Q(payer_wallet=wallet) | Q(payee_wallet=wallet))

    def of_asset(self, found: QuerySet[Transaction], name: str, code: str) -> QuerySet[Transaction]:
        if code not in ASSETS:
            detail = str(UnknownAsset.message)
            raise InvalidInput(errors=[InputError(parameter=name, code=UnknownAsset.code, detail=detail)])
        return found.filter(asset=code)

    def in_direction(self, found: QuerySet[Transaction], _name: str, direction: str) -> QuerySet[Transaction]:
        from_own, to_own = Q(payer_wallet__user=self._viewer), Q(payee_wallet__user=self._viewer)
        wanted = {
            Direction.INCOMING: to_own & ~from_own,
            Direction.OUTGOING: from_own & ~to_own,
            Direction.INTERNAL: from_own & to_own,
        }
        return found.filter(wanted[Direction(direction)])

    def from_day(self, found: QuerySet[Transaction], _name: str, day: dt.date) -> QuerySet[Transaction]:
        return found.filter(created_at__gte=self._midnight(day))

    def to_day(self, found: QuerySet[Transaction], _name: str, day: dt.date) -> QuerySet[Transaction]:
        return found.filter(created_at__lt=self._midnight(day + dt.timedelta(days=1)) if day < dt.date.max else timezone.now())

    def of_amount(self, found: QuerySet[Transaction], name: str, text: str) -> QuerySet[Transaction]:
        asset = self.form.cleaned_data.get("asset")
        if not asset:
            detail = _("An amount means nothing without its currency: add asset.")
            raise InvalidInput(errors=[InputError(parameter=name, code="amount_needs_asset", detail=detail)])
        try:
            minor = parse_plain(text, asset).amount
        except InvalidAmount as refusal:
            raise InvalidInput(errors=[InputError(parameter=name, code=refusal.code, detail=str(refusal))]) from None
        return found.filter(**{"amount__gte" if name == "min_amount" else "amount__lte": minor})

    def matching(self, found: QuerySet[Transaction], _name: str, text: str) -> QuerySet[Transaction]:
        # Only names that the caller is shown: nobody can search how strangers call their wallets.
        names = Q()
        for side in ("payer_wallet", "payee_wallet"):
            names |= Q(**{f"{side}__kind": Wallet.Kind.STORE, f"{side}__name__icontains": text})
            names |= Q(**{f"{side}__user__name__icontains": text}) & ~Q(**{f"{side}__user": self._viewer})
        return found.filter(names | Q(notes__icontains=text) | Q(confirmation_code=text.strip().upper()))

    @property
    def _viewer(self) -> User:
        return person(self.request)

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(), zone_of(self._viewer))


class Transactions(generics.ListAPIView[Transaction]):
    """What the caller paid and was paid."""

    queryset = Transaction.objects.none()  # says what the list is of
    filterset_class = TransactionFilter

    def get_queryset(self) -> QuerySet[Transaction]:
        return activity(person(self.request))

    @extend_schema(
        operation_id="transactions",
        responses={200: TransactionAnswer(many=True)},
        description="What the caller paid and was paid, newest first.",
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        views = [view_for(transaction, person(request)) for transaction in page or ()]
        return self.get_paginated_response(TransactionAnswer(views, many=True).data)


class TransactionDetail(APIView):
    """One transaction of the caller's."""

    @extend_schema(operation_id="transaction", responses={200: TransactionDetailAnswer})
    def get(self, request: Request, transaction_id: uuid.UUID) -> Response:
        user = person(request)
        transaction = get_object_or_404(activity(user), pk=transaction_id)
        parts = TransactionParts(_parts(transaction, user)).data
        return Response({**TransactionAnswer(view_for(transaction, user)).data, **parts})


class Refunds(APIView):
    """Giving money back."""

    @extend_schema(
        operation_id="refund_create",
        request=RefundInput,
        responses={201: TransactionAnswer},
        description="Gives back a payment or a part of it, from the wallet that got it. All refunds of one payment together"
        " never exceed it; the fee of the payment stays with the platform.",
    )
    @refuses(
        NotPayee, NotRefundable, RefundExceedsPayment, InsufficientFunds, WalletFrozen, WalletClosed, AssetMismatch,
        InvalidAmount, UnknownAsset,
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, transaction_id: uuid.UUID) -> Response:
        user = person(request)
        original = get_object_or_404(Transaction.objects.visible_to(user).with_parties(), pk=transaction_id)
        values = checked(request, RefundInput)
        if original.payee_wallet.user_id != user.pk:
            raise NotPayee
        back = refund(
            original=original,
            amount=values["money"],
            actor=user,
            key=key_of(request),
            reason=values["reason"],
            now=timezone.now(),
        )
        return Response(made(back, request), status=status.HTTP_201_CREATED)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a transaction did to its viewer's wallets, and what was given back of it."""

    legs: list[Posting]
    refunds: list[Transaction]
    refunded: Money


def _parts(transaction: Transaction, viewer: User) -> Parts:
    legs = Posting.objects.filter(transaction=transaction, wallet__user=viewer).select_related("wallet").order_by("pk")
    refunds = list(transaction.refunds.order_by("created_at"))
    given_back = sum(each.amount for each in refunds if each.status == Transaction.Status.COMPLETED)
    return Parts(list(legs), refunds, Money(given_back, transaction.asset_id))
