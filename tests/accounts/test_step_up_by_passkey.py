"""Confirming an act by passkey: what is signed is the act itself, so that no other answer will do (R22, R23)."""

import json
import uuid
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import passkeys
from accounts.errors import StepUpRequired
from accounts.models import Session, StepUp, StepUpAct, User
from accounts.operations import add_passkey
from accounts.passkeys import Purpose
from accounts.stepup import demand_step_up
from accounts.tokens import issue_token_pair
from accounts.views.stepup import SESSION_KEY
from audit.models import AuditEntry
from tests import doors
from tests.authenticator import PRESENT, Passkey
from tests.proving import acting, challenge_of, confirm
from tests.unchanged import nothing_changes

ACT = StepUpAct.SEND_MONEY
SUBJECT = {"payee": "maria", "amount": 250_000, "asset": "EUR"}
TOLD = "audit_auditentry"  # what a wrong try leaves: it is written down


@pytest.fixture
def passkey(alice: User) -> Passkey:
    """Alice's, which counts."""
    return given(alice, Passkey(b"a passkey of alice", count=1))


@pytest.fixture
def session(alice: User, passkey: Passkey) -> Session:
    """Alice's, in which she acts."""
    return doors.open_session(alice)


@pytest.fixture
def api(session: Session) -> APIClient:
    """Her client of that session."""
    client = APIClient()
    token = issue_token_pair(session.user, session=session, now=timezone.now()).access_token
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def given(user: User, passkey: Passkey) -> Passkey:
    asked = passkeys.begin_adding(user)
    credential = passkey.make(asked.options)
    origins = frozenset({settings.PORTAL_ORIGIN})
    made = passkeys.finish_adding(user=user, token=asked.token, credential=credential, origins=origins)
    add_passkey(user=user, passkey=made, name="Laptop", now=timezone.now())
    return passkey


def options_of(api: APIClient, challenge: str) -> dict[str, Any]:
    answer = api.post("/api/auth/step-up/options", {"challenge": challenge})
    assert answer.status_code == 200, answer.content
    options: dict[str, Any] = answer.json()["options"]
    return options


def send(api: APIClient, challenge: str, credential: dict[str, Any]) -> Any:
    with transaction.atomic():  # an operation that refuses undoes all of it, as in a request
        return api.post("/api/auth/step-up", {"challenge": challenge, "method": "passkey", "credential": credential})


def act(session: Session) -> None:
    with acting(session), transaction.atomic():
        demand_step_up(user=session.user, act=ACT, subject=SUBJECT, now=timezone.now())


def test_confirms_with_what_the_passkey_signed(session: Session, api: APIClient, passkey: Passkey) -> None:
    challenge = challenge_of(session, ACT, SUBJECT)
    options = options_of(api, challenge)
    assert (options["publicKey"]["rpId"], options["publicKey"]["userVerification"]) == ("localhost", "required")

    answer = send(api, challenge, passkey.sign(options))

    assert (answer.status_code, answer.json()) == (200, {"act": "send_money", "expires_in": 300})
    assert StepUp.objects.get().method == "passkey"
    row = Authenticator.objects.get(user=session.user, type="webauthn")
    assert (row.data["sign_count"], row.last_used_at is not None) == (2, True)
    act(session)
    with pytest.raises(StepUpRequired):
        act(session)


def test_names_the_passkey_first_and_takes_no_password_instead(session: Session, api: APIClient) -> None:
    with acting(session), pytest.raises(StepUpRequired) as refusal, transaction.atomic():
        demand_step_up(user=session.user, act=ACT, subject=SUBJECT, now=timezone.now())
    assert refusal.value.extra["methods"] == ["passkey", "recovery_code"]
    with nothing_changes():
        assert confirm(api, refusal.value.extra["challenge"]).json()["code"] == "proof_too_weak"


class TestWhatElseWasSigned:
    """Answers that are good somewhere, and confirm nothing here; each changes nothing but the trail."""

    def refuse(self, api: APIClient, challenge: str, credential: dict[str, Any]) -> None:
        with nothing_changes(TOLD):
            answer = send(api, challenge, credential)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_proof")
        entry = AuditEntry.objects.latest("created_at")
        assert (entry.action, entry.actor, entry.metadata) == ("step_up.failed", None, {"method": "passkey"})

    @pytest.mark.parametrize("changed", [{"amount": 250_001}, {"payee": "mallory"}, {"asset": "USD"}], ids=str)
    def test_for_another_amount_or_payee(
        self, session: Session, api: APIClient, passkey: Passkey, changed: dict[str, object]
    ) -> None:
        signed = passkey.sign(options_of(api, challenge_of(session, ACT, SUBJECT)))
        self.refuse(api, challenge_of(session, ACT, {**SUBJECT, **changed}), signed)

    def test_for_another_act(self, session: Session, api: APIClient, passkey: Passkey) -> None:
        signed = passkey.sign(options_of(api, challenge_of(session, StepUpAct.TAKE_DATA, SUBJECT)))
        self.refuse(api, challenge_of(session, ACT, SUBJECT), signed)

    def test_for_the_same_act_asked_another_time(self, session: Session, api: APIClient, passkey: Passkey) -> None:
        signed = passkey.sign(options_of(api, challenge_of(session, ACT, SUBJECT)))
        self.refuse(api, challenge_of(session, ACT, SUBJECT), signed)

    @pytest.mark.parametrize("purpose", [Purpose.SIGN_IN, Purpose.SECOND_STEP, Purpose.CONFIRM])
    def test_to_sign_in(self, session: Session, api: APIClient, passkey: Passkey, purpose: Purpose) -> None:
        asked = passkeys.begin_proof(purpose, None if purpose == Purpose.SIGN_IN else session.user)
        self.refuse(api, challenge_of(session, ACT, SUBJECT), passkey.sign(asked.options))

    @pytest.mark.parametrize(
        "lies",
        [
            {"origin": "https://evil.example"},
            {"domain": "evil.example"},
            {"flags": PRESENT},
            {"flags": 0},
            {"type": "webauthn.create"},
            {"cross_origin": True},
            {"key": Passkey(b"another").key},
        ],
        ids=lambda lies: next(iter(lies)) + str(lies.get("flags", "")),
    )
    def test_elsewhere_or_without_its_owner(
        self, session: Session, api: APIClient, passkey: Passkey, lies: dict[str, Any]
    ) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        self.refuse(api, challenge, passkey.sign(options_of(api, challenge), **lies))

    def test_by_somebody_else(self, session: Session, api: APIClient, mallory: User) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        hers = given(mallory, Passkey(b"of mallory"))
        self.refuse(api, challenge, hers.sign(options_of(api, challenge)))

    @pytest.mark.parametrize("credential", [{}, {"id": 1}, {"rawId": "a", "response": {}}, {"response": []}], ids=str)
    def test_nothing_at_all(self, session: Session, api: APIClient, credential: dict[str, object]) -> None:
        self.refuse(api, challenge_of(session, ACT, SUBJECT), credential)

    def test_a_copy_whose_counter_does_not_move(self, session: Session, api: APIClient, passkey: Passkey) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        options = options_of(api, challenge)
        passkey.count = 1
        with nothing_changes(TOLD):
            assert send(api, challenge, passkey.sign(options)).json()["code"] == "wrong_proof"
        assert AuditEntry.objects.filter(action="passkey.copied", customer=session.user).count() == 1

    def test_an_act_signs_nobody_in(self, session: Session, api: APIClient, passkey: Passkey) -> None:
        signed = passkey.sign(options_of(api, challenge_of(session, ACT, SUBJECT)))
        asked = passkeys.begin_proof(Purpose.SIGN_IN)
        with nothing_changes():
            answer = APIClient().post("/api/auth/passkey", {"token": asked.token, "credential": signed})
        assert (answer.status_code, answer.json()["code"]) == (401, "passkey_refused")


def test_is_not_repeated_once_the_act_is_done(session: Session, api: APIClient) -> None:
    synced = given(session.user, Passkey(b"in the cloud"))
    challenge = challenge_of(session, ACT, SUBJECT)
    signed = synced.sign(options_of(api, challenge))
    assert [send(api, challenge, signed).status_code for _ in range(2)] == [200, 200]
    assert StepUp.objects.count() == 1
    act(session)
    with nothing_changes("mfa_authenticator"):  # when the passkey was used last
        assert send(api, challenge, signed).json()["code"] == "step_up_over"


class TestOptions:
    """Asking a passkey to confirm."""

    def test_are_not_made_for_the_challenge_of_another(self, session: Session, mallory: User) -> None:
        given(mallory, Passkey(b"of mallory"))
        challenge, stranger = challenge_of(session, ACT, SUBJECT), doors.api_client(mallory)
        with nothing_changes():
            assert stranger.post("/api/auth/step-up/options", {"challenge": challenge}).json()["code"] == "step_up_over"

    def test_say_what_else_confirms_whoever_has_none(self, bruno: User) -> None:
        session, client = doors.open_session(bruno), APIClient()
        token = issue_token_pair(bruno, session=session, now=timezone.now()).access_token
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        with nothing_changes():
            answer = client.post("/api/auth/step-up/options", {"challenge": challenge_of(session, ACT, SUBJECT)})
        assert (answer.status_code, answer.json()["code"], answer.json()["methods"]) == (403, "proof_too_weak", ["password"])

    def test_are_refused_for_what_is_no_challenge(self, api: APIClient) -> None:
        with nothing_changes():
            assert api.post("/api/auth/step-up/options", {"challenge": "x"}).json()["code"] == "step_up_over"
            assert api.post("/api/auth/step-up/options", {}).status_code == 400


@pytest.mark.parametrize(
    "proof",
    [
        {"method": "passkey"},
        {"method": "passkey", "code": "123456"},
        {"method": "passkey", "credential": "text"},
        {"method": "passkey", "credential": {}, "password": "x"},
        {"method": "password", "password": "x", "credential": {}},
    ],
    ids=str,
)
def test_wants_the_answer_of_a_passkey_and_nothing_else(session: Session, api: APIClient, proof: dict[str, Any]) -> None:
    challenge = challenge_of(session, ACT, SUBJECT)
    with nothing_changes():
        answer = api.post("/api/auth/step-up", {"challenge": challenge, **proof})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


class TestPage:
    """The same in the portal."""

    @pytest.fixture
    def here(self, alice: User, passkey: Passkey) -> Client:
        return doors.portal_client(alice)

    def ask(self, here: Client) -> tuple[str, Session]:
        """The address of the page that confirms the act, and the session it is for."""
        session, asked_id = Session.objects.get(session_key=here.cookies[settings.SESSION_COOKIE_NAME].value), uuid.uuid4()
        kept = here.session
        challenge = challenge_of(session, ACT, SUBJECT)
        kept[SESSION_KEY] = [{"id": str(asked_id), "challenge": challenge, "back": "/", "by_button": True}]
        kept.save()
        return f"/confirm/act/{asked_id}/", session

    def test_confirms_and_renews_the_session(self, here: Client, passkey: Passkey) -> None:
        page, session = self.ask(here)
        shown = here.get(page)
        assert b"Confirm with a passkey" in shown.content
        credential = passkey.sign(shown.context["passkey"].options)

        answer = here.post(page, {"token": "", "credential": json.dumps(credential)})

        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        assert StepUp.objects.get().method == "passkey"
        was, session.session_key = session.session_key, Session.objects.get(pk=session.pk).session_key
        assert session.session_key != was  # R24
        act(session)

    @pytest.mark.parametrize("credential", ["{}", "[]", "no", "[" * 10_000], ids=lambda text: text[:3])
    def test_says_what_was_wrong_and_asks_again(self, here: Client, credential: str) -> None:
        page, _session = self.ask(here)
        with nothing_changes(TOLD):
            answer = here.post(page, {"token": "", "credential": credential})
        assert answer.status_code in {403, 422}
        assert b'role="alert"' in answer.content
        assert b"Confirm with a passkey" in answer.content
        assert not StepUp.objects.exists()

    def test_takes_the_passkey_where_nothing_can_be_typed(self, here: Client, alice: User) -> None:
        Authenticator.objects.filter(user=alice, type="recovery_codes").delete()
        page, _session = self.ask(here)
        shown = here.get(page).content.decode()
        assert 'name="code"' not in shown
        assert 'data-passkey="get"' in shown
        with nothing_changes():
            assert here.post(page, {}).status_code == 422
