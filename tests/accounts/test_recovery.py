"""A backup phone: set with a proof, claims an account that is silent, and never one whose person is here."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from accounts import notices
from accounts.errors import NothingToRecover, RecoveredMeanwhile
from accounts.models import RecoveryContact, Session, User
from accounts.operations import claim_account, link_account, meet_owner, suspend_user, take_over_account
from accounts.providers.identity import ETHEREUM, Identity
from accounts.sessions import note_activity
from accounts.ways import ways_of
from audit.models import AuditEntry
from config.erasure.operations import close_account
from payments.models import Wallet
from payments.operations import freeze_account
from tests import doors
from tests.accounts.ethereum import WALLET
from tests.factories import PASSWORD, UserFactory, open_wallet_for
from tests.mailbox import Mailbox
from tests.proving import add_totp
from tests.texts import Phones, code_in
from tests.threads import together
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refused operation ends the transaction around it

BACKUP, OWN = "+351912345678", "+5511961234567"
WAIT = timedelta(days=7, minutes=1)
SILENT = timedelta(days=91)
CODES = ("accounts_phonecode", "django_session", "procrastinate_jobs", "procrastinate_events")


@pytest.fixture
def nora(db: None) -> User:
    """A customer who has a backup phone and was not here for 91 days."""
    away = timezone.now() - SILENT
    user = UserFactory.create(
        email="nora@example.com", phone=OWN, phone_verified_at=away, last_active_at=away, name="Nora Lind"
    )
    RecoveryContact.objects.create(user=user, phone=BACKUP, verified_at=away)
    return user


def prove(phones: Phones, phone: str = BACKUP, client: Client | None = None) -> tuple[Client, str]:
    """Ask at the recovery page with this phone and type its code. Answers the browser and what the page says or leads to."""
    client = client or Client()
    assert client.post("/recover/", {"phone": phone}).headers["Location"] == "/recover/code/"
    code = code_in([message for message in phones() if message.phone == phone][-1])
    answer = client.post("/recover/code/", {"code": code})
    return client, answer.headers.get("Location") or answer.content.decode()


def words(page: str) -> str:
    return re.sub(r'nonce="[^"]*"|value="[^"]*"|[0-9a-f]{32}', "", page)


class TestSetting:
    """Choosing the phone."""

    def test_wants_a_proof_and_a_code(
        self, alice: User, client_for: Callable[[User], Client], phones: Phones, mailbox: Mailbox
    ) -> None:
        client = client_for(alice)
        confirm = client.post("/profile/recovery/", {"phone": BACKUP}).headers["Location"]
        assert phones() == []
        client.post(confirm, {"password": PASSWORD})
        assert client.post("/profile/recovery/", {"phone": BACKUP}).headers["Location"] == "/profile/recovery/code/"
        assert not RecoveryContact.objects.exists()
        client.post("/profile/recovery/code/", {"code": code_in(phones()[-1])})
        assert RecoveryContact.objects.get(user=alice).phone == BACKUP
        assert mailbox()[-1].subject == "A backup phone was set for your account"
        assert AuditEntry.objects.filter(action="recovery.phone_set").count() == 1
        assert "+351 912 345 678" in client.get("/profile/recovery/").content.decode()

    def test_one_phone_recovers_one_account(
        self, nora: User, alice: User, client_for: Callable[[User], Client], phones: Phones
    ) -> None:
        client = client_for(alice)
        client.post(client.post("/profile/recovery/", {"phone": BACKUP}).headers["Location"], {"password": PASSWORD})
        client.post("/profile/recovery/", {"phone": BACKUP})
        code = code_in(phones()[-1])
        with nothing_changes(*CODES):
            assert client.post("/profile/recovery/code/", {"code": code}).status_code == 409

    def test_ones_own_phone_is_no_backup(self, nora: User, client_for: Callable[[User], Client], phones: Phones) -> None:
        """Whoever takes it from its owner would have both, and be told instead of them."""
        client = client_for(nora)
        with nothing_changes("django_session", "accounts_session", "accounts_user"):  # she is here again
            answer = client.post("/profile/recovery/", {"phone": OWN})
        assert (answer.status_code, phones()) == (409, [])
        RecoveryContact.objects.update(phone=OWN)  # who has made it their own since
        assert "so it recovers nothing" in client.get("/profile/recovery/").content.decode()
        with nothing_changes(*CODES):
            prove(phones, OWN)

    def test_whoever_cannot_be_reached_is_told_so(self, client_for: Callable[[User], Client]) -> None:
        unreachable = UserFactory.create(email=None, password="!")
        for person, is_told in ((unreachable, True), (UserFactory.create(), False)):
            page = client_for(person).get("/profile/recovery/").content.decode()
            assert ("We could not tell you of a claim" in page) is is_told

    def test_can_be_taken_away_with_a_proof(self, alice: User, client_for: Callable[[User], Client], mailbox: Mailbox) -> None:
        RecoveryContact.objects.create(user=alice, phone=BACKUP, verified_at=timezone.now())
        client = client_for(alice)
        confirm = client.post("/profile/recovery/remove/").headers["Location"]
        assert RecoveryContact.objects.exists()
        client.post(confirm, {"password": PASSWORD})
        client.post("/profile/recovery/remove/")
        assert not RecoveryContact.objects.exists()
        assert mailbox()[-1].subject == "Your backup phone was removed"


class TestClaiming:
    """Asking for the account."""

    def test_tells_the_owner_everywhere_and_waits(self, nora: User, phones: Phones, mailbox: Mailbox) -> None:
        prove(phones)
        assert RecoveryContact.objects.get().requested_at
        letter = mailbox()[-1]
        assert (letter.to, letter.subject) == (["nora@example.com"], "Somebody wants to recover your account")
        told = [message.text for message in phones() if message.phone == OWN]
        assert len(told) == 1
        assert "/recover/stop/" in told[0]
        assert "/recover/stop/" in str(letter.body)
        assert Session.objects.count() == 0
        assert AuditEntry.objects.filter(action="recovery.claimed").count() == 1

    def test_says_the_same_to_every_phone(self, nora: User, alice: User, phones: Phones) -> None:
        RecoveryContact.objects.create(user=alice, phone="+351961234567", verified_at=timezone.now())  # who is here
        pages = {words(prove(phones, phone)[1]) for phone in (BACKUP, "+351961234567", "+351931234567")}
        assert len(pages) == 1

    @pytest.mark.parametrize("why", ["here lately", "suspended", "staff", "no backup phone"])
    def test_does_nothing_where_there_is_nothing_to_claim(self, nora: User, phones: Phones, why: str) -> None:
        if why == "here lately":
            User.objects.filter(pk=nora.pk).update(last_active_at=timezone.now() - timedelta(days=89))
        elif why == "suspended":
            suspend_user(user=nora, actor=None, reason="test", now=timezone.now())
        elif why == "staff":
            User.objects.filter(pk=nora.pk).update(is_staff=True)
        else:
            RecoveryContact.objects.all().delete()
        with nothing_changes(*CODES):
            prove(phones)

    def test_asking_again_neither_tells_again_nor_starts_anew(self, nora: User, phones: Phones) -> None:
        prove(phones)
        first = RecoveryContact.objects.get().requested_at
        with time_machine.travel(timezone.now() + timedelta(days=3)):
            prove(phones)
        assert RecoveryContact.objects.get().requested_at == first
        assert len([message for message in phones() if message.phone == OWN]) == 1

    def test_a_wrong_code_claims_nothing(self, nora: User, phones: Phones) -> None:
        client = Client()
        client.post("/recover/", {"phone": BACKUP})
        phones()
        with nothing_changes("accounts_phonecode", "django_session"):
            assert client.post("/recover/code/", {"code": "x"}).status_code == 400


class TestTakingOver:
    """Getting the account."""

    def test_after_the_wait_the_account_is_theirs(self, nora: User, phones: Phones, mailbox: Mailbox) -> None:
        add_totp(nora)
        link_account(user=nora, identity=Identity(ETHEREUM, WALLET.address), now=timezone.now())
        old = doors.portal_client(nora)
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT):
            client, led_to = prove(phones)
            assert led_to == "/profile/ways/"
            assert "The account is open to you" in client.get(led_to).content.decode()
            assert old.get("/profile/").status_code == 302
        taken = User.objects.get(pk=nora.pk)
        assert [way.id for way in ways_of(taken)] == ["phone"]
        assert (taken.phone, taken.email, taken.has_usable_password()) == (BACKUP, None, False)
        assert Session.objects.get(user=nora, revoked_at__isnull=True).auth_method == "phone"
        told = AuditEntry.objects.get(action="recovery.activated").metadata
        assert told == {"sessions_ended": 1, "factors_removed": 1, "accounts_removed": 1}
        letter = mailbox()[-1]
        assert (letter.to, letter.subject) == (["nora@example.com"], "Your account was recovered")
        assert "/reset/" not in str(letter.body)  # which would lead nowhere

    def test_nothing_that_opened_it_does_any_more(self, nora: User, phones: Phones, mailbox: Mailbox) -> None:
        """Whoever reads the mailbox, holds the old phone or a linked wallet, and lacked the second factor, gets no further."""
        api = doors.api_client(nora)
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT):
            prove(phones)
            sent = len(mailbox())
            with nothing_changes(*CODES, "config_cache", "audit_auditentry", "audit_event"):
                assert Client().post("/signin/", {"login": "nora@example.com", "password": PASSWORD}).status_code == 200
                Client().post("/reset/", {"email": "nora@example.com"})
                assert api.get("/api/me").status_code == 401
            assert [letter.subject for letter in mailbox()[sent:]] == ["There is no account with this address"]
        assert not User.objects.filter(Q(phone=OWN) | Q(email__isnull=False)).exists()

    def test_a_freeze_stays(self, nora: User, phones: Phones) -> None:
        wallet = open_wallet_for(nora)
        freeze_account(user=nora, now=timezone.now() - SILENT)
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT):
            client, _led_to = prove(phones)
            assert client.post("/profile/freeze/end/").headers["Location"].startswith("/confirm/act/")
        wallet.refresh_from_db()
        assert wallet.status == Wallet.Status.FROZEN

    def test_the_holders_own_account_stays_theirs(self, nora: User, phones: Phones) -> None:
        holder = UserFactory.create(phone=BACKUP, phone_verified_at=timezone.now())
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT):
            prove(phones)
        assert Session.objects.get(revoked_at__isnull=True).user == nora
        assert User.objects.get(pk=holder.pk).phone == BACKUP
        assert User.objects.get(pk=nora.pk).phone is None

    def test_until_the_account_has_a_way_in_the_phone_opens_it_again(self, nora: User, phones: Phones) -> None:
        """Its holder signs in to an account of their own with that phone, so this one has no way in yet."""
        UserFactory.create(phone=BACKUP, phone_verified_at=timezone.now())
        prove(phones)
        soon = timezone.now() + WAIT
        for at in (soon, soon + timedelta(days=28)):
            with time_machine.travel(at):
                assert prove(phones)[1] == "/profile/ways/"
        with time_machine.travel(soon + timedelta(days=29)):
            link_account(user=nora, identity=Identity(ETHEREUM, WALLET.address), now=timezone.now())
            with nothing_changes(*CODES):
                assert "told the owner" in prove(phones)[1]

    def test_it_does_so_for_a_month(self, nora: User, phones: Phones) -> None:
        UserFactory.create(phone=BACKUP, phone_verified_at=timezone.now())
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT):
            prove(phones)
        with time_machine.travel(timezone.now() + WAIT + timedelta(days=30, minutes=1)), nothing_changes(*CODES):
            assert "told the owner" in prove(phones)[1]

    def test_not_before_the_wait_is_over(self, nora: User, phones: Phones) -> None:
        prove(phones)
        with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)), nothing_changes(*CODES):
            _client, page = prove(phones)
        assert "told the owner" in page

    def test_not_after_the_owner_was_here(self, nora: User, phones: Phones) -> None:
        prove(phones)
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            note_activity(User.objects.get(pk=nora.pk), now=timezone.now())
        with time_machine.travel(timezone.now() + WAIT), nothing_changes(*CODES):
            prove(phones)

    def test_not_months_after_the_claim(self, nora: User, phones: Phones) -> None:
        """The number may have another holder by then: the owner is told anew, and has the days to stop it again."""
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT + timedelta(days=30)):
            assert "told the owner" in prove(phones)[1]
            assert len([message for message in phones() if message.phone == OWN]) == 2
        assert RecoveryContact.objects.get().activated_at is None

    def test_whoever_was_here_can_be_claimed_again_when_they_are_silent_again(self, nora: User, phones: Phones) -> None:
        """Being here by the API ends a claim without a sign-in; what is left of it stands in nobody's way."""
        prove(phones)
        here = timezone.now() + timedelta(days=2)
        note_activity(User.objects.get(pk=nora.pk), now=here)
        with time_machine.travel(here + SILENT):
            prove(phones)
        with time_machine.travel(here + SILENT + WAIT):
            assert prove(phones)[1] == "/profile/ways/"

    def test_not_a_closed_account(self, nora: User, phones: Phones) -> None:
        prove(phones)
        close_account(user=nora, actor=nora, reason="", now=timezone.now())
        assert not RecoveryContact.objects.exists()
        with time_machine.travel(timezone.now() + WAIT), nothing_changes(*CODES):
            prove(phones)

    def test_the_phone_works_once(self, nora: User, phones: Phones) -> None:
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT):
            prove(phones)
        with time_machine.travel(timezone.now() + WAIT + SILENT + WAIT), nothing_changes(*CODES):
            prove(phones)


class TestStopping:
    """The owner is here."""

    def test_signing_in_stops_it(self, nora: User, client: Client, phones: Phones) -> None:
        prove(phones)
        client.post("/signin/", {"login": nora.email, "password": PASSWORD})
        assert RecoveryContact.objects.get().requested_at is None
        assert AuditEntry.objects.get(action="recovery.stopped").metadata == {"by": "sign_in"}
        assert "asked for your account" in client.get("/profile/").content.decode()

    def test_half_a_sign_in_stops_nothing(self, nora: User, client: Client, phones: Phones) -> None:
        """A password without its second factor may be a thief's."""
        add_totp(nora)
        prove(phones)
        with nothing_changes(*CODES, "audit_auditentry", "audit_event", "config_cache"):
            answer = client.post("/signin/", {"login": nora.email, "password": PASSWORD})
        assert answer.headers["Location"].startswith("/signin/second/")

    def test_half_a_sign_in_is_worth_nothing_after_the_handover(self, nora: User, client: Client, phones: Phones) -> None:
        """The second step that a thief of the password could not take has gone with the factors, and lets nobody through."""
        add_totp(nora)
        prove(phones)
        with time_machine.travel(timezone.now() + WAIT):
            asked = client.post("/signin/", {"login": nora.email, "password": PASSWORD}).headers["Location"]
            prove(phones)
            client.get(asked)
            client.post(asked, {"code": "123456"})
            assert client.get("/profile/").status_code == 302
        assert Session.objects.filter(revoked_at__isnull=True).count() == 1

    def test_the_link_of_the_notice_stops_it_when_it_is_pressed(self, nora: User, client: Client, phones: Phones) -> None:
        prove(phones)
        (told,) = [message.text for message in phones() if message.phone == OWN]
        link = re.search(r"http://localhost:\d+(/recover/stop/\S+)", told)
        assert link
        with nothing_changes():
            assert client.get(link[1]).status_code == 200
        assert "Nobody gets your account" in client.post(link[1]).content.decode()
        assert RecoveryContact.objects.get().requested_at is None
        with nothing_changes():
            client.post(link[1])
            assert "Nobody gets your account" in client.get(link[1]).content.decode()

    def test_the_link_of_one_claim_stops_no_other(self, nora: User, client: Client, phones: Phones) -> None:
        prove(phones)
        link = notices.stop_link(RecoveryContact.objects.get())
        client.post(link)
        with time_machine.travel(timezone.now() + timedelta(hours=1)):
            prove(phones)
            with nothing_changes():
                client.post(link)

    def test_after_the_handover_the_link_says_that_it_is_too_late(self, nora: User, client: Client, phones: Phones) -> None:
        prove(phones)
        link = notices.stop_link(RecoveryContact.objects.get())
        with time_machine.travel(timezone.now() + WAIT):
            prove(phones)
            with nothing_changes():
                assert "has it now" in client.post(link).content.decode()

    @pytest.mark.parametrize("token", ["x", "IjEi:1abc:def"])
    def test_an_invented_link_is_none(self, nora: User, client: Client, phones: Phones, token: str) -> None:
        prove(phones)
        with nothing_changes():
            assert client.post(f"/recover/stop/{token}/").status_code == 404

    def test_sign_in_and_takeover_at_once_have_one_winner(self, nora: User) -> None:
        now = timezone.now()
        claim_account(phone=BACKUP, now=now - WAIT)
        User.objects.filter(pk=nora.pk).update(last_active_at=now - WAIT - SILENT)
        RecoveryContact.objects.update(requested_at=now - WAIT)

        def sign_in() -> int:
            return Client().post("/signin/", {"login": "nora@example.com", "password": PASSWORD}).status_code

        def take_over() -> User:
            return take_over_account(phone=BACKUP, now=now)

        signed_in, taken = together([sign_in, take_over])
        contact, sessions = RecoveryContact.objects.get(), Session.objects.filter(user=nora, revoked_at__isnull=True).count()
        if isinstance(taken, User):  # first, or after a sign-in that it has not ended: never that
            assert (signed_in, sessions, bool(contact.activated_at)) != (302, 1, True)
            assert sessions == 0
        else:
            assert isinstance(taken, NothingToRecover)
            assert (signed_in, sessions, contact.requested_at) == (302, 1, None)

    def test_whoever_proved_the_password_before_the_handover_stays_out(self, nora: User) -> None:
        RecoveryContact.objects.update(requested_at=timezone.now() - WAIT)
        User.objects.filter(pk=nora.pk).update(last_active_at=timezone.now() - WAIT - SILENT)
        authenticated = User.objects.get(pk=nora.pk)
        take_over_account(phone=BACKUP, now=timezone.now())
        with nothing_changes(), pytest.raises(RecoveredMeanwhile), transaction.atomic():
            meet_owner(user=authenticated, now=timezone.now())
