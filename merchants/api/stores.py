"""Stores: the directory, those where the caller works, and what they say of themselves."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.errors import AgreementNeeded
from config.api import NothingInput
from config.openapi import refuses
from merchants import directory, qr, symbols
from merchants.api.own import includes, store_of_path
from merchants.authentication import ForPrograms
from merchants.codes import find_store, read_code
from merchants.directory import BadPlace, Circle
from merchants.errors import CodeUnknown, NotInYourRole, ScopeMissing, StoreSuspended, SymbolTaken, TooManyGuesses
from merchants.models import Store
from merchants.operations import close_store, edit_store, open_store, reopen_store
from merchants.queries import balance_of
from merchants.roles import Act
from merchants.serializers.stores import (
    ListedStoreAnswer,
    PublicStoreAnswer,
    StoreAnswer,
    StoreChangesInput,
    StoreDetailAnswer,
    StoreInput,
    SymbolsAnswer,
)
from payments.api.own import checked
from payments.money import InvalidAmount, UnknownAsset, parse_plain

QR_AMOUNT = OpenApiParameter("amount", str, description='What to ask for, such as "12.50". Without it the payer names it.')
QR_KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["svg", "png"])
QR_ANSWER = {(200, "image/svg+xml"): OpenApiTypes.BINARY, (200, "image/png"): OpenApiTypes.BINARY}


DEFAULT_RADIUS_KM = "10"


def detail_of(request: Request, store: Store) -> dict[str, Any]:  # JSON
    """The store as those see it who work there, with its balance if their role may know it."""
    balance = balance_of(store) if includes(request, store, Act.SEE_BALANCE) else None
    answer: dict[str, Any] = StoreDetailAnswer(store, context={"balance": balance}).data
    return answer


class StoreFilter(filters.FilterSet):
    """Which stores of the directory. With a place they come nearest first, which the view sees to."""

    search = filters.CharFilter(
        method="saying", max_length=80, help_text="Words of the name or the town; beginnings are enough."
    )
    category = filters.ChoiceFilter(choices=Store.Category.choices)
    lat = filters.NumberFilter(method="anywhere", help_text="With `lng`: nearest first, 100 at most, none beyond the radius.")
    lng = filters.NumberFilter(method="anywhere")
    radius_km = filters.NumberFilter(method="anywhere", help_text="10 unless said; half way round the earth at most.")

    def saying(self, stores: QuerySet[Store], _name: str, text: str) -> QuerySet[Store]:
        return directory.saying(stores, text)

    def anywhere(self, stores: QuerySet[Store], _name: str, _value: object) -> QuerySet[Store]:
        return stores


class Stores(generics.ListAPIView[Store]):
    """The directory of stores, and opening one."""

    serializer_class = ListedStoreAnswer
    filterset_class = StoreFilter

    def get_queryset(self) -> QuerySet[Store]:
        return directory.listed()

    @extend_schema(
        operation_id="stores",
        description="Stores that take payments: newest first, or nearest first when a place is given.",
    )
    @refuses(BadPlace)
    def get(self, request: Request) -> Response:
        query = request.query_params
        if "lat" not in query and "lng" not in query:
            return self.list(request)
        circle = Circle.parse(query.get("lat", ""), query.get("lng", ""), query.get("radius_km", DEFAULT_RADIUS_KM))
        near = directory.nearest(self.filter_queryset(self.get_queryset()), circle)[: directory.NEAREST]
        return Response({"next": None, "previous": None, "results": [ListedStoreAnswer(store).data for store in near]})

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
        store = store_of_path(request, opened.pk, Act.SEE_STORE)
        return Response(detail_of(request, store), status=status.HTTP_201_CREATED)


class OwnStores(generics.ListAPIView[Store]):
    """The stores where the caller works."""

    serializer_class = StoreAnswer

    def get_queryset(self) -> Any:  # a QuerySet with the caller's role
        return Store.objects.run_by(person(self.request)).select_related("settlement_wallet")

    @extend_schema(operation_id="own_stores", description="The stores where the caller works, newest first.")
    def get(self, request: Request) -> Response:
        return self.list(request)


class Symbols(APIView):
    """Which symbols are free."""

    @extend_schema(
        operation_id="store_symbols",
        parameters=[
            OpenApiParameter("name", str, required=True, description="What the store is to be called."),
            OpenApiParameter("symbol", str, description="The symbol that is wanted."),
        ],
        responses={200: SymbolsAnswer},
        description="Whether a symbol is free, and free ones that suit a name. Opening the store decides.",
    )
    def get(self, request: Request) -> Response:
        name, wanted = request.query_params.get("name", ""), request.query_params.get("symbol", "").upper()
        free = symbols.is_free(wanted) if wanted else None
        return Response(SymbolsAnswer({"is_free": free, "suggestions": symbols.suggestions(name)}).data)


class StoreDetail(ForPrograms, APIView):
    """One store where the caller works."""

    @extend_schema(operation_id="store", responses={200: StoreDetailAnswer})
    def get(self, request: Request, store_id: uuid.UUID) -> Response:
        return Response(detail_of(request, store_of_path(request, store_id, Act.SEE_STORE)))

    @extend_schema(
        operation_id="store_edit",
        request=StoreChangesInput,
        responses={200: StoreDetailAnswer},
        description="Changes what the store says of itself. What is left out stays.",
    )
    @refuses(NotInYourRole)
    def patch(self, request: Request, store_id: uuid.UUID) -> Response:
        store, values = store_of_path(request, store_id, Act.EDIT_STORE), checked(request, StoreChangesInput)
        edit_store(store=store, actor=person(request), now=timezone.now(), **values)
        return Response(detail_of(request, store_of_path(request, store_id, Act.EDIT_STORE)))


class StoreClosures(APIView):
    """Stopping to take payments."""

    @extend_schema(
        operation_id="store_close",
        request=NothingInput,
        responses={201: StoreDetailAnswer},
        description="Takes no payments any more, until the store is opened again. For owners.",
    )
    @refuses(NotInYourRole, ScopeMissing, StoreSuspended)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.CLOSE_STORE)
        checked(request, NothingInput)
        close_store(store=store, actor=person(request), now=timezone.now())
        return Response(detail_of(request, store_of_path(request, store_id, Act.CLOSE_STORE)), status=status.HTTP_201_CREATED)


class StoreOpenings(APIView):
    """Taking payments again."""

    @extend_schema(
        operation_id="store_reopen",
        request=NothingInput,
        responses={201: StoreDetailAnswer},
        description="Takes payments again. For owners.",
    )
    @refuses(NotInYourRole, ScopeMissing, StoreSuspended)
    def post(self, request: Request, store_id: uuid.UUID) -> Response:
        store = store_of_path(request, store_id, Act.CLOSE_STORE)
        checked(request, NothingInput)
        reopen_store(store=store, actor=person(request), now=timezone.now())
        return Response(detail_of(request, store_of_path(request, store_id, Act.CLOSE_STORE)), status=status.HTTP_201_CREATED)


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


class StoreQR(ForPrograms, APIView):
    """The QR code of a store."""

    @extend_schema(operation_id="store_qr", parameters=[QR_KIND, QR_AMOUNT], responses=QR_ANSWER)
    @refuses(InvalidAmount)
    def get(self, request: Request, store_id: uuid.UUID, kind: str) -> HttpResponse:
        store = store_of_path(request, store_id, Act.TAKE_PAYMENT)
        text = request.query_params.get("amount")
        amount = parse_plain(text, store.asset) if text is not None else None
        return qr.image(kind, qr.pay_address(store, amount))
