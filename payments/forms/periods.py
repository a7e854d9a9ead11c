"""Forms that ask about a time: a statement's, a balance's, the activity's."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from payments.models import Transaction, Wallet
from payments.parties import Direction

SEARCH_LIMIT = 100
DIRECTIONS = [("", ""), *((each.value, each.value) for each in Direction)]

# Kinds that happen in the portal today; the others come with the parts of the product that make them.
KINDS = [
    (Transaction.Kind.PAYMENT, _("Payments")),
    (Transaction.Kind.TRANSFER, _("Transfers")),
    (Transaction.Kind.DEPOSIT, _("Top-ups")),
    (Transaction.Kind.WITHDRAWAL, _("Withdrawals")),
    (Transaction.Kind.CONVERSION, _("Exchanges")),
    (Transaction.Kind.REFUND, _("Refunds")),
]
STATES = [
    (Transaction.Status.PENDING, pgettext_lazy("status", "Pending")),
    (Transaction.Status.COMPLETED, pgettext_lazy("status", "Completed")),
    (Transaction.Status.FAILED, pgettext_lazy("status", "Failed")),
    (Transaction.Status.CANCELLED, pgettext_lazy("status", "Cancelled")),
]


class Day(forms.DateInput):
    """A calendar day; browsers show it the reader's way and send it in this one."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day up to today, in the reader's time zone."""

    widget = Day
    default_error_messages = {"future": _("This day has not come yet.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value: Any) -> dt.date | None:  # the raw value of a form, as Django's
        day = super().clean(value)
        if day and day > timezone.localdate():
            raise forms.ValidationError(self.error_messages["future"], code="future")
        return day


class PeriodForm(forms.Form):
    """The days of a statement, both included."""

    start = DayField(label=pgettext_lazy("period", "From"))
    end = DayField(label=pgettext_lazy("period", "To"))

    @staticmethod
    def this_month(today: dt.date) -> dict[str, dt.date]:
        return {"start": today.replace(day=1), "end": today}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "start" in cleaned and "end" in cleaned and cleaned["end"] < cleaned["start"]:
            self.add_error("end", _("This is before the first day."))
        return cleaned

    def instants(self) -> tuple[dt.datetime, dt.datetime]:
        """Where a valid form's period begins, and where it is over, in the reader's time zone."""
        return day_start(self.cleaned_data["start"]), day_start(self.cleaned_data["end"] + dt.timedelta(days=1))


class BalanceAtForm(forms.Form):
    """A day at whose end a balance is asked for."""

    at = DayField(label=_("Balance at the end of"))


def day_start(day: dt.date) -> dt.datetime:
    """Midnight in the reader's time zone."""
    return dt.datetime.combine(day, dt.time(), timezone.get_current_timezone())


class ActivityForm(forms.Form):
    """Which movements the activity lists. Everything may be left out."""

    class Period(models.TextChoices):
        THIS_MONTH = "this_month", _("This month")
        LAST_MONTH = "last_month", _("Last month")
        LAST_90_DAYS = "last_90_days", _("Last 90 days")
        THIS_YEAR = "this_year", _("This year")
        LAST_YEAR = "last_year", _("Last year")

    wallet = forms.ChoiceField(label=_("Wallet"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("Any status")), *STATES])
    period = forms.ChoiceField(label=_("Time"), required=False, choices=[("", _("Any time")), *Period.choices])
    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=SEARCH_LIMIT,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, note or code")}),
    )
    direction = forms.ChoiceField(required=False, widget=forms.HiddenInput, choices=DIRECTIONS)

    def __init__(self, wallets: Sequence[Wallet], data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self._choices("wallet", [("", _("All wallets")), *((str(wallet.pk), str(wallet)) for wallet in wallets)])
        self._choices("kind", [("", _("All kinds")), *KINDS])

    def count(self) -> int:
        """How many filters are on, the direction not counted: it has a switch of its own."""
        return sum(bool(self.data.get(name)) for name in ("wallet", "kind", "status", "period", "search"))

    def asked(self, *, today: dt.date) -> dict[str, Any]:
        """What a valid form asks for, in the names of the API's filter."""
        wanted = {name: self.cleaned_data[name] for name in ("wallet", "direction", "search")}
        start, end = period_days(self.cleaned_data["period"], today)
        wanted |= {name: [self.cleaned_data[name]] for name in ("kind", "status") if self.cleaned_data[name]}
        wanted |= {"min_date": start, "max_date": end}
        return {name: value for name, value in wanted.items() if value}

    def _choices(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 declared above
        field.choices = choices


def period_days(period: str, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day of one of the activity's periods; None where it has no end."""
    this_month = today.replace(day=1)
    this_year = today.replace(month=1, day=1)
    match period:
        case ActivityForm.Period.THIS_MONTH:
            return this_month, None
        case ActivityForm.Period.LAST_MONTH:
            last_day = this_month - dt.timedelta(days=1)
            return last_day.replace(day=1), last_day
        case ActivityForm.Period.LAST_90_DAYS:
            return today - dt.timedelta(days=89), None
        case ActivityForm.Period.THIS_YEAR:
            return this_year, None
        case ActivityForm.Period.LAST_YEAR:
            last_day = this_year - dt.timedelta(days=1)
            return last_day.replace(month=1, day=1), last_day
    return None, None
