"""Confirming a large payment in the portal: from the review to the page that asks, back, and done once (C4, R23, R24)."""

import re

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Session, StepUp, User
from payments.models import Transaction, Wallet
from tests.doors import portal_client
from tests.factories import PASSWORD, fund
from tests.payments.balances import minor_in
from tests.payments.pages.reading import words
from tests.unchanged import nothing_changes

SESSION = "django_session"  # keeps drafts and what is asked


@pytest.fixture
def review(browser: Client, alice_eur: Wallet, bruno_eur: Wallet) -> str:
    """The address of the review of 2,500.00 EUR to Bruno, out of 5,100.00."""
    fund(alice_eur, 500_000)
    typed = {"payee": "bruno@example.com", "amount": "2500", "wallet": str(alice_eur.pk), "notes": ""}
    return str(browser.post("/send/", typed).headers["Location"])


@pytest.fixture
def asked(browser: Client, review: str) -> str:
    """The address of the page that asks, after the review's button was pressed."""
    return str(browser.post(review).headers["Location"])


def test_asks_before_it_sends(browser: Client, review: str, bruno_eur: Wallet) -> None:
    with nothing_changes(SESSION):
        asked = browser.post(review).headers["Location"]
    assert re.fullmatch(r"/confirm/act/[0-9a-f-]{36}/", asked)
    page = browser.get(asked)
    assert page.status_code == 200
    assert "Send 2,500.00 EUR to Bruno Alves" in words(page)
    assert "no-store" in page.headers["Cache-Control"]


def test_leads_back_to_the_review_whose_button_then_works_once(
    browser: Client, review: str, asked: str, alice_eur: Wallet, bruno_eur: Wallet
) -> None:
    back = browser.post(asked, {"password": PASSWORD})
    assert (back.status_code, back.headers["Location"]) == (302, review)
    assert Transaction.objects.filter(kind="transfer").count() == 0
    assert "Confirmed. Nothing was done yet: press the button once more." in words(browser.get(review))

    receipts = {browser.post(review).headers["Location"] for _press in range(3)}

    assert len(receipts) == 1
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (260_000, 250_000)
    assert browser.get(review).headers["Location"] in receipts
    assert browser.post(asked, {"password": PASSWORD}).status_code == 409  # Back, and confirmed once more


def test_gives_the_session_a_new_key(browser: Client, alice: User, asked: str) -> None:
    """R24: a key that was copied before the step-up is worth nothing after it."""
    old = browser.cookies[settings.SESSION_COOKIE_NAME].value
    session = Session.objects.get(session_key=old)
    browser.post(asked, {"password": PASSWORD})
    new = browser.cookies[settings.SESSION_COOKIE_NAME].value
    session.refresh_from_db()
    assert new != old
    assert session.session_key == new
    copied = Client()
    copied.cookies[settings.SESSION_COOKIE_NAME] = old
    assert copied.get("/profile/").headers["Location"].startswith("/signin/")
    assert browser.get("/profile/").status_code == 200


def test_says_what_is_wrong_and_confirms_nothing(browser: Client, asked: str) -> None:
    with nothing_changes("audit_auditentry", SESSION):
        wrong = browser.post(asked, {"password": "not this one, no"})
    assert wrong.status_code == 403
    assert "That is not right. Nothing was done: try again." in words(wrong)
    with nothing_changes(SESSION):
        empty = browser.post(asked, {"password": ""})
    assert empty.status_code == 422
    assert not StepUp.objects.exists()


def test_in_another_browser_of_the_same_person_it_does_not_exist(alice: User, asked: str) -> None:
    elsewhere = portal_client(alice)
    with nothing_changes(SESSION):
        assert elsewhere.get(asked).status_code == 409
        assert elsewhere.post(asked, {"password": PASSWORD}).status_code == 409


def test_another_amount_is_asked_anew(browser: Client, asked: str, alice_eur: Wallet) -> None:
    browser.post(asked, {"password": PASSWORD})
    typed = {"payee": "bruno@example.com", "amount": "2500.01", "wallet": str(alice_eur.pk), "notes": ""}
    review = browser.post("/send/", typed).headers["Location"]
    with nothing_changes(SESSION):
        assert browser.post(review).headers["Location"].startswith("/confirm/act/")


def test_cancelling_leads_back_to_the_review(browser: Client, review: str, asked: str) -> None:
    assert f'href="{review}"' in browser.get(asked).content.decode()


def test_tells_an_account_without_any_proof_what_to_do(browser: Client, alice: User, review: str) -> None:
    User.objects.filter(pk=alice.pk).update(password="!")
    browser = portal_client(User.objects.get(pk=alice.pk))
    typed = {"payee": "bruno@example.com", "amount": "2500", "wallet": str(alice.wallets.get().pk), "notes": ""}
    asked = browser.post(browser.post("/send/", typed).headers["Location"]).headers["Location"]
    page = browser.get(asked)
    assert "Set a password first, then do this again." in words(page)
    with nothing_changes(SESSION):
        assert browser.post(asked, {"password": ""}).status_code == 422
