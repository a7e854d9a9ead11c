"""What people do becomes a stream of events: in the commit of the act, cheaply, and without a personal word."""

import uuid
from contextlib import suppress

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.operations import change_profile, suspend_user
from audit import events, trail
from audit.models import AuditEntry, Event
from payments.models import Wallet
from payments.money import Money
from payments.operations import freeze_wallet, transfer
from tests import doors
from tests.factories import PASSWORD, UserFactory, fund, open_wallet_for
from tests.mailbox import Mailbox, code_in
from tests.unchanged import nothing_changes

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def names() -> list[str]:
    return list(Event.objects.order_by("created_at", "pk").values_list("name", flat=True))


class TestWhatIsNoted:
    """The acts of customers, and of the platform on their accounts."""

    def test_a_life_in_the_portal(self, client: Client, mailbox: Mailbox) -> None:
        client.post("/signup/", {"email": "nova@example.com", "password1": PASSWORD})
        client.post("/verify/", {"code": code_in(mailbox()[-1])})
        client.post("/profile/", {"name": "Nova", "language": "en", "timezone": "UTC"})
        client.post("/signout/")
        assert names() == ["user.signed_up", "user.email_verified", "user.signed_in", "user.profile_changed", "user.signed_out"]
        nova = User.objects.get(email="nova@example.com")
        assert set(Event.objects.values_list("user", flat=True)) == {nova.pk}

    def test_a_life_in_the_api(self, alice: User) -> None:
        api = APIClient(headers={"user-agent": "FlorinApp/1.0", "x-device-id": "pixel-9-of-alice"}, REMOTE_ADDR="192.0.2.7")
        api.post("/api/auth/login", {"email": alice.email, "password": "not her password"})
        tokens = api.post("/api/auth/login", {"email": alice.email, "password": PASSWORD}).json()
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
        api.patch("/api/me", {"language": "es"})
        api.post("/api/auth/logout", {"refresh_token": tokens["refresh_token"]})
        assert names() == ["user.sign_in_failed", "user.signed_in", "user.profile_changed", "user.signed_out"]
        session = Session.objects.get()
        told = Event.objects.order_by("created_at").values_list("session_id", "device_id", "ip_address", "user_agent")
        here = ("pixel-9-of-alice", "192.0.2.7", "FlorinApp/1.0")
        assert list(told) == [(None, *here), *[(session.pk, *here)] * 3]

    def test_the_session_of_a_browser_by_its_id(self, alice: User) -> None:
        here = Client(headers={"user-agent": AGENT})
        here.post("/signin/", {"login": alice.email, "password": PASSWORD})
        here.post("/profile/", {"name": "Al", "language": "en", "timezone": "UTC"})
        here.post("/signout/")
        session = Session.objects.get()
        assert names() == ["user.signed_in", "user.profile_changed", "user.signed_out"]
        assert set(Event.objects.values_list("session_id", "user_agent")) == {(session.pk, AGENT)}

    def test_how_somebody_came_in(self, alice: User) -> None:
        Client().post("/signin/", {"login": alice.email, "password": PASSWORD})
        assert Event.objects.get().properties == {"session": str(Session.objects.get().pk), "way": "password"}

    def test_a_try_at_an_account_that_is_none_belongs_to_nobody_and_names_nobody(self, db: None) -> None:
        APIClient().post("/api/auth/login", {"email": "nobody@example.com", "password": PASSWORD})
        event = Event.objects.get()
        assert (event.name, event.user_id, event.properties) == ("user.sign_in_failed", None, {})

    def test_changes_of_wallets(self, alice: User) -> None:
        open_wallet_for(alice)
        assert names() == ["wallet.opened"]

    def test_nothing_that_staff_do_or_look_at(self, alice: User, bruno: User) -> None:
        suspend_user(user=alice, actor=bruno, reason="a complaint", now=timezone.now())
        wallet = open_wallet_for(bruno)
        freeze_wallet(wallet=wallet, actor=alice, reason="watched", now=timezone.now())
        trail.record("user.viewed", actor=bruno, resource=alice, customer_id=alice.pk, now=timezone.now())
        assert names() == ["wallet.opened"]
        assert AuditEntry.objects.count() == 4

    def test_no_personal_word(self, alice: User) -> None:
        change_profile(user=alice, name="Canary Finch", language="en", timezone="UTC", now=timezone.now())
        assert Event.objects.get().properties == {"fields": ["name"]}

    @pytest.mark.parametrize("sent", ["", "short", "x" * 65, "a b c d e f g h", "<script>alert(1)</script>", "ação-ação"])
    def test_no_device_that_is_not_a_plain_name(self, alice: User, sent: str) -> None:
        api = APIClient(HTTP_X_DEVICE_ID=sent)
        api.post("/api/auth/login", {"email": alice.email, "password": PASSWORD})
        assert Event.objects.get().device_id == ""


class TestPayments:
    """Money is written down once."""

    @pytest.fixture
    def wallets(self, alice: User, bruno: User) -> tuple[Wallet, Wallet]:
        return fund(open_wallet_for(alice), 10_000), open_wallet_for(bruno)

    def test_write_none(self, alice: User, wallets: tuple[Wallet, Wallet]) -> None:
        """Transactions are a stream of their own: a payment asks the database no more than before (P3)."""
        before = len(names())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            transfer(
                payer=wallets[0], payee=wallets[1], amount=Money(100, "EUR"), actor=alice, key=None, now=timezone.now()
            )  # fmt: skip
        assert len(names()) == before
        assert not any("audit_event " in query["sql"] for query in asked.captured_queries)


class TestIsOneStatement:
    """Cheap, and gone with the act that is undone."""

    def test_in_the_commit_of_the_act(self, alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            events.note("user.signed_in", user_id=alice.pk, now=timezone.now(), properties={"way": "passkey"})
        with nothing_changes(), suppress(InterruptedError), transaction.atomic():
            change_profile(user=alice, name="Al", language="en", timezone="UTC", now=timezone.now())
            raise InterruptedError

    def test_that_keeps_no_more_of_a_browsers_name_than_there_is_room_for(self, alice: User) -> None:
        token = trail.origin.set(trail.Origin("2001:db8::1", "x" * 1000, session_key="no-such-session"))
        try:
            events.note("user.signed_in", user_id=alice.pk, now=timezone.now())
        finally:
            trail.origin.reset(token)
        event = Event.objects.get()
        assert (event.ip_address, len(event.user_agent), event.session_id) == ("2001:db8::1", 400, None)


def test_of_a_refused_act_there_is_none(alice: User) -> None:
    here = doors.portal_client(alice)
    with nothing_changes("django_session"):
        here.post("/profile/", {"name": "n" * 121, "language": "en", "timezone": "UTC"})
    assert names() == []


def test_console_sign_ins_are_noted_too(db: None) -> None:
    UserFactory.create(email="admin@example.com", is_staff=True, is_superuser=True)
    host = settings.ADMIN_ALLOWED_HOSTS[0]
    Client(headers={"host": host}).post("/login/", {"username": "admin@example.com", "password": PASSWORD})
    assert names() == ["user.signed_in"]
    assert isinstance(Event.objects.get().session_id, uuid.UUID)
