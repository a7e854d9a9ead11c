"""What a store has taken."""

import datetime as dt
import uuid

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.openapi import refuses
from config.problems import InvalidInput
from merchants import statistics
from merchants.api.own import store_of_path
from merchants.authentication import ForPrograms
from merchants.errors import NotInYourRole, ScopeMissing
from merchants.roles import Act
from merchants.serializers.statistics import StatisticsAnswer
from merchants.statistics_table import csv_answer
from payments.api.own import chosen_format
from payments.statements.period import BadPeriod, Period

MAX_DAYS = 366  # in one answer of JSON
FORMATS = ("json", "csv", "payments.csv")
PARAMETERS = [
    OpenApiParameter("from", dt.date, required=True, description="The first day, in the store's time zone."),
    OpenApiParameter("to", dt.date, required=True, description="The last day, included: at most 366 days, ten years as CSV."),
    OpenApiParameter("format", str, enum=FORMATS, default="json", description="`payments.csv` has a row for each payment."),
]


class StoreStatistics(ForPrograms, APIView):
    """What a store has taken, day by day and in all."""

    @extend_schema(
        operation_id="store_statistics",
        parameters=PARAMETERS,
        responses={
            (200, "application/json"): StatisticsAnswer,
            (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "A row for each day, or for each payment."),
        },
        description="Figures of whole days of the store's calendar; those of today are of this moment.",
    )
    @refuses(InvalidInput, BadPeriod, NotInYourRole, ScopeMissing)
    def get(self, request: Request, store_id: uuid.UUID) -> HttpResponseBase | Response:
        store, query, now = store_of_path(request, store_id, Act.SEE_STATISTICS), request.query_params, timezone.now()
        period = Period.parse(query.get("from", ""), query.get("to", ""))
        period.instants(store.zone, now=now)
        form = chosen_format(query, FORMATS)
        if form != "json":
            return csv_answer(store, period, "days" if form == "csv" else "payments", now=now)
        if (period.last - period.first).days >= MAX_DAYS:
            raise BadPeriod
        found = statistics.figures(store, period, now=now)
        parts = {"by_hour": found.hours, "by_method": found.methods, "by_cashier": found.cashiers}
        return Response(StatisticsAnswer({"figures": found, "timezone": store.timezone, **parts}).data)
