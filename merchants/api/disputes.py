"""Disputes: asking a store about a payment, and answering."""

import uuid

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from config.api import NothingInput
from config.openapi import refuses
from config.problems import InvalidInput
from merchants.api.own import store_of_path
from merchants.authentication import ForPrograms
from merchants.errors import DisputeOver, NotDisputable, NotInYourRole, ScopeMissing
from merchants.models import Dispute
from merchants.operations import open_dispute, reject_dispute, withdraw_dispute
from merchants.roles import Act
from merchants.serializers.disputes import DisputeAnswer, DisputeInput, RejectionInput
from payments.api.own import checked
from payments.models import Transaction


def own(request: Request) -> QuerySet[Dispute]:
    """What the caller asked about."""
    return person(request).disputes.select_related("payment")


class Disputes(generics.GenericAPIView[Dispute]):
    """What the caller asks stores about."""

    serializer_class = DisputeAnswer

    def get_queryset(self) -> QuerySet[Dispute]:
        return own(self.request)

    @extend_schema(operation_id="disputes", responses={200: DisputeAnswer(many=True)}, description="Newest first.")
    def get(self, request: Request) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(DisputeAnswer(rows, many=True).data)

    @extend_schema(
        operation_id="dispute_open",
        request=DisputeInput,
        responses={201: DisputeAnswer},
        description="Asks the store about a payment that the caller made, once for each payment. It gives it back, or says why"
        " not; what is not answered by `due_at` is given back.",
    )
    @refuses(NotDisputable, InvalidInput)
    def post(self, request: Request) -> Response:
        values = checked(request, DisputeInput)
        mine = Transaction.objects.filter(payer_wallet__user=person(request)).select_related("payer_wallet", "payee_wallet")
        payment = mine.filter(pk=values.pop("payment")).first()
        if payment is None:
            raise NotDisputable
        opened = open_dispute(payment=payment, actor=person(request), now=timezone.now(), **values)
        return Response(DisputeAnswer(opened).data, status=status.HTTP_201_CREATED)


class DisputeDetail(APIView):
    """One of them."""

    @extend_schema(operation_id="dispute", responses={200: DisputeAnswer})
    def get(self, request: Request, dispute_id: uuid.UUID) -> Response:
        return Response(DisputeAnswer(get_object_or_404(own(request), pk=dispute_id)).data)


class Withdrawals(APIView):
    """Taking a question back."""

    @extend_schema(operation_id="dispute_withdraw", request=NothingInput, responses={201: DisputeAnswer})
    @refuses(DisputeOver)
    def post(self, request: Request, dispute_id: uuid.UUID) -> Response:
        dispute = get_object_or_404(own(request), pk=dispute_id)
        checked(request, NothingInput)
        withdrawn = withdraw_dispute(dispute=dispute, actor=person(request), now=timezone.now())
        return Response(DisputeAnswer(withdrawn).data, status=status.HTTP_201_CREATED)


class StoreDisputes(ForPrograms, generics.GenericAPIView[Dispute]):
    """What customers ask a store about."""

    serializer_class = DisputeAnswer

    def get_queryset(self) -> QuerySet[Dispute]:
        store = store_of_path(self.request, self.kwargs["store_id"], Act.SEE_PAYMENTS)
        return store.disputes.select_related("payment")

    @extend_schema(operation_id="store_disputes", responses={200: DisputeAnswer(many=True)}, description="Newest first.")
    @refuses(NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(DisputeAnswer(rows, many=True).data)


class StoreDispute(ForPrograms, APIView):
    """One of them."""

    @extend_schema(operation_id="store_dispute", responses={200: DisputeAnswer})
    @refuses(NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID, dispute_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.SEE_PAYMENTS)
        return Response(DisputeAnswer(get_object_or_404(store.disputes.select_related("payment"), pk=dispute_id)).data)


class Rejections(APIView):
    """Saying no. A yes is a refund of the payment."""

    @extend_schema(
        operation_id="dispute_reject",
        request=RejectionInput,
        responses={201: DisputeAnswer},
        description="Ends the dispute with the reason why the payment is not given back. Giving all of it back ends it too.",
    )
    @refuses(NotInYourRole, DisputeOver)
    def post(self, request: Request, store_id: uuid.UUID, dispute_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.ANSWER_DISPUTE)
        dispute = get_object_or_404(store.disputes, pk=dispute_id)
        values = checked(request, RejectionInput)
        rejected = reject_dispute(dispute=dispute, actor=person(request), now=timezone.now(), **values)
        return Response(DisputeAnswer(rejected).data, status=status.HTTP_201_CREATED)
