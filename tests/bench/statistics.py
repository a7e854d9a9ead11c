"""`./run bench statistics`: what stores took, over five million payments of a year.

How long the refresh of the kept days takes, what its owner waits for on a store's page, whether the figures are those of the
ledger, and how fast and in how much memory a store's payments leave as CSV. `--quick` takes a tenth of the payments.
"""

import argparse
import datetime as dt
import resource
import time
from collections.abc import Callable
from typing import Any

from tests.bench import cluster, report
from tests.bench.report import Row, median

PAYMENTS = 5_000_000
STORES, BUSY_SHARE = 20, 10  # one in ten payments goes to the busy store, the first one
ROUNDS = 5
REFRESH_LIMIT_S, PAGE_LIMIT_MS, MEMORY_LIMIT_MB = 60, 300, 50

# As the superuser, without triggers and keys: the way of the money is not what is measured here.
STORES_SQL = """
insert into payments_wallet (id, created_at, updated_at, kind, name, address, asset_id, balance, buffered, may_overdraw,
                             opening_balance, is_primary, status, auth_server, resource_server)
select ('40000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now(), now(), 'store', 'Store ' || n, 's' || n, 'EUR', 0,
       true, false, 0, false, 'active', '', ''
  from generate_series(1, {stores}) n
"""
PAYMENTS_SQL = """
set session_replication_role = replica;
insert into payments_transaction
    (id, created_at, updated_at, kind, rail, status, payer_wallet_id, payee_wallet_id, amount, asset_id, confirmation_code,
     error_code, error_message, notes, metadata, completed_at)
select gen_random_uuid(), at, at, 'payment', 'ledger', 'completed',
       ('10000000-0000-7000-8000-' || ({first} + n % {people}))::uuid,
       ('40000000-0000-7000-8000-'
        || lpad(case when n % {share} = 0 then '1' else (2 + n % ({stores} - 1))::text end, 12, '0'))::uuid,
       100 + n % 5000, 'EUR', translate(upper(lpad(to_hex(n), 6, '0')), '01', 'XY'), '', '', '', '{{}}', at
  from (select n, now() - interval '365 days' * (n::float8 / {payments}) as at from generate_series(1, {payments}) n) made
"""


def main() -> None:
    """Fill, refresh, ask."""
    parser = argparse.ArgumentParser(prog="./run bench statistics", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    payments = PAYMENTS // 10 if parser.parse_args().quick else PAYMENTS
    cluster.use()
    cluster.lay()
    import django

    django.setup()
    from tests.bench import world

    world.fill()
    print(f"Machine: {report.machine()}")
    store = _fill(payments, first=world.FIRST, people=world.PEOPLE)
    print(report.table(f"Statistics over {payments:,} payments", [*_kept(), *_asked(store), _export(store)]))


def _fill(payments: int, *, first: int, people: int) -> Any:
    from django.utils import timezone

    from merchants.models import Store, new_short_code
    from payments.models import Wallet

    cluster.psql(STORES_SQL.format(stores=STORES), database=cluster.DATABASE)
    for number, wallet in enumerate(Wallet.objects.filter(name__startswith="Store ").order_by("pk"), start=1):
        Store.objects.create(
            name=f"Store {number}", symbol=f"STORE{number}", category="other", city="Lisbon", country="PT",
            timezone="Europe/Lisbon", settlement_wallet=wallet, short_code=new_short_code(), active_since=timezone.now(),
        )  # fmt: skip
    values = {"first": first, "people": people, "share": BUSY_SHARE, "stores": STORES, "payments": payments}
    cluster.psql(PAYMENTS_SQL.format(**values), database=cluster.DATABASE)
    cluster.psql("vacuum analyze", database=cluster.DATABASE)
    return Store.objects.select_related("settlement_wallet").get(symbol="STORE1")


def _kept() -> list[Row]:
    """Filling the view for the first time, and again while people read it."""
    from merchants import statistics

    first_s, again_s = _seconds(statistics.refresh), _seconds(statistics.refresh)
    return [
        Row("", "the first refresh of the kept days", f"{first_s:.1f} s"),
        Row("", "a refresh, while readers go on", f"{again_s:.1f} s", again_s, REFRESH_LIMIT_S, at_most=True),
    ]


def _asked(store: Any) -> list[Row]:
    """What the page of the busy store asks for, span by span; the kept figures must be those of the ledger."""
    from django.utils import timezone

    from merchants import statistics
    from merchants.models import StoreDailyStats
    from payments.statements.period import Period

    now = timezone.now()
    today = store.today(now)
    rows = []
    for name, days in [("today, live", 1), ("a week", 7), ("a month", 30), ("a year", 365)]:
        period = Period(today - dt.timedelta(days=days - 1), today)

        def page(period: Period = period) -> None:
            statistics.figures(store, period, now=now)

        took_ms = 1000 * median([_seconds(page) for _round in range(ROUNDS)])
        limit = PAGE_LIMIT_MS if days <= 30 else None
        rows.append(Row("", f"figures of {name} of the busiest store", f"{took_ms:.0f} ms", took_ms, limit, at_most=True))
    kept = sum(day.revenue for day in StoreDailyStats.objects.filter(store=store))
    ledger = cluster.psql(
        f"select sum(amount) from payments_transaction where payee_wallet_id = '{store.settlement_wallet_id}'",
        database=cluster.DATABASE,
    )
    wrong = abs(kept - int(ledger))
    return [*rows, Row("", "cents by which the kept days differ from the ledger", str(wrong), wrong, 0, at_most=True)]


def _export(store: Any) -> Row:
    """P13: a year of payments as CSV."""
    from django.utils import timezone

    from merchants.statistics_table import csv_answer
    from payments.statements.period import Period

    now = timezone.now()
    today = store.today(now)
    csv_answer(store, Period(today, today), "payments", now=now).getvalue()
    before, begun, lines = _peak_mb(), time.monotonic(), 0
    for chunk in csv_answer(store, Period(today - dt.timedelta(days=365), today), "payments", now=now):
        lines += bytes(chunk).count(b"\n")
    took_s, grown_mb = time.monotonic() - begun, _peak_mb() - before
    what = f"a year's {lines:,} payments as CSV, {lines / took_s:,.0f} rows/s, MB of memory"
    return Row("P13", what, f"{grown_mb:.1f} MB", grown_mb, MEMORY_LIMIT_MB, at_most=True)


def _seconds(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
