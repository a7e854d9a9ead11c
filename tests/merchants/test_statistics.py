"""What a store's figures say, each against the ledger."""

import csv
import datetime as dt
import io
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from merchants import statistics
from merchants.models import Store, StoreDailyStats, StoreMember
from merchants.operations import create_charge, edit_store, pay_charge, pay_store, refund_payment
from merchants.views.statistics import Span, Unit
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.statements.period import Period
from tests.factories import UserFactory, open_wallet_for
from tests.payments.pages.reading import words

type Api = Callable[[User], APIClient]
type Browser = Callable[[User], Client]

LISBON = "Europe/Lisbon"
# The days on which Lisbon's clocks go back and forward: of 25 and of 23 hours.
LONG, SHORT = dt.date(2026, 10, 25), dt.date(2026, 3, 29)
# What the ledger says of a day, put in other words than the product's.
LEDGER = """
select count(*) filter (where t.kind = 'payment'),
       coalesce(sum(p.amount) filter (where t.kind = 'payment'), 0)::bigint,
       coalesce(-sum(p.amount) filter (where t.kind = 'refund'), 0)::bigint,
       count(distinct o.user_id) filter (where t.kind = 'payment')
  from payments_posting p
  join payments_transaction t on t.id = p.transaction_id and t.kind in ('payment', 'refund')
  join payments_wallet o on o.id = t.payer_wallet_id
 where p.wallet_id = %(wallet)s and t.created_at >= %(start)s and t.created_at < %(end)s
"""


@pytest.fixture
def shop(greengrocer: Store, olivia: User) -> Store:
    edit_store(store=greengrocer, actor=olivia, timezone=LISBON, now=timezone.now())
    return Store.objects.select_related("settlement_wallet").get(pk=greengrocer.pk)


@pytest.fixture
def customers(db: None) -> list[Wallet]:
    with time_machine.travel(dt.datetime(2026, 1, 2, tzinfo=dt.UTC), tick=True):
        return [open_wallet_for(UserFactory.create(), minor=100_000) for _number in range(3)]


def keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "_first_live_day", lambda _store, _now: dt.date.min)


def pay(store: Store, wallet: Wallet, minor: int, at: dt.datetime) -> Transaction:
    """A payment of that moment, asked for by nobody."""
    assert wallet.user
    with time_machine.travel(at, tick=False):
        return pay_store(store=store, amount=Money(minor, "EUR"), payer_wallet=wallet, actor=wallet.user, key=None, now=at)


def every_hour_of(day: dt.date, shop: Store, customers: list[Wallet]) -> int:
    """Pay once in each hour of the day that there is, and around it; answers how many hours there are."""
    start, end = shop.day_start(day), shop.day_start(day + dt.timedelta(days=1))
    hours = int((end - start).total_seconds()) // 3600
    for number in range(-1, hours + 1):
        pay(shop, customers[number % 2], 100 + number, start + dt.timedelta(hours=number, minutes=30))
    return hours


def ledger_says(shop: Store, day: dt.date) -> tuple[int, ...]:
    zone = "(%s::timestamp at time zone 'Europe/Lisbon')"
    with connection.cursor() as cursor:
        cursor.execute(f"select {zone}, {zone}", [day, day + dt.timedelta(days=1)])
        start, end = cursor.fetchone()
        cursor.execute(LEDGER, {"wallet": shop.settlement_wallet_id, "start": start, "end": end})
        return tuple(cursor.fetchone())


@pytest.fixture(params=["live", "kept"])
def read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Figures as if none were kept, and figures that were just taken."""
    return (lambda: keep_nothing(monkeypatch)) if request.param == "live" else statistics.refresh


@pytest.mark.parametrize(("day", "hours"), [(LONG, 25), (SHORT, 23), (dt.date(2026, 6, 10), 24)])
def test_each_figure_of_a_day_is_the_ledgers(
    day: dt.date, hours: int, shop: Store, customers: list[Wallet], read: Callable[[], None]
) -> None:
    assert every_hour_of(day, shop, customers) == hours
    first = Transaction.objects.get(
        payee_wallet=shop.settlement_wallet_id, created_at=shop.day_start(day) + dt.timedelta(minutes=30)
    )
    at = shop.day_start(day) + dt.timedelta(hours=5)
    with time_machine.travel(at, tick=False):
        refund_payment(
            store=shop, original=first, amount=Money(40, "EUR"), actor=shop.members.get().user, key=None, reason="", now=at
        )
    read()

    (found,) = statistics.daily(shop, Period(day, day), now=timezone.now())

    assert (found.count, found.revenue.amount, found.refunded.amount, found.customers) == ledger_says(shop, day)
    assert (found.count, found.customers, found.refunded) == (hours, 2, Money(40, "EUR"))
    assert found.average == Money(round(found.revenue.amount / hours), "EUR")


def test_the_hours_of_a_long_day_hold_both_and_of_a_short_one_nothing(
    shop: Store, customers: list[Wallet], read: Callable[[], None]
) -> None:
    for day in (LONG, SHORT):
        every_hour_of(day, shop, customers)
    read()
    twice, skipped = (
        {part.key: part.count for part in statistics.figures(shop, Period(day, day), now=timezone.now()).hours}
        for day in (LONG, SHORT)
    )
    assert twice == {hour: 2 if hour == 1 else 1 for hour in range(24)}
    assert skipped == {hour: 0 if hour == 1 else 1 for hour in range(24)}


def test_kept_and_live_figures_are_the_same(shop: Store, customers: list[Wallet], monkeypatch: pytest.MonkeyPatch) -> None:
    for day in (LONG, SHORT, dt.date(2026, 6, 10)):
        every_hour_of(day, shop, customers)
    year = Period(dt.date(2026, 1, 1), timezone.now().date())
    statistics.refresh()
    assert StoreDailyStats.objects.filter(store=shop).count() > 3
    kept = statistics.figures(shop, year, now=timezone.now())
    keep_nothing(monkeypatch)
    assert statistics.figures(shop, year, now=timezone.now()) == kept


def test_today_is_read_from_the_ledger(shop: Store, customers: list[Wallet]) -> None:
    now = timezone.now()
    statistics.refresh()
    pay(shop, customers[0], 700, now)
    day = shop.today(now)
    assert statistics.daily(shop, Period(day, day), now=now)[0].revenue == Money(700, "EUR")
    assert not StoreDailyStats.objects.filter(store=shop, date=day).exists()


def test_a_day_that_ended_after_the_refresh_is_not_taken_from_it(shop: Store, customers: list[Wallet]) -> None:
    statistics.refresh()
    tomorrow = timezone.now() + dt.timedelta(days=1)
    today = shop.today(timezone.now())
    pay(shop, customers[0], 500, timezone.now())
    assert statistics.daily(shop, Period(today, today), now=tomorrow)[0].revenue == Money(500, "EUR")


def test_kept_figures_of_another_time_zone_are_not_used(shop: Store, customers: list[Wallet], olivia: User) -> None:
    pay(shop, customers[0], 500, dt.datetime(2026, 6, 10, 22, 30, tzinfo=dt.UTC))  # 23:30 in Lisbon
    statistics.refresh()
    edit_store(store=shop, actor=olivia, timezone="Asia/Tokyo", now=timezone.now())
    moved = Store.objects.select_related("settlement_wallet").get(pk=shop.pk)
    days = statistics.daily(moved, Period(dt.date(2026, 6, 10), dt.date(2026, 6, 11)), now=timezone.now())
    assert [day.count for day in days] == [0, 1]


def test_counts_people_and_who_came_back(shop: Store, customers: list[Wallet]) -> None:
    ana, ben, cleo = customers
    assert ana.user
    other = open_wallet_for(ana.user, minor=1_000)
    noon = dt.datetime(2026, 6, 10, 12, tzinfo=dt.UTC)
    for number, (wallet, minor) in enumerate([(ana, 100), (other, 200), (ben, 301), (cleo, 400)]):
        pay(shop, wallet, minor, noon + dt.timedelta(days=number))
    statistics.refresh()
    found = statistics.figures(shop, Period(dt.date(2026, 6, 1), dt.date(2026, 6, 30)), now=timezone.now())
    assert (found.customers, found.returning, found.repeat_rate) == (3, 1, 33)
    assert (found.count, found.revenue, found.average) == (4, Money(1001, "EUR"), Money(250, "EUR"))
    assert len(found.days) == 30


@pytest.mark.parametrize("is_kept", [False, True])
def test_parts_by_way_of_paying_and_by_cashier(
    is_kept: bool, shop: Store, customers: list[Wallet], amara: User, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, payer = timezone.now(), customers[0]
    assert payer.user
    for cashier, minor, tip in [(amara, 1_000, 100), (amara, 500, 0), (olivia, 700, 0)]:
        charge = create_charge(
            store=shop, amount=Money(minor, "EUR"), tip=Money(tip, "EUR") if tip else None, cashier=cashier, now=now
        )
        pay_charge(charge=charge, payer_wallet=payer, actor=payer.user, key=None, now=now)
    pay(shop, customers[1], 50, now)
    today = Period(shop.today(now), shop.today(now))

    if is_kept:
        statistics.refresh()
        now += dt.timedelta(days=1)
        monkeypatch.setattr(statistics, "_first_live_day", lambda _store, _now: dt.date.max)

    paid = statistics.figures(shop, today, now=now)

    by_method = [(part.key, part.count, part.revenue.amount) for part in paid.methods]
    by_cashier = [(part.key, part.count, part.revenue.amount) for part in paid.cashiers]
    assert by_method == [("till", 3, paid.revenue.amount - 50), ("code", 1, 50)]
    assert sorted(by_cashier, key=str) == sorted(
        [(amara.name, 2, paid.revenue.amount - 750), (olivia.name, 1, 700), (None, 1, 50)], key=str
    )
    assert paid.tips == Money(100, "EUR")


@pytest.mark.parametrize(
    ("unit", "first", "last"),
    [
        (Unit.DAY, dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        (Unit.WEEK, dt.date(2026, 2, 23), dt.date(2026, 3, 1)),
        (Unit.MONTH, dt.date(2026, 2, 1), dt.date(2026, 2, 28)),
        (Unit.YEAR, dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
    ],
)
def test_spans_follow_the_calendar(unit: Unit, first: dt.date, last: dt.date) -> None:
    span = Span.around(unit, dt.date(2026, 2, 28))
    assert span.period == Period(first, last)
    assert span.after.before == span == span.before.after
    assert span.after.first == last + dt.timedelta(days=1)


@pytest.mark.parametrize("by", ["day", "week", "month", "year", "nonsense", ""])
def test_the_page_shows_each_span(by: str, shop: Store, customers: list[Wallet], client_for: Browser, olivia: User) -> None:
    pay(shop, customers[0], 1_234, timezone.now())
    page = client_for(olivia).get(reverse("statistics", args=[shop.pk]), {"by": by, "date": "not a day"})
    assert page.status_code == 200
    assert "12.34 EUR" in words(page)


def test_the_page_goes_back_and_not_beyond_today(shop: Store, client_for: Browser, olivia: User) -> None:
    browser = client_for(olivia)
    page = browser.get(reverse("statistics", args=[shop.pk]), {"by": "month", "date": "2026-01-15"})
    assert "January 2026" in words(page)
    assert "date=2025-12-01" in page.text
    assert "date=2026-02-01" in page.text
    assert "rel=" not in browser.get(reverse("statistics", args=[shop.pk]), {"by": "day"}).context["later"]


def test_staff_see_no_statistics(shop: Store, client_for: Browser, carlos: User, api_for: Api) -> None:
    assert StoreMember.objects.get(store=shop, user=carlos).role == "staff"
    assert client_for(carlos).get(reverse("statistics", args=[shop.pk])).status_code == 403
    today = shop.today(timezone.now()).isoformat()
    answer = api_for(carlos).get(f"/api/stores/{shop.pk}/statistics", {"from": today, "to": today})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_in_your_role")


def test_the_api_says_the_same_as_the_files(shop: Store, customers: list[Wallet], api_for: Api, olivia: User) -> None:
    payment = pay(shop, customers[0], 1_234, dt.datetime(2026, 6, 10, 23, 30, tzinfo=dt.UTC))
    statistics.refresh()
    about = {"from": "2026-06-10", "to": "2026-06-11"}
    api = api_for(olivia)

    answer = api.get(f"/api/stores/{shop.pk}/statistics", about).json()
    days = list(csv.DictReader(io.StringIO(read_stream(api, shop, about | {"format": "csv"}))))
    payments = list(csv.DictReader(io.StringIO(read_stream(api, shop, about | {"format": "payments.csv"}))))

    assert (answer["revenue"], answer["asset"], answer["timezone"], answer["payments"]) == ("12.34", "EUR", LISBON, 1)
    assert [(day["date"], day["revenue"]) for day in answer["days"]] == [("2026-06-10", "0.00"), ("2026-06-11", "12.34")]
    assert [(row["date"], row["revenue"], row["customers"]) for row in days] == [
        ("2026-06-10", "0.00", "0"), ("2026-06-11", "12.34", "1"),
    ]  # fmt: skip
    assert [(row["time"], row["amount"], row["transaction"]) for row in payments] == [
        ("2026-06-11T00:30:00+01:00", "12.34", str(payment.pk))
    ]


def read_stream(api: APIClient, shop: Store, query: dict[str, str]) -> str:
    answer = api.get(f"/api/stores/{shop.pk}/statistics", query)
    assert answer.streaming
    return answer.getvalue().decode()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "bad_period"),
        ({"from": "2026-06-10", "to": "2026-06-09"}, "bad_period"),
        ({"from": "2020-01-01", "to": "2026-06-09"}, "bad_period"),
        ({"from": "2999-01-01", "to": "2999-01-02"}, "bad_period"),
        ({"from": "2026-06-10", "to": "2026-06-10", "format": "xlsx"}, "invalid_input"),
        ({"from": "1900-01-01", "to": "2026-06-09", "format": "csv"}, "bad_period"),
    ],
)
def test_refuses_days_that_are_none(query: dict[str, str], code: str, shop: Store, api_for: Api, olivia: User) -> None:
    answer = api_for(olivia).get(f"/api/stores/{shop.pk}/statistics", query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_long_exports_are_read_in_pieces(shop: Store, customers: list[Wallet], monkeypatch: pytest.MonkeyPatch) -> None:
    """P13: what is in memory does not grow with the file."""
    monkeypatch.setattr(statistics, "CHUNK", 2)
    noon = dt.datetime(2026, 6, 10, 12, tzinfo=dt.UTC)
    made = [pay(shop, customers[0], 100 + number, noon).pk for number in range(5)]
    found = [row.pk for row in statistics.payments_in(shop, Period(noon.date(), noon.date()))]
    assert sorted(found) == sorted(made)
    assert len(found) == len(set(found)) == 5


def test_a_stores_statement_names_no_customer(
    shop: Store, customers: list[Wallet], client_for: Browser, olivia: User, api_for: Api
) -> None:
    payer = customers[0]
    assert payer.user
    pay(shop, payer, 1_234, timezone.now())
    today = shop.today(timezone.now()).isoformat()
    browser, days = client_for(olivia), {"start": today, "end": today}

    page = browser.get(reverse("store_statement", args=[shop.pk]))
    files = [browser.get(reverse(f"store_statement_{form}", args=[shop.pk]), days) for form in ("csv", "camt", "pdf")]
    by_api = api_for(olivia).get(f"/api/stores/{shop.pk}/statement", {"from": today, "to": today})

    assert "Customer" in words(page)
    assert by_api.json()["closing"] == "12.34"
    for answer in [page, *files, by_api]:
        text = answer.getvalue().decode(errors="replace")
        assert answer.status_code == 200
        assert payer.user.name not in text
        assert payer.address not in text
