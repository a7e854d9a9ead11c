"""Mails about money that has moved."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from payments.models import ReceiptMail, Transaction, Wallet
from payments.money import Money
from payments.operations import refund, start_deposit, start_withdrawal, transfer
from payments.receipts import mail_receipts
from tests.factories import open_wallet_for
from tests.jobs import JobRunner
from tests.payments.balances import jobs
from tests.threads import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(alice: User, alice_eur: Wallet, bruno_eur: Wallet, run_jobs: JobRunner, settings: Settings) -> Transaction:
    """Alice sent Bruno 12.50 with a note; the mails about her own top-up are gone already."""
    run_jobs()
    mail.outbox.clear()
    settings.FEE_BASIS_POINTS = {"transfer": 200, "withdrawal": 100}
    return transfer(
        payer=alice_eur,
        payee=bruno_eur,
        amount=Money(12_50, "EUR"),
        actor=alice,
        key=None,
        notes="<b>lunch</b>",
        now=timezone.now(),
    )


def letters() -> dict[str, EmailMultiAlternatives]:
    """The mails sent, by their address."""
    return {message.to[0]: message for message in mail.outbox}  # type: ignore[misc]  # ours have two parts


def html_of(message: EmailMultiAlternatives) -> str:
    return str(message.alternatives[0][0])


def test_tells_both_sides_what_concerns_them(sent: Transaction, run_jobs: JobRunner, settings: Settings) -> None:
    run_jobs()
    to_alice, to_bruno = letters()["alice@example.com"], letters()["bruno@example.com"]
    assert to_alice.subject == "You sent 12.50 EUR to Bruno Alves"
    assert "Fee: 0.25 EUR" in to_alice.body
    assert "0.25" not in to_bruno.body  # what the payer paid is not the payee's business
    for message in (to_alice, to_bruno):
        assert sent.confirmation_code in message.body
        assert "<b>lunch</b>" in message.body
        assert "&lt;b&gt;lunch&lt;/b&gt;" in html_of(message)
        assert f"{settings.PORTAL_ORIGIN}{reverse('transaction', args=[sent.pk])}" in message.body


def test_speaks_each_readers_language(sent: Transaction, run_jobs: JobRunner) -> None:
    run_jobs()
    assert "12,50 EUR" in letters()["bruno@example.com"].subject
    assert '<html lang="pt-br">' in html_of(letters()["bruno@example.com"])
    assert "12.50 EUR" in letters()["alice@example.com"].subject


def test_tells_nobody_twice_when_the_job_runs_again(sent: Transaction, run_jobs: JobRunner) -> None:
    run_jobs()
    mail_receipts(transaction_id=sent.pk, now=timezone.now())
    run_jobs()
    assert len(mail.outbox) == 2
    assert ReceiptMail.objects.filter(transaction=sent).count() == 2


@pytest.mark.django_db(transaction=True)
def test_tells_nobody_twice_when_two_jobs_run_at_the_same_moment(sent: Transaction) -> None:
    now = timezone.now()
    together([lambda: mail_receipts(transaction_id=sent.pk, now=now)] * 4)
    assert jobs().count("config.tasks.deliver_mail") == 2


def test_a_mail_that_fails_to_be_made_is_not_remembered_as_sent(
    sent: Transaction, run_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("payments.receipts.send_later", lambda _message: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mail_receipts(transaction_id=sent.pk, now=timezone.now())
    assert not ReceiptMail.objects.filter(transaction=sent).exists()
    run_jobs()
    assert len(mail.outbox) == 2


def test_is_silent_about_what_is_a_day_old(sent: Transaction) -> None:
    mail_receipts(transaction_id=sent.pk, now=timezone.now() + dt.timedelta(days=1, seconds=1))
    assert not ReceiptMail.objects.filter(transaction=sent).exists()


def test_mails_only_people_who_may_come_in_and_have_proven_their_address(
    sent: Transaction, alice: User, bruno: User, run_jobs: JobRunner
) -> None:
    User.objects.filter(pk=alice.pk).update(status="suspended")
    EmailAddress.objects.filter(user=bruno).update(verified=False)
    run_jobs()
    assert mail.outbox == []


def test_tells_one_person_once_about_both_their_wallets(alice: User, alice_eur: Wallet, run_jobs: JobRunner) -> None:
    run_jobs()
    mail.outbox.clear()
    savings = open_wallet_for(alice)
    transfer(payer=alice_eur, payee=savings, amount=Money(1_00, "EUR"), actor=alice, key=None, now=timezone.now())
    run_jobs()
    assert [message.subject for message in mail.outbox] == ["You sent 1.00 EUR to Alice's EUR"]


def test_names_each_kind_in_its_own_words(
    sent: Transaction, alice: User, alice_eur: Wallet, bruno: User, run_jobs: JobRunner
) -> None:
    now = timezone.now()
    refund(original=sent, amount=Money(2_00, "EUR"), actor=bruno, key=None, reason="", now=now)
    common = {"amount": Money(3_00, "EUR"), "provider": "sandbox", "actor": alice, "key": None, "now": now}
    start_deposit(wallet=alice_eur, source="tok_success", **common)  # type: ignore[arg-type]  # each is of its own type
    start_withdrawal(wallet=alice_eur, destination="tok_success", **common)  # type: ignore[arg-type]
    run_jobs()
    subjects = {message.subject for message in mail.outbox if message.to == ["alice@example.com"]}
    assert subjects == {
        "You sent 12.50 EUR to Bruno Alves",
        "Bruno Alves gave you 2.00 EUR back",
        "Your top-up of 3.00 EUR has arrived",
        "Your withdrawal of 3.00 EUR was paid out",
    }
    by_sandbox = [message for message in mail.outbox if "Your " in message.subject]
    assert all("Sandbox: no real money moved." in message.body for message in by_sandbox)


def test_a_name_on_two_lines_does_not_break_the_subject(sent: Transaction, bruno: User, run_jobs: JobRunner) -> None:
    User.objects.filter(pk=bruno.pk).update(name="Bruno\r\nBcc: mallory@example.com")
    run_jobs()
    subject = letters()["alice@example.com"].subject
    assert subject == "You sent 12.50 EUR to Bruno Bcc: mallory@example.com"
    assert {address for message in mail.outbox for address in message.recipients()} == {
        "alice@example.com",
        "bruno@example.com",
    }
