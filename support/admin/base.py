"""What the consoles' pages share: read-only, searched by what staff have in hand, every look recorded."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.models import User
from audit import trail
from config.errors import Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_COUNTED = 10_000  # a list of millions is not counted to show one page of it


class CountedPaginator(Paginator):
    """Counts no further than `MOST_COUNTED` rows; people search instead of turning to page 400."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        return rows[:MOST_COUNTED].count() if isinstance(rows, QuerySet) else len(rows)


class ReasonForm(BaseDialogForm):
    """Asks why, because whoever reads the audit trail later will."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=280,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Kept in the audit trail with your name."),
    )


@dataclass(frozen=True, slots=True)
class Search:
    """How a list is searched: what was typed, as a condition on its rows."""

    condition: Callable[[str], Q]


class ConsoleAdmin(ModelAdmin):
    """A list and a page for one model. Who may come in is decided by the site, what they may do by the class.

    `search_by` builds the condition for what was typed; an identifier always finds its row.
    `customer_of` names the person a row concerns, for the audit entry that every look leaves.
    """

    compressed_fields = True
    list_filter_submit = True
    show_full_result_count = False
    paginator = CountedPaginator
    list_per_page = 50
    search_by: Search
    search_fields: Sequence[str] = ("pk",)  # shows the box; get_search_results does the work
    customer_field: str | None = None
    id_field = "pk"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        try:
            return queryset.filter(**{self.id_field: uuid.UUID(text)}), False
        except ValueError:
            return queryset.filter(self.search_by.condition(text)), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is not None and request.method == "GET":
            customer_id = getattr(row, self.customer_field) if self.customer_field else None
            action = f"{self.opts.model_name}.viewed"
            actor = staff(request)
            trail.record(action, actor=actor, resource=row, customer_id=customer_id, now=timezone.now())
        return super().change_view(request, object_id, form_url, extra_context)


class ReadOnlyAdmin(ConsoleAdmin):
    """For rows that only operations write: whoever is let in may look, and nobody may add, change or delete."""

    actions = None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def staff(request: HttpRequest) -> User:
    """Who is at the console; the site has let nobody in without an account."""
    return cast("User", request.user)


def perform(request: HttpRequest, back_to: str, done: "StrOrPromise", act: Callable[[], object]) -> HttpResponse:
    """Run one operation for a button of a console, and say on the page `back_to` how it went."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    if "HX-Request" in request.headers:  # a dialog: its script follows this header, not a redirect
        return HttpResponse(headers={"HX-Redirect": back_to})
    return redirect(back_to)


def asked[**Given](act: Callable[Given, HttpResponse]) -> Callable[Given, HttpResponse]:
    """For unfold's actions with a dialog: where no script opens it over the page, it is a page of its own."""

    @wraps(act)  # and with it what unfold reads off an action
    def answer(*args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        response = act(*args, **kwargs)
        console, request = cast("tuple[ConsoleAdmin, HttpRequest]", args[:2])
        if "HX-Request" in request.headers or response.status_code != HTTPStatus.OK:
            return response
        context = {
            **console.admin_site.each_context(request), "opts": console.opts, "title": getattr(act, "short_description", ""),
            "dialog": mark_safe(response.content.decode()),  # noqa: S308 - what unfold's template has just escaped
        }  # fmt: skip
        return TemplateResponse(request, "admin/asked.html", context)

    return answer
