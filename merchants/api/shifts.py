"""Shifts at the till."""

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
from config.api import NothingInput
from config.openapi import refuses
from merchants.api.own import store_of_path
from merchants.errors import ShiftClosed, ShiftRuns
from merchants.models import Shift
from merchants.operations import close_shift, open_shift
from merchants.queries import kept_totals, shifts_seen_by
from merchants.roles import Act
from merchants.serializers.till import ShiftAnswer, ShiftInput
from payments.api.own import checked


def answer_of(shift: Shift) -> dict[str, Any]:  # JSON
    """A shift with its totals so far, or as it was closed."""
    answer: dict[str, Any] = ShiftAnswer({"shift": shift, "totals": kept_totals(shift, now=timezone.now())}).data
    return answer


def shift_of_path(request: Request, store_id: uuid.UUID, shift_id: uuid.UUID) -> Shift:
    """The shift that the address names.

    :raises Http404: it is none of the store's, or one that the caller may not see.
    """
    store = store_of_path(request, store_id, Act.KEEP_SHIFT)
    return get_object_or_404(shifts_seen_by(person(request), store), pk=shift_id)


class Shifts(generics.GenericAPIView[Shift]):
    """The shifts of a store."""

    def get_queryset(self) -> QuerySet[Shift]:
        store = store_of_path(self.request, self.kwargs["store_id"], Act.KEEP_SHIFT)
        return shifts_seen_by(person(self.request), store)

    @extend_schema(
        operation_id="store_shifts",
        responses={200: ShiftAnswer(many=True)},
        description="Shifts, newest first: everybody's for owners and administrators, one's own for staff.",
    )
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([answer_of(shift) for shift in rows or ()])

    @extend_schema(
        operation_id="shift_open",
        request=ShiftInput,
        responses={201: ShiftAnswer},
        description="Begins a shift of the caller's: charges they make in the store count for it.",
    )
    @refuses(ShiftRuns)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.KEEP_SHIFT), checked(request, ShiftInput)
        opened = open_shift(store=store, cashier=person(request), now=timezone.now(), **values)
        return Response(answer_of(shift_of_path(request, store_id, opened.pk)), status=status.HTTP_201_CREATED)


class ShiftDetail(APIView):
    """One shift."""

    @extend_schema(operation_id="shift", responses={200: ShiftAnswer})
    def get(self, request: Request, store_id: uuid.UUID, shift_id: uuid.UUID) -> Response:
        return Response(answer_of(shift_of_path(request, store_id, shift_id)))


class ShiftClosures(APIView):
    """Closing a shift."""

    @extend_schema(
        operation_id="shift_close",
        request=NothingInput,
        responses={201: ShiftAnswer},
        description="Closes the shift and keeps its totals. What of it still waits to be paid is cancelled.",
    )
    @refuses(ShiftClosed)
    def post(self, request: Request, store_id: uuid.UUID, shift_id: uuid.UUID) -> Response:
        shift = shift_of_path(request, store_id, shift_id)
        checked(request, NothingInput)
        closed = close_shift(shift=shift, actor=person(request), now=timezone.now())
        return Response(answer_of(closed), status=status.HTTP_201_CREATED)
