"""The API about statements."""

import datetime as dt
import uuid

from django.http import HttpResponseBase
from django.utils import timezone, translation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.middleware import zone_of
from config.openapi import refuses
from config.problems import InvalidInput
from payments.api.own import chosen_format, wallet_of_path
from payments.errors import StatementTooLong
from payments.queries import Statement, statement, totals_of
from payments.serializers import StatementAnswer
from payments.statements.camt import NoBankStatement
from payments.statements.files import MAKE, statement_file
from payments.statements.period import BadPeriod, Period

MAX_JSON_LINES = 5000
FORMATS = ("json", *MAKE)
PARAMETERS = [
    OpenApiParameter("from", dt.date, required=True, description="The first day, in the caller's time zone."),
    OpenApiParameter("to", dt.date, required=True, description="The last day, included."),
    OpenApiParameter("format", str, enum=FORMATS, default="json"),
]
REFUSALS = (InvalidInput, BadPeriod, StatementTooLong, NoBankStatement)
ANSWERS = {
    (200, "application/json"): StatementAnswer,
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "A row for the opening balance, each movement, the closing balance."),
    (200, "application/xml"): OpenApiResponse(OpenApiTypes.STR, "ISO 20022 camt.053.001.08."),
    (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "In the caller's language."),
}


class WalletStatement(APIView):
    """What happened on a wallet in some days."""

    @extend_schema(
        operation_id="wallet_statement",
        parameters=PARAMETERS,
        responses=ANSWERS,
        description="Opening balance, movements and closing balance. JSON, PDF and camt.053 carry some thousands, CSV all.",
    )
    @refuses(*REFUSALS)
    def get(self, request: Request, wallet_id: uuid.UUID) -> HttpResponseBase | Response:
        wallet, user, query = wallet_of_path(request, wallet_id), person(request), request.query_params
        zone = zone_of(user)
        period = Period.parse(query.get("from", ""), query.get("to", ""))
        found = statement(wallet, *period.instants(zone, now=timezone.now()))
        form = chosen_format(query, FORMATS)
        if form == "json":
            return Response(as_json(found))
        with translation.override(user.language.lower()):
            return statement_file(found, period, form, zone, now=timezone.now())


def as_json(found: Statement) -> dict[str, object]:
    """The statement in one answer.

    :raises StatementTooLong: more than `MAX_JSON_LINES` movements.
    """
    if found.count > MAX_JSON_LINES:
        raise StatementTooLong
    lines = list(found.lines())
    totals = totals_of(found.totals.opening, lines)
    answer: dict[str, object] = StatementAnswer(
        {"wallet": found.wallet, "start": found.start, "end": found.end, "totals": totals, "lines": lines}
    ).data
    return answer
