"""Shifts at the till, and tips."""

import datetime as dt
import functools
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import AuditEntry
from merchants.errors import ChargePaid, NotInYourRole, ShiftClosed, ShiftRuns
from merchants.forms.till import tip_on
from merchants.models import Charge, Shift, Store
from merchants.operations import cancel_charge, close_shift, create_charge, edit_store, open_shift, pay_charge, refund_payment
from payments.models import Transaction, Wallet
from payments.money import Money
from tests.factories import UserFactory, open_wallet_for
from tests.payments.pages.reading import words
from tests.refusals import refused
from tests.threads import together

type Api = Callable[[User], APIClient]
type Browser = Callable[[User], Client]

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=100_000)


@pytest.fixture
def shift(greengrocer: Store, amara: User) -> Shift:
    return open_shift(store=greengrocer, cashier=amara, now=timezone.now())


def sell(store: Store, cashier: User, wallet: Wallet, minor: int, *, tip: int = 0) -> Transaction:
    now = timezone.now()
    added = Money(tip, "EUR") if tip else None
    charge = create_charge(store=store, amount=Money(minor, "EUR"), tip=added, cashier=cashier, now=now)
    assert wallet.user
    return pay_charge(charge=charge, payer_wallet=wallet, actor=wallet.user, key=None, now=now)


def test_adds_up_what_its_charges_brought(shift: Shift, greengrocer: Store, amara: User, olivia: User, wallet: Wallet) -> None:
    first = sell(greengrocer, amara, wallet, 2_000, tip=300)
    sell(greengrocer, amara, wallet, 1_000)
    sell(greengrocer, olivia, wallet, 5_000)  # another till
    back = functools.partial(refund_payment, store=greengrocer, original=first, key=None, reason="", now=timezone.now())
    back(amount=Money(400, "EUR"), actor=amara)
    back(amount=Money(100, "EUR"), actor=olivia)
    create_charge(store=greengrocer, amount=Money(700, "EUR"), cashier=amara, now=timezone.now())

    closed = close_shift(shift=shift, actor=amara, now=timezone.now())

    assert (closed.payment_count, closed.paid, closed.tips, closed.refunded) == (2, 3_300, 300, 400)
    assert [charge.status for charge in shift.charges.order_by("created_at")] == ["paid", "paid", "cancelled"]
    entry = AuditEntry.objects.get(action="shift.closed")
    assert entry.new_values == {"payments": 2, "paid": 3300, "tips": 300, "refunded": 400}
    sell(greengrocer, amara, wallet, 9_000)
    closed.refresh_from_db()
    assert closed.paid == 3_300


@pytest.mark.django_db(transaction=True)
def test_one_runs_for_each_person_and_is_closed_once(shift: Shift, greengrocer: Store, amara: User, carlos: User) -> None:
    with refused(ShiftRuns):
        open_shift(store=greengrocer, cashier=amara, now=timezone.now())
    other = open_shift(store=greengrocer, cashier=carlos, now=timezone.now())
    with refused(NotInYourRole):
        close_shift(shift=shift, actor=carlos, now=timezone.now())
    close_shift(shift=other, actor=amara, now=timezone.now())
    with refused(ShiftClosed):
        close_shift(shift=other, actor=carlos, now=timezone.now())
    with refused(NotInYourRole):
        open_shift(store=greengrocer, cashier=UserFactory.create(), now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_counts_a_sale_that_ends_while_it_is_closed_or_cancels_it(
    shift: Shift, greengrocer: Store, amara: User, alice: User, wallet: Wallet
) -> None:
    """Whoever is first, the totals are those of the charges that were paid."""
    charges = [create_charge(store=greengrocer, amount=Money(100, "EUR"), cashier=amara, now=timezone.now()) for _ in range(6)]
    pays: list[Callable[[], object]] = [
        functools.partial(pay_charge, charge=charge, payer_wallet=wallet, actor=alice, key=None, now=timezone.now())
        for charge in charges
    ]

    close = functools.partial(close_shift, shift=shift, actor=amara, now=timezone.now())
    calls: list[Callable[[], object]] = [*pays[:3], close, *pays[3:]]
    together(calls)

    shift.refresh_from_db()
    statuses = list(shift.charges.values_list("status", flat=True))
    assert set(statuses) <= {"paid", "cancelled"}
    assert (shift.payment_count, shift.paid) == (statuses.count("paid"), 100 * statuses.count("paid"))


def test_the_database_keeps_totals_whole(shift: Shift) -> None:
    with pytest.raises(DatabaseError, match="shift_closed_with_totals"), connection.cursor() as cursor:
        cursor.execute("update merchants_shift set closed_at = now() where id = %s", [shift.pk])


def test_staff_see_their_own_and_managers_all(
    shift: Shift, greengrocer: Store, carlos: User, olivia: User, client_for: Browser, api_for: Api
) -> None:
    open_shift(store=greengrocer, cashier=carlos, now=timezone.now())
    assert "Amara Diallo" not in words(client_for(carlos).get(reverse("shifts", args=[greengrocer.pk])))
    assert "Amara Diallo" in words(client_for(olivia).get(reverse("shifts", args=[greengrocer.pk])))
    address = f"/api/stores/{greengrocer.pk}/shifts"
    assert [row["cashier"] for row in api_for(carlos).get(address).json()["results"]] == ["Carlos Reis"]
    assert api_for(carlos).get(f"{address}/{shift.pk}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_api_opens_and_closes(greengrocer: Store, carlos: User, wallet: Wallet, api_for: Api) -> None:
    api, address = api_for(carlos), f"/api/stores/{greengrocer.pk}/shifts"
    opened = api.post(address, {"terminal": "Till 2"})
    assert (opened.status_code, opened.json()["terminal"], opened.json()["payments"]) == (201, "Till 2", 0)
    asked = api.post(f"/api/stores/{greengrocer.pk}/charges", {"amount": "10.00", "tip": "1.50", "asset": "EUR"}).json()
    assert (asked["amount"], asked["tip"]) == ("11.50", "1.50")
    charge = Charge.objects.get()
    assert wallet.user
    pay_charge(charge=charge, payer_wallet=wallet, actor=wallet.user, key=None, now=timezone.now())
    closed = api.post(f"{address}/{opened.json()['id']}/closures").json()
    assert (closed["payments"], closed["paid"], closed["tips"], closed["refunded"]) == (1, "11.50", "1.50", "0.00")
    assert api.post(f"{address}/{opened.json()['id']}/closures").json()["code"] == "shift_closed"
    for tip in ("0", "-1.00", "1.234", "x"):
        body = {"amount": "10.00", "tip": tip, "asset": "EUR"}
        assert api.post(f"/api/stores/{greengrocer.pk}/charges", body).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_what_a_till_took_back_stays_taken_back(shift: Shift, greengrocer: Store, amara: User) -> None:
    charge = create_charge(store=greengrocer, amount=Money(100, "EUR"), cashier=amara, now=timezone.now())
    cancel_charge(charge=charge, actor=amara, now=timezone.now())
    assert close_shift(shift=shift, actor=amara, now=timezone.now()).payment_count == 0


# --- tips ---


@pytest.mark.parametrize(
    ("minor", "percent", "tip"), [(1000, 15, 150), (333, 10, 33), (335, 10, 34), (1, 5, 0), (9, 5, 0), (10, 5, 1)]
)
def test_rounds_a_tip_to_the_nearest_cent(minor: int, percent: int, tip: int) -> None:
    assert tip_on(Money(minor, "EUR"), percent) == Money(tip, "EUR")


@pytest.mark.parametrize(
    ("sent", "total", "tip"),
    [({}, 1000, 0), ({"tip": "0"}, 1000, 0), ({"tip": "10"}, 1100, 100), ({"tip": "other", "tip_amount": "2.34"}, 1234, 234)],
)
def test_offers_tips_where_the_store_wants_them(
    sent: dict[str, str], total: int, tip: int, greengrocer: Store, olivia: User, client_for: Browser
) -> None:
    till = reverse("till", args=[greengrocer.pk])
    browser = client_for(olivia)
    assert "No tip" not in words(browser.get(till))
    edit_store(store=greengrocer, actor=olivia, now=timezone.now(), offers_tips=True)
    assert "No tip 5 % 10 % 15 % Another amount" in words(browser.get(till))
    browser.post(till, {"amount": "10.00", "idempotency_key": "0f8fad5b-d9cb-469f-a165-70867728950e", **sent})
    charge = Charge.objects.get()
    assert (charge.amount, charge.tip) == (total, tip)


@pytest.mark.parametrize("sent", [{"tip": "other"}, {"tip": "99"}, {"tip": "other", "tip_amount": "x"}])
def test_refuses_a_tip_that_is_none(sent: dict[str, str], greengrocer: Store, olivia: User, client_for: Browser) -> None:
    edit_store(store=greengrocer, actor=olivia, now=timezone.now(), offers_tips=True)
    body = {"amount": "10.00", "idempotency_key": "0f8fad5b-d9cb-469f-a165-70867728950e", **sent}
    assert client_for(olivia).post(reverse("till", args=[greengrocer.pk]), body).status_code == 422
    assert not Charge.objects.exists()


def test_a_form_sent_twice_asks_once(greengrocer: Store, carlos: User, client_for: Browser) -> None:
    browser, till = client_for(carlos), reverse("till", args=[greengrocer.pk])
    body = {"amount": "10.00", "idempotency_key": "0f8fad5b-d9cb-469f-a165-70867728950e"}
    first, second = browser.post(till, body), browser.post(till, body)
    assert first.headers["Location"] == second.headers["Location"]
    assert Charge.objects.count() == 1


def test_today_is_the_stores_today(greengrocer: Store, carlos: User, wallet: Wallet, client_for: Browser) -> None:
    payment = sell(greengrocer, carlos, wallet, 1_234)
    assert payment.confirmation_code in words(client_for(carlos).get(reverse("till_today", args=[greengrocer.pk])))


@pytest.mark.django_db(transaction=True)
def test_a_paid_charge_of_a_shift_cannot_be_taken_back(shift: Shift, greengrocer: Store, amara: User, wallet: Wallet) -> None:
    sell(greengrocer, amara, wallet, 100)
    with refused(ChargePaid):
        cancel_charge(charge=Charge.objects.get(), actor=amara, now=timezone.now())
