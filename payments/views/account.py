"""The page on which people look back on what happened on their account."""

import datetime as dt
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.history import Entry, entry, history_of
from audit.models import Event
from config.pagination import cursor_in, page_of
from payments.queries import act_in_words, activity_summary
from payments.views.activity import at
from payments.views.movements import day_label
from payments.views.pages import PersonView

PAGE_SIZE = 25


class AccountActivity(PersonView):
    """Sign-ins, changes and failed tries, newest first; on the first page how much was done in all, money included."""

    def get(self, request: HttpRequest) -> HttpResponse:
        cursor = cursor_in(request.GET)
        page = page_of(history_of(self.person), cursor, size=PAGE_SIZE)
        context: dict[str, Any] = {
            "days": _days(page.rows, today=timezone.localdate()),
            "newer": at(request.GET, page.previous),
            "older": at(request.GET, page.next),
        }
        if cursor is None:
            summary = activity_summary(self.person, now=self.now)
            context |= {"summary": summary, "most_common": act_in_words(summary.most_common) if summary.most_common else ""}
        return self.page("account_activity", context)


def _days(events: list[Event], *, today: dt.date) -> list[tuple[str, list[Entry]]]:
    """Rows under the heading of their day in their reader's time zone."""
    by_day = groupby(events, key=lambda event: timezone.localdate(event.created_at))
    return [(day_label(day, today), [entry(event) for event in of_day]) for day, of_day in by_day]
