"""Closing one's account: what the platform knew of its person is gone, and the books stay balanced (R47)."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from accounts.errors import StepUpRequired
from accounts.models import Closure, IdentityProfile, RecoveryContact, Session, StepUpAct, User
from accounts.operations import approve_identity, link_account, name_device, release_email, suspend_user
from accounts.providers.identity import Identity
from audit import events, trail
from audit.models import AuditEntry, Event, SyncLog
from audit.sync import Synced, record_syncs
from config.erasure.errors import (
    AccountClosed,
    ClosingFrozenAccount,
    ClosingFrozenWallet,
    DisputeOpen,
    MoneyLeft,
    MoneyUnderWay,
    OnlyOwner,
    StaffAccount,
)
from config.erasure.operations import close_account, close_own_account, erase_leftovers, forget_old_identities
from config.erasure.tables import EMPTIED, FORGOTTEN, GONE, KEPT
from config.models import IdempotencyKey, uuid7
from merchants.models import Store, StoreMember
from merchants.operations import open_dispute, pay_store
from payments.models import ImportedClient, SpendingLimit, Transaction, Wallet
from payments.money import Money
from payments.operations import freeze_account, freeze_wallet, hold, open_wallet, transfer
from payments.parties import name_of
from payments.verification import faults
from support.models import Agent
from support.operations import dismiss_agent
from tests import doors
from tests.config.test_takeout import PEOPLES
from tests.factories import PASSWORD, UserFactory, hire, open_store_for, open_wallet_for
from tests.jobs import JobRunner
from tests.mailbox import Mailbox
from tests.people import CANARIES, identify
from tests.proving import acting, add_recovery_codes, add_totp, proven
from tests.texts import Phones
from tests.threads import together
from tests.unchanged import nothing_changes, refused

NOW = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)
MUTE = (  # what can't say anything about somebody: keys, numbers of minor units, times, and words of the platform's own
    models.UUIDField, models.ForeignKey, models.AutoField, models.BooleanField, models.DateTimeField, models.IntegerField,
    models.GeneratedField,
)  # fmt: skip
PHONE, BACKUP_PHONE, AVATAR = "+351912000111", "+351912000222", b"her face"

pytestmark = pytest.mark.django_db


def telling(model: type[models.Model]) -> set[str]:
    """The columns that could tell something about somebody."""
    return {field.name for field in model._meta.local_fields if not (isinstance(field, MUTE) or field.choices)}


class TestTables:
    """Nothing is forgotten, the way a new table would be."""

    @pytest.mark.parametrize("model", PEOPLES, ids=lambda model: model._meta.label)
    def test_say_of_each_table_what_becomes_of_it(self, model: type[models.Model]) -> None:
        assert model._meta.label in {*GONE, *EMPTIED, *KEPT, *FORGOTTEN}, "add a line to config/erasure/tables.py"

    def test_speak_of_no_table_that_is_gone(self) -> None:
        assert {*GONE, *EMPTIED, *KEPT, *FORGOTTEN} - {model._meta.label for model in PEOPLES} == {"config.IdempotencyKey"}

    @pytest.mark.parametrize("label", [*EMPTIED, *KEPT])
    def test_say_of_each_column_that_tells_something_what_becomes_of_it(self, label: str) -> None:
        model = apps.get_model(label)
        if label in KEPT:
            assert set(KEPT[label].columns.split()) == telling(model)
            assert KEPT[label].why
            return
        part = EMPTIED[label]
        erased, kept = {*part.columns.split(), *part.replaced}, set(part.kept.split())
        assert telling(model) <= erased | kept <= {field.name for field in model._meta.local_fields}
        assert not erased & kept
        assert bool(kept) == bool(part.why)


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory.create(is_staff=True, is_superuser=True, name="Ada")


@pytest.fixture
def ines(db: None) -> User:
    """Somebody about whom everything is known that the platform can know."""
    return UserFactory.create(
        name="Inês Quintela", email="ines@example.com", phone=PHONE, phone_verified_at=NOW, language="es",
        timezone="Atlantic/Azores", preferred_chain=8453, last_login=NOW, has_limits=True,
    )  # fmt: skip


def give_everything(user: User, greengrocer: Store, admin: User) -> list[str]:
    """A row of this person in every table that can hold one; answers the words that tell of them."""
    session = doors.open_session(user)
    Session.objects.filter(pk=session.pk).update(device_info={"model": "Quintela-Fone"}, user_agent="Quintela/1.0")
    name_device(user=user, session=session, name="Inês' tablet", now=NOW)
    doors.open_tokens(user)
    proven(session, StepUpAct.RAISE_LIMIT, {}, now=NOW)
    link_account(user=user, identity=Identity("google", "google-1187", email="ines.q@example.net", name=""), now=NOW)
    add_totp(user)
    add_recovery_codes(user)
    RecoveryContact.objects.create(user=user, phone=BACKUP_PHONE, verified_at=NOW)
    identify(user)
    SpendingLimit.objects.create(user=user, asset_id="EUR", per_day=100)
    hire(greengrocer, user, StoreMember.Role.STAFF)
    open_wallet(user=user, asset="EUR", name="Inês' violin", actor=user, now=NOW)
    IdempotencyKey.objects.create(caller=user.pk, key="k" * 20, digest=b"", status=200, body={"name": "Inês"})
    linked = Wallet.objects.create(
        user=user, kind=Wallet.Kind.LINKED, asset_id="EUR", name="Inês elsewhere", address="https://pay.example/ines",
        auth_server="https://ines.example/auth", resource_server="https://ines.example/",
    )  # fmt: skip
    client = ImportedClient(source_id="client-77", user=user, wallet=linked, grant_expires_at=NOW)
    client.grant_token = "grant-of-ines"
    client.save()
    agent = Agent.objects.create(user=user, username="inesq", full_name="Inês Q.", email="ines.q@example.org", phone=PHONE)
    dismiss_agent(agent=agent, actor=admin, reason="left", now=NOW)
    user.refresh_from_db()
    user.avatar.name = default_storage.save("avatars/ines.png", ContentFile(AVATAR))
    user.save(update_fields=["avatar"])
    with acting(session):
        trail.origin.set(replace(trail.origin.get(), device_id="device-of-ines"))
        events.note("user.signed_in", user_id=user.pk, now=NOW)
    record_syncs(user_id=user.pk, events=[Synced(uuid7(), "a", "b", {"of": "the Quintelas"}, True, "")], now=NOW)
    return [
        "Inês", "Quintela", "ines", PHONE, BACKUP_PHONE, "google-1187", "grant-of-ines", "Atlantic/Azores", "device-of-ines",
        "avatars", "k" * 20, *CANARIES.values(),
    ]  # fmt: skip


def says(text: str, word: str) -> bool:
    """Whether the word stands there by itself: four digits are in many a key by chance."""
    return re.search(rf"(?<![0-9A-Za-z-]){re.escape(word)}(?![0-9A-Za-z-])", text) is not None


def rows_of(*labels: str) -> str:
    """All rows of these tables, as the database writes them."""
    found = []
    with connection.cursor() as cursor:
        for label in labels:
            cursor.execute(f'select t::text from "{apps.get_model(label)._meta.db_table}" t')
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


class TestErasing:
    """What goes, and what stays."""

    def test_leaves_no_word_about_them_in_any_table(self, ines: User, greengrocer: Store, admin: User) -> None:
        words = give_everything(ines, greengrocer, admin)
        before = rows_of(*GONE, *EMPTIED, *FORGOTTEN)
        resting_encrypted = {"grant-of-ines", *CANARIES.values()}
        assert {word for word in words if not says(before, word)} == resting_encrypted

        close_account(user=ines, actor=admin, reason="asked by letter", now=NOW)

        after = rows_of(*GONE, *EMPTIED, *KEPT, *FORGOTTEN)
        assert [word for word in words if says(after, word)] == []
        assert ImportedClient.objects.get(user=ines).grant_token is None
        assert not Event.objects.filter(user=ines).exists()
        assert not SyncLog.objects.filter(user=ines).exists()
        left = {label for label, whose in GONE.items() if apps.get_model(label)._default_manager.filter(whose(ines)).exists()}
        assert left == set()

    def test_keeps_the_row_as_a_tombstone(self, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(customer_number="CUS-2026-000007")
        closure = close_account(user=alice, actor=alice, reason="", now=NOW)
        alice.refresh_from_db()
        assert (alice.status, alice.is_active, alice.email, alice.name, str(alice)) == (
            "deleted", False, None, "", "Deleted customer",
        )  # fmt: skip
        assert alice.customer_number == "CUS-2026-000007"
        assert not alice.has_usable_password()
        assert (closure.user, closure.closed_by, closure.created_at) == (alice, alice, NOW)

    def test_closes_the_wallets_and_leaves_the_money_rows(self, alice: User, bruno: User) -> None:
        wallet, theirs = open_wallet_for(alice, minor=5_000), open_wallet_for(bruno)
        transfer(payer=wallet, payee=theirs, amount=Money(5_000, "EUR"), actor=alice, key=None, notes="all of it", now=NOW)
        before = rows_of("payments.Transaction", "payments.Posting")

        close_account(user=alice, actor=alice, reason="", now=NOW)

        wallet.refresh_from_db()
        assert (wallet.status, wallet.name) == ("closed", wallet.address)
        assert rows_of("payments.Transaction", "payments.Posting") == before

    def test_is_written_down_for_good(self, alice: User, admin: User) -> None:
        doors.open_session(alice)
        close_account(user=alice, actor=admin, reason="asked by letter", now=NOW)
        entry = AuditEntry.objects.get(action="user.closed")
        assert (entry.actor, entry.customer, entry.old_values, entry.new_values) == (
            admin, alice, {"status": "active"}, {"status": "deleted"},
        )  # fmt: skip
        assert entry.metadata == {"reason": "asked by letter", "sessions_ended": 1}

    def test_tells_them_where_they_could_be_reached(self, ines: User, mailbox: Mailbox, phones: Phones) -> None:
        close_account(user=ines, actor=ines, reason="", now=NOW)
        assert [text.phone for text in phones()] == [PHONE]
        assert [(mail.to, mail.subject) for mail in mailbox()] == [(["ines@example.com"], "Tu cuenta está cerrada")]

    def test_removes_their_files_once_it_is_done(self, ines: User, run_jobs: JobRunner) -> None:
        name = ines.avatar.name = default_storage.save("avatars/ines.png", ContentFile(AVATAR))
        ines.save(update_fields=["avatar"])
        close_account(user=ines, actor=ines, reason="", now=NOW)
        assert default_storage.exists(name)
        assert "config.remove_files" in run_jobs()
        assert not default_storage.exists(name)

    def test_erases_once_more_what_a_request_wrote_meanwhile(self, alice: User) -> None:
        late = User.objects.get(pk=alice.pk)  # as a request holds her that began before
        close_account(user=alice, actor=alice, reason="", now=NOW)
        late.save(update_fields=["name"])
        EmailAddress.objects.create(user=late, email="alice@example.com", verified=True, primary=True)
        doors.open_session(late)

        erase_leftovers(user_id=alice.pk)

        assert User.objects.get(pk=alice.pk).name == ""
        assert not EmailAddress.objects.filter(user=alice).exists()
        assert not Session.objects.filter(user=alice).exists()

    def test_erases_an_account_that_only_claimed_somebodys_address(self, alice: User, run_jobs: JobRunner) -> None:
        squatter = UserFactory.create(email="a@example.com", email_verified=False, timezone="Atlantic/Azores")
        events.note("user.signed_up", user_id=squatter.pk, now=NOW)
        release_email(email="a@example.com", proven_by=alice.pk, now=NOW)
        assert "config.erase_leftovers" in run_jobs()
        squatter.refresh_from_db()
        assert (squatter.status, squatter.timezone, squatter.has_usable_password()) == ("deleted", "UTC", False)
        assert not Event.objects.filter(user=squatter).exists()

    def test_erases_nothing_of_somebody_who_is_here(self, alice: User) -> None:
        doors.open_session(alice)
        with nothing_changes():
            erase_leftovers(user_id=alice.pk)

    def test_lets_the_same_address_open_a_new_account(self, alice: User, mailbox: Mailbox) -> None:
        close_account(user=alice, actor=alice, reason="", now=NOW)
        Client().post("/signup/", {"email": "alice@example.com", "password1": PASSWORD, "name": "Alice", "timezone": "UTC"})
        assert User.objects.get(email="alice@example.com").pk != alice.pk

    def test_lets_others_see_a_deleted_customer(self, alice: User, bruno: User) -> None:
        wallet, theirs = open_wallet_for(alice, minor=5_000), open_wallet_for(bruno)
        sent = transfer(payer=wallet, payee=theirs, amount=Money(5_000, "EUR"), actor=alice, key=None, now=NOW)
        close_account(user=alice, actor=alice, reason="", now=NOW)
        assert name_of(Wallet.objects.select_related("user").get(pk=wallet.pk)) == "Deleted customer"
        page = doors.portal_client(bruno).get(f"/activity/{sent.pk}/").content.decode()
        assert "Cliente excluído" in page
        assert "Alice" not in page
        answer = doors.api_client(bruno).get(f"/api/transactions/{sent.pk}").json()
        assert "Alice" not in str(answer)


class TestIdentities:
    """What the law against money laundering keeps, for as long as it does."""

    @pytest.fixture
    def verified(self, alice: User, admin: User) -> IdentityProfile:
        identity = identify(alice, now=NOW)
        return approve_identity(identity=identity, submitted_at=identity.submitted_at, actor=admin, now=NOW)

    def test_a_verified_one_stays_five_years(self, verified: IdentityProfile, alice: User) -> None:
        close_account(user=alice, actor=alice, reason="", now=NOW)
        forget_old_identities(now=NOW + dt.timedelta(days=5 * 365))
        assert IdentityProfile.objects.get().first_name == "Alice"
        forget_old_identities(now=NOW + dt.timedelta(days=5 * 366, seconds=1))
        assert not IdentityProfile.objects.exists()

    def test_one_that_was_not_verified_goes_at_once(self, alice: User) -> None:
        identify(alice, now=NOW)
        close_account(user=alice, actor=alice, reason="", now=NOW)
        assert not IdentityProfile.objects.exists()

    def test_of_whoever_is_here_none_goes(self, verified: IdentityProfile) -> None:
        with nothing_changes():
            forget_old_identities(now=NOW + dt.timedelta(days=40 * 366))


def with_money(alice: User, bruno: User, admin: User) -> None:
    open_wallet_for(alice, minor=1)


def with_money_under_way(alice: User, bruno: User, admin: User) -> None:
    mine, theirs = open_wallet_for(alice), open_wallet_for(bruno, minor=5_000)
    hold(payer=theirs, payee=mine, amount=Money(5_000, "EUR"), actor=bruno, key=None, now=NOW)


def with_a_freeze(alice: User, bruno: User, admin: User) -> None:
    open_wallet_for(alice)
    freeze_account(user=alice, now=NOW)


def with_a_frozen_wallet(alice: User, bruno: User, admin: User) -> None:
    freeze_wallet(wallet=open_wallet_for(alice), actor=admin, reason="a look", now=NOW)


def with_a_question(alice: User, bruno: User, admin: User) -> None:
    store = open_store_for(bruno)
    wallet = open_wallet_for(alice, minor=5_000)
    paid = pay_store(store=store, amount=Money(5_000, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=NOW)
    open_dispute(payment=paid, reason="unrecognised", actor=alice, now=NOW)


def with_a_store(alice: User, bruno: User, admin: User) -> None:
    open_store_for(alice)


def with_a_job(alice: User, bruno: User, admin: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)


def when_closed(alice: User, bruno: User, admin: User) -> None:
    close_account(user=alice, actor=alice, reason="", now=NOW)


class TestRefusals:
    """Nothing is closed, and its person reads what to do."""

    @pytest.mark.parametrize(
        ("arrange", "refusal"),
        [
            (with_money, MoneyLeft),
            (with_money_under_way, MoneyUnderWay),
            (with_a_freeze, ClosingFrozenAccount),
            (with_a_frozen_wallet, ClosingFrozenWallet),
            (with_a_question, DisputeOpen),
            (with_a_store, OnlyOwner),
            (with_a_job, StaffAccount),
            (when_closed, AccountClosed),
        ],
    )
    def test_changes_nothing(
        self, arrange: Callable[[User, User, User], None], refusal: type[Exception], alice: User, bruno: User, admin: User
    ) -> None:
        arrange(alice, bruno, admin)
        with refused(refusal):
            close_account(user=alice, actor=admin, reason="asked", now=NOW)
        alice.refresh_from_db()
        with refused(refusal):
            close_own_account(user=alice, now=NOW)

    def test_lets_one_of_two_owners_go(self, alice: User, bruno: User) -> None:
        store = open_store_for(alice)
        hire(store, bruno, StoreMember.Role.OWNER)
        close_account(user=alice, actor=alice, reason="", now=NOW)
        assert [member.user for member in store.members.all()] == [bruno]

    def test_lets_an_admin_close_the_account_of_somebody_suspended(self, alice: User, admin: User) -> None:
        suspend_user(user=alice, actor=admin, reason="a stolen card", now=NOW)
        close_account(user=alice, actor=admin, reason="asked", now=NOW)
        assert Closure.objects.filter(user=alice).exists()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    """Several things at once."""

    def test_closing_twice_at_once_closes_once(self, alice: User) -> None:
        open_wallet_for(alice)
        results = together([lambda: close_account(user=alice, actor=alice, reason="", now=NOW)] * 3)
        assert sorted(type(result).__name__ for result in results) == ["AccountClosed", "AccountClosed", "Closure"]
        assert AuditEntry.objects.filter(action="user.closed").count() == 1

    def test_money_that_comes_at_the_same_moment_is_refused_or_keeps_it_open(self, alice: User, bruno: User) -> None:
        wallet, theirs = open_wallet_for(alice), open_wallet_for(bruno, minor=5_000)

        def pay() -> Transaction:
            return transfer(payer=theirs, payee=wallet, amount=Money(1_000, "EUR"), actor=bruno, key=None, now=timezone.now())

        for _turn in range(3):
            together([pay, lambda: close_account(user=alice, actor=alice, reason="", now=timezone.now()), pay])
        wallet.refresh_from_db()
        closed = Closure.objects.filter(user=alice).exists()
        assert (wallet.status == "closed") == closed
        assert closed == (wallet.balance == 0)
        assert not list(faults())

    def test_leaves_true_books(self, alice: User, bruno: User, greengrocer: Store) -> None:
        wallet, theirs = open_wallet_for(alice, minor=5_000), open_wallet_for(bruno)
        transfer(payer=wallet, payee=theirs, amount=Money(5_000, "EUR"), actor=alice, key=None, now=NOW)
        close_account(user=alice, actor=alice, reason="", now=NOW)
        assert not list(faults())


def test_asks_who_it_is(alice: User) -> None:
    session = doors.open_session(alice)
    with acting(session), refused(StepUpRequired):
        close_own_account(user=alice, now=NOW)
    proven(session, StepUpAct.CLOSE_ACCOUNT, {}, now=timezone.now())
    with acting(session):
        close_own_account(user=alice, now=timezone.now())
    assert Closure.objects.get().closed_by == alice
    assert not Authenticator.objects.filter(user=alice).exists()
