"""What happened on a store's wallet in some days: as a page, and as files."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from merchants.roles import Act
from merchants.views.pages import StoreView
from payments import queries
from payments.forms import PeriodForm
from payments.statements.files import statement_file
from payments.statements.period import Period
from payments.views.pages import INVALID
from payments.views.statements import shown_statement


class StoreStatement(StoreView):
    """Opening balance, movements and closing balance of some days of the store's calendar."""

    needs = Act.SEE_BALANCE

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        with timezone.override(self.store.zone):
            today = self.store.today(self.now)
            form = PeriodForm(request.GET if "start" in request.GET else PeriodForm.this_month(today))
            shown = shown_statement(self.store.settlement_wallet, form)
            status = 200 if form.is_valid() else INVALID
            return self.page("statement", {"form": form, **shown}, status=status)


class StoreStatementFile(StoreView):
    """The same as a file to keep: `csv`, `pdf` or `camt053`."""

    needs = Act.SEE_BALANCE

    def get(self, request: HttpRequest, store_id: uuid.UUID, form: str) -> HttpResponseBase:
        period = Period.parse(request.GET.get("start", ""), request.GET.get("end", ""))
        found = queries.statement(self.store.settlement_wallet, *period.instants(self.store.zone, now=self.now))
        return statement_file(found, period, form, self.store.zone, now=self.now)
