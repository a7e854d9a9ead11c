"""The first page: what a person has, what they last did, what they spend, and what waits for them."""

import datetime as dt

from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import User
from config.charts import BarChart, Point, bar_chart
from config.idempotency import KeyedForm
from payments import queries
from payments.currencies import suggested_currency
from payments.models import Transaction, Wallet
from payments.templatetags.money import currency_name, money_text
from payments.views.movements import Movement, activity, days, movement

RECENT = 5  # movements
MONTHS = 6  # of spending


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of somebody signed in; of anybody else, what Florin is."""
    if not isinstance(request.user, User):
        return render(request, "landing.html")
    person, today = request.user, timezone.localdate()
    wallets = list(Wallet.objects.owned_by(person).open().in_order().with_balance())
    recent = days(activity(person)[:RECENT], person, today=today)
    context = {
        "wallets": wallets,
        "days": recent,
        "spending": spending_chart(person, wallets[0].asset_id, today=today) if recent else None,
        "waiting": waiting(person) if recent else [],
        "unproven": EmailAddress.objects.filter(user=person, verified=False).first(),
        **({} if wallets else {"suggested": suggested_currency(person), "open_form": KeyedForm()}),
    }
    return render(request, "home.html", context)


def waiting(person: User) -> list[Movement]:
    """What has not ended yet: the one movement, or the newest two of several."""
    return [movement(each, person) for each in activity(person).filter(status=Transaction.Status.PENDING)[:2]]


def spending_chart(person: User, asset: str, *, today: dt.date) -> BarChart | None:
    """What the person spent in this asset, month by month; None if it was nothing."""
    zone = timezone.get_current_timezone()
    months = queries.spending_by_month(person, asset, months=MONTHS, today=today, zone=zone)
    if not any(month.amount for month in months):
        return None
    return bar_chart(
        [Point(date_format(month.month, "M"), month.amount.amount, money_text(month.amount)) for month in months],
        title=_("Spending by month"),
        description=_("From %(first)s to %(last)s, in %(currency)s.")
        % {
            "first": date_format(months[0].month, "YEAR_MONTH_FORMAT"),
            "last": date_format(months[-1].month, "YEAR_MONTH_FORMAT"),
            "currency": currency_name(asset),
        },
    )
