"""Giving back money that one got."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import refund
from tests.payments.balances import minor_in
from tests.payments.pages.acts import send, top_up
from tests.payments.pages.reading import words
from tests.unchanged import nothing_changes

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
SESSION = "django_session"  # keeps the draft


@pytest.fixture
def page(received: Transaction) -> str:
    """Where Alice gives back the 20.00 EUR."""
    return reverse("refund", args=[received.pk])


def review_of(browser: Client, page: str, amount: str, reason: str = "") -> str:
    answer = browser.post(page, {"amount": amount, "notes": reason})
    assert answer.status_code == 302, answer.context["form"].errors
    return answer.headers["Location"]


def test_gives_back_after_a_review(
    browser: Client, page: str, received: Transaction, alice_eur: Wallet, bruno_eur: Wallet
) -> None:
    assert browser.get(page).context["form"]["amount"].value() == "20.00"
    with nothing_changes(SESSION):
        review = review_of(browser, page, "5", "Too much")
        shown = words(browser.get(review))
    for text in (
        "To Bruno Alves",
        "From Alice's EUR",
        "Reason Too much",
        "You received 20.00 EUR",
        "Give 5.00 EUR back to Bruno Alves",
    ):
        assert text in shown
    answer = browser.post(review)
    back = Transaction.objects.get(kind="refund")
    assert answer.headers["Location"] == f"{reverse('transaction', args=[back.pk])}?done"
    assert (back.refund_of, minor_in(alice_eur), minor_in(bruno_eur)) == (received, 85_00, 15_00)
    assert "Left to give back 15.00 EUR" in words(browser.get(page))


def test_gives_back_once_however_often_it_is_confirmed(browser: Client, page: str, alice_eur: Wallet) -> None:
    review = review_of(browser, page, "20.00")
    receipts = {browser.post(review).headers["Location"] for _click in range(3)}
    assert len(receipts) == 1
    assert browser.get(review).headers["Location"] in receipts
    assert minor_in(alice_eur) == 70_00


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("20.01", "This is more than is left to refund. No money moved."),
        ("0", "The amount must be above zero."),
        ("five", "Write an amount such as 12.50."),
        ("", "Write an amount."),
    ],
)
def test_keeps_what_was_typed_and_says_what_is_wrong(browser: Client, page: str, amount: str, says: str) -> None:
    with nothing_changes():
        answer = browser.post(page, {"amount": amount, "notes": "Too much"})
    assert answer.status_code == 422
    assert says in words(answer)
    assert answer.context["form"]["notes"].value() == "Too much"


def test_never_gives_back_more_than_it_got(browser: Client, page: str, received: Transaction, alice: User) -> None:
    review = review_of(browser, page, "20.00")
    refund(original=received, amount=Money(15_00, "EUR"), actor=alice, key=None, reason="", now=NOW)
    with nothing_changes():
        answer = browser.post(review)
    assert answer.status_code == 422
    assert "This is more than is left to refund. No money moved." in words(answer)
    refund(original=received, amount=None, actor=alice, key=None, reason="", now=NOW)
    assert browser.get(page).headers["Location"] == reverse("transaction", args=[received.pk])


def test_says_when_the_money_is_gone(browser: Client, page: str, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    review = review_of(browser, page, "20.00")
    send(alice_eur, bruno_eur, 85_00)
    with nothing_changes():
        answer = browser.post(review)
    assert "There is not enough money in this wallet. No money moved" in words(answer)


def test_is_offered_for_what_can_be_given_back_only(browser: Client, received: Transaction, alice_eur: Wallet) -> None:
    assert "Give back" in words(browser.get(reverse("transaction", args=[received.pk])))
    sent = Transaction.objects.filter(payer_wallet=alice_eur, kind="transfer").latest("created_at")
    for other in (sent, top_up(alice_eur, 5_00)):
        assert "Give back" not in words(browser.get(reverse("transaction", args=[other.pk])))
        assert browser.get(reverse("refund", args=[other.pk])).status_code == 404


def test_is_not_there_for_strangers(browser: Client, mallorys: Client, page: str) -> None:
    review = review_of(browser, page, "5")
    with nothing_changes(SESSION):
        for ask in (mallorys.get, mallorys.post):
            assert ask(page).status_code == 404
            assert ask(review).status_code in {302, 404}
    assert not Transaction.objects.filter(kind="refund").exists()


def test_keeps_a_draft_to_its_payment(browser: Client, page: str, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    other = send(bruno_eur, alice_eur, 9_00)
    draft = review_of(browser, page, "9.00").rstrip("/").rsplit("/", 1)[-1]
    with nothing_changes(SESSION):
        answer = browser.post(reverse("refund_review", args=[other.pk, draft]))
    assert answer.headers["Location"] == reverse("refund", args=[other.pk])
