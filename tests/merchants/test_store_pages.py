"""The pages of those who work in a store: opening it, its takings, its payments, refunds, the poster."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from merchants.models import Store
from merchants.operations import create_charge, edit_store, pay_charge, pay_store, refund_payment
from merchants.queries import balance_of
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import capture, hold, release
from tests.factories import open_store_for, open_wallet_for
from tests.payments.pages.reading import queries, words
from tests.unchanged import nothing_changes

type Browser = Callable[[User], Client]

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
SESSION = "django_session"  # where drafts and messages are kept
NEW = {"name": "Olivia's Greens", "symbol": "greens", "category": "grocery", "asset": "EUR", "city": "Lisbon", "country": "PT"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=10_000)


@pytest.fixture
def payment(greengrocer: Store, carlos: User, wallet: Wallet, alice: User) -> Transaction:
    """20.00 EUR that Alice paid at a till."""
    charge = create_charge(store=greengrocer, amount=Money(2000, "EUR"), cashier=carlos, terminal="Till 1", now=NOON)
    return pay_charge(charge=charge, payer_wallet=wallet, actor=alice, key=None, now=NOON)


def page(name: str, store: Store, *more: Any) -> str:
    return reverse(name, args=[store.pk, *more])


# --- opening one ---


def test_opens_a_store_with_its_short_name_in_capitals(client_for: Browser, olivia: User) -> None:
    browser = client_for(olivia)
    answer = browser.post("/stores/new/", NEW)

    store = Store.objects.get()
    assert answer.headers["Location"] == page("store", store)
    assert (store.name, store.symbol, store.asset, store.country) == ("Olivia's Greens", "GREENS", "EUR", "PT")
    shown = words(browser.get(page("store", store)))
    assert "Olivia's Greens is open." in shown
    assert f"Store code QR poster {store.short_code[:3]} {store.short_code[3:]}" in shown


def test_offers_the_currency_of_where_one_is(client_for: Browser, olivia: User) -> None:
    olivia.timezone = "Europe/Lisbon"
    olivia.save()

    assert client_for(olivia).get("/stores/new/").context["form"]["asset"].value() == "EUR"


@pytest.mark.parametrize(
    ("change", "words_of_it"),
    [
        ({"name": ""}, "This field is required."),
        ({"symbol": "é!"}, "Write 2 to 10 letters from A to Z or digits, nothing else."),
        ({"category": "casino"}, "Select a valid choice."),
        ({"asset": "CREDIT"}, "Select a valid choice."),
        ({"country": "XX"}, "Select a valid choice."),
        ({"city": ""}, "This field is required."),
    ],
)
def test_refuses_a_store_with_something_wrong(
    change: dict[str, str], words_of_it: str, client_for: Browser, olivia: User
) -> None:
    browser = client_for(olivia)
    with nothing_changes():
        answer = browser.post("/stores/new/", {**NEW, **change})
    assert answer.status_code == 422
    assert words_of_it in words(answer)


@pytest.mark.django_db(transaction=True)
def test_opens_one_store_however_often_the_form_is_sent(client_for: Browser, olivia: User) -> None:
    browser = client_for(olivia)
    browser.post("/stores/new/", NEW)

    with nothing_changes(SESSION):
        answer = browser.post("/stores/new/", NEW)

    assert answer.status_code == 409
    assert "Another store has this symbol." in words(answer)


def test_teaches_those_who_have_no_store(client_for: Browser, mallory: User) -> None:
    assert "Take payments in your shop Open a store in a minute." in words(client_for(mallory).get("/stores/"))


def test_is_reached_from_home_and_from_ones_profile(
    client_for: Browser, carlos: User, mallory: User, greengrocer: Store
) -> None:
    link = f'href="{page("store", greengrocer)}"'
    assert link in client_for(carlos).get("/").content.decode()
    assert "Where you work" not in words(client_for(mallory).get("/"))
    assert 'href="/stores/"' in client_for(mallory).get("/profile/").content.decode()
    assert link in client_for(carlos).get("/stores/").content.decode()


# --- what it took ---


def test_shows_what_was_taken_today(client_for: Browser, greengrocer: Store, wallet: Wallet, alice: User, olivia: User) -> None:
    def pay(minor: int, at: dt.datetime = NOON) -> Transaction:
        amount = Money(minor, "EUR")
        return pay_store(store=greengrocer, amount=amount, payer_wallet=wallet, actor=alice, key=None, now=at)

    pay(5000, NOON - dt.timedelta(days=1))
    first = pay(2000)
    pay(300)
    refund_payment(store=greengrocer, original=first, amount=Money(500, "EUR"), actor=olivia, key=None, reason="", now=NOON)

    shown = words(client_for(olivia).get(page("store", greengrocer)))

    assert "Today 18.00 EUR 2 payments · 5.00 EUR given back" in shown
    assert "Balance Statement 68.00 EUR" in shown


def test_counts_a_day_in_the_stores_time_zone(
    client_for: Browser, greengrocer: Store, wallet: Wallet, alice: User, olivia: User
) -> None:
    late = NOON.replace(hour=2)  # the evening before in Los Angeles
    pay_store(store=greengrocer, amount=Money(2000, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=late)
    assert "Today 20.00 EUR" in words(client_for(olivia).get(page("store", greengrocer)))

    edit_store(store=greengrocer, actor=olivia, now=NOON, timezone="America/Los_Angeles")

    assert "Today 0.00 EUR 0 payments" in words(client_for(olivia).get(page("store", greengrocer)))


def test_hides_the_balance_from_staff(client_for: Browser, greengrocer: Store, payment: Transaction, carlos: User) -> None:
    shown = words(client_for(carlos).get(page("store", greengrocer)))

    assert "Balance" not in shown
    assert "Today 20.00 EUR 1 payment" in shown


def test_lists_payments_by_code_and_never_by_name(
    client_for: Browser, greengrocer: Store, payment: Transaction, carlos: User
) -> None:
    answer = client_for(carlos).get(page("store_payments", greengrocer))

    assert payment.confirmation_code in words(answer)
    assert "Till 1" in words(answer)
    assert "Alice" not in answer.content.decode()


def test_turns_the_pages(client_for: Browser, greengrocer: Store, wallet: Wallet, alice: User, olivia: User) -> None:
    for number in range(30):
        pay_store(store=greengrocer, amount=Money(100 + number, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=NOON)
    browser, address = client_for(olivia), page("store_payments", greengrocer)

    first = browser.get(address)
    second = browser.get(address + first.context["older"])

    amounts = [row.payment.amount.amount for answer in (first, second) for day in answer.context["days"] for row in day.rows]
    assert sorted(amounts) == list(range(100, 130))
    assert browser.get(f"{address}?cursor=nonsense").status_code == 400


@pytest.mark.parametrize(("name", "count"), [("store", 10), ("store_payments", 5)])
def test_costs_few_questions(
    name: str, count: int, client_for: Browser, greengrocer: Store, wallet: Wallet, alice: User, olivia: User
) -> None:
    for _payment in range(3):
        pay_store(store=greengrocer, amount=Money(100, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=NOON)
    browser = client_for(olivia)

    with queries(count):
        browser.get(page(name, greengrocer))


# --- a payment and its refund ---


def test_shows_the_stores_side_of_a_receipt(client_for: Browser, greengrocer: Store, payment: Transaction, amara: User) -> None:
    answer = client_for(amara).get(page("store_payment", greengrocer, payment.pk))

    code = payment.confirmation_code
    for text in ("Olivia's Greens Lisbon 20.00 EUR", "Till Till 1", f"Confirmation code {code[:3]} {code[3:]}", "Refund"):
        assert text in words(answer)
    assert "Alice" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_gives_back_in_three_steps_and_once(
    client_for: Browser, greengrocer: Store, payment: Transaction, wallet: Wallet, amara: User
) -> None:
    browser, address = client_for(amara), page("store_refund", greengrocer, payment.pk)
    assert browser.get(address).context["form"]["amount"].value() == "20.00"

    review = browser.post(address, {"amount": "5.00", "notes": "Bruised"}).headers["Location"]
    shown = words(browser.get(review))
    for text in (
        "Paid 20.00 EUR",
        "Reason Bruised",
        "You give back 5.00 EUR",
        "Give 5.00 EUR back",
        "To The customer who paid",
    ):
        assert text in shown
    done = browser.post(review).headers["Location"]

    assert done == f"{page('store_payment', greengrocer, payment.pk)}?done"
    assert balance_of(greengrocer) == Money(1500, "EUR")
    with nothing_changes():
        assert browser.post(review).headers["Location"] == done
        assert browser.get(review).headers["Location"] == done
    shown = words(browser.get(done))
    assert "Partly refunded" in shown
    assert "Given back Nov. 21, 2026" in shown or "5.00 EUR Bruised" in shown
    assert browser.get(address).context["form"]["amount"].value() == "15.00"


@pytest.mark.parametrize(
    ("amount", "words_of_it"),
    [
        ("20.01", "This is more than is left to refund. No money moved."),
        ("0", "The amount must be above zero."),
        ("x", "Write an amount"),
    ],
)
def test_refuses_a_refund_that_can_not_be(
    amount: str, words_of_it: str, client_for: Browser, greengrocer: Store, payment: Transaction, olivia: User
) -> None:
    browser = client_for(olivia)
    with nothing_changes():
        answer = browser.post(page("store_refund", greengrocer, payment.pk), {"amount": amount})
    assert answer.status_code == 422
    assert words_of_it in words(answer)


def test_has_nothing_to_give_back_twice(client_for: Browser, greengrocer: Store, payment: Transaction, olivia: User) -> None:
    refund_payment(store=greengrocer, original=payment, amount=None, actor=olivia, key=None, reason="", now=NOON)
    browser = client_for(olivia)

    answer = browser.get(page("store_refund", greengrocer, payment.pk), follow=True)

    assert "All of this payment was given back already." in words(answer)
    assert page("store_refund", greengrocer, payment.pk) not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_lets_staff_look_but_not_give_back(client_for: Browser, greengrocer: Store, payment: Transaction, carlos: User) -> None:
    browser = client_for(carlos)
    shown = browser.get(page("store_payment", greengrocer, payment.pk))
    assert page("store_refund", greengrocer, payment.pk) not in shown.content.decode()

    with nothing_changes():
        for answer in (
            browser.get(page("store_refund", greengrocer, payment.pk)),
            browser.post(page("store_refund", greengrocer, payment.pk), {"amount": "1.00"}),
            browser.post(page("store_refund_review", greengrocer, payment.pk, uuid.uuid4())),
        ):
            assert answer.status_code in {403, 302}
            assert balance_of(greengrocer) == Money(2000, "EUR")
    assert "Your role in this store does not include this." in words(browser.get(page("store_refund", greengrocer, payment.pk)))


@pytest.mark.django_db(transaction=True)
def test_refuses_whoever_lost_the_role_before_confirming(
    client_for: Browser, greengrocer: Store, payment: Transaction, amara: User
) -> None:
    browser = client_for(amara)
    review = browser.post(page("store_refund", greengrocer, payment.pk), {"amount": "5.00"}).headers["Location"]
    greengrocer.members.filter(user=amara).update(role="staff")

    with nothing_changes():
        assert browser.post(review).status_code == 403


# --- a payment that has not arrived ---


@pytest.fixture
def held(greengrocer: Store, wallet: Wallet, alice: User) -> Transaction:
    """30.00 EUR that Alice set aside for the store."""
    return hold(payer=wallet, payee=greengrocer.settlement_wallet, amount=Money(3000, "EUR"), actor=alice, key=None, now=NOON)


def test_says_that_a_held_payment_has_not_arrived(
    client_for: Browser, greengrocer: Store, held: Transaction, olivia: User
) -> None:
    browser = client_for(olivia)
    one = browser.get(page("store_payment", greengrocer, held.pk))
    listed = browser.get(page("store_payments", greengrocer))

    assert "Payment Pending No money has reached the store yet." in words(one)
    assert "Started 21 November 2026, 12:00" in words(one)
    assert "Completed" not in words(one)
    assert page("store_refund", greengrocer, held.pk) not in one.content.decode()
    assert "Pending 30.00 EUR" in words(listed)


def test_says_that_a_released_payment_never_arrived(
    client_for: Browser, greengrocer: Store, held: Transaction, olivia: User
) -> None:
    release(held=held, actor=None, reason="Sold out", now=NOON)
    browser = client_for(olivia)
    one = browser.get(page("store_payment", greengrocer, held.pk))
    listed = browser.get(page("store_payments", greengrocer))

    assert "Payment Cancelled No money reached the store." in words(one)
    assert page("store_refund", greengrocer, held.pk) not in one.content.decode()
    for answer in (one, listed):
        assert 'money-void" value="30.00"' in answer.content.decode()


def test_counts_a_captured_payment_like_any_other(
    client_for: Browser, greengrocer: Store, held: Transaction, olivia: User
) -> None:
    capture(held=held, amount=Money(1000, "EUR"), actor=olivia, now=NOON)

    one = client_for(olivia).get(page("store_payment", greengrocer, held.pk))

    assert "Payment Completed Olivia's Greens Lisbon 10.00 EUR Paid 21 November 2026, 12:00" in words(one)
    assert page("store_refund", greengrocer, held.pk) in one.content.decode()


@pytest.mark.django_db(transaction=True)
def test_gives_nothing_back_of_what_has_not_arrived(
    client_for: Browser, greengrocer: Store, held: Transaction, olivia: User
) -> None:
    browser, address = client_for(olivia), page("store_refund", greengrocer, held.pk)

    with nothing_changes(SESSION):
        answer = browser.get(address, follow=True)
        refused = browser.post(address, {"amount": "1.00"})

    assert "This can't be refunded. No money moved." in words(answer)
    assert refused.headers["Location"] == page("store_payment", greengrocer, held.pk)


# --- strangers ---


@pytest.mark.parametrize("who", ["mallory", "alice"])
def test_is_not_there_for_strangers(
    who: str, client_for: Browser, greengrocer: Store, payment: Transaction, request: pytest.FixtureRequest
) -> None:
    browser = client_for(request.getfixturevalue(who))
    names = ["store", "store_payments", "store_poster", "till"]
    addresses = [
        *(page(name, greengrocer) for name in names),
        page("store_payment", greengrocer, payment.pk),
        page("store_refund", greengrocer, payment.pk),
        page("store_qr", greengrocer, "svg"),
        reverse("store", args=[uuid.uuid4()]),
    ]
    with nothing_changes():
        for address in addresses:
            assert browser.get(address).status_code == 404, address
        assert browser.post(page("till", greengrocer), {"amount": "1.00"}).status_code == 404
        assert browser.post(page("store_refund", greengrocer, payment.pk), {"amount": "1.00"}).status_code == 404


def test_hides_the_payments_of_other_stores(client_for: Browser, payment: Transaction, mallory: User) -> None:
    other = open_store_for(mallory, name="Other", symbol="OTHER")
    browser = client_for(mallory)

    for name in ("store_payment", "store_refund"):
        assert browser.get(page(name, other, payment.pk)).status_code == 404


def test_asks_visitors_to_sign_in(client: Client, greengrocer: Store) -> None:
    for name in ("store", "till", "store_poster"):
        address = page(name, greengrocer)
        assert client.get(address).headers["Location"] == f"/signin/?next={address}"


# --- the poster ---


def test_prints_the_qr_code_and_the_code(client_for: Browser, greengrocer: Store, carlos: User) -> None:
    answer = client_for(carlos).get(page("store_poster", greengrocer))

    shown, content = words(answer), answer.content.decode()
    code = greengrocer.short_code
    assert f"Scan to pay, or type this code: {code[:3]} {code[3:]} http://localhost:8000/pay/{code}" in shown
    assert '<svg viewBox="0 0 ' in content
    assert f'href="{page("store_qr", greengrocer, "png")}"' in content
