"""All movements of a person, filtered by what the address says."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from config.pagination import CURSOR, Cursor, cursor_in, page_of
from payments.api.transactions import TransactionFilter
from payments.forms import ActivityForm
from payments.models import Transaction, Wallet
from payments.parties import Direction
from payments.views.movements import activity, days
from payments.views.pages import INVALID, PersonView

PAGE_SIZE = 25


class Activity(PersonView):
    """The list, newest first, a page at a time."""

    def get(self, request: HttpRequest) -> HttpResponse:
        person, today = self.person, timezone.localdate()
        wallets = list(Wallet.objects.owned_by(person).in_order())
        form = ActivityForm(wallets, request.GET)
        context: dict[str, Any] = {"form": form, "directions": directions(request.GET), "wallets": wallets}
        if not form.is_valid():
            return self.page("activity", {**context, "days": [], "chosen": form.count()}, status=INVALID)
        page = page_of(self._found(form), cursor_in(request.GET), size=PAGE_SIZE)
        wallet = next((each for each in wallets if str(each.pk) == form.cleaned_data["wallet"]), None)
        context |= {
            "days": days(page.rows, person, today=today, wallet=wallet),
            "newer": at(request.GET, page.previous),
            "older": at(request.GET, page.next),
            "chosen": form.count(),
            "filtered": bool(form.count() or form.cleaned_data["direction"]),
        }
        return self.page("activity", context)

    def _found(self, form: ActivityForm) -> QuerySet[Transaction]:
        asked = form.asked(today=timezone.localdate())
        return TransactionFilter(asked, queryset=activity(self.person), request=self.request).qs


@dataclass(frozen=True, slots=True)
class Choice:
    """One side of the direction switch."""

    label: str
    href: str
    current: bool


def directions(query: QueryDict) -> list[Choice]:
    """All movements, only what came in, only what went out; the other filters stay as they are."""
    chosen = query.get("direction", "")
    labels = {"": _("All"), Direction.INCOMING: _("Money in"), Direction.OUTGOING: _("Money out")}
    return [Choice(label, changed(query, direction=value), value == chosen) for value, label in labels.items()]


def at(query: QueryDict, cursor: Cursor | None) -> str:
    """The address of the same list at another place; empty without one."""
    return changed(query, cursor=str(cursor)) if cursor else ""


def changed(query: QueryDict, **values: str) -> str:
    """The address of this list with other values, from its first page unless they name a place."""
    other = query.copy()
    other.pop(CURSOR, None)
    for name, value in values.items():
        other[name] = value
    return "?" + urlencode({name: value for name, value in other.items() if value})
