"""Paying a store out."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import StepUpRequired
from config.api import NothingInput
from config.idempotency import idempotent
from config.openapi import refuses
from merchants.api.own import store_of_path
from merchants.authentication import ForPrograms
from merchants.destinations import BadDestination
from merchants.errors import (
    DestinationGone,
    NoSuchWallet,
    NotAwaitingApproval,
    NotInYourRole,
    OwnApproval,
    PayoutChanged,
    PayoutUnderway,
    ScopeMissing,
    StoreSuspended,
)
from merchants.models import Payout, PayoutDestination
from merchants.operations import (
    add_destination,
    approve_payout,
    cancel_payout,
    change_payout,
    remove_destination,
    request_payout,
    show_at_till,
)
from merchants.providers.payouts import PayoutsUnavailable
from merchants.roles import Act
from merchants.serializers.payouts import (
    ApprovalInput,
    DestinationAnswer,
    DestinationChange,
    DestinationInput,
    PayoutAnswer,
    PayoutInput,
)
from payments.api.own import checked, key_of
from payments.ledger import InsufficientFunds, WalletClosed, WalletFrozen
from payments.money import AssetMismatch, InvalidAmount, UnknownAsset

ASKING = (
    NotInYourRole, StoreSuspended, DestinationGone, AssetMismatch, PayoutsUnavailable, NoSuchWallet, InsufficientFunds,
    WalletFrozen, WalletClosed, StepUpRequired, InvalidAmount, UnknownAsset,
)  # fmt: skip


def payouts_for(request: Request, store_id: uuid.UUID, act: Act) -> QuerySet[Payout]:
    """The payouts of the store that the address names.

    :raises Http404, NotInYourRole:
    """
    return store_of_path(request, store_id, act).payouts.select_related("store__settlement_wallet", "transaction")


class Destinations(generics.ListAPIView[PayoutDestination]):
    """The places that a store is paid out to."""

    serializer_class = DestinationAnswer

    def get_queryset(self) -> Any:  # a QuerySet
        store = store_of_path(self.request, self.kwargs["store_id"], Act.REQUEST_PAYOUT)
        return store.destinations.filter(removed_at__isnull=True)

    @extend_schema(operation_id="payout_destinations", description="Where the store may be paid out to. For owners.")
    @refuses(NotInYourRole)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="payout_destination_add",
        request=DestinationInput,
        responses={201: DestinationAnswer},
        description="Adds a place. The caller confirms it with a fresh proof, and every owner is told.",
    )
    @refuses(NotInYourRole, BadDestination, PayoutsUnavailable, NoSuchWallet, StepUpRequired)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.REQUEST_PAYOUT), checked(request, DestinationInput)
        added = add_destination(store=store, place=values["place"], actor=person(request), now=timezone.now())
        return Response(DestinationAnswer(added).data, status=status.HTTP_201_CREATED)


class Destination(APIView):
    """One place."""

    @extend_schema(
        operation_id="payout_destination_change",
        request=DestinationChange,
        responses={200: DestinationAnswer},
        description="Tills of stores in BRL show one Pix key as a BR Code: customers of any bank pay straight to it. Florin"
        " takes no part in such a payment and does not see it.",
    )
    @refuses(NotInYourRole, DestinationGone)
    def patch(self, request: Request, store_id: uuid.UUID, destination_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.REQUEST_PAYOUT)
        place = get_object_or_404(store.destinations, pk=destination_id)
        values = checked(request, DestinationChange)
        show_at_till(destination=place, shown=values["at_till"], actor=person(request), now=timezone.now())
        place.refresh_from_db()
        return Response(DestinationAnswer(place).data)

    @extend_schema(
        operation_id="payout_destination_remove", responses={204: None}, description="Pays nothing out there any more."
    )
    @refuses(NotInYourRole)
    def delete(self, request: Request, store_id: uuid.UUID, destination_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.REQUEST_PAYOUT)
        checked(request, NothingInput)
        place = get_object_or_404(store.destinations.select_related("store"), pk=destination_id)
        remove_destination(destination=place, actor=person(request), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Payouts(ForPrograms, generics.ListAPIView[Payout]):
    """The payouts of a store."""

    serializer_class = PayoutAnswer

    def get_queryset(self) -> Any:  # a QuerySet
        return payouts_for(self.request, self.kwargs["store_id"], Act.SEE_PAYOUTS)

    @extend_schema(operation_id="payouts", description="Payouts, newest first. For owners and administrators.")
    @refuses(NotInYourRole)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        return self.list(request)

    @extend_schema(
        operation_id="payout_request",
        request=PayoutInput,
        responses={201: PayoutAnswer},
        description="Asks for a payout. Amount and fee leave the store's wallet at once and are on hold until it is known"
        " that the money has arrived. A large one waits for a second person's approval.",
    )
    @refuses(*ASKING)
    @idempotent
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.REQUEST_PAYOUT), checked(request, PayoutInput)
        payout = request_payout(
            store=store,
            destination=get_object_or_404(store.destinations, pk=values["destination"]),
            amount=values["money"],
            actor=person(request),
            key=key_of(request),
            now=timezone.now(),
        )
        return Response(PayoutAnswer(payout).data, status=status.HTTP_201_CREATED)


class PayoutDetail(ForPrograms, APIView):
    """One payout."""

    @extend_schema(operation_id="payout", responses={200: PayoutAnswer})
    @refuses(NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID, payout_id: uuid.UUID) -> Response:
        return Response(PayoutAnswer(get_object_or_404(payouts_for(request, store_id, Act.SEE_PAYOUTS), pk=payout_id)).data)

    @extend_schema(
        operation_id="payout_change",
        request=PayoutInput,
        responses={200: PayoutAnswer},
        description="Changes a payout that waits for its approval. Whatever approval it has is void.",
    )
    @refuses(PayoutUnderway, *ASKING)
    @idempotent
    def put(self, request: Request, store_id: uuid.UUID, payout_id: uuid.UUID) -> Response:
        payout = get_object_or_404(payouts_for(request, store_id, Act.REQUEST_PAYOUT), pk=payout_id)
        values = checked(request, PayoutInput)
        destination = get_object_or_404(payout.store.destinations, pk=values["destination"])
        changed = change_payout(
            payout=payout, destination=destination, amount=values["money"], actor=person(request), now=timezone.now()
        )
        return Response(PayoutAnswer(changed).data)


class Approvals(APIView):
    """Approving somebody else's payout."""

    @extend_schema(
        operation_id="payout_approve",
        request=ApprovalInput,
        responses={201: PayoutAnswer},
        description="Approves a payout as it was at a revision. Nobody approves their own; a change since is refused.",
    )
    @refuses(NotInYourRole, OwnApproval, NotAwaitingApproval, PayoutChanged, StepUpRequired)
    def post(self, request: Request, store_id: uuid.UUID, payout_id: uuid.UUID) -> Response:
        payout = get_object_or_404(payouts_for(request, store_id, Act.APPROVE_PAYOUT), pk=payout_id)
        values = checked(request, ApprovalInput)
        approved = approve_payout(payout=payout, revision=values["revision"], actor=person(request), now=timezone.now())
        return Response(PayoutAnswer(approved).data, status=status.HTTP_201_CREATED)


class PayoutCancellations(APIView):
    """Taking a payout back."""

    @extend_schema(
        operation_id="payout_cancel",
        request=NothingInput,
        responses={201: PayoutAnswer},
        description="Takes back a payout that nobody was asked to pay yet.",
    )
    @refuses(NotInYourRole, PayoutUnderway)
    def post(self, request: Request, store_id: uuid.UUID, payout_id: uuid.UUID) -> Response:
        payout = get_object_or_404(payouts_for(request, store_id, Act.REQUEST_PAYOUT), pk=payout_id)
        checked(request, NothingInput)
        cancelled = cancel_payout(payout=payout, actor=person(request), now=timezone.now())
        return Response(PayoutAnswer(cancelled).data, status=status.HTTP_201_CREATED)
