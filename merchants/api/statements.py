"""Statements of stores."""

import datetime as dt
import uuid

from django.http import HttpResponseBase
from django.utils import timezone, translation
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from config.openapi import refuses
from merchants.api.own import store_of_path
from merchants.authentication import ForPrograms, actor_of
from merchants.errors import NotInYourRole, ScopeMissing
from merchants.roles import Act
from payments.api.own import chosen_format
from payments.api.statements import ANSWERS, FORMATS, REFUSALS, as_json
from payments.queries import statement
from payments.statements.files import statement_file
from payments.statements.period import Period

PARAMETERS = [
    OpenApiParameter("from", dt.date, required=True, description="The first day, in the store's time zone."),
    OpenApiParameter("to", dt.date, required=True, description="The last day, included."),
    OpenApiParameter("format", str, enum=FORMATS, default="json"),
]


class StoreStatement(ForPrograms, APIView):
    """What happened on a store's wallet in some days."""

    @extend_schema(
        operation_id="store_statement",
        parameters=PARAMETERS,
        responses=ANSWERS,
        description="Opening balance, movements and closing balance. Customers have no names in it.",
    )
    @refuses(*REFUSALS, NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID) -> HttpResponseBase | Response:
        store, query, now = store_of_path(request, store_id, Act.SEE_BALANCE), request.query_params, timezone.now()
        period = Period.parse(query.get("from", ""), query.get("to", ""))
        found = statement(store.settlement_wallet, *period.instants(store.zone, now=now))
        form = chosen_format(query, FORMATS)
        if form == "json":
            return Response(as_json(found))
        actor = actor_of(request)
        with translation.override(actor.language.lower() if isinstance(actor, User) else "en"):
            return statement_file(found, period, form, store.zone, now=now)
