"""Lists by cursor: newest first, each page as cheap as the first, nothing shown twice while rows arrive.

A cursor is the place of one row, `(created_at, id)`, and a direction. It is opaque, not secret: it names
no row that its list would not show.
"""

import base64
import binascii
import datetime as dt
import re
import struct
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet, UUIDField
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.errors import Refused
from config.problems import InputError, InvalidInput

if TYPE_CHECKING:  # it imports this module by the settings
    from rest_framework.generics import GenericAPIView

DEFAULT_SIZE = 25
MAX_SIZE = 100
CURSOR = "cursor"
SIZE = "page_size"
PACKED = struct.Struct(">Bq16s")  # direction, microseconds since 1970, id
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


class BadCursor(Refused):
    """The cursor is none of ours."""

    code = "bad_cursor"
    status = 400
    message = _("This place in the list can't be found. Start again from the first page.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place beside one row; `forward` leads to older rows."""

    created_at: dt.datetime
    id: uuid.UUID | int
    forward: bool

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """:raises BadCursor:"""
        try:
            packed = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
            direction, microseconds, row = PACKED.unpack(packed)
            created_at = EPOCH + microseconds * MICROSECOND
        except (UnicodeEncodeError, binascii.Error, struct.error, OverflowError):
            raise BadCursor from None
        if direction > 1:
            raise BadCursor
        return cls(created_at, uuid.UUID(bytes=row), bool(direction))

    def among(self, model: type[Model]) -> "Cursor":
        """The same place, its id of the kind that the model's keys are."""
        is_uuid = isinstance(model._meta.pk, UUIDField)  # noqa: SLF001 documented, whatever its name says
        return self if is_uuid or not isinstance(self.id, uuid.UUID) else replace(self, id=self.id.int)

    def __str__(self) -> str:
        row = self.id if isinstance(self.id, uuid.UUID) else uuid.UUID(int=self.id)
        packed = PACKED.pack(self.forward, (self.created_at - EPOCH) // MICROSECOND, row.bytes)
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Page[Row: Model]:
    """Some rows of a list, newest first, and the ways on. `next` is older, `previous` newer."""

    rows: list[Row]
    next: Cursor | None
    previous: Cursor | None


def page_of[Row: Model](queryset: QuerySet[Row], cursor: Cursor | None, *, size: int) -> Page[Row]:
    """One page of any list of records, for the API and for pages of the portal alike.

    The queryset's own order is replaced. An index on (owner, created_at desc) serves it.
    """
    forward = cursor is None or cursor.forward
    order = ("-created_at", "-id") if forward else ("created_at", "id")
    if cursor:
        queryset = queryset.filter(_beyond(cursor.among(queryset.model)))
    found = list(queryset.order_by(*order)[: size + 1])
    more, rows = len(found) > size, found[:size]
    if not forward:
        rows.reverse()
    if not rows:
        return Page(rows, None, None)
    older = _beside(rows[-1], forward=True) if more or not forward else None
    newer = _beside(rows[0], forward=False) if (cursor if forward else more) else None
    return Page(rows, older, newer)


def _beyond(cursor: Cursor) -> Q:
    # The first condition is implied by the others; it is the one that an index on created_at serves.
    if cursor.forward:
        return Q(created_at__lte=cursor.created_at) & (Q(created_at__lt=cursor.created_at) | Q(id__lt=cursor.id))
    return Q(created_at__gte=cursor.created_at) & (Q(created_at__gt=cursor.created_at) | Q(id__gt=cursor.id))


def _beside(row: Any, *, forward: bool) -> Cursor:
    return Cursor(row.created_at, row.pk, forward)


def cursor_in(query: QueryDict) -> Cursor | None:
    """The cursor of a page's address, if it has one.

    :raises BadCursor:
    """
    text = query.get(CURSOR)
    return Cursor.parse(text) if text else None


class CursorPagination(BasePagination):
    """The API's pages: `{"next": url, "previous": url, "results": [...]}`."""

    def paginate_queryset(  # type: ignore[override]  # a list of anything else has no cursor
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the page that the request asks for.

        :raises BadCursor: and InvalidInput, for a page size that is none.
        """
        self.url = request.build_absolute_uri()
        self.page = page_of(queryset, cursor_in(request.query_params), size=_size(request.query_params.get(SIZE)))
        return self.page.rows

    def get_paginated_response(self, data: Any) -> Response:
        """The page, with links to those beside it."""
        return Response({"next": self._link(self.page.next), "previous": self._link(self.page.previous), "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page in the OpenAPI schema."""
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": link | {"description": "The older page."},
                "previous": link | {"description": "The newer page."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters in the OpenAPI schema."""
        size = {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}
        return [
            {
                "name": CURSOR,
                "in": "query",
                "description": "From `next` or `previous` of a page.",
                "schema": {"type": "string"},
            },
            {"name": SIZE, "in": "query", "description": "Rows on a page.", "schema": size},
        ]

    def _link(self, cursor: Cursor | None) -> str | None:
        return replace_query_param(self.url, CURSOR, str(cursor)) if cursor else None


class StrictFilterBackend(DjangoFilterBackend):
    """django-filter, refusing parameters that the list does not know: a misspelt filter must not show everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: "GenericAPIView[Any]") -> QuerySet[Any]:
        """The rows that match.

        :raises InvalidInput: an unknown parameter, or a value that is none of its parameter.
        """
        filterset = self.get_filterset(request, queryset, view)
        known = {CURSOR, SIZE, *(filterset.filters if filterset else ())}
        no_such = gettext("There is no such parameter.")
        unknown = [
            InputError(parameter=name, code="unknown_parameter", detail=no_such)
            for name in request.query_params
            if name not in known
        ]
        wrong = [] if filterset is None or filterset.is_valid() else _wrong_values(filterset.errors)
        if unknown or wrong:
            raise InvalidInput(errors=[*unknown, *wrong])
        return queryset if filterset is None else filterset.qs


def _wrong_values(errors: Any) -> list[InputError]:
    return [
        InputError(parameter=name, code=error.code or "invalid", detail=str(message))
        for name, listed in errors.items()
        for error in listed.as_data()
        for message in error.messages
    ]


def _size(text: str | None) -> int:
    if text is None:
        return DEFAULT_SIZE
    if re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= MAX_SIZE:
        return int(text)
    message = gettext("Write a whole number from 1 to %(limit)d.") % {"limit": MAX_SIZE}
    raise InvalidInput(errors=[InputError(parameter=SIZE, code="invalid", detail=message)])
