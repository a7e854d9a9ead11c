"""The receipt of one movement."""

import datetime as dt
import uuid

import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import fail_deposit, refund
from tests.doors import portal_client
from tests.payments.pages.acts import exchange, start_top_up
from tests.payments.pages.reading import queries, words

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def page_of(transaction: Transaction) -> str:
    return reverse("transaction", args=[transaction.pk])


def test_shows_the_payer_all_of_it(browser: Client, sent: Transaction) -> None:
    shown = words(browser.get(page_of(sent)))
    code = sent.confirmation_code
    for text in (
        "Sent to Bruno Alves",
        "From Alice's EUR",
        "To Bruno Alves",
        "Note Dinner",
        "Amount 25.00 EUR",
        "Fee 0.00 EUR",
        "Total 25.00 EUR",
    ):
        assert text in shown
    assert f"Confirmation code {code[:3]} {code[3:]}" in shown
    assert "Give back" not in shown


def test_shows_the_payee_their_side(bruno: User, sent: Transaction) -> None:
    page = portal_client(bruno).get(page_of(sent))
    shown = words(page)
    assert "Alice Moreau" in shown
    assert "Alice's EUR" not in shown  # how somebody calls their wallet is their own business
    assert page.context["may_refund"]


def test_is_not_there_for_strangers(mallorys: Client, sent: Transaction) -> None:
    for name in ("transaction", "transaction_receipt", "refund"):
        assert mallorys.get(reverse(name, args=[sent.pk])).status_code == 404
        assert mallorys.get(reverse(name, args=[uuid.uuid4()])).status_code == 404


def test_shows_rate_fee_and_what_arrived(browser: Client, alice_eur: Wallet, alice_usd: Wallet) -> None:
    shown = words(browser.get(page_of(exchange(alice_eur, alice_usd, 10_00, rate="1.234567"))))
    for text in (
        "Exchange",
        "Rate 1 EUR = 1.23457 USD",
        "Amount 10.00 EUR",
        "Fee 0.05 EUR",
        "Arrived 12.35 USD",
        "Total 10.05 EUR",
    ):
        assert text in shown


def test_asks_again_by_itself_until_it_is_through(browser: Client, alice_eur: Wallet) -> None:
    pending = start_top_up(alice_eur, 75_00, source="tok_slow")
    page = browser.get(page_of(pending)).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    with time_machine.travel(pending.created_at + dt.timedelta(minutes=2)):
        assert 'hx-trigger="every 15s"' in browser.get(page_of(pending)).content.decode()
        assert 'hx-trigger="every 15s"' in browser.get(page_of(pending), {"every": "2"}).content.decode()
    assert browser.get(page_of(pending), {"every": "2"}).status_code == 204  # nothing new, so nobody hears it again
    fail_deposit(deposit=pending, error_code="declined", error_message="The bank declined it.", now=NOW)
    part = browser.get(page_of(pending), {"every": "2"}, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part
    assert "<html" not in part
    assert "No money moved." in part
    assert '<p class="visually-hidden" role="alert">This did not go through</p>' in part
    assert "The bank declined it." in part


def test_keeps_saying_that_it_was_just_done_while_it_waits(browser: Client, alice_eur: Wallet) -> None:
    page = browser.get(f"{page_of(start_top_up(alice_eur, 75_00))}?done").content.decode()
    assert 'hx-get="?every=2&amp;done"' in page


def test_leads_to_refunds_and_back(browser: Client, bruno: User, sent: Transaction) -> None:
    back = refund(original=sent, amount=Money(10_00, "EUR"), actor=bruno, key=None, reason="Cheaper", now=NOW)
    page = browser.get(page_of(sent))
    assert "Partly refunded" in words(page)
    assert f'href="{page_of(back)}"' in page.content.decode()
    other = browser.get(page_of(back))
    assert "Refund from Bruno Alves" in words(other)
    assert f'href="{page_of(sent)}"' in other.content.decode()


def test_comes_as_a_file(browser: Client, sent: Transaction) -> None:
    answer = browser.get(reverse("transaction_receipt", args=[sent.pk]))
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="florin-{sent.confirmation_code}.pdf"'
    assert answer.content.startswith(b"%PDF-")


def test_asks_the_database_four_times(browser: Client, sent: Transaction) -> None:
    with queries(4):
        browser.get(page_of(sent))
