"""What happened on a wallet in some days."""

import csv
import datetime as dt
import io

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import Wallet
from tests.doors import portal_client
from tests.factories import open_wallet_for
from tests.payments.pages.acts import send, top_up
from tests.payments.pages.reading import queries, words

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}T09:30:00+00:00")


@pytest.fixture
def wallet(alice: User, bruno_eur: Wallet) -> Wallet:
    """100.00 EUR came in September; 30.00 left and 5.00 came in October; 1.00 left in November."""
    wallet = open_wallet_for(alice)
    top_up(wallet, 100_00, at=day("2026-09-15"))
    send(wallet, bruno_eur, 30_00, note="Concert", at=day("2026-10-03"))
    top_up(wallet, 5_00, at=day("2026-10-31"))
    send(wallet, bruno_eur, 1_00, at=day("2026-11-02"))
    return wallet


def test_adds_up(browser: Client, wallet: Wallet) -> None:
    shown = words(browser.get(reverse("statement", args=[wallet.pk]), OCTOBER))
    for text in ("Opening balance 100.00 EUR", "Money in +5.00 EUR", "Money out -30.00 EUR", "Closing balance 75.00 EUR"):
        assert text in shown
    assert shown.index("Bruno Alves") < shown.index("70.00 EUR") < shown.index("+5.00 EUR", shown.index("Bruno Alves"))
    assert "Concert" in shown


@time_machine.travel(NOW, tick=False)
def test_begins_with_this_month(browser: Client, wallet: Wallet) -> None:
    shown = words(browser.get(reverse("statement", args=[wallet.pk])))
    assert "Opening balance 75.00 EUR" in shown
    assert "Closing balance 74.00 EUR" in shown


def test_cuts_days_in_the_time_zone_of_its_reader(alice: User, wallet: Wallet) -> None:
    top_up(wallet, 2_00, at=dt.datetime(2026, 11, 1, 2, 0, tzinfo=dt.UTC))  # the evening before, in São Paulo
    alice.timezone = "America/Sao_Paulo"
    alice.save(update_fields=["timezone"])
    assert "Closing balance 77.00 EUR" in words(portal_client(alice).get(reverse("statement", args=[wallet.pk]), OCTOBER))


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ({"start": "2026-10-31", "end": "2026-10-01"}, "This is before the first day."),
        ({"start": "2026-10-01", "end": "2027-10-01"}, "This day has not come yet."),
        ({"start": "soon", "end": "2026-10-01"}, "Enter a valid date."),
        ({"start": "2026-10-01"}, "This field is required."),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_says_which_day_is_wrong(browser: Client, wallet: Wallet, days: dict[str, str], says: str) -> None:
    page = browser.get(reverse("statement", args=[wallet.pk]), days)
    assert page.status_code == 422
    assert says in words(page)


def test_comes_as_a_table(browser: Client, wallet: Wallet) -> None:
    answer = browser.get(reverse("statement_csv", args=[wallet.pk]), OCTOBER)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [(row["type"], row["amount"], row["balance"]) for row in rows] == [
        ("opening_balance", "", "100.00"),
        ("transfer", "-30.00", "70.00"),
        ("deposit", "5.00", "75.00"),
        ("closing_balance", "", "75.00"),
    ]


def test_comes_as_a_document(browser: Client, wallet: Wallet) -> None:
    answer = browser.get(reverse("statement_pdf", args=[wallet.pk]), OCTOBER)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_refuses_a_file_of_no_days(browser: Client, wallet: Wallet) -> None:
    answer = browser.get(reverse("statement_csv", args=[wallet.pk]), {"start": "2026-10-31", "end": "2026-10-01"})
    assert answer.status_code == 400
    assert "Choose a first day that is not in the future" in words(answer)


def test_asks_the_database_five_times(browser: Client, wallet: Wallet) -> None:
    with queries(5):
        browser.get(reverse("statement", args=[wallet.pk]), OCTOBER)
