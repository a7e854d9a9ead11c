"""Paying a store out: asking, approving, sending, and what it is made of."""

import datetime as dt
import functools
import random
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from accounts.models import User
from audit.models import AuditEntry
from merchants import tasks
from merchants.destinations import Destination, read_iban, read_pix_key, read_us_account, read_wallet_address
from merchants.errors import (
    DestinationGone,
    NoSuchWallet,
    NotAwaitingApproval,
    NotInYourRole,
    OwnApproval,
    PayoutChanged,
    PayoutUnderway,
    StoreSuspended,
)
from merchants.models import Payout, PayoutDestination, Store, StoreMember
from merchants.operations import (
    add_destination,
    approve_payout,
    cancel_payout,
    change_payout,
    complete_payout,
    fail_payout,
    pay_store,
    refund_payment,
    remove_destination,
    request_payout,
)
from merchants.payout_statements import payout_statement
from merchants.providers.payouts import PayoutsUnavailable
from merchants.queries import balance_of
from payments.errors import WalletBusy
from payments.ledger import InsufficientFunds
from payments.models import SandboxOrder, Wallet
from payments.money import AssetMismatch, Money
from payments.operations import close_wallet, freeze_wallet
from tests.factories import UserFactory, fund, hire, open_store_for, open_wallet_for
from tests.jobs import JobRunner
from tests.mailbox import Mailbox
from tests.payments.balances import minor_in
from tests.payments.pages.reading import words
from tests.refusals import refused
from tests.threads import together

type Browser = Callable[[User], Client]

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)
IBAN = "PT50000201231234567890154"
FIVE_EUROS = Money(500, "EUR")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=10_000_000)


def earn(store: Store, wallet: Wallet, minor: int, *, now: dt.datetime = NOON) -> None:
    """Somebody pays the store."""
    assert wallet.user
    pay_store(store=store, amount=Money(minor, "EUR"), payer_wallet=wallet, actor=wallet.user, key=None, now=now)


@pytest.fixture
def store(greengrocer: Store, wallet: Wallet) -> Store:
    """The greengrocer's with 100.00 EUR."""
    earn(greengrocer, wallet, 10_000, now=NOON - MINUTE)
    return greengrocer


def add(store: Store, place: Destination, actor: User | None = None) -> PayoutDestination:
    owner = actor or store.members.filter(role=StoreMember.Role.OWNER).earliest("created_at").user
    return add_destination(store=store, place=place, actor=owner, now=timezone.now())


def bank(store: Store, holder: str = "Olivia Prado") -> PayoutDestination:
    return add(store, read_iban(IBAN, holder))


def ask(
    store: Store,
    minor: int = 500,
    *,
    to: PayoutDestination | None = None,
    actor: User | None = None,
    now: dt.datetime | None = None,
) -> Payout:
    owner = actor or store.members.filter(role=StoreMember.Role.OWNER).earliest("created_at").user
    return request_payout(
        store=store, destination=to or bank(store), amount=Money(minor, "EUR"), actor=owner, key=None, now=now or timezone.now()
    )


def status_of(payout: Payout) -> str:
    payout.refresh_from_db()
    return payout.shown_status


# --- asking ---


def test_takes_amount_and_fee_at_once_and_pays_the_amount(store: Store, run_jobs: JobRunner) -> None:
    payout = ask(store, 5_000)
    assert (payout.status, payout.fee) == ("pending", 10)  # 20 basis points
    assert balance_of(store) == Money(4_990, "EUR")

    run_jobs()

    assert status_of(payout) == "completed"
    assert payout.external_id == f"sandbox_{payout.pk.hex}"
    assert balance_of(store) == Money(4_990, "EUR")
    system = {
        name: minor_in(Wallet.objects.system(name, "EUR")) for name in ("external:sandbox", "platform:fees", "platform:holds")
    }
    assert (system["platform:fees"], system["platform:holds"]) == (10, 0)
    assert payout.transaction.postings.count() == 5
    assert [entry.action for entry in AuditEntry.objects.filter(resource_id=str(payout.pk)).order_by("created_at", "pk")] == [
        "payout.requested", "payout.sent", "payout.completed",
    ]  # fmt: skip


def test_keeps_where_to_encrypted(store: Store) -> None:
    payout = ask(store)
    with connection.cursor() as cursor:
        for table, column in (("merchants_payout", "destination"), ("merchants_payoutdestination", "details")):
            cursor.execute(f"select {column} from {table}")
            assert IBAN[-10:] not in str(cursor.fetchall())
    assert payout.place == read_iban(IBAN, "Olivia Prado")
    assert not AuditEntry.objects.filter(new_values__icontains=IBAN[-10:]).exists()


def test_refuses_what_can_not_be_paid_out(store: Store, olivia: User, amara: User, wallet: Wallet, settings: Settings) -> None:
    place, other = bank(store), open_store_for(UserFactory.create(), symbol="OTHER")
    elsewhere = bank(other)
    with refused(InsufficientFunds):
        ask(store, 9_981, to=place)  # with its fee it is 100.01
    with refused(NotInYourRole):
        ask(store, to=place, actor=amara)
    with refused(DestinationGone):
        ask(store, to=elsewhere)
    with refused(AssetMismatch):
        request_payout(store=store, destination=place, amount=Money(500, "USD"), actor=olivia, key=None, now=NOON)
    remove_destination(destination=place, actor=olivia, now=NOON)
    place.refresh_from_db()
    with refused(DestinationGone):
        ask(store, to=place)
    settings.PAYOUT_BANK_PROVIDER = "none"
    with refused(PayoutsUnavailable):
        bank(store)
    Store.objects.filter(pk=store.pk).update(status="suspended")
    store.refresh_from_db()
    with refused(StoreSuspended):
        ask(store, to=place)


def test_pays_out_only_where_the_currency_goes(store: Store, alice: User, wallet: Wallet) -> None:
    for place in (read_pix_key("cpf", "390.533.447-05"), read_us_account("111000025", "1234567", "checking", "Olivia")):
        with refused(PayoutsUnavailable):
            add(store, place)
    with refused(NoSuchWallet):
        add(store, read_wallet_address(open_wallet_for(alice, "USD").address))


# --- what the rails do ---


@pytest.mark.parametrize(
    ("holder", "path", "balance"),
    [
        ("Sandbox success", ["completed"], 9_499),
        ("Sandbox slow", ["processing", "completed"], 9_499),
        ("Sandbox reject", ["failed"], 10_000),
        ("Sandbox late", ["processing", "completed"], 9_499),
        ("Sandbox late-reject", ["processing", "failed"], 10_000),
        ("Sandbox unknown", ["processing", "processing", "completed"], 9_499),
    ],
)
def test_ends_in_one_right_state_whatever_the_rail_does(
    holder: str, path: list[str], balance: int, store: Store, clock: time_machine.Traveller
) -> None:
    payout = ask(store, to=bank(store, holder))
    seen: list[str] = []
    for seconds in (0, 10, 90):
        clock.move_to(NOON + seconds * SECOND)
        tasks.send_payout(str(payout.pk))
        seen.append(status_of(payout))
    tasks.send_payout(str(payout.pk))  # an answer that comes twice changes nothing
    assert seen == [*path, *[path[-1]] * (3 - len(path))]
    assert status_of(payout) == path[-1]
    assert balance_of(store) == Money(balance, "EUR")
    assert SandboxOrder.objects.filter(pk=payout.pk).count() == 1


def test_the_janitor_settles_an_unknown_within_a_minute_of_the_rails_return(
    store: Store, clock: time_machine.Traveller
) -> None:
    """R7: the rail comes back after a minute; the janitor, which runs every 20 seconds, has it asked again from then on."""
    payout = ask(store, to=bank(store, "Sandbox unknown"))
    tasks.send_payout(str(payout.pk))
    waiting = ProcrastinateJob.objects.filter(task_name="merchants.send_payout", queueing_lock=f"merchants.ask:{payout.pk}")
    for seconds in (20, 40, 61):
        waiting.delete()
        clock.move_to(NOON + seconds * SECOND)
        tasks.resolve_payouts(0)
        assert (status_of(payout), waiting.exists()) == ("processing", seconds > 60)
    tasks.resolve_payouts(0)
    assert waiting.count() == 1  # it waits there once, however often it is put there
    tasks.send_payout(str(payout.pk))
    assert status_of(payout) == "completed"


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_pay_once(store: Store) -> None:
    payout = ask(store, 5_000)
    outcomes = together([functools.partial(tasks.send_payout, str(payout.pk)) for _worker in range(8)])
    assert outcomes == [None] * 8
    assert status_of(payout) == "completed"
    assert balance_of(store) == Money(4_990, "EUR")
    assert payout.transaction.postings.count() == 5


def test_an_end_is_final(store: Store, run_jobs: JobRunner) -> None:
    """R8: whatever comes later, and however often, changes nothing."""
    payout = ask(store)
    run_jobs()
    assert not complete_payout(payout=payout, external_id="x", now=NOON)
    assert not fail_payout(payout=payout, error_code="x", error_message="", now=NOON)
    assert (status_of(payout), payout.external_id) == ("completed", f"sandbox_{payout.pk.hex}")


def test_pays_into_a_wallet_here(store: Store, bruno: User, run_jobs: JobRunner) -> None:
    target = open_wallet_for(bruno)
    payout = ask(store, 2_000, to=add(store, read_wallet_address(target.address)))
    run_jobs()
    assert (status_of(payout), minor_in(target)) == ("completed", 2_000)


def test_reaches_a_wallet_whatever_happens_to_it_meanwhile(store: Store, bruno: User, run_jobs: JobRunner) -> None:
    target = open_wallet_for(bruno)
    payout = ask(store, 2_000, to=add(store, read_wallet_address(target.address)))
    with refused(WalletBusy):
        close_wallet(wallet=target, actor=bruno, now=NOON)
    freeze_wallet(wallet=target, actor=bruno, reason="lost", now=NOON)
    run_jobs()
    assert (status_of(payout), minor_in(target)) == ("completed", 2_000)


def test_tells_who_asked_when_it_did_not_arrive(store: Store, run_jobs: JobRunner, mailbox: Mailbox) -> None:
    place = bank(store, "Sandbox reject")
    mailbox()
    ask(store, to=place)
    mails = mailbox()
    assert [mail.subject for mail in mails][-1] == "The payout of 5.00 EUR did not arrive"


# --- approving ---


@pytest.fixture
def large(store: Store, wallet: Wallet) -> Payout:
    """5,000.00 EUR, which Olivia asked for and somebody else has to approve."""
    earn(store, wallet, 1_000_000)
    return ask(store, 500_000)


def test_a_large_one_waits_for_a_second_person(amara: User, large: Payout, run_jobs: JobRunner, mailbox: Mailbox) -> None:
    assert any(mail.to == ["amara@example.com"] and "waits for your approval" in mail.subject for mail in mailbox())
    run_jobs()
    tasks.send_payout(str(large.pk))
    assert status_of(large) == "awaiting_approval"

    approve_payout(payout=large, revision=1, actor=amara, now=NOON)
    run_jobs()

    assert status_of(large) == "completed"
    assert (large.approved_by, large.requested_by.name) == (amara, "Olivia Prado")


def test_nobody_approves_their_own(large: Payout, olivia: User, carlos: User, amara: User) -> None:
    with refused(OwnApproval):
        approve_payout(payout=large, revision=1, actor=olivia, now=NOON)
    with refused(NotInYourRole):
        approve_payout(payout=large, revision=1, actor=carlos, now=NOON)
    approve_payout(payout=large, revision=1, actor=amara, now=NOON)
    with refused(NotAwaitingApproval):
        approve_payout(payout=large, revision=1, actor=amara, now=NOON)


def test_the_database_wants_the_second_person_as_well(large: Payout, olivia: User) -> None:
    for change in (
        f"approved_by_id = '{olivia.pk}', approved_at = now()",
        "status = 'processing'",
        "status = 'completed', processed_at = now()",
    ):
        with pytest.raises(DatabaseError, match="payout_approved"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"update merchants_payout set {change} where id = %s", [large.pk])


def test_a_change_voids_what_was_looked_at(large: Payout, olivia: User, amara: User, store: Store, run_jobs: JobRunner) -> None:
    place = bank(store, "Olivia Prado Lda")
    changed = change_payout(payout=large, destination=place, amount=Money(600_000, "EUR"), actor=olivia, now=NOON)
    assert (changed.revision, changed.amount, changed.place.holder) == (2, 600_000, "Olivia Prado Lda")
    assert balance_of(store) == Money(1_010_000 - 601_200, "EUR")
    with refused(PayoutChanged):
        approve_payout(payout=large, revision=1, actor=amara, now=NOON)
    approve_payout(payout=large, revision=2, actor=amara, now=NOON)
    run_jobs()
    assert status_of(large) == "completed"
    with refused(PayoutUnderway):
        change_payout(payout=large, destination=place, amount=FIVE_EUROS, actor=olivia, now=NOON)


def test_whoever_changes_it_has_asked_for_it(large: Payout, olivia: User, store: Store) -> None:
    other = hire(store, UserFactory.create(), StoreMember.Role.OWNER)
    change_payout(payout=large, destination=bank(store), amount=Money(600_000, "EUR"), actor=other, now=NOON)
    with refused(OwnApproval):
        approve_payout(payout=large, revision=2, actor=other, now=NOON)
    approve_payout(payout=large, revision=2, actor=olivia, now=NOON)


def test_a_smaller_amount_needs_no_approval_any_more(large: Payout, olivia: User, store: Store, run_jobs: JobRunner) -> None:
    change_payout(payout=large, destination=bank(store), amount=FIVE_EUROS, actor=olivia, now=NOON)
    run_jobs()
    assert status_of(large) == "completed"
    assert balance_of(store) == Money(1_010_000 - 501, "EUR")


@pytest.mark.django_db(transaction=True)
def test_a_change_and_an_approval_at_once_never_pay_what_nobody_saw(
    large: Payout, olivia: User, amara: User, store: Store
) -> None:
    place = bank(store)
    together([
        functools.partial(change_payout, payout=large, destination=place, amount=Money(900_000, "EUR"), actor=olivia, now=NOON),
        functools.partial(approve_payout, payout=large, revision=1, actor=amara, now=NOON),
    ])  # fmt: skip
    large.refresh_from_db()
    assert (large.amount, large.revision, large.approved_by) in [(900_000, 2, None), (500_000, 1, amara)]


def test_is_taken_back_before_it_leaves(large: Payout, olivia: User, amara: User, store: Store) -> None:
    with refused(NotInYourRole):
        cancel_payout(payout=large, actor=amara, now=NOON)
    cancel_payout(payout=large, actor=olivia, now=NOON)
    assert (status_of(large), balance_of(store)) == ("cancelled", Money(1_010_000, "EUR"))
    with refused(PayoutUnderway):
        cancel_payout(payout=large, actor=olivia, now=NOON)
    sent = ask(store, to=bank(store, "Sandbox slow"))
    tasks.send_payout(str(sent.pk))
    with refused(PayoutUnderway):
        cancel_payout(payout=sent, actor=olivia, now=NOON)


# --- what it is made of ---


def test_a_thousand_payouts_add_up(greengrocer: Store, olivia: User, wallet: Wallet, run_jobs: JobRunner) -> None:
    """Every payment lies in one payout's statement, and opening + lines = amount + fee + left."""
    dice, now, place = random.Random(7), NOON, bank(greengrocer)
    fund(wallet, 90_000_000)
    payouts: list[Payout] = []
    for _round in range(1_000):
        for _payment in range(dice.randint(1, 3)):
            now += dice.randint(0, 2) * SECOND  # at the same moment, too
            earn(greengrocer, wallet, dice.randint(100, 9_000), now=now)
        minor = dice.randint(1, 90) * balance_of(greengrocer).amount // 100
        now += dice.randint(0, 1) * SECOND
        if minor:
            payouts.append(ask(greengrocer, minor, to=place, now=now))
    listed: list[str] = []
    left = Money(0, "EUR")
    for payout in payouts:
        made_of = payout_statement(payout)
        lines = list(made_of.lines())
        assert made_of.opening == left
        assert made_of.opening.amount + sum(line.amount.amount for line in lines) == payout.total.amount + made_of.left.amount
        assert (made_of.count, made_of.moved.amount) == (len(lines), sum(line.amount.amount for line in lines))
        listed += [line.transaction.confirmation_code + str(line.transaction.pk) for line in lines]
        left = made_of.left
    assert len(listed) == len(set(listed))
    assert left == balance_of(greengrocer)


def test_shows_refunds_and_what_failed(
    store: Store, alice: User, olivia: User, wallet: Wallet, run_jobs: JobRunner, clock: time_machine.Traveller
) -> None:
    failed = ask(store, 2_000, to=bank(store, "Sandbox reject"))
    run_jobs()
    clock.shift(MINUTE)
    now = timezone.now()
    payment = pay_store(store=store, amount=Money(700, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=now)
    refund_payment(
        store=store, original=payment, amount=Money(200, "EUR"), actor=olivia, key=None, reason="", now=timezone.now()
    )
    clock.shift(MINUTE)
    payout = ask(store, 3_000, to=bank(store))

    made_of = payout_statement(Payout.objects.select_related("store__settlement_wallet", "transaction").get(pk=payout.pk))

    assert status_of(failed) == "failed"
    assert [line.amount.amount for line in made_of.lines()] == [10_000, -2_004, 2_004, 700, -200]
    assert (made_of.opening.amount, made_of.left.amount) == (0, 10_500 - 3_006)


# --- pages and API ---


def test_is_asked_for_in_three_steps(store: Store, olivia: User, client_for: Browser, run_jobs: JobRunner) -> None:
    browser, place = client_for(olivia), bank(store)
    new = reverse("payout_new", args=[store.pk])
    review = browser.post(new, {"amount": "50.00", "destination": str(place.pk)}).headers["Location"]
    shown = words(browser.get(review))
    for text in ("PT50 0002 0123 1234 5678 9015 4", "Fee 0.10 EUR", "Leaves the wallet 50.10 EUR", "Sandbox: no real money"):
        assert text in shown
    done = browser.post(review)
    run_jobs()
    page = words(browser.get(done.headers["Location"]))
    assert "Completed" in page
    assert "Left over from before 0.00 EUR 1 movement since +100.00 EUR This payout with its fee 50.10 EUR" in page
    assert browser.post(review).headers["Location"] == done.headers["Location"]
    assert Payout.objects.count() == 1
    payout = Payout.objects.get()
    csv = b"".join(browser.get(reverse("payout_csv", args=[store.pk, payout.pk])).streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.count("\n") == 5
    assert browser.get(reverse("payout_pdf", args=[store.pk, payout.pk])).content[:5] == b"%PDF-"


@pytest.mark.parametrize(
    ("amount", "said"), [("0", "above zero"), ("100.00", "not enough"), ("x", "Write an amount"), ("", "Write an amount")]
)
def test_says_what_is_wrong_with_an_amount(amount: str, said: str, store: Store, olivia: User, client_for: Browser) -> None:
    place = bank(store)
    answer = client_for(olivia).post(reverse("payout_new", args=[store.pk]), {"amount": amount, "destination": str(place.pk)})
    assert answer.status_code == 422
    assert said in words(answer)


def test_is_approved_and_changed_on_its_page(
    large: Payout, store: Store, olivia: User, amara: User, client_for: Browser
) -> None:
    page = reverse("payout", args=[store.pk, large.pk])
    owner, approver = client_for(olivia), client_for(amara)
    assert "Approve 5,000.00 EUR" not in words(owner.get(page))
    assert "Approve 5,000.00 EUR" in words(approver.get(page))
    change = reverse("payout_change", args=[store.pk, large.pk])
    assert owner.get(change).context["form"]["amount"].value() == "5,000.00"
