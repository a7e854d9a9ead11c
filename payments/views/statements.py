"""What happened on a wallet in some days: as a page, as CSV, as PDF, as camt.053."""

import uuid
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from payments import queries
from payments.forms import PeriodForm
from payments.models import Wallet
from payments.queries import Line, Statement
from payments.statements.camt import has_camt
from payments.statements.files import statement_file
from payments.statements.period import Period
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
        shown = shown_statement(wallet, form)
        status = 200 if form.is_valid() else INVALID
        return self.page("statement", {"wallet": wallet, "form": form, **shown}, status=status)


class StatementFile(WalletView):
    """The same as a file to keep: `csv`, `pdf` or `camt053`."""

    def get(self, request: HttpRequest, wallet_id: uuid.UUID, form: str) -> HttpResponseBase:
        wallet, zone = self.wallet(wallet_id), timezone.get_current_timezone()
        period = Period.parse(request.GET.get("start", ""), request.GET.get("end", ""))
        found = queries.statement(wallet, *period.instants(zone, now=self.now))
        return statement_file(found, period, form, zone, now=self.now)


def shown_statement(wallet: Wallet, form: PeriodForm) -> dict[str, Any]:
    """What a page says of the days that the form asks for, in the active time zone; nothing, if it asks badly."""
    if not form.is_valid():
        return {}
    found = queries.statement(wallet, *form.instants())
    return {
        "statement": found,
        "days": _by_day(found),
        "is_cut": found.count > MAX_LINES,
        "shown": MAX_LINES,
        "has_camt": has_camt(wallet.asset_id),
        "period": "?start={start}&end={end}".format(**form.cleaned_data),
    }


def _by_day(found: Statement) -> list[StatementDay]:
    lines = islice(found.lines(), MAX_LINES)
    by_day = groupby(lines, key=lambda line: timezone.localdate(line.at))
    return [StatementDay(dated(day), list(of_day)) for day, of_day in by_day]
