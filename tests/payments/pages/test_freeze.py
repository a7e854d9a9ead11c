"""Freezing one's own account in the portal."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import AccountFreeze, Wallet
from payments.operations import freeze_wallet
from tests.factories import PASSWORD, UserFactory
from tests.payments.pages.reading import words
from tests.unchanged import nothing_changes

PAGE, END = "/profile/freeze/", "/profile/freeze/end/"
SESSION = "django_session"  # keeps what is asked, and messages


def test_one_press_freezes_and_a_second_changes_nothing(browser: Client, alice_eur: Wallet) -> None:
    assert f'href="{PAGE}"' in browser.get("/profile/").content.decode()
    assert "Money that others send you still comes in" in words(browser.get(PAGE))

    assert browser.post(PAGE).headers["Location"] == PAGE

    shown = words(browser.get(PAGE))
    assert "Your account is frozen. No money can leave it." in shown
    assert "no money can leave your wallets" in shown
    with nothing_changes(SESSION):
        browser.post(PAGE)
    assert "You froze your account: no money can leave this wallet." in words(
        browser.get(reverse("wallet", args=[alice_eur.pk]))
    )


@pytest.mark.django_db(transaction=True)  # a refusal must undo a whole transaction, not the test's
def test_unfreezing_asks_first_and_leads_back_to_the_button(browser: Client, alice_eur: Wallet) -> None:
    browser.post(PAGE)
    with nothing_changes(SESSION):
        asked = browser.post(END).headers["Location"]
    assert "Unfreeze your account" in words(browser.get(asked))

    assert browser.post(asked, {"password": PASSWORD}).headers["Location"] == PAGE
    assert AccountFreeze.objects.lasting().exists()
    assert browser.post(END).headers["Location"] == PAGE

    assert "Your account is unfrozen." in words(browser.get(PAGE))
    assert not AccountFreeze.objects.lasting().exists()
    assert Wallet.objects.get(pk=alice_eur.pk).status == "active"


def test_the_wallet_says_when_staff_froze_it(browser: Client, alice_eur: Wallet) -> None:
    admin = UserFactory.create(is_staff=True, is_superuser=True)
    freeze_wallet(wallet=alice_eur, actor=admin, reason="a look", now=alice_eur.created_at)
    browser.post(PAGE)
    assert "Support can tell you why." in words(browser.get(reverse("wallet", args=[alice_eur.pk])))


@pytest.mark.django_db
def test_is_for_people_who_are_signed_in(alice: User, alice_eur: Wallet) -> None:
    with nothing_changes():
        assert Client().post(PAGE).headers["Location"].startswith("/signin/")
    assert Client().get(END).status_code == 302
