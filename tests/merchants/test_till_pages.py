"""The till: the amount, the code while it waits, and what became of it."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from merchants.models import Charge, Store
from merchants.operations import create_charge, pay_charge
from payments.money import Money
from tests.factories import open_store_for, open_wallet_for
from tests.payments.pages.reading import queries, words
from tests.unchanged import nothing_changes

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
LAST_SEEN = ("accounts_user", "accounts_session")  # written when somebody comes back after a while


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(client_for: Callable[[User], Client], carlos: User) -> Client:
    """The browser on the counter, where Carlos is signed in."""
    return client_for(carlos)


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    return create_charge(store=greengrocer, amount=Money(1250, "EUR"), cashier=carlos, note="Table 4", now=NOON)


def screen(charge: Charge) -> str:
    return reverse("till_charge", args=[charge.store_id, charge.pk])


def key() -> dict[str, str]:
    """What makes a form ask once, as the page has it."""
    return {"idempotency_key": str(uuid.uuid4())}


def pay(charge: Charge, person: User) -> None:
    pay_charge(charge=charge, payer_wallet=open_wallet_for(person, minor=5000), actor=person, key=None, now=NOON)


def test_asks_for_the_amount_and_shows_its_code(browser: Client, greengrocer: Store, carlos: User) -> None:
    answer = browser.post(reverse("till", args=[greengrocer.pk]), {"amount": "12.50", "note": "Table 4", **key()})

    charge = Charge.objects.get()
    assert answer.headers["Location"] == screen(charge)
    assert (charge.money, charge.note, charge.cashier) == (Money(1250, "EUR"), "Table 4", carlos)
    shown = browser.get(screen(charge))
    grouped = " ".join((charge.code[:3], charge.code[3:6], charge.code[6:]))
    for text in ("Olivia's Greens", "Table 4", "12.50 EUR", grouped, "Waiting for the payment", "Until"):
        assert text in words(shown)
    assert '<svg viewBox="0 0 ' in shown.content.decode()


@pytest.mark.parametrize(
    ("amount", "words_of_it"),
    [
        ("", "Write an amount."),
        ("0.00", "The amount must be above zero."),
        ("1.234", "EUR has 2 decimals"),
        ("abc", "Write an amount"),
    ],
)
def test_refuses_an_amount_that_can_not_be_paid(amount: str, words_of_it: str, browser: Client, greengrocer: Store) -> None:
    with nothing_changes():
        answer = browser.post(reverse("till", args=[greengrocer.pk]), {"amount": amount, **key()})
    assert answer.status_code == 422
    assert words_of_it in words(answer)


def test_reads_the_amount_in_the_cashiers_language(browser: Client, greengrocer: Store, carlos: User) -> None:
    carlos.language = "pt-BR"
    carlos.save()

    browser.post(reverse("till", args=[greengrocer.pk]), {"amount": "1.234,50", **key()})

    assert Charge.objects.get().money == Money(123_450, "EUR")


@pytest.mark.django_db(transaction=True)
def test_takes_no_payments_for_a_suspended_store(browser: Client, greengrocer: Store) -> None:
    Store.objects.update(status=Store.Status.SUSPENDED)
    till = reverse("till", args=[greengrocer.pk])

    with nothing_changes():
        answers = [browser.get(till), browser.post(till, {"amount": "12.50", **key()})]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert "This store takes no payments at the moment." in words(answers[0])


def test_has_no_news_while_it_waits(browser: Client, charge: Charge) -> None:
    answer = browser.get(f"{screen(charge)}?after=pending")

    assert (answer.status_code, answer.content) == (204, b"")


def test_costs_three_questions_while_it_waits(browser: Client, charge: Charge) -> None:
    with queries(3):  # session, person, charge
        browser.get(f"{screen(charge)}?after=pending")


def test_turns_green_with_the_code_that_the_payer_has(browser: Client, charge: Charge, alice: User) -> None:
    pay(charge, alice)

    answer = browser.get(f"{screen(charge)}?after=pending")

    charge.refresh_from_db()
    assert charge.transaction is not None
    code = charge.transaction.confirmation_code
    assert answer.status_code == 200
    assert "till-paid" in answer.content.decode()
    assert f"Paid 12.50 EUR Confirmation code {code[:3]} {code[3:]}" in words(answer)


@pytest.mark.parametrize("over", ["expired", "cancelled"])
def test_says_what_else_became_of_it(over: str, browser: Client, charge: Charge, clock: time_machine.Traveller) -> None:
    if over == "expired":
        clock.shift(600)
    else:
        browser.post(reverse("till_cancel", args=[charge.store_id, charge.pk]))

    answer = browser.get(f"{screen(charge)}?after=pending")

    assert {"expired": "Time is up", "cancelled": "Cancelled"}[over] in words(answer)
    assert "Nobody has paid, and no money moved." in words(answer)
    again = browser.get(f"{reverse('till', args=[charge.store_id])}?again={charge.pk}").context["form"]
    assert (again["amount"].value(), again["note"].value()) == ("12.50", "Table 4")


@pytest.mark.parametrize("waits", [True, False])
def test_asks_for_news_only_while_it_waits_with_scripts_and_without(
    waits: bool, browser: Client, charge: Charge, alice: User
) -> None:
    if not waits:
        pay(charge, alice)

    page = browser.get(screen(charge)).content.decode()

    assert ('hx-trigger="every 700ms"' in page) is waits
    assert ('<noscript><meta http-equiv="refresh" content="2"></noscript>' in page) is waits


@pytest.mark.django_db(transaction=True)
def test_cancels_once_and_never_what_was_paid(browser: Client, charge: Charge, alice: User, carlos: User) -> None:
    cancel = reverse("till_cancel", args=[charge.store_id, charge.pk])
    pay(charge, alice)

    with nothing_changes():
        assert browser.post(cancel).headers["Location"] == screen(charge)
        assert browser.get(cancel).status_code == 405
    charge.refresh_from_db()
    assert charge.status == "paid"


@pytest.mark.django_db(transaction=True)
def test_hides_charges_from_those_who_do_not_work_there(
    client_for: Callable[[User], Client], charge: Charge, mallory: User, carlos: User
) -> None:
    other = open_store_for(mallory, name="Other", symbol="OTHER")
    thief, waiter = client_for(mallory), client_for(carlos)

    with nothing_changes():
        for store in (charge.store_id, other.pk):
            for name in ("till_charge", "till_cancel"):
                address = reverse(name, args=[store, charge.pk])
                answer = thief.post(address) if name == "till_cancel" else thief.get(address)
                assert answer.status_code == 404
            assert thief.get(reverse("till_qr", args=[store, charge.pk, "svg"])).status_code == 404
        # Of one store, and asked for at another: not there either.
        assert waiter.get(reverse("till_charge", args=[other.pk, charge.pk])).status_code == 404
        assert waiter.get(reverse("till_charge", args=[charge.store_id, uuid.uuid4()])).status_code == 404


def test_does_not_start_with_what_another_store_asked_for(browser: Client, greengrocer: Store, mallory: User) -> None:
    other = open_store_for(mallory, name="Other", symbol="OTHER")
    charge = create_charge(store=other, amount=Money(9900, "EUR"), cashier=mallory, now=NOON)

    for again in (charge.pk, "nonsense"):
        form = browser.get(f"{reverse('till', args=[greengrocer.pk])}?again={again}").context["form"]
        assert form["amount"].value() is None
