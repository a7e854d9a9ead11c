"""Disputes: a customer asks about a payment, and the store answers in time or pays."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import AuditEntry
from merchants import tasks
from merchants.errors import DisputeOver, NotDisputable, NotInYourRole
from merchants.models import Dispute, Store
from merchants.operations import (
    open_dispute,
    pay_store,
    refund_overdue,
    refund_payment,
    reject_dispute,
    remind_stores,
    withdraw_dispute,
)
from merchants.operations.disputes import REMINDED_DAYS_AHEAD
from payments.ledger import RefundExceedsPayment
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import close_wallet, refund, transfer
from payments.verification import faults
from tests.factories import open_wallet_for
from tests.mailbox import Mailbox
from tests.payments.pages.reading import words
from tests.threads import together
from tests.unchanged import refused

type Api = Callable[[User], APIClient]
type Browser = Callable[[User], Client]


@pytest.fixture
def alice_eur(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=100_00)


@pytest.fixture
def payment(greengrocer: Store, alice: User, alice_eur: Wallet) -> Transaction:
    return pay(greengrocer, alice_eur, 12_34)


@pytest.fixture
def dispute(payment: Transaction, alice: User, amara: User) -> Dispute:
    return ask(payment, alice)


def pay(store: Store, wallet: Wallet, minor: int) -> Transaction:
    assert wallet.user
    return pay_store(
        store=store, amount=Money(minor, "EUR"), payer_wallet=wallet, actor=wallet.user, key=None, now=timezone.now()
    )


def ask(payment: Transaction, person: User, reason: str = "unrecognised", note: str = "Not me.") -> Dispute:
    return open_dispute(payment=payment, reason=reason, note=note, actor=person, now=timezone.now())


def give_back(store: Store, payment: Transaction, actor: User, minor: int | None = None) -> Transaction:
    return refund_payment(
        store=store,
        original=payment,
        amount=Money(minor, "EUR") if minor else None,
        actor=actor,
        key=None,
        reason="",
        now=timezone.now(),
    )


def balance(wallet: Wallet) -> int:
    return Wallet.objects.with_balance().get(pk=wallet.pk).money.amount


def test_asking_moves_nothing_and_tells_those_who_may_answer(
    dispute: Dispute, alice_eur: Wallet, mailbox: Mailbox, olivia: User, amara: User, carlos: User
) -> None:
    assert (dispute.status, balance(alice_eur)) == ("open", 100_00 - 12_34)
    assert dispute.due_at == dispute.created_at + dt.timedelta(days=settings.DISPUTE_ANSWER_DAYS)
    told = {message.to[0] for message in mailbox() if "asks about a payment" in message.subject}
    assert told == {olivia.email, amara.email}
    assert AuditEntry.objects.get(action="dispute.opened").resource_id == str(dispute.pk)


def test_the_refund_that_gives_the_last_of_it_back_ends_it(
    dispute: Dispute, greengrocer: Store, payment: Transaction, amara: User
) -> None:
    give_back(greengrocer, payment, amara, 10_00)
    assert Dispute.objects.get(pk=dispute.pk).is_open
    last = give_back(greengrocer, payment, amara)
    ended = Dispute.objects.get(pk=dispute.pk)
    assert (ended.status, ended.refund, ended.ended_by) == ("refunded", last, amara)
    with refused(DisputeOver):
        reject_dispute(dispute=ended, answer="No.", actor=amara, now=timezone.now())


def test_a_rejection_is_read_by_the_customer(dispute: Dispute, amara: User, alice: User, mailbox: Mailbox) -> None:
    reject_dispute(dispute=dispute, answer="Two coffees, your card, 9:12.", actor=amara, now=timezone.now())
    ended = Dispute.objects.get(pk=dispute.pk)
    assert (ended.status, ended.ended_by, ended.refund) == ("rejected", amara, None)
    (mail,) = [message for message in mailbox() if message.to == [alice.email] and "give your payment" in message.subject]
    assert "Two coffees, your card, 9:12." in str(mail.body)


def test_staff_may_not_answer(dispute: Dispute, carlos: User) -> None:
    with refused(NotInYourRole):
        reject_dispute(dispute=dispute, answer="No.", actor=carlos, now=timezone.now())


def test_what_is_taken_back_can_not_be_asked_again(dispute: Dispute, payment: Transaction, alice: User) -> None:
    withdraw_dispute(dispute=dispute, actor=alice, now=timezone.now())
    with refused(DisputeOver):
        withdraw_dispute(dispute=dispute, actor=alice, now=timezone.now())
    with refused(NotDisputable):
        ask(payment, alice)


def test_refuses_what_is_no_payment_of_the_askers_to_a_store(
    payment: Transaction, bruno: User, alice: User, alice_eur: Wallet, greengrocer: Store, olivia: User
) -> None:
    other = open_wallet_for(bruno, minor=1)
    sent = transfer(payer=alice_eur, payee=other, amount=Money(1, "EUR"), actor=alice, key=None, now=timezone.now())
    for about, person in [(payment, bruno), (payment, olivia), (sent, alice)]:
        with refused(NotDisputable):
            ask(about, person)
    give_back(greengrocer, payment, olivia)
    with refused(NotDisputable):
        ask(payment, alice)


def test_refuses_when_there_is_no_wallet_to_give_back_to(greengrocer: Store, alice: User, alice_eur: Wallet) -> None:
    open_wallet_for(alice)  # so that the first is not the only one
    paid = pay(greengrocer, alice_eur, 100_00)
    close_wallet(wallet=alice_eur, actor=alice, now=timezone.now())
    paid = Transaction.objects.select_related("payer_wallet", "payee_wallet").get(pk=paid.pk)
    with refused(NotDisputable):
        ask(paid, alice)


def test_refuses_a_payment_that_is_too_old(payment: Transaction, alice: User) -> None:
    days = dt.timedelta(days=settings.DISPUTE_WINDOW_DAYS)
    with time_machine.travel(payment.created_at + days, tick=False), refused(NotDisputable):
        ask(payment, alice)
    with time_machine.travel(payment.created_at + days - dt.timedelta(seconds=1), tick=False):
        assert ask(payment, alice).is_open


def test_what_is_not_answered_in_time_is_given_back(
    dispute: Dispute, greengrocer: Store, payment: Transaction, alice_eur: Wallet, amara: User
) -> None:
    give_back(greengrocer, payment, amara, 2_34)
    assert refund_overdue(now=dispute.due_at - dt.timedelta(seconds=1)) == 0
    with time_machine.travel(dispute.due_at, tick=False):
        tasks.watch_disputes(0)
        tasks.watch_disputes(0)
    ended = Dispute.objects.get(pk=dispute.pk)
    assert (ended.status, ended.ended_by) == ("refunded", None)
    assert ended.refund
    assert ended.refund.amount == 10_00
    assert balance(alice_eur) == 100_00
    assert not list(faults())


@pytest.mark.django_db(transaction=True)
def test_a_store_without_money_stays_in_debt_and_holds_up_nobody(
    dispute: Dispute, greengrocer: Store, payment: Transaction, bruno: User, olivia: User, alice_eur: Wallet
) -> None:
    bruno_eur = open_wallet_for(bruno, minor=100_00)
    other = ask(pay(greengrocer, bruno_eur, 5_00), bruno)
    back = pay(greengrocer, bruno_eur, 1_00)
    refund(original=back, amount=None, actor=olivia, key=None, reason="", now=timezone.now())
    transfer(
        payer=greengrocer.settlement_wallet,
        payee=open_wallet_for(olivia),
        amount=Money(12_00, "EUR"),
        actor=olivia,
        key=None,
        now=timezone.now(),
    )
    assert refund_overdue(now=other.due_at) == 1  # 5.34 are left: not enough for the first
    assert Dispute.objects.get(pk=dispute.pk).is_open
    pay(greengrocer, bruno_eur, 20_00)
    assert refund_overdue(now=other.due_at) == 1
    assert balance(alice_eur) == 100_00


def test_reminds_once(dispute: Dispute, mailbox: Mailbox) -> None:
    soon = dispute.due_at - dt.timedelta(days=REMINDED_DAYS_AHEAD)
    assert remind_stores(now=soon - dt.timedelta(seconds=1)) == 0
    assert remind_stores(now=soon) == 1
    assert remind_stores(now=soon) == 0


@pytest.mark.django_db(transaction=True)
def test_of_an_answer_a_refund_and_the_deadline_at_once_one_ends_it(
    greengrocer: Store, alice: User, alice_eur: Wallet, amara: User
) -> None:
    payments = [pay(greengrocer, alice_eur, 1_00) for _number in range(5)]
    disputes = [ask(payment, alice) for payment in payments]
    now = disputes[-1].due_at
    calls: list[Callable[[], object]] = [partial(refund_overdue, now=now)]
    for payment, dispute in zip(payments, disputes, strict=True):
        calls.append(partial(give_back, greengrocer, payment, amara))
        calls.append(partial(reject_dispute, dispute=dispute, answer="No.", actor=amara, now=now))
    outcomes = together(calls)
    assert all(isinstance(each, (int, Transaction, Dispute, DisputeOver, RefundExceedsPayment)) for each in outcomes), outcomes
    for dispute in Dispute.objects.filter(pk__in=[each.pk for each in disputes]).select_related("payment"):
        back = dispute.payment.refunds.count()
        assert (dispute.status, back) in {("refunded", 1), ("rejected", 0), ("rejected", 1)}
    assert not list(faults())


@pytest.mark.django_db(transaction=True)
def test_asked_twice_at_once_is_asked_once(payment: Transaction, alice: User) -> None:
    outcomes = together([partial(ask, payment, alice)] * 5)
    assert sorted(type(each).__name__ for each in outcomes) == ["Dispute", *["NotDisputable"] * 4]
    assert Dispute.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [{"status": "rejected"}, {"status": "refunded"}, {"status": "lost"}, {"reason": "because"}, {"ended_at": timezone.now()}],
)
def test_the_database_keeps_each_rule(wrong: dict[str, object], dispute: Dispute) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.filter(pk=dispute.pk).update(**wrong)


class TestPages:
    """From the receipt to the answer, in a browser without scripts."""

    def test_a_customer_asks_from_the_receipt(self, payment: Transaction, alice: User, client_for: Browser) -> None:
        browser = client_for(alice)
        asking = reverse("dispute", args=[payment.pk])
        assert asking in browser.get(reverse("transaction", args=[payment.pk])).text
        page = browser.post(asking, {"reason": "unrecognised", "note": "Never there."}, follow=True)
        assert "No money has moved yet." in words(page)
        assert "Never there." in words(page)
        assert "You asked the store" in words(browser.get(reverse("transaction", args=[payment.pk])))
        browser.post(asking, {"reason": "duplicate"})  # sent twice
        assert Dispute.objects.get().reason == "unrecognised"
        page = browser.post(reverse("dispute_withdraw", args=[payment.pk]), follow=True)
        assert "The payment stands." in words(page)

    def test_bad_input_is_told_and_nothing_is_lost(self, payment: Transaction, alice: User, client_for: Browser) -> None:
        page = client_for(alice).post(reverse("dispute", args=[payment.pk]), {"reason": "x", "note": "n" * 501})
        assert page.status_code == 422
        assert "n" * 501 in page.text
        assert not Dispute.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_the_store_reads_and_answers(
        self, dispute: Dispute, greengrocer: Store, amara: User, alice: User, client_for: Browser, carlos: User
    ) -> None:
        browser, place = client_for(amara), [greengrocer.pk, dispute.pk]
        assert "A customer asks about a payment." in words(browser.get(reverse("store", args=[greengrocer.pk])))
        assert "A customer asks" not in words(client_for(carlos).get(reverse("store", args=[greengrocer.pk])))
        assert "I don't recognise" in words(browser.get(reverse("store_disputes", args=[greengrocer.pk])))
        page = browser.get(reverse("store_dispute", args=place))
        assert "Not me." in words(page)
        assert alice.name not in page.text
        assert browser.post(reverse("store_dispute", args=place), {"answer": ""}).status_code == 422
        page = browser.post(reverse("store_dispute", args=place), {"answer": "You did."}, follow=True)
        assert "You did." in words(page)
        assert browser.post(reverse("store_dispute", args=place), {"answer": "Again."}).status_code == 409
        assert "You did." in words(client_for(alice).get(reverse("dispute", args=[dispute.payment_id])))

    def test_an_old_payment_is_not_asked_about(self, payment: Transaction, alice: User, client_for: Browser) -> None:
        with time_machine.travel(payment.created_at + dt.timedelta(days=settings.DISPUTE_WINDOW_DAYS + 1)):
            browser = client_for(alice)
            assert "recognise" not in words(browser.get(reverse("transaction", args=[payment.pk])))
            assert "any more" in words(browser.get(reverse("dispute", args=[payment.pk])))


class TestApi:
    """The same by API."""

    @pytest.mark.django_db(transaction=True)
    def test_asks_answers_and_lists(
        self, payment: Transaction, greengrocer: Store, alice: User, amara: User, api_for: Api
    ) -> None:
        customer, manager = api_for(alice), api_for(amara)
        asked = customer.post("/api/disputes", {"payment": str(payment.pk), "reason": "wrong_amount"}, format="json")
        assert asked.status_code == 201
        body = asked.json()
        assert (body["status"], body["amount"], body["asset"], body["refund"]) == ("open", "12.34", "EUR", None)
        again = customer.post("/api/disputes", {"payment": str(payment.pk), "reason": "wrong_amount"}, format="json")
        assert (again.status_code, again.json()["code"]) == (409, "not_disputable")

        of_store = f"/api/stores/{greengrocer.pk}/disputes"
        (listed,) = manager.get(of_store).json()["results"]
        assert listed == body == manager.get(f"{of_store}/{body['id']}").json()
        give_back(greengrocer, payment, amara)
        (mine,) = customer.get("/api/disputes").json()["results"]
        assert (mine["status"], mine["refund"]) == ("refunded", str(payment.refunds.get().pk))
        late = manager.post(f"{of_store}/{body['id']}/rejections", {"answer": "No."}, format="json")
        assert (late.status_code, late.json()["code"]) == (409, "dispute_over")
        gone = customer.post(f"/api/disputes/{body['id']}/withdrawals")
        assert (gone.status_code, gone.json()["code"]) == (409, "dispute_over")

    @pytest.mark.parametrize("body", [{}, {"reason": "unrecognised"}, {"payment": "x", "reason": "unrecognised"}, {"x": 1}])
    def test_refuses_bad_input(self, body: dict[str, object], alice: User, api_for: Api) -> None:
        answer = api_for(alice).post("/api/disputes", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
