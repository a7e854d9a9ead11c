"""Exchanging one currency for another: how much, the quote, done."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import ConversionQuote, Transaction, Wallet
from payments.operations import freeze_wallet
from tests.factories import open_wallet_for
from tests.payments.balances import minor_in
from tests.payments.pages.acts import send
from tests.payments.pages.reading import queries, words
from tests.unchanged import nothing_changes

NOON = dt.datetime(2026, 10, 30, 12, 0, tzinfo=dt.UTC)
QUOTES = ("payments_conversionquote", "audit_auditentry")


@pytest.fixture
def typed(alice_eur: Wallet, alice_usd: Wallet) -> dict[str, str]:
    """10.00 EUR into dollars."""
    return {"wallet": str(alice_eur.pk), "target": str(alice_usd.pk), "amount": "10.00"}


def ask(browser: Client, typed: dict[str, str]) -> tuple[str, ConversionQuote]:
    """Ask for the rate; answers the quote and where it is shown."""
    answer = browser.post("/exchange/", typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.headers["Location"], ConversionQuote.objects.latest("created_at")


@time_machine.travel(NOON, tick=False)
def test_says_rate_source_fee_and_what_arrives(browser: Client, typed: dict[str, str]) -> None:
    place, quote = ask(browser, typed)
    shown = words(browser.get(place))
    for text in (
        f"1 EUR = {quote.rate.normalize():f} USD"[:14],
        "ECB, 30 October 2026",
        "Amount 10.00 EUR",
        "Fee 0.05 EUR",
        "Total 10.05 EUR",
        f"You get {quote.target.plain()} USD",
        "This rate is held until 12:01:00.",
        f"Exchange 10.00 EUR for {quote.target.plain()} USD",
    ):
        assert text in shown


def test_exchanges_as_quoted_and_shows_the_receipt(
    browser: Client, typed: dict[str, str], alice_eur: Wallet, alice_usd: Wallet
) -> None:
    place, quote = ask(browser, typed)
    answer = browser.post(place)
    made = Transaction.objects.get(kind="conversion")
    assert answer.headers["Location"] == f"{reverse('transaction', args=[made.pk])}?done"
    assert (minor_in(alice_eur), minor_in(alice_usd)) == (89_95, quote.target_amount)


def test_exchanges_once_however_often_it_is_confirmed(browser: Client, typed: dict[str, str], alice_eur: Wallet) -> None:
    place, _quote = ask(browser, typed)
    receipts = {browser.post(place).headers["Location"] for _click in range(3)}
    assert len(receipts) == 1
    assert browser.get(place).headers["Location"] in receipts
    assert minor_in(alice_eur) == 89_95


def test_asking_moves_nothing(browser: Client, typed: dict[str, str]) -> None:
    with nothing_changes(*QUOTES):
        place, _quote = ask(browser, typed)
        browser.get(place)


class TestAnExpiredQuote:
    """A rate is held for a minute."""

    @pytest.fixture
    def expired(self, browser: Client, typed: dict[str, str]) -> Any:
        place, quote = ask(browser, typed)
        with time_machine.travel(quote.expires_at + dt.timedelta(seconds=1), tick=False):
            yield place

    def test_says_so_and_offers_a_new_one(self, browser: Client, expired: str) -> None:
        shown = words(browser.get(expired))
        assert "This rate has expired" in shown
        assert "Get a new rate" in shown
        assert "No money moved" in shown

    def test_is_refused_when_it_is_confirmed(self, browser: Client, expired: str) -> None:
        with nothing_changes():
            answer = browser.post(expired)
        assert answer.status_code == 409
        assert "This rate has expired. No money moved: ask for a new one." in words(answer)

    def test_makes_room_for_a_new_one(self, browser: Client, expired: str, alice_eur: Wallet) -> None:
        again = browser.post(f"{expired}again/").headers["Location"]
        assert again != expired
        assert "10.00 EUR" in words(browser.get(again))
        browser.post(again)
        assert minor_in(alice_eur) == 89_95


def test_gives_a_new_quote_for_a_used_one_to_nobody(browser: Client, typed: dict[str, str]) -> None:
    place, _quote = ask(browser, typed)
    receipt = browser.post(place).headers["Location"]
    with nothing_changes():
        assert browser.post(f"{place}again/").headers["Location"] == receipt


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount": "ten"}, "Write an amount such as 12.50."),
        ({"amount": "1.001"}, "EUR has 2 decimals"),
        ({"amount": "100.00"}, "There is not enough money in this wallet. No money moved"),  # with the fee it is more
        ({"wallet": str(uuid.uuid4())}, "Choose one of these wallets."),
        ({"target": ""}, "Choose a wallet."),
    ],
)
def test_keeps_what_was_typed_and_says_what_is_wrong(
    browser: Client, typed: dict[str, str], wrong: dict[str, str], says: str
) -> None:
    with nothing_changes():
        answer = browser.post("/exchange/", {**typed, **wrong})
    assert answer.status_code == 422
    assert says in words(answer)
    assert answer.context["form"]["amount"].value() == {**typed, **wrong}["amount"]


def test_refuses_one_currency_on_both_sides(browser: Client, typed: dict[str, str], alice: User) -> None:
    savings = open_wallet_for(alice, "EUR")
    with nothing_changes():
        answer = browser.post("/exchange/", {**typed, "target": str(savings.pk)})
    assert "Both wallets hold Euro. Choose two with different currencies." in words(answer)


@pytest.mark.django_db(transaction=True)
def test_says_when_there_is_no_rate(browser: Client, typed: dict[str, str], alice: User) -> None:
    afghanis = open_wallet_for(alice, "AFN")
    with nothing_changes():
        answer = browser.post("/exchange/", {**typed, "target": str(afghanis.pk)})
    assert answer.status_code == 422
    assert "There is no exchange rate between these two currencies. No money moved." in words(answer)


def test_shows_the_form_again_when_the_money_is_gone(
    browser: Client, typed: dict[str, str], alice_eur: Wallet, bruno_eur: Wallet
) -> None:
    place, _quote = ask(browser, typed)
    send(alice_eur, bruno_eur, 95_00)
    with nothing_changes():
        answer = browser.post(place)
    assert answer.status_code == 422
    assert "There is not enough money in this wallet. No money moved" in words(answer)
    assert answer.context["form"]["amount"].value() == "10.00"


def test_shows_the_form_again_when_a_wallet_is_frozen(
    browser: Client, typed: dict[str, str], alice: User, alice_usd: Wallet
) -> None:
    place, _quote = ask(browser, typed)
    freeze_wallet(wallet=alice_usd, actor=alice, reason="", now=NOON)
    with nothing_changes():
        answer = browser.post(place)
    assert answer.status_code == 409
    assert "This wallet is frozen. No money moved" in words(answer)


def test_is_not_there_for_strangers(browser: Client, mallorys: Client, typed: dict[str, str]) -> None:
    place, _quote = ask(browser, typed)
    with nothing_changes():
        assert mallorys.get(place).status_code == 404
        assert mallorys.post(place).status_code == 404
        assert mallorys.post(f"{place}again/").status_code == 404


def test_lets_everything_be_changed(browser: Client, typed: dict[str, str]) -> None:
    place, _quote = ask(browser, typed)
    form = browser.get(browser.get(place).context["back"]).context["form"]
    assert {name: str(form[name].value()) for name in typed} == typed


def test_asks_for_a_second_currency_first(browser: Client, alice_eur: Wallet) -> None:
    assert "You need a second currency" in words(browser.get("/exchange/"))


def test_costs_few_questions(browser: Client, typed: dict[str, str]) -> None:
    with queries(3):
        browser.get("/exchange/")
    place, _quote = ask(browser, typed)
    with queries(3):
        browser.get(place)
