"""Sending money: what, review, done."""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.operations import close_wallet, freeze_wallet, open_wallet
from tests.doors import portal_client
from tests.factories import UserFactory, open_wallet_for
from tests.payments.balances import minor_in
from tests.payments.pages.acts import send
from tests.payments.pages.reading import queries, words
from tests.unchanged import nothing_changes

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
SESSION = "django_session"  # keeps the draft


@pytest.fixture
def typed(alice_eur: Wallet, bruno_eur: Wallet) -> dict[str, str]:
    """25.00 EUR to Bruno, as Alice types it."""
    return {"payee": "bruno@example.com", "amount": "25.00", "wallet": str(alice_eur.pk), "notes": "Dinner"}


def review_of(browser: Client, typed: dict[str, str]) -> str:
    """The address of the review that what was typed leads to."""
    answer = browser.post("/send/", typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.headers["Location"]


def test_sends_after_a_review(browser: Client, typed: dict[str, str], alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with nothing_changes(SESSION):
        review = review_of(browser, typed)
        shown = words(browser.get(review))
    for text in (
        "To Bruno Alves bruno@example.com",
        "From Alice's EUR",
        "Note Dinner",
        "Amount 25.00 EUR",
        "Fee 0.00 EUR",
        "Total 25.00 EUR",
    ):
        assert text in shown
    assert "Arrives At once" in shown
    assert "Send 25.00 EUR to Bruno Alves" in shown
    answer = browser.post(review)
    sent = Transaction.objects.get(kind="transfer")
    assert answer.headers["Location"] == f"{reverse('transaction', args=[sent.pk])}?done"
    assert (minor_in(alice_eur), minor_in(bruno_eur), sent.notes) == (75_00, 25_00, "Dinner")
    done = words(browser.get(answer.headers["Location"]))
    assert "Done" in done
    assert "Sent to Bruno Alves" in done


@pytest.mark.parametrize("how", [str.upper, lambda email: f"  {email} "])
def test_finds_the_payee_by_email(browser: Client, typed: dict[str, str], how: Callable[[str], str]) -> None:
    assert "Bruno Alves" in words(browser.get(review_of(browser, {**typed, "payee": how(typed["payee"])})))


def test_finds_the_payee_by_phone_and_by_wallet_address(
    browser: Client, typed: dict[str, str], bruno: User, bruno_eur: Wallet
) -> None:
    bruno.phone, bruno.phone_verified_at = "+5511912345678", NOW
    bruno.save(update_fields=["phone", "phone_verified_at"])
    for identifier in ("+55 11 91234-5678", bruno_eur.address):
        assert "Bruno Alves" in words(browser.get(review_of(browser, {**typed, "payee": identifier})))


def test_moves_money_between_wallets_of_ones_own(browser: Client, alice: User, alice_eur: Wallet) -> None:
    savings = open_wallet(user=alice, asset="EUR", name="Savings", actor=alice, now=NOW)
    review = review_of(browser, {"payee": savings.address, "amount": "1", "wallet": str(alice_eur.pk), "notes": ""})
    assert "Send 1.00 EUR to Savings" in words(browser.get(review))
    browser.post(review)
    assert (minor_in(alice_eur), minor_in(savings)) == (99_00, 1_00)


def test_reads_amounts_as_the_sender_writes_them(bruno: User, bruno_eur: Wallet, alice: User, alice_eur: Wallet) -> None:
    send(alice_eur, bruno_eur, 50_00)
    browser = portal_client(bruno)
    assert bruno.language == "pt-BR"
    typed = {"payee": "alice@example.com", "amount": "12,50", "wallet": str(bruno_eur.pk), "notes": ""}
    review = review_of(browser, typed)
    assert "12,50 EUR" in words(browser.get(review))
    bruno.language = "en"  # what was drafted is the amount, not its spelling
    bruno.save(update_fields=["language"])
    browser.post(review)
    assert minor_in(bruno_eur) == 37_50


@pytest.mark.parametrize("times", [2, 3])
def test_pays_once_however_often_it_is_confirmed(browser: Client, typed: dict[str, str], alice_eur: Wallet, times: int) -> None:
    review = review_of(browser, typed)
    places = {browser.post(review).headers["Location"] for _click in range(times)}
    assert len(places) == 1
    assert minor_in(alice_eur) == 75_00


def test_leads_back_to_the_receipt_when_it_was_done(browser: Client, typed: dict[str, str]) -> None:
    review = review_of(browser, typed)
    receipt = browser.post(review).headers["Location"]
    assert browser.get(review).headers["Location"] == receipt


def test_pays_twice_who_writes_it_twice(browser: Client, typed: dict[str, str], alice_eur: Wallet) -> None:
    for _time in range(2):
        browser.post(review_of(browser, typed))
    assert minor_in(alice_eur) == 50_00


def test_finds_what_was_done_when_the_form_is_forgotten(
    browser: Client, typed: dict[str, str], alice: User, alice_eur: Wallet
) -> None:
    review = review_of(browser, typed)
    receipt = browser.post(review).headers["Location"]
    elsewhere = portal_client(alice)
    with nothing_changes(SESSION):
        assert elsewhere.post(review).headers["Location"] == receipt
        unknown = elsewhere.post(reverse("send_review", args=[uuid.uuid4()]), follow=True)
    assert "That form was left too long" in words(unknown)


def test_gives_a_review_to_nobody_else(browser: Client, mallorys: Client, typed: dict[str, str]) -> None:
    review = review_of(browser, typed)
    for ask in (mallorys.get, mallorys.post):
        with nothing_changes(SESSION):
            assert ask(review).headers["Location"] == "/send/"


def test_lets_everything_be_changed(browser: Client, typed: dict[str, str]) -> None:
    back = browser.get(review_of(browser, {**typed, "amount": "15.5"})).context["back"]
    form = browser.get(back).context["form"]
    assert {name: str(form[name].value()) for name in typed} == {**typed, "amount": "15.50"}


def test_begins_with_what_a_link_says(browser: Client, alice: User, alice_eur: Wallet, alice_usd: Wallet) -> None:
    form = browser.get("/send/", {"wallet": str(alice_usd.pk), "payee": "bruno@example.com", "amount": "3.00"}).context["form"]
    assert form["payee"].value() == "bruno@example.com"
    assert form.fields["amount"].widget.asset == "USD"


BAD = [
    ({"amount": "12,5o"}, "Write an amount such as 12.50."),
    ({"amount": ""}, "Write an amount."),
    ({"amount": "0"}, "The amount must be above zero."),
    ({"amount": "-5"}, "Write an amount such as 12.50."),
    ({"amount": "1.005"}, "EUR has 2 decimals; write no more than that."),
    ({"amount": "99999999999999999999"}, "This amount is larger than any wallet can hold."),
    ({"amount": "100.01"}, "There is not enough money in this wallet. No money moved: top it up or choose another wallet."),
    ({"payee": ""}, "This field is required."),
    ({"payee": "nobody@example.com"}, "We know nobody by this who can be paid. No money moved: check how you wrote it."),
    ({"payee": "mallory@example.com"}, "We know nobody by this who can be paid."),
    ({"wallet": ""}, "Choose a wallet."),
    ({"wallet": str(uuid.uuid4())}, "Choose one of these wallets."),
    ({"notes": "n" * 281}, "at most 280 characters"),
]


@pytest.mark.parametrize(("wrong", "says"), BAD)
def test_keeps_what_was_typed_and_says_what_is_wrong(
    browser: Client, typed: dict[str, str], mallory: User, wrong: dict[str, str], says: str
) -> None:
    with nothing_changes():
        answer = browser.post("/send/", {**typed, **wrong})
    assert answer.status_code == 422
    assert says in words(answer)
    form = answer.context["form"]
    assert {name: form[name].value() for name in typed} == {**typed, **wrong}


def test_says_that_the_payee_has_no_such_wallet(browser: Client, typed: dict[str, str], alice: User) -> None:
    yen = open_wallet_for(alice, "JPY", minor=5000)
    answer = browser.post("/send/", {**typed, "wallet": str(yen.pk), "amount": "100"})
    assert "They have no wallet in this currency. No money moved: pay from a wallet in another currency." in words(answer)


def test_refuses_the_wallet_it_comes_from(browser: Client, typed: dict[str, str], alice_eur: Wallet) -> None:
    answer = browser.post("/send/", {**typed, "payee": alice_eur.address})
    assert "This is the wallet the money comes from. No money moved: choose another one." in words(answer)


def test_refuses_the_wallets_of_strangers(mallorys: Client, typed: dict[str, str], mallory_eur: Wallet) -> None:
    with nothing_changes():
        answer = mallorys.post("/send/", {**typed, "payee": mallory_eur.address})
    assert "Choose one of these wallets." in words(answer)


def test_stops_whoever_looks_for_people(browser: Client, typed: dict[str, str]) -> None:
    for guess in range(10):
        browser.post("/send/", {**typed, "payee": f"guess{guess}@example.com"})
    answer = browser.post("/send/", typed)
    assert "You looked for too many people we don't know. No money moved: try again in an hour." in words(answer)


class TestWhenTheWorldChangedAfterTheReview:
    """What was reviewed can be impossible when it is confirmed."""

    def test_shows_the_form_again_when_the_money_is_gone(
        self, browser: Client, typed: dict[str, str], alice_eur: Wallet, bruno_eur: Wallet
    ) -> None:
        review = review_of(browser, typed)
        send(alice_eur, bruno_eur, 90_00)
        with nothing_changes():
            answer = browser.post(review)
        assert answer.status_code == 422
        assert "There is not enough money in this wallet. No money moved" in words(answer)
        assert answer.context["form"]["notes"].value() == "Dinner"
        assert 'action="/send/"' in answer.content.decode()

    @pytest.mark.parametrize("status", ["frozen", "closed"])
    def test_shows_the_form_again_when_the_payee_can_not_be_paid(
        self, browser: Client, typed: dict[str, str], bruno: User, bruno_eur: Wallet, status: str
    ) -> None:
        review = review_of(browser, typed)
        if status == "frozen":
            freeze_wallet(wallet=bruno_eur, actor=bruno, reason="", now=NOW)
        else:
            close_wallet(wallet=bruno_eur, actor=bruno, now=NOW)
        for ask in (browser.get, browser.post):
            with nothing_changes():
                answer = ask(review)
            assert answer.status_code == 409
            assert f"This wallet is {status}. No money moved" in words(answer)

    def test_asks_again_when_too_many_forms_are_open(self, browser: Client, typed: dict[str, str]) -> None:
        review = review_of(browser, typed)
        for _other in range(8):
            review_of(browser, typed)
        with nothing_changes(SESSION):
            answer = browser.post(review, follow=True)
        assert "That form was left too long" in words(answer)


def test_asks_for_a_wallet_first(browser: Client) -> None:
    assert "Open a wallet first" in words(browser.get("/send/"))


def test_shows_a_payee_without_a_name_by_their_address(browser: Client, typed: dict[str, str]) -> None:
    nameless = UserFactory.create(name="", email="shy@example.com")
    wallet = open_wallet_for(nameless)
    assert f"Send 25.00 EUR to {wallet.address}" in words(
        browser.get(review_of(browser, {**typed, "payee": "shy@example.com"}))
    )


def test_costs_few_questions(browser: Client, typed: dict[str, str]) -> None:
    with queries(3):
        browser.get("/send/")
    review = review_of(browser, typed)
    with queries(5):
        browser.get(review)
