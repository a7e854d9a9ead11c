"""Paying in a store, in the portal: code, details, review, receipt."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from merchants import guesses
from merchants.models import Charge, Store
from merchants.operations import cancel_charge, create_charge, pay_charge, pay_store
from merchants.queries import balance_of
from payments.models import Transaction, Wallet
from payments.money import Money
from tests.factories import PASSWORD, open_store_for, open_wallet_for
from tests.payments.pages.reading import queries, words
from tests.unchanged import nothing_changes

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
SESSION = "django_session"  # where drafts are kept
LAST_SEEN = ("accounts_user", "accounts_session")  # written when somebody comes back after a while


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    return create_charge(store=greengrocer, amount=Money(1250, "EUR"), cashier=carlos, note="Table 4", now=NOON)


@pytest.fixture
def wallet(alice: User) -> Wallet:
    """Alice's wallet, with 50.00 EUR in it."""
    return open_wallet_for(alice, minor=5000)


@pytest.fixture
def browser(client_for: Callable[[User], Client], alice: User, wallet: Wallet) -> Client:
    """Alice's browser."""
    return client_for(alice)


def holds(wallet: Wallet) -> int:
    return Wallet.objects.with_balance().get(pk=wallet.pk).available


def review(browser: Client, charge: Charge, wallet: Wallet) -> str:
    """The address of the review, after the first step."""
    answer = browser.post(f"/pay/{charge.code}", {"wallet": str(wallet.pk)})
    assert answer.status_code == 302, words(answer)
    return str(answer.headers["Location"])


def receipt_of(payment: Transaction) -> str:
    return f"{reverse('transaction', args=[payment.pk])}?done"


# --- finding it ---


@pytest.mark.parametrize(
    "form", ["{0}", "{0} ", "{1} {2} {3}", "{1}-{2}-{3}", "{4}", "https://pay.example.com/pay/{0}?amount=1"]
)
def test_takes_a_code_however_it_is_typed(form: str, browser: Client, charge: Charge) -> None:
    code = charge.code
    typed = form.format(code, code[:3], code[3:6], code[6:], code.lower())

    assert browser.get("/pay/", {"code": typed}).headers["Location"] == f"/pay/{code}"


@pytest.mark.parametrize("typed", ["abc-def", "ABC DEF"])
def test_puts_an_address_right_that_was_typed_by_hand(typed: str, browser: Client) -> None:
    assert browser.get(f"/pay/{typed}").headers["Location"] == "/pay/ABCDEF"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("ABC1EF", "No code has the letters I and O or the digits 0 and 1."),
        ("ABCDEFGHO", "No code has the letters I and O or the digits 0 and 1."),
        ("ABCDE", "A code has 6 or 9 letters and digits."),
        ("ABC+DEF", "A code has 6 or 9 letters and digits."),
        ("", "Type the code that the till or the store shows."),
    ],
)
def test_says_what_is_wrong_with_a_code(typed: str, hint: str, browser: Client) -> None:
    with nothing_changes():
        answer = browser.get("/pay/", {"code": typed})
    assert answer.status_code == 422
    assert hint in words(answer)


def test_says_that_nothing_has_a_code(browser: Client) -> None:
    for code in ("ZZZZZZ", "ZZZZZZZZZ"):
        answer = browser.get(f"/pay/{code}")
        assert answer.status_code == 404
        assert "Nothing has this code. Compare it with the one at the till." in words(answer)
        assert f'value="{code}"' in answer.content.decode()


def test_stops_somebody_who_tries_codes(browser: Client, charge: Charge) -> None:
    for guess in range(guesses.OF_A_PERSON.most):
        assert browser.get(f"/pay/ZZZZ{guess // 9 + 2}{guess % 8 + 2}").status_code == 404

    answer = browser.get(f"/pay/{charge.code}")

    assert answer.status_code == 429
    assert "Too many codes were tried" in words(answer)


def test_leads_a_visitor_to_sign_in_and_back(client: Client, charge: Charge, alice: User) -> None:
    address = f"/pay/{charge.code}"
    with nothing_changes():
        door = str(client.get(address).headers["Location"])
    assert door == f"/signin/?next={address}"

    answer = client.post(door, {"login": alice.email, "password": PASSWORD})

    assert answer.headers["Location"] == address


def test_offers_the_stores_that_were_paid_before(browser: Client, greengrocer: Store, wallet: Wallet, alice: User) -> None:
    assert "Where you paid before" not in words(browser.get("/pay/"))
    pay_store(store=greengrocer, amount=Money(100, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=NOON)

    shown = browser.get("/pay/")

    assert "Where you paid before Olivia's Greens Lisbon" in words(shown)
    assert f'href="/pay/{greengrocer.short_code}"' in shown.content.decode()


# --- a charge ---


def test_shows_who_is_paid_and_how_much(browser: Client, charge: Charge) -> None:
    shown = words(browser.get(f"/pay/{charge.code}"))

    for text in ("Olivia's Greens Lisbon", "12.50 EUR", "Table 4", "Alice's EUR Euro 50.00 EUR"):
        assert text in shown


def test_reviews_then_pays_then_shows_the_receipt(browser: Client, charge: Charge, wallet: Wallet) -> None:
    address = review(browser, charge, wallet)
    with nothing_changes():
        shown = words(browser.get(address))
    for text in (
        "To Olivia's Greens", "From Alice's EUR", "Note Table 4", "Arrives At once", "Amount 12.50 EUR", "Fee 0.00 EUR",
        "Total 12.50 EUR", "Pay 12.50 EUR to Olivia's Greens",
    ):  # fmt: skip
        assert text in shown

    answer = browser.post(address)

    payment = Transaction.objects.get(kind="payment")
    assert answer.headers["Location"] == receipt_of(payment)
    assert (holds(wallet), balance_of(charge.store)) == (3750, Money(1250, "EUR"))
    receipt = words(browser.get(receipt_of(payment)))
    code = payment.confirmation_code
    assert f"Confirmation code {code[:3]} {code[3:]}" in receipt
    assert "Olivia's Greens" in receipt


@pytest.mark.django_db(transaction=True)
def test_pays_once_however_often_it_is_sent(browser: Client, charge: Charge, wallet: Wallet) -> None:
    address = review(browser, charge, wallet)
    first = browser.post(address).headers["Location"]

    with nothing_changes():
        assert browser.post(address).headers["Location"] == first  # a double click, or the form sent again
        assert browser.get(address).headers["Location"] == first  # Back, and a reload of the review
    with nothing_changes():
        over = browser.get(f"/pay/{charge.code}")
        again = browser.post(f"/pay/{charge.code}", {"wallet": str(wallet.pk)})

    for answer in (over, again):
        assert "You have paid this The money is with the store. Nothing moves a second time." in words(answer)
    assert holds(wallet) == 3750


@pytest.mark.django_db(transaction=True)
def test_refuses_calmly_what_somebody_else_paid_meanwhile(browser: Client, charge: Charge, wallet: Wallet, bruno: User) -> None:
    address = review(browser, charge, wallet)
    pay_charge(charge=charge, payer_wallet=open_wallet_for(bruno, minor=2000), actor=bruno, key=None, now=NOON)

    with nothing_changes():
        for answer in (browser.get(address), browser.post(address)):
            assert answer.status_code == 409
            assert "Somebody else has paid this No money of yours moved." in words(answer)
    assert holds(wallet) == 5000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("ending", "words_of_it"),
    [
        ("expired", "The time to pay this has passed No money moved. Ask at the till for a new code."),
        ("cancelled", "The till has cancelled this No money moved. Ask at the till for a new code."),
        ("closed", "This store takes no payments at the moment No money moved."),
    ],
)
def test_says_calmly_that_it_is_too_late(
    ending: str, words_of_it: str, browser: Client, charge: Charge, wallet: Wallet, carlos: User, clock: time_machine.Traveller
) -> None:
    address = review(browser, charge, wallet)
    if ending == "expired":
        clock.shift(600)
    elif ending == "cancelled":
        cancel_charge(charge=charge, actor=carlos, now=NOON)
    else:
        Store.objects.update(status=Store.Status.SUSPENDED)

    with nothing_changes(*LAST_SEEN):
        answers = [browser.get(f"/pay/{charge.code}"), browser.get(address), browser.post(address)]
        answers.append(browser.post(f"/pay/{charge.code}", {"wallet": str(wallet.pk)}))
    assert [answer.status_code for answer in answers] == [200, 409, 409, 409]
    assert all(words_of_it in words(answer) for answer in answers)


def test_refuses_a_wallet_that_holds_less_on_the_form(
    client_for: Callable[[User], Client], charge: Charge, bruno: User
) -> None:
    short = open_wallet_for(bruno, minor=1249)
    bruno.language = "en"
    bruno.save()
    browser = client_for(bruno)

    with nothing_changes(SESSION):
        answer = browser.post(f"/pay/{charge.code}", {"wallet": str(short.pk)})

    assert answer.status_code == 422
    assert "There is not enough money in this wallet. No money moved" in words(answer)


@pytest.mark.django_db(transaction=True)
def test_refuses_when_the_money_has_gone_meanwhile(
    browser: Client, charge: Charge, wallet: Wallet, alice: User, greengrocer: Store
) -> None:
    address = review(browser, charge, wallet)
    pay_store(store=greengrocer, amount=Money(4000, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=NOON)

    with nothing_changes():
        answer = browser.post(address)

    assert answer.status_code == 422
    assert "There is not enough money in this wallet. No money moved" in words(answer)
    assert "Olivia's Greens" in words(answer)


def test_refuses_a_wallet_that_is_not_ones_own(browser: Client, charge: Charge, mallory: User) -> None:
    others = open_wallet_for(mallory, minor=5000)

    with nothing_changes():
        answer = browser.post(f"/pay/{charge.code}", {"wallet": str(others.pk)})

    assert answer.status_code == 422
    assert "Choose one of these wallets." in words(answer)


def test_names_the_currency_that_is_needed_and_the_way_to_it(
    client_for: Callable[[User], Client], charge: Charge, mallory: User
) -> None:
    open_wallet_for(mallory, "USD", minor=5000)

    answer = client_for(mallory).get(f"/pay/{charge.code}")

    assert "This store is paid in Euro (EUR). You have no wallet in it. No money moved." in words(answer)
    page = answer.content.decode()
    assert 'href="/wallets/new/?asset=EUR"' in page or "?asset=EUR" in page
    assert f'href="{reverse("exchange")}"' in page
    assert "<form" not in re.sub(r"<(header|footer|div class=\"rail).*", "", page.split('id="main"')[1].split("</main>")[0])


def test_lets_those_with_several_currencies_exchange_first(browser: Client, charge: Charge, alice: User) -> None:
    open_wallet_for(alice, "USD", minor=5000)

    answer = browser.get(f"/pay/{charge.code}")

    assert "Is your money in another currency? Exchange it first" in words(answer)
    assert "Alice's USD" not in words(answer)


def test_does_not_pay_one_code_with_the_draft_of_another(browser: Client, charge: Charge, wallet: Wallet, carlos: User) -> None:
    dear = create_charge(store=charge.store, amount=Money(4000, "EUR"), cashier=carlos, now=NOON)
    draft = review(browser, charge, wallet).rstrip("/").rpartition("/")[2]

    with nothing_changes():
        assert browser.post(f"/pay/{dear.code}/{draft}/").status_code == 404


def test_keeps_drafts_from_others(browser: Client, charge: Charge, wallet: Wallet, client_for: Any, mallory: User) -> None:
    address, thief = review(browser, charge, wallet), client_for(mallory)

    with nothing_changes(SESSION):
        assert thief.post(address).headers["Location"] == f"/pay/{charge.code}"
    with nothing_changes(SESSION):
        assert thief.post(f"/pay/{charge.code}/{uuid.uuid4()}/").headers["Location"] == f"/pay/{charge.code}"


def test_shows_names_as_text_whatever_they_hold(browser: Client, olivia: User) -> None:
    evil = open_store_for(olivia, name="<script>alert(1)</script>", symbol="EVIL")
    charge = create_charge(store=evil, amount=Money(100, "EUR"), cashier=olivia, note="<img src=x>", now=NOON)

    page = browser.get(f"/pay/{charge.code}").content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "<img src=x>" not in page


def test_costs_few_questions(browser: Client, charge: Charge) -> None:
    with queries(7):  # session, person, a guess taken, charge, the guess given back, wallets, other currencies
        browser.get(f"/pay/{charge.code}")


# --- an open amount ---


def test_pays_a_store_any_amount(browser: Client, greengrocer: Store, wallet: Wallet) -> None:
    typed = {"wallet": str(wallet.pk), "amount": "9.99", "notes": "Apples"}
    address = browser.post(f"/pay/{greengrocer.short_code}", typed).headers["Location"]
    shown = words(browser.get(address))
    assert "Note Apples" in shown
    assert "Pay 9.99 EUR to Olivia's Greens" in shown

    answer = browser.post(address)

    payment = Transaction.objects.get(kind="payment")
    assert answer.headers["Location"] == receipt_of(payment)
    assert (holds(wallet), payment.notes, payment.payee_wallet.store) == (4001, "Apples", greengrocer)
    assert browser.post(address).headers["Location"] == receipt_of(payment)
    assert holds(wallet) == 4001


@pytest.mark.parametrize(
    ("query", "language", "shown"),
    [("12.50", "en", "12.50"), ("12.50", "pt-BR", "12,50"), ("12,50", "en", ""), ("-1", "en", "")],
)
def test_starts_with_the_amount_of_the_qr_code(
    query: str, language: str, shown: str, browser: Client, greengrocer: Store, alice: User
) -> None:
    alice.language = language
    alice.save()

    answer = browser.get(f"/pay/{greengrocer.short_code}", {"amount": query})

    assert answer.status_code == 200
    assert (answer.context["form"]["amount"].value() or "") == shown


@pytest.mark.parametrize(
    ("amount", "words_of_it"),
    [
        ("", "Write an amount."),
        ("0", "The amount must be above zero."),
        ("-5", "Write an amount such as 12.50."),
        ("1,5", "Write an amount such as 12.50."),
        ("1.234", "EUR has 2 decimals; write no more than that."),
        ("50.01", "There is not enough money in this wallet. No money moved"),
        ("9" * 30, "This amount is larger than any wallet can hold."),
    ],
)
def test_refuses_an_amount_that_can_not_be_paid(
    amount: str, words_of_it: str, browser: Client, greengrocer: Store, wallet: Wallet
) -> None:
    with nothing_changes():
        answer = browser.post(f"/pay/{greengrocer.short_code}", {"wallet": str(wallet.pk), "amount": amount})

    assert answer.status_code == 422
    assert words_of_it in words(answer)


def test_tells_payers_that_a_store_takes_no_payments(browser: Client, greengrocer: Store) -> None:
    Store.objects.update(status=Store.Status.INACTIVE)

    answer = browser.get(f"/pay/{greengrocer.short_code}")

    assert "This store takes no payments at the moment No money moved." in words(answer)
