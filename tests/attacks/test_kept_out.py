"""Whoever is suspended, or has left, is out at every door at once, also in the middle of coming in.

A door of `DOORS` is a function that takes one to the point before the last step, as somebody who may still come in, and
answers that last step. Whoever builds a door adds it; tests/attacks/test_kept_out_routes.py asks the routes.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Session, StepUp, StepUpAct, User
from accounts.operations import add_passkey, link_account, suspend_user
from accounts.passkeys import begin_adding, finish_adding
from accounts.providers.identity import ETHEREUM, Identity
from accounts.sessions import living_sessions
from config.erasure.operations import close_account
from support.models import Agent
from tests import doors
from tests.accounts.ethereum import WALLET, ask_message, present, sign
from tests.accounts.issuers import Peer, running_issuer
from tests.accounts.test_issuers import configure
from tests.authenticator import Passkey
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in, link_in
from tests.proving import add_totp, challenge_of, code_of
from tests.texts import Phones
from tests.texts import code_in as text_code_in

NEW_PASSWORD = "velvet quarry thimble nine"
PHONE = "+5511961234567"

type Step = Callable[[], Any]  # answers a response of whichever client


class Cast:
    """Somebody for whom every door is there, and what stands around them."""

    def __init__(self, person: User, mailbox: Mailbox, phones: Phones, issuer: Peer) -> None:
        self.person, self.mailbox, self.phones, self.issuer = person, mailbox, phones, issuer
        self.passkey = Passkey(b"a passkey of ada", count=1)
        asked = begin_adding(person)
        made = finish_adding(
            user=person,
            token=asked.token,
            credential=self.passkey.make(asked.options),
            origins=frozenset({settings.PORTAL_ORIGIN}),
        )
        add_passkey(user=person, passkey=made, name="Phone", now=timezone.now())
        self.totp = add_totp(person)
        for identity in (Identity(ETHEREUM, WALLET.address), Identity("neon", "ada-1")):
            link_account(user=person, identity=identity, now=timezone.now())


def portal_password(cast: Cast) -> Step:
    return lambda: Client().post("/signin/", {"login": "ada@example.com", "password": PASSWORD})


def api_password(cast: Cast) -> Step:
    return lambda: APIClient().post("/api/auth/login", {"email": "ada@example.com", "password": PASSWORD})


def second_step(cast: Cast) -> Step:
    client = Client()
    client.post("/signin/", {"login": "ada@example.com", "password": PASSWORD})
    return lambda: client.post("/signin/second/", {"code": code_of(cast.totp)})


def api_second_step(cast: Cast) -> Step:
    client = APIClient()
    token = client.post("/api/auth/login", {"email": "ada@example.com", "password": PASSWORD}).json()["session_token"]
    return lambda: client.post("/api/auth/second-factor", {"session_token": token, "code": code_of(cast.totp)})


def unproven_address(cast: Cast) -> Step:
    EmailAddress.objects.filter(user=cast.person).update(verified=False)
    client = APIClient()
    token = client.post("/api/auth/login", {"email": "ada@example.com", "password": PASSWORD}).json()["session_token"]
    code = code_in(cast.mailbox()[-1])
    return lambda: client.post("/api/auth/verify", {"session_token": token, "code": code})


def refresh(cast: Cast) -> Step:
    token = doors.open_tokens(cast.person).refresh_token
    return lambda: APIClient().post("/api/auth/refresh", {"refresh_token": token})


def passkey(cast: Cast) -> Step:
    client = Client()
    asked = client.post("/api/auth/passkey/options", {}, content_type="application/json").json()
    signed = json.dumps(cast.passkey.sign(asked["options"]))
    return lambda: client.post("/signin/passkey/", {"token": asked["token"], "credential": signed})


def api_passkey(cast: Cast) -> Step:
    client = APIClient()
    asked = client.post("/api/auth/passkey/options", {}).json()
    body = {"token": asked["token"], "credential": cast.passkey.sign(asked["options"])}
    return lambda: client.post("/api/auth/passkey", body)


def phone(cast: Cast) -> Step:
    client = Client()
    client.post("/signin/phone/", {"phone": PHONE})
    code = text_code_in(cast.phones()[-1])
    return lambda: client.post("/signin/phone/code/", {"code": code})


def api_phone(cast: Cast) -> Step:
    client = APIClient()
    token = client.post("/api/auth/phone", {"phone": PHONE}).json()["session_token"]
    code = text_code_in(cast.phones()[-1])
    return lambda: client.post("/api/auth/phone/verify", {"session_token": token, "code": code})


def ethereum(cast: Cast) -> Step:
    client = Client()
    message = ask_message(client)
    return lambda: client.post("/signin/ethereum/", {"message": message, "signature": sign(message)})


def api_ethereum(cast: Cast) -> Step:
    client = Client()
    message = ask_message(client)
    return lambda: present(client, message, sign(message))


def issuer(cast: Cast) -> Step:
    client = APIClient()
    nonce = client.post("/api/auth/provider/nonce", {"provider": "neon"}).json()["nonce"]
    token = cast.issuer.id_token("ada-1", nonce=nonce)
    return lambda: client.post("/api/auth/provider", {"provider": "neon", "id_token": token})


def reset_link(cast: Cast) -> Step:
    client = Client()
    client.post("/reset/", {"email": "ada@example.com"})
    page = client.get(link_in(cast.mailbox()[-1])).headers["Location"]

    def step() -> Any:
        client.post(page, {"password1": NEW_PASSWORD})
        return client.post("/signin/", {"login": "ada@example.com", "password": NEW_PASSWORD})

    return step


def step_up(cast: Cast) -> Step:
    session = doors.open_session(cast.person)
    client, challenge = doors.api_client_of(session), challenge_of(session, StepUpAct.CLOSE_ACCOUNT, {})
    return lambda: client.post("/api/auth/step-up", {"challenge": challenge, "method": "totp", "code": code_of(cast.totp)})


DOORS = [
    portal_password, api_password, second_step, api_second_step, unproven_address, refresh, passkey, api_passkey, phone,
    api_phone, ethereum, api_ethereum, issuer, reset_link, step_up,
]  # fmt: skip


def suspended(person: User) -> None:
    suspend_user(user=person, actor=None, reason="a stolen card", now=timezone.now())


def closed(person: User) -> None:
    close_account(user=person, actor=person, reason="", now=timezone.now())


@pytest.fixture(scope="module")
def issuer_peer() -> Iterator[Peer]:
    """One issuer for the module."""
    with running_issuer() as peer:
        peer.put("ada-1", name="Ada")
        yield peer


@pytest.fixture
def cast(
    transactional_db: None, mailbox: Mailbox, phones: Phones, issuer_peer: Peer, monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> Cast:  # fmt: skip
    configure(monkeypatch, settings, OIDC_NEON_ISSUER=issuer_peer.url)
    person = UserFactory.create(name="Ada", email="ada@example.com", phone=PHONE, phone_verified_at=timezone.now())
    return Cast(person, mailbox, phones, issuer_peer)


class TestDoors:
    """The last step of each way in, taken too late."""

    @pytest.mark.parametrize("fate", [suspended, closed])
    @pytest.mark.parametrize("door", DOORS)
    def test_lets_them_in_no_more(self, cast: Cast, door: Callable[[Cast], Step], fate: Callable[[User], None]) -> None:
        person = cast.person
        step = door(cast)
        fate(person)

        answer = step()

        assert answer.status_code < 500
        assert not living_sessions(person, now=timezone.now()).exists()
        assert not StepUp.objects.filter(user=person).exists()
        person.refresh_from_db()
        assert not person.is_active
        if fate is closed:
            assert (person.email, person.phone, person.name) == (None, None, "")
            assert not Session.objects.filter(user=person).exists()

    @pytest.mark.parametrize("door", DOORS)
    def test_lets_them_in_while_they_may(self, cast: Cast, door: Callable[[Cast], Step]) -> None:
        """Else the test above would prove nothing."""
        answer = door(cast)()
        steps_left = door in {portal_password, api_password, ethereum, api_ethereum, issuer, phone, api_phone, reset_link,
                              unproven_address}  # fmt: skip
        came_in = living_sessions(cast.person, now=timezone.now()).exists()
        assert came_in or (steps_left and "second" in answer.headers.get("Location", "") + answer.content.decode())

    @pytest.mark.parametrize("host", [settings.AGENT_ALLOWED_HOSTS[0], settings.ADMIN_ALLOWED_HOSTS[0]])
    def test_consoles_let_nobody_in_who_is_suspended(self, db: None, host: str) -> None:
        person = UserFactory.create(email="gus@example.com", is_staff=True, is_superuser=True)
        Agent.objects.create(user=person, username="gus", full_name="Gus", email="gus@example.com")
        inside = Client(headers={"host": host})
        inside.post("/login/", {"username": "gus@example.com", "password": PASSWORD})
        assert inside.get("/").status_code == 200
        suspended(person)
        assert inside.get("/").headers["Location"].startswith("/login/")
        inside.post("/login/", {"username": "gus@example.com", "password": PASSWORD})
        assert inside.get("/").headers["Location"].startswith("/login/")
