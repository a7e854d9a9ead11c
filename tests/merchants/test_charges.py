"""Asking for an amount at a till, taking it back, and letting it run out."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from config.errors import Refused
from merchants.errors import ChargeCancelled, ChargeExpired, ChargePaid, NotInYourRole, StoreClosed, WrongCurrency
from merchants.models import Charge, Store
from merchants.operations import cancel_charge, create_charge, expire_charges, pay_charge
from payments.money import Money
from tests.factories import open_wallet_for
from tests.refusals import refused
from tests.unchanged import nothing_changes

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
LAST_MOMENT = NOON + dt.timedelta(seconds=600)
PRICE = Money(1250, "EUR")


def ask(store: Store, cashier: User, now: dt.datetime = NOON) -> Charge:
    return create_charge(store=store, amount=PRICE, cashier=cashier, note="Table 4", terminal="Till 1", now=now)


def test_asks_for_an_amount_for_ten_minutes(greengrocer: Store, carlos: User) -> None:
    charge = ask(greengrocer, carlos)

    charge.refresh_from_db()
    assert (charge.money, charge.status, charge.note, charge.terminal, charge.cashier) == (
        PRICE, "pending", "Table 4", "Till 1", carlos,
    )  # fmt: skip
    assert charge.expires_at == LAST_MOMENT
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{9}", charge.code)
    entry = AuditEntry.objects.get(action="charge.created")
    assert (entry.actor, entry.resource_id, entry.new_values["amount"]) == (carlos, str(charge.pk), 1250)


@pytest.mark.parametrize("role", ["olivia", "amara", "carlos"])
def test_lets_everybody_who_works_there_ask_and_take_back(
    role: str, greengrocer: Store, request: pytest.FixtureRequest
) -> None:
    somebody: User = request.getfixturevalue(role)
    charge = ask(greengrocer, somebody)

    assert cancel_charge(charge=charge, actor=somebody, now=NOON).status == "cancelled"
    assert AuditEntry.objects.get(action="charge.cancelled").old_values == {"status": "pending"}


def test_refuses_somebody_who_does_not_work_there(greengrocer: Store, carlos: User, mallory: User) -> None:
    charge = ask(greengrocer, carlos)

    with refused(NotInYourRole):
        ask(greengrocer, mallory)
    with refused(NotInYourRole):
        cancel_charge(charge=charge, actor=mallory, now=NOON)


def test_refuses_somebody_who_was_only_invited(greengrocer: Store, mallory: User) -> None:
    greengrocer.members.create(user=mallory, role="admin", invited_at=NOON)

    with refused(NotInYourRole):
        ask(greengrocer, mallory)


@pytest.mark.parametrize("status", [Store.Status.SUSPENDED, Store.Status.INACTIVE])
def test_refuses_while_the_store_takes_no_payments(status: str, greengrocer: Store, carlos: User) -> None:
    greengrocer.status = status
    greengrocer.save()

    with refused(StoreClosed):
        ask(greengrocer, carlos)


def test_refuses_another_currency(greengrocer: Store, carlos: User) -> None:
    with refused(WrongCurrency) as refusal:
        create_charge(store=greengrocer, amount=Money(1000, "USD"), cashier=carlos, now=NOON)
    assert refusal.value.extra == {"asset": "EUR"}
    assert "EUR" in str(refusal.value)


def test_counts_as_expired_the_moment_its_time_has_passed(greengrocer: Store, carlos: User) -> None:
    charge = ask(greengrocer, carlos)

    assert charge.status_at(LAST_MOMENT - dt.timedelta(microseconds=1)) == "pending"
    assert charge.status_at(LAST_MOMENT) == "expired"
    with refused(ChargeExpired):
        cancel_charge(charge=charge, actor=carlos, now=LAST_MOMENT)


@pytest.mark.parametrize(("status", "refusal"), [("cancelled", ChargeCancelled), ("expired", ChargeExpired)])
def test_refuses_to_cancel_what_is_over(status: str, refusal: type[Refused], greengrocer: Store, carlos: User) -> None:
    charge = ask(greengrocer, carlos)
    Charge.objects.update(status=status)

    with refused(refusal):
        cancel_charge(charge=charge, actor=carlos, now=NOON)


def test_refuses_to_cancel_what_was_paid(greengrocer: Store, carlos: User, alice: User) -> None:
    charge = ask(greengrocer, carlos)
    pay_charge(charge=charge, payer_wallet=open_wallet_for(alice, minor=5000), actor=alice, key=None, now=NOON)

    with refused(ChargePaid):
        cancel_charge(charge=charge, actor=carlos, now=NOON)


def test_writes_down_what_ran_out_and_nothing_else(greengrocer: Store, carlos: User, alice: User) -> None:
    old, cancelled, paid = (ask(greengrocer, carlos, NOON - dt.timedelta(seconds=30 + seconds)) for seconds in range(3))
    fresh = ask(greengrocer, carlos)
    cancel_charge(charge=cancelled, actor=carlos, now=NOON)
    pay_charge(charge=paid, payer_wallet=open_wallet_for(alice, minor=5000), actor=alice, key=None, now=NOON)

    assert expire_charges(now=LAST_MOMENT - dt.timedelta(seconds=10)) == 1

    statuses = {charge.pk: charge.status for charge in Charge.objects.all()}
    assert statuses == {old.pk: "expired", cancelled.pk: "cancelled", paid.pk: "paid", fresh.pk: "pending"}
    with nothing_changes():
        assert expire_charges(now=LAST_MOMENT - dt.timedelta(seconds=10)) == 0


def test_is_expired_by_a_job_every_minute(greengrocer: Store, carlos: User) -> None:
    from procrastinate.contrib.django import app

    from merchants.tasks import expire

    ask(greengrocer, carlos, timezone.now() - dt.timedelta(hours=1))
    expire(timestamp=0)

    assert Charge.objects.get().status == "expired"
    assert [
        task.cron for task in app.periodic_registry.periodic_tasks.values() if task.task.name == "merchants.expire_charges"
    ] == ["* * * * *"]
