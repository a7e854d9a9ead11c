"""Limits in the portal."""

import pytest
from django.test import Client

from accounts.models import User
from payments.limits import limit_of
from payments.models import SpendingLimit, Wallet
from payments.models.limit import Caps
from tests.factories import PASSWORD
from tests.payments.pages.reading import words
from tests.unchanged import nothing_changes

LIST, EUR = "/profile/limits/", "/profile/limits/EUR/"
SESSION = "django_session"  # keeps what is asked, and messages


@pytest.mark.django_db(transaction=True)  # a refusal must undo a whole transaction, not the test's
def test_lowers_raises_with_a_proof_and_cancels(browser: Client, alice: User, alice_eur: Wallet) -> None:
    assert f'href="{LIST}"' in browser.get("/profile/").content.decode()
    assert f'href="{EUR}"' in browser.get(LIST).content.decode()
    assert browser.post(EUR, {"per_payment": "20", "per_day": "1,000.00"}).headers["Location"] == LIST
    shown = words(browser.get(LIST))
    assert "At most 20.00 EUR at once." in shown
    assert "0.00 EUR of 1,000.00 EUR" in shown

    higher = {"per_payment": "30", "per_day": ""}
    with nothing_changes(SESSION):
        asked = browser.post(EUR, higher).headers["Location"]
    assert "Raise your limits in EUR: 30.00 EUR at once, no limit in 24 hours" in words(browser.get(asked))
    assert browser.post(asked, {"password": PASSWORD}).headers["Location"] == EUR
    assert browser.post(EUR, higher).headers["Location"] == LIST
    shown = words(browser.get(LIST))
    assert "At most 20.00 EUR at once." in shown
    assert "At most 30.00 EUR at once. No limit in 24 hours." in shown

    assert browser.post(f"{EUR}keep/").headers["Location"] == LIST
    limit = SpendingLimit.objects.get()
    assert limit_of(alice, "EUR", now=limit.created_at).caps == Caps(20_00, 1_000_00)
    assert limit.raised_at is None


def test_says_what_is_no_amount(browser: Client, alice_eur: Wallet) -> None:
    with nothing_changes(SESSION):
        assert browser.post(EUR, {"per_payment": "twenty", "per_day": ""}).status_code == 422


def test_knows_no_other_assets(browser: Client) -> None:
    assert browser.get("/profile/limits/XXX/").status_code == 404
