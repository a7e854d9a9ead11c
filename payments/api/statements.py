"""The API about statements."""

import datetime as dt
import uuid

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import person
from accounts.middleware import zone_of
from config.openapi import refuses
from config.problems import InputError, InvalidInput
from payments.api.own import wallet_of_path
from payments.errors import StatementTooLong
from payments.queries import Statement, statement, totals_of
from payments.serializers import StatementAnswer
from payments.statements.document import statement_pdf
from payments.statements.period import BadPeriod, Period
from payments.statements.table import csv_rows

MAX_JSON_LINES = 5000
FORMATS = ("json", "csv", "pdf")
PARAMETERS = [
    OpenApiParameter("from", dt.date, required=True, description="The first day, in the caller's time zone."),
    OpenApiParameter("to", dt.date, required=True, description="The last day, included."),
    OpenApiParameter("format", str, enum=FORMATS, default="json"),
]
ANSWERS = {
    (200, "application/json"): StatementAnswer,
    (200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "A row for the opening balance, each movement, the closing balance."),
    (200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, "In the caller's language."),
}


class WalletStatement(APIView):
    """What happened on a wallet in some days."""

    @extend_schema(
        operation_id="wallet_statement",
        parameters=PARAMETERS,
        responses=ANSWERS,
        description="Opening balance, movements and closing balance. JSON and PDF carry a few thousand, CSV any number.",
    )
    @refuses(InvalidInput, BadPeriod, StatementTooLong)
    def get(self, request: Request, wallet_id: uuid.UUID) -> HttpResponse | StreamingHttpResponse | Response:
        wallet, user, query = wallet_of_path(request, wallet_id), person(request), request.query_params
        zone = zone_of(user)
        period = Period.parse(query.get("from", ""), query.get("to", ""))
        found = statement(wallet, *period.instants(zone, now=timezone.now()))
        form = query.get("format", "json")
        if form == "json":
            return Response(_as_json(found))
        answer: HttpResponse | StreamingHttpResponse
        if form == "csv":
            answer = StreamingHttpResponse(csv_rows(found, zone), content_type="text/csv; charset=utf-8")
        elif form == "pdf":
            with translation.override(user.language.lower()):
                answer = HttpResponse(statement_pdf(found, zone), content_type="application/pdf")
        else:
            detail = _("Choose one of %(formats)s.") % {"formats": ", ".join(FORMATS)}
            raise InvalidInput(errors=[InputError(parameter="format", code="invalid", detail=detail)])
        answer["Content-Disposition"] = f'attachment; filename="{file_name(found, period, form)}"'
        return answer


def file_name(found: Statement, period: Period, suffix: str) -> str:
    """What a statement is called when it is saved."""
    return f"florin-{found.wallet.asset_id}-{found.wallet.address}-{period.first}-{period.last}.{suffix}"


def _as_json(found: Statement) -> dict[str, object]:
    if found.count > MAX_JSON_LINES:
        raise StatementTooLong
    lines = list(found.lines())
    totals = totals_of(found.totals.opening, lines)
    answer: dict[str, object] = StatementAnswer(
        {"wallet": found.wallet, "start": found.start, "end": found.end, "totals": totals, "lines": lines}
    ).data
    return answer
