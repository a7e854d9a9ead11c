"""What happened on a wallet in some days: as a page, as CSV, as PDF."""

import uuid
from dataclasses import dataclass
from itertools import groupby, islice

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone

from payments import queries
from payments.api.statements import file_name
from payments.forms import PeriodForm
from payments.queries import Line, Statement
from payments.statements.document import statement_pdf
from payments.statements.period import Period
from payments.statements.table import csv_rows
from payments.views.movements import dated
from payments.views.pages import INVALID
from payments.views.wallets import WalletView

MAX_LINES = 500  # on a page; the files hold more


@dataclass(frozen=True, slots=True)
class StatementDay:
    """The lines of one day."""

    label: str
    lines: list[Line]


class StatementPage(WalletView):
    """Opening balance, movements and closing balance of some days, oldest first."""

    def get(self, request: HttpRequest, wallet_id: uuid.UUID) -> HttpResponse:
        wallet, today = self.wallet(wallet_id), timezone.localdate()
        form = PeriodForm(request.GET if "start" in request.GET else PeriodForm.this_month(today))
        if not form.is_valid():
            return self.page("statement", {"wallet": wallet, "form": form}, status=INVALID)
        found = queries.statement(wallet, *form.instants())
        context = {
            "wallet": wallet,
            "form": form,
            "statement": found,
            "days": _by_day(found),
            "is_cut": found.count > MAX_LINES,
            "shown": MAX_LINES,
            "query": {name: form.cleaned_data[name].isoformat() for name in ("start", "end")},
        }
        return self.page("statement", context)


class StatementFile(WalletView):
    """The same as a file to keep: `csv` or `pdf`."""

    def get(self, request: HttpRequest, wallet_id: uuid.UUID, suffix: str) -> HttpResponseBase:
        wallet, zone = self.wallet(wallet_id), timezone.get_current_timezone()
        period = Period.parse(request.GET.get("start", ""), request.GET.get("end", ""))
        found = queries.statement(wallet, *period.instants(zone, now=self.now))
        answer: HttpResponseBase
        if suffix == "csv":
            answer = StreamingHttpResponse(csv_rows(found, zone), content_type="text/csv; charset=utf-8")
        else:
            answer = HttpResponse(statement_pdf(found, zone), content_type="application/pdf")
        answer["Content-Disposition"] = f'attachment; filename="{file_name(found, period, suffix)}"'
        return answer


def _by_day(found: Statement) -> list[StatementDay]:
    lines = islice(found.lines(), MAX_LINES)
    by_day = groupby(lines, key=lambda line: timezone.localdate(line.at))
    return [StatementDay(dated(day), list(of_day)) for day, of_day in by_day]
