"""People with a phone and nothing else: every page and answer of theirs works, and they can confirm what wants a proof."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import PhoneCode, StepUp, StepUpAct, StepUpMethod, User
from audit.models import AuditEntry
from payments.payees import find_payee
from tests import doors
from tests.doors import api_client_of, open_session
from tests.factories import UserFactory, open_wallet_for
from tests.mailbox import Mailbox, wrong
from tests.proving import challenge_of
from tests.texts import Phones, code_in
from tests.unchanged import nothing_changes

MIRA = "+351912345678"
LONG = "kestrel orbit moss lantern"


@pytest.fixture
def mira(db: None) -> User:
    """A customer with a proven phone, and neither name nor address nor password."""
    return only_a_phone(UserFactory.create(email=None, name=""))


def only_a_phone(user: User) -> User:
    EmailAddress.objects.filter(user=user).delete()
    user.email, user.name, user.phone, user.phone_verified_at = None, "", MIRA, timezone.now()
    user.set_unusable_password()
    user.save()
    return user


class TestProof:
    """A code by SMS confirms an act, that act alone, and only where there is nothing stronger."""

    def challenge(self, user: User) -> tuple[APIClient, str]:
        session = open_session(user)
        return api_client_of(session), challenge_of(session, StepUpAct.SEND_MONEY, {"amount": 1})

    def test_by_api(self, mira: User, phones: Phones) -> None:
        api, challenge = self.challenge(mira)
        sent = api.post("/api/auth/step-up/code", {"challenge": challenge})
        assert (sent.status_code, sent.json()) == (202, {"expires_in": 300})
        proof = {"challenge": challenge, "method": "sms", "code": code_in(phones()[0])}
        assert api.post("/api/auth/step-up", proof).status_code == 200
        assert StepUp.objects.get().method == StepUpMethod.SMS

    def test_a_wrong_code_confirms_nothing(self, mira: User, phones: Phones) -> None:
        api, challenge = self.challenge(mira)
        api.post("/api/auth/step-up/code", {"challenge": challenge})
        code = code_in(phones()[0])
        with nothing_changes("accounts_phonecode", "audit_auditentry"):
            answer = api.post("/api/auth/step-up", {"challenge": challenge, "method": "sms", "code": wrong(code)})
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_proof")
        assert AuditEntry.objects.filter(action="step_up.failed").count() == 1

    def test_a_code_for_one_act_confirms_no_other(self, mira: User, phones: Phones) -> None:
        session = open_session(mira)
        api = api_client_of(session)
        small, large = (challenge_of(session, StepUpAct.SEND_MONEY, {"amount": minor}) for minor in (1, 1_000_000))
        api.post("/api/auth/step-up/code", {"challenge": small})
        code = code_in(phones()[0])
        with nothing_changes("audit_auditentry"):
            answer = api.post("/api/auth/step-up", {"challenge": large, "method": "sms", "code": code})
        assert answer.json()["code"] == "wrong_proof"

    def test_only_the_last_code_is_good(self, mira: User, phones: Phones) -> None:
        api, challenge = self.challenge(mira)
        api.post("/api/auth/step-up/code", {"challenge": challenge})
        with time_machine.travel(timezone.now() + timedelta(seconds=31)):
            api.post("/api/auth/step-up/code", {"challenge": challenge})
            assert PhoneCode.objects.count() == 1
            proof = {"challenge": challenge, "method": "sms", "code": code_in(phones()[-1])}
            assert api.post("/api/auth/step-up", proof).status_code == 200

    def test_not_where_there_is_a_password(self, alice: User, phones: Phones) -> None:
        alice.phone, alice.phone_verified_at = MIRA, timezone.now()
        alice.save()
        api, challenge = self.challenge(alice)
        with nothing_changes():
            answer = api.post("/api/auth/step-up/code", {"challenge": challenge})
        assert (answer.status_code, answer.json()["code"]) == (403, "proof_too_weak")
        assert phones() == []

    def test_somebody_elses_challenge_sends_nothing(self, mira: User, alice: User, phones: Phones) -> None:
        _api, challenge = self.challenge(mira)
        api = doors.api_client(alice)
        with nothing_changes():
            answer = api.post("/api/auth/step-up/code", {"challenge": challenge})
        assert answer.json()["code"] == "step_up_over"


@pytest.mark.django_db(transaction=True)
class TestPages:
    """In the portal."""

    @pytest.mark.parametrize(
        ("page", "body"),
        [
            ("/profile/email/", {"email": "mira@example.com", "action_add": "1"}),
            ("/profile/password/new/", {"password1": LONG}),
            ("/profile/phone/", {"phone": "+5511961234567"}),
        ],
    )
    def test_a_new_way_in_wants_a_code_first(
        self, mira: User, client_for: Callable[[User], Client], phones: Phones, page: str, body: dict[str, str]
    ) -> None:
        client = client_for(mira)
        asked = client.post(page, body)
        assert asked.headers["Location"].startswith("/confirm/act/")
        assert User.objects.get(pk=mira.pk).has_usable_password() is False
        assert mail.outbox == []
        confirm = asked.headers["Location"]
        assert "••••••78" in client.get(confirm).content.decode()
        client.post(confirm, {"action": "send"})
        assert client.post(confirm, {"code": code_in(phones()[0])}).headers["Location"] == page
        with time_machine.travel(timezone.now() + timedelta(seconds=31)):
            assert not client.post(page, body).headers["Location"].startswith("/confirm/act/")

    def test_the_last_way_in_stays(self, mira: User, client_for: Callable[[User], Client], phones: Phones) -> None:
        client = client_for(mira)
        confirm = client.post("/profile/phone/remove/").headers["Location"]
        client.post(confirm, {"action": "send"})
        client.post(confirm, {"code": code_in(phones()[0])})
        with nothing_changes("django_session"):
            assert client.post("/profile/phone/remove/").status_code == 409

    def test_an_address_comes_with_its_code(
        self, mira: User, client_for: Callable[[User], Client], phones: Phones, mailbox: Mailbox
    ) -> None:
        client, body = client_for(mira), {"email": "mira@example.com", "action_add": "1"}
        confirm = client.post("/profile/email/", body).headers["Location"]
        client.post(confirm, {"action": "send"})
        client.post(confirm, {"code": code_in(phones()[0])})
        client.post("/profile/email/", body)
        (letter,) = mailbox()
        digits = re.search(r"^ +(\d{6})$", str(letter.body), re.MULTILINE)
        assert digits
        client.post("/verify/", {"code": digits[1]})
        assert User.objects.get(pk=mira.pk).email == "mira@example.com"


def test_people_are_found_by_their_phone(mira: User) -> None:
    wallet = open_wallet_for(mira)
    assert find_payee(identifier="+351 912 345 678", asset="EUR") == wallet


def test_no_reset_link_leaves_before_the_address_is_proven(mira: User, client: Client, mailbox: Mailbox) -> None:
    client.post("/reset/", {"email": MIRA})
    mira.email = "claimed@example.com"
    mira.save()
    EmailAddress.objects.create(user=mira, email="claimed@example.com", primary=True, verified=False)
    client.post("/reset/", {"email": "claimed@example.com"})
    assert [letter.subject for letter in mailbox()] == ["There is no account with this address"]
