"""The first page."""

import datetime as dt

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from payments.models import Wallet
from tests.doors import portal_client
from tests.payments.pages.acts import send, start_top_up
from tests.payments.pages.reading import queries, words

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_tells_visitors_what_florin_is(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Money that adds up." in words(page)
    assert "home.html" not in [template.name for template in page.templates]


def test_shows_balances_movements_and_acts(browser: Client, alice_eur: Wallet, alice_usd: Wallet, bruno_eur: Wallet) -> None:
    for minor in (1_00, 2_00, 3_00, 4_00, 5_00, 6_00):
        send(alice_eur, bruno_eur, minor)
    shown = words(browser.get("/"))
    assert shown.index("Alice's EUR") < shown.index("79.00 EUR") < shown.index("Alice's USD") < shown.index("0.00 USD")
    for act in ("Send", "Top up", "Exchange"):
        assert act in shown
    assert shown.count("Bruno Alves") == 5
    assert "-6.00 EUR" in shown
    assert "-1.00 EUR" not in shown  # the oldest of six
    assert "Today" in shown


@time_machine.travel(NOON, tick=False)
def test_draws_what_was_spent_by_month(browser: Client, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    send(alice_eur, bruno_eur, 30_00, at=dt.datetime(2026, 10, 3, tzinfo=dt.UTC))
    send(alice_eur, bruno_eur, 12_50)
    page = browser.get("/").content.decode()
    assert '<th scope="row">Oct</th><td>30.00 EUR</td>' in page
    assert '<th scope="row">Nov</th><td>12.50 EUR</td>' in page
    assert "From June 2026 to November 2026, in Euro." in page


def test_writes_numbers_as_the_reader_does(bruno: User, bruno_eur: Wallet, alice_eur: Wallet) -> None:
    send(alice_eur, bruno_eur, 99_50)
    assert "+99,50 EUR" in words(portal_client(bruno).get("/"))


def test_offers_the_first_wallet_in_one_click(alice: User) -> None:
    alice.timezone = "America/Sao_Paulo"
    alice.save(update_fields=["timezone"])
    browser = portal_client(alice)
    page = browser.get("/")
    assert "Open a wallet in Brazilian Real (BRL)" in words(page)
    form = {
        "asset": page.context["suggested"],
        "name": "",
        "idempotency_key": page.context["open_form"]["idempotency_key"].value(),
    }
    answer = browser.post("/wallets/open/", form)
    wallet = Wallet.objects.get(user=alice)
    assert (wallet.asset_id, wallet.name, wallet.is_primary) == ("BRL", "Brazilian Real", True)
    assert answer.headers["Location"] == f"/wallets/{wallet.pk}/"


def test_says_what_waits(browser: Client, alice: User, alice_eur: Wallet) -> None:
    assert "on its way" not in words(browser.get("/"))
    start_top_up(alice_eur, 75_00)
    EmailAddress.objects.create(user=alice, email="new@example.com", verified=False)
    shown = words(browser.get("/"))
    assert "Top-up, 75.00 EUR: on its way." in shown
    assert "new@example.com is not verified yet." in shown


def test_says_in_one_line_that_several_wait(browser: Client, alice_eur: Wallet) -> None:
    for amount in (75_00, 80_00, 85_00):
        start_top_up(alice_eur, amount)
    page = browser.get("/")
    assert words(page).count("on their way") == 1
    assert "on its way." not in words(page)
    assert 'href="/activity/?status=pending"' in page.content.decode()


def test_says_that_no_real_money_moves(browser: Client, alice_eur: Wallet) -> None:
    assert "Sandbox: no real money moves here" in words(browser.get("/"))


def test_teaches_when_nothing_moved_yet(browser: Client, alice_usd: Wallet) -> None:
    shown = words(browser.get("/"))
    assert "No movements yet" in shown
    assert "What you spend will stand here" in shown


def test_asks_the_database_eight_times_however_much_there_is(
    browser: Client, alice_eur: Wallet, alice_usd: Wallet, bruno_eur: Wallet
) -> None:
    send(alice_eur, bruno_eur, 1_00)
    start_top_up(alice_eur, 75_00)
    with queries(8):
        browser.get("/")
    for minor in (2_00, 3_00):
        send(alice_eur, bruno_eur, minor)
    start_top_up(alice_usd, 75_00)
    with queries(8):
        browser.get("/")
