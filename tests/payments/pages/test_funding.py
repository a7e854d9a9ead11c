"""Topping up and withdrawing: what, review, and a receipt that waits for the provider."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.operations import freeze_wallet
from payments.providers.sandbox import TOKENS
from tests.jobs import JobRunner
from tests.payments.balances import jobs, minor_in
from tests.payments.pages.acts import send
from tests.payments.pages.reading import queries, words
from tests.unchanged import nothing_changes

SESSION = "django_session"  # keeps the draft
ACTS = ["/topup/", "/withdraw/"]


@pytest.fixture
def typed(alice_eur: Wallet) -> dict[str, str]:
    """40.00 EUR, by a card or account that works."""
    return {"amount": "40.00", "wallet": str(alice_eur.pk), "instrument": "tok_success"}


def review_of(browser: Client, act: str, typed: dict[str, str]) -> str:
    """The address of the review that what was typed leads to."""
    answer = browser.post(act, typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.headers["Location"]


@pytest.mark.parametrize("act", ACTS)
def test_says_that_it_is_a_sandbox_and_what_each_choice_does(browser: Client, alice_eur: Wallet, act: str) -> None:
    page = browser.get(act)
    assert "this is a sandbox, and what you choose below says how it will end" in words(page)
    assert "Sandbox: no real money moves here" in words(page)
    offered = dict(page.context["form"].fields["instrument"].choices)
    assert set(offered) == set(TOKENS)
    assert str(offered["tok_declined"]) == "Is declined by the bank"


def test_tops_up_after_a_review_and_waits_for_the_provider(
    browser: Client, typed: dict[str, str], alice_eur: Wallet, run_jobs: JobRunner
) -> None:
    run_jobs()
    with nothing_changes(SESSION):
        review = review_of(browser, "/topup/", typed)
        shown = words(browser.get(review))
    for text in ("From Sandbox: Works at once", "Into Alice's EUR", "Amount 40.00 EUR", "Top up Alice's EUR by 40.00 EUR"):
        assert text in shown
    receipt = browser.post(review).headers["Location"]
    assert "On its way" in words(browser.get(receipt))
    assert (minor_in(alice_eur), jobs()) == (100_00, ["payments.collect_deposit"])
    run_jobs()
    assert minor_in(alice_eur) == 140_00
    done = words(browser.get(receipt))
    assert "Completed" in done
    assert "From Sandbox (no real money): Works at once" in done


def test_says_when_the_card_is_declined(browser: Client, typed: dict[str, str], alice_eur: Wallet, run_jobs: JobRunner) -> None:
    receipt = browser.post(review_of(browser, "/topup/", {**typed, "instrument": "tok_declined"})).headers["Location"]
    run_jobs()
    shown = words(browser.get(receipt))
    assert "This did not go through" in shown
    assert "No money moved. The bank declined it." in shown
    assert minor_in(alice_eur) == 100_00


def test_withdraws_after_a_review(
    browser: Client, typed: dict[str, str], alice_eur: Wallet, run_jobs: JobRunner, settings: Settings
) -> None:
    settings.FEE_BASIS_POINTS = {"withdrawal": 100}
    with nothing_changes(SESSION):
        review = review_of(browser, "/withdraw/", typed)
        shown = words(browser.get(review))
    for text in (
        "To Sandbox: Works at once",
        "Amount 40.00 EUR",
        "Fee 0.40 EUR",
        "Total 40.40 EUR",
        "Withdraw 40.00 EUR from Alice's EUR",
    ):
        assert text in shown
    receipt = browser.post(review).headers["Location"]
    waiting = words(browser.get(receipt))
    assert "On its way" in waiting
    assert "Total 40.40 EUR" in waiting
    assert minor_in(alice_eur) == 59_60  # on hold
    run_jobs()
    assert "Completed" in words(browser.get(receipt))
    assert minor_in(alice_eur) == 59_60


def test_gives_back_what_could_not_be_withdrawn(
    browser: Client, typed: dict[str, str], alice_eur: Wallet, run_jobs: JobRunner
) -> None:
    receipt = browser.post(review_of(browser, "/withdraw/", {**typed, "instrument": "tok_declined"})).headers["Location"]
    assert minor_in(alice_eur) == 60_00
    run_jobs()
    assert "No money moved." in words(browser.get(receipt))
    assert minor_in(alice_eur) == 100_00


@pytest.mark.parametrize("act", ACTS)
def test_happens_once_however_often_it_is_confirmed(browser: Client, typed: dict[str, str], act: str) -> None:
    review = review_of(browser, act, typed)
    receipts = {browser.post(review).headers["Location"] for _click in range(3)}
    assert len(receipts) == 1
    assert browser.get(review).headers["Location"] in receipts
    assert Transaction.objects.filter(kind__in=["deposit", "withdrawal"], status="pending").count() == 1


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount": "0"}, "The amount must be above zero."),
        ({"amount": "4,0"}, "Write an amount such as 12.50."),
        ({"instrument": "tok_stolen"}, "This is not a card or an account we can use. No money moved."),
        ({"instrument": "4242424242424242"}, "This is not a card or an account we can use. No money moved."),
        ({"wallet": "x"}, "Choose one of these wallets."),
    ],
)
def test_keeps_what_was_typed_and_says_what_is_wrong(
    browser: Client, typed: dict[str, str], act: str, wrong: dict[str, str], says: str
) -> None:
    with nothing_changes():
        answer = browser.post(act, {**typed, **wrong})
    assert answer.status_code == 422
    assert says in words(answer)
    assert answer.context["form"]["amount"].value() == {**typed, **wrong}["amount"]


def test_withdraws_no_more_than_there_is(browser: Client, typed: dict[str, str], alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with nothing_changes():
        answer = browser.post("/withdraw/", {**typed, "amount": "100.01"})
    assert "There is not enough money in this wallet. No money moved" in words(answer)
    review = review_of(browser, "/withdraw/", typed)
    send(alice_eur, bruno_eur, 80_00)
    with nothing_changes():
        answer = browser.post(review)
    assert (answer.status_code, answer.context["form"]["amount"].value()) == (422, "40.00")


@pytest.mark.parametrize("act", ACTS)
def test_refuses_a_wallet_that_was_frozen_meanwhile(
    browser: Client, typed: dict[str, str], alice: User, alice_eur: Wallet, alice_usd: Wallet, act: str
) -> None:
    review = review_of(browser, act, typed)
    freeze_wallet(wallet=alice_eur, actor=alice, reason="", now=alice_eur.created_at)
    with nothing_changes():
        answer = browser.post(review)
    assert answer.status_code == 409
    assert "This wallet is frozen. No money moved" in words(answer)


@pytest.mark.parametrize("act", ACTS)
def test_gives_a_review_to_nobody_else(browser: Client, mallorys: Client, typed: dict[str, str], act: str) -> None:
    review = review_of(browser, act, typed)
    with nothing_changes(SESSION):
        assert mallorys.post(review).headers["Location"] == act


@pytest.mark.parametrize("act", ACTS)
def test_says_when_there_is_no_provider(browser: Client, alice_eur: Wallet, settings: Settings, act: str) -> None:
    settings.FUNDING_PROVIDER = "none"
    answer = browser.get(act)
    assert answer.status_code == 503
    assert "Topping up and withdrawing are not available here." in words(answer)


@pytest.mark.parametrize("name", ["top_up", "withdraw"])
def test_costs_few_questions(browser: Client, typed: dict[str, str], name: str) -> None:
    with queries(3):
        browser.get(reverse(name))
    review = review_of(browser, reverse(name), typed)
    with queries(4):
        browser.get(review)
