"""All movements, and finding some of them."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import Transaction, Wallet
from tests.factories import open_wallet_for
from tests.payments.pages.acts import exchange, send, start_top_up, top_up
from tests.payments.pages.reading import queries, words

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}T09:30:00+00:00")


@time_machine.travel(NOW, tick=False)
def test_lists_movements_under_their_days(browser: Client, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    for at in ("2026-11-21", "2026-11-20", "2026-11-05", "2025-12-24"):
        send(alice_eur, bruno_eur, 1_00, at=day(at))
    shown = words(browser.get("/activity/"))
    places = [shown.index(text) for text in ("Today", "Yesterday", "Thursday, 5 November", "24 December 2025")]
    assert places == sorted(places)


def test_tells_each_kind_from_the_others(browser: Client, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    dollars, savings = open_wallet_for(alice, "USD"), open_wallet_for(alice, "EUR")
    send(alice_eur, bruno_eur, 5_00, note="Dinner")
    send(bruno_eur, alice_eur, 2_00)
    send(alice_eur, savings, 3_00)
    exchange(alice_eur, dollars, 10_00, rate="1.25")
    start_top_up(alice_eur, 7_00)
    shown = words(browser.get("/activity/"))
    for row in (
        "Bruno Alves Sent · Dinner",
        "-5.00 EUR",
        "Bruno Alves Received",
        "+2.00 EUR",
        "To Alice's EUR From Alice's EUR",
        "Exchange 12.50 USD into Alice's USD",
        "Top-up Into Alice's EUR",
        "+7.00 EUR",
        "Pending",
    ):
        assert row in shown
    assert "-3.00 EUR" not in shown  # between one's own wallets nothing is lost


def test_shows_a_stranger_without_a_name_as_an_address(
    browser: Client, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    bruno.name = ""
    bruno.save(update_fields=["name"])
    send(alice_eur, bruno_eur, 5_00)
    shown = words(browser.get("/activity/"))
    assert bruno_eur.address in shown
    assert "bruno@example.com" not in shown
    assert bruno_eur.name not in shown


@pytest.fixture
def history(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> dict[str, Transaction]:
    """One movement of each sort, at different times."""
    dollars = open_wallet_for(alice, "USD")
    return {
        "sent": send(alice_eur, bruno_eur, 5_00, note="Dinner", at=day("2026-11-20")),
        "received": send(bruno_eur, alice_eur, 2_00, at=day("2026-10-20")),
        "last_year": send(alice_eur, bruno_eur, 1_00, note="Books", at=day("2025-11-20")),
        "dollars": top_up(dollars, 9_00, at=day("2026-11-01")),
        "waiting": start_top_up(alice_eur, 4_00),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"direction": "incoming", "kind": "transfer"}, {"received"}),
        ({"direction": "outgoing"}, {"sent", "last_year"}),
        ({"kind": "transfer"}, {"sent", "received", "last_year"}),
        ({"kind": "transfer", "period": "this_month"}, {"sent"}),
        ({"kind": "transfer", "period": "last_month"}, {"received"}),
        ({"kind": "transfer", "period": "last_90_days"}, {"sent", "received"}),
        ({"kind": "transfer", "period": "this_year"}, {"sent", "received"}),
        ({"kind": "transfer", "period": "last_year"}, {"last_year"}),
        ({"search": "dinn"}, {"sent"}),
        ({"search": "bruno"}, {"sent", "received", "last_year"}),
        ({"status": "pending"}, {"waiting"}),
        ({"status": "completed", "search": "dinn"}, {"sent"}),
        ({"status": "cancelled"}, set()),
        ({"search": "nothing like it"}, set()),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_finds_by_what_the_address_says(
    browser: Client, history: dict[str, Transaction], query: dict[str, str], found: set[str]
) -> None:
    page = browser.get("/activity/", query)
    assert page.status_code == 200
    listed = {row.transaction.pk for each in page.context["days"] for row in each.rows}
    assert listed == {history[name].pk for name in found}
    assert ("Nothing fits these filters" in words(page)) == (not found)


def test_finds_by_wallet_and_by_code(browser: Client, history: dict[str, Transaction]) -> None:
    dollars = history["dollars"]
    for query in ({"wallet": str(dollars.payee_wallet_id)}, {"search": dollars.confirmation_code.lower()}):
        page = browser.get("/activity/", query)
        assert [row.transaction for each in page.context["days"] for row in each.rows] == [dollars]


@pytest.mark.parametrize(
    "query", ["kind=bribe", "status=held", "period=someday", "direction=sideways", f"search={'x' * 101}", "wallet=mine"]
)
def test_says_which_filter_is_wrong(browser: Client, history: dict[str, Transaction], query: str) -> None:
    page = browser.get(f"/activity/?{query}")
    assert page.status_code == 422
    assert page.context["days"] == []


def test_does_not_look_into_the_wallets_of_strangers(browser: Client, bruno_eur: Wallet, alice_eur: Wallet) -> None:
    assert browser.get("/activity/", {"wallet": str(bruno_eur.pk)}).status_code == 422


def test_goes_on_page_by_page_and_back(browser: Client, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    sent = [send(alice_eur, bruno_eur, minor) for minor in range(1, 31)]
    first = browser.get("/activity/", {"kind": "transfer", "direction": "outgoing"})
    older = first.context["older"]
    assert parse_qs(urlsplit(older).query)["kind"] == ["transfer"]
    second = browser.get(f"/activity/{older}")
    pages = [[row.transaction for each in page.context["days"] for row in each.rows] for page in (first, second)]
    assert pages[0] + pages[1] == list(reversed(sent))
    assert (len(pages[0]), first.context["newer"], second.context["older"]) == (25, "", "")
    back = browser.get(f"/activity/{second.context['newer']}")
    assert [row.transaction for each in back.context["days"] for row in each.rows] == pages[0]


def test_refuses_a_place_that_is_none(browser: Client, alice_eur: Wallet) -> None:
    page = browser.get("/activity/?cursor=nowhere")
    assert page.status_code == 400
    assert "This place in the list can't be found." in words(page)


def test_teaches_when_nothing_moved_yet(browser: Client, alice_usd: Wallet) -> None:
    assert "No movements yet" in words(browser.get("/activity/"))


def test_asks_the_database_four_times(browser: Client, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    for minor in range(1, 11):
        send(alice_eur, bruno_eur, minor)
    with queries(4):
        browser.get("/activity/")


def test_shows_nothing_of_others(mallorys: Client, sent: Transaction, mallory_eur: Wallet) -> None:
    assert "Bruno" not in words(mallorys.get("/activity/"))


def test_is_for_people_who_signed_in(client: Client) -> None:
    for name in ("activity", "wallets", "wallet_open", "send", "exchange", "top_up", "withdraw"):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/signin/?next={reverse(name)}")
