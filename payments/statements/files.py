"""Statements as files to keep: one answer for pages and API, of wallets and stores."""

import datetime as dt
from collections.abc import Callable, Mapping

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from payments.queries import Statement
from payments.statements.camt import statement_camt
from payments.statements.document import statement_pdf
from payments.statements.period import Period
from payments.statements.table import csv_rows

type Make = Callable[[Statement, dt.tzinfo, dt.datetime], HttpResponseBase]


def _csv(found: Statement, zone: dt.tzinfo, _now: dt.datetime) -> HttpResponseBase:
    return StreamingHttpResponse(csv_rows(found, zone), content_type="text/csv; charset=utf-8")


def _pdf(found: Statement, zone: dt.tzinfo, _now: dt.datetime) -> HttpResponseBase:
    return HttpResponse(statement_pdf(found, zone), content_type="application/pdf")


def _camt(found: Statement, _zone: dt.tzinfo, now: dt.datetime) -> HttpResponseBase:
    return HttpResponse(statement_camt(found, now=now), content_type="application/xml; charset=utf-8")


MAKE: Mapping[str, Make] = {"csv": _csv, "pdf": _pdf, "camt053": _camt}
SUFFIXES = {"csv": "csv", "pdf": "pdf", "camt053": "camt053.xml"}


def statement_file(found: Statement, period: Period, form: str, zone: dt.tzinfo, *, now: dt.datetime) -> HttpResponseBase:
    """The statement as `form`, a key of `MAKE`; a PDF in the active language. Times are of `zone`.

    :raises StatementTooLong, NoBankStatement:
    """
    answer = MAKE[form](found, zone, now)
    name = f"florin-{found.wallet.asset_id}-{found.wallet.address}-{period.first}-{period.last}.{SUFFIXES[form]}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
