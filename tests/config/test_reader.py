"""Who reads decides: the language, and the form of amounts and dates (C20)."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.money import Money
from payments.operations import complete_deposit, start_deposit
from tests.doors import portal_client
from tests.factories import open_wallet_for
from tests.payments.pages.reading import words


def language_of(answer: Any) -> str:  # of the test client, which adds to Django's responses
    """What a page says of its own language."""
    return re.findall(r'<html lang="([^"]*)"', answer.text)[0]


@pytest.mark.parametrize(
    ("language", "amount", "moment"),
    [
        ("en", "1,250.40 EUR", "7 March 2026"),
        ("pt-BR", "1.250,40 EUR", "7 de março de 2026"),
        ("es", "1.250,40 EUR", "7 de marzo de 2026"),
    ],
)
def test_writes_amounts_and_dates_as_the_reader_does(alice: User, language: str, amount: str, moment: str) -> None:
    now = dt.datetime(2026, 3, 7, 15, 5, tzinfo=dt.UTC)
    wallet = open_wallet_for(alice)
    deposit = start_deposit(
        wallet=wallet, amount=Money(125_040, "EUR"), provider="sandbox", source="tok_success", actor=alice, key=None, now=now
    )
    complete_deposit(deposit=deposit, provider_reference="a test", now=now)
    User.objects.filter(pk=alice.pk).update(language=language)
    shown = words(portal_client(alice).get(reverse("transaction", args=[deposit.pk])))
    assert amount in shown
    assert moment in shown


@pytest.mark.django_db
def test_changes_language_for_whoever_is_not_signed_in() -> None:
    browser = Client(headers={"accept-language": "es-MX,es;q=0.9"})
    assert language_of(browser.get("/signin/")) == "es"
    answer = browser.post(reverse("set_language"), {"language": "pt-br", "next": "/signin/"}, follow=True)
    assert language_of(answer) == "pt-br"
    assert "Esqueceu?" in words(answer)
    assert language_of(browser.get("/signup/")) == "pt-br"


def test_keeps_the_language_of_whoever_is_signed_in(alice: User) -> None:
    portal_client(alice).post(reverse("set_language"), {"language": "pt-br", "next": "/"})
    alice.refresh_from_db()
    assert alice.language == "pt-BR"
    elsewhere = portal_client(alice, headers={"accept-language": "es"})
    assert language_of(elsewhere.get("/")) == "pt-br"
