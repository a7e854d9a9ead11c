"""A session whose key somebody else knew before the sign-in is worth nothing to them after it (R24).

The attacker plants a key in the victim's browser, who then comes in by one door after another. Whoever builds a door that
ends in a browser's session adds its line to `DOORS`.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.operations import add_passkey, link_account
from accounts.passkeys import begin_adding, finish_adding
from accounts.providers.identity import ETHEREUM, Identity
from accounts.sessions import living_sessions
from config.hosts import ADMIN, AGENT, PORTAL, Site
from config.sessions import cookie_name
from support.models import Agent
from tests import doors
from tests.accounts.ethereum import WALLET, ask_message, sign
from tests.authenticator import Passkey
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in, link_in
from tests.proving import add_totp, code_of
from tests.shown import SHOWN
from tests.texts import Phones
from tests.texts import code_in as text_code_in

PHONE = "+5511961234567"
NEW_PASSWORD = "velvet quarry thimble nine"
MADE_UP = "z" * 32


class Cast:
    """Somebody who can come in by every door, and where their mails and texts arrive."""

    def __init__(self, mailbox: Mailbox, phones: Phones) -> None:
        self.mailbox, self.phones = mailbox, phones
        self.person: User = UserFactory.create(email="ada@example.com", phone=PHONE, phone_verified_at=timezone.now())
        self.passkey = Passkey(b"a passkey of ada", count=1)

    def add_passkey(self) -> None:
        asked = begin_adding(self.person)
        credential = self.passkey.make(asked.options)
        origins = frozenset({settings.PORTAL_ORIGIN})
        made = finish_adding(user=self.person, token=asked.token, credential=credential, origins=origins)
        add_passkey(user=self.person, passkey=made, name="Phone", now=timezone.now())


def password(cast: Cast, browser: Client) -> None:
    browser.post("/signin/", {"login": "ada@example.com", "password": PASSWORD})


def second_step(cast: Cast, browser: Client) -> None:
    secret = add_totp(cast.person)
    password(cast, browser)
    browser.post("/signin/second/", {"code": code_of(secret)})


def proven_address(cast: Cast, browser: Client) -> None:
    EmailAddress.objects.filter(user=cast.person).update(verified=False)
    password(cast, browser)
    browser.post("/verify/", {"code": code_in(cast.mailbox()[-1])})


def sign_up(cast: Cast, browser: Client) -> None:
    browser.post("/signup/", {"email": "nova@example.com", "password1": NEW_PASSWORD, **SHOWN})
    browser.post("/verify/", {"code": code_in(cast.mailbox()[-1])})
    cast.person = User.objects.get(email="nova@example.com")


def phone(cast: Cast, browser: Client) -> None:
    browser.post("/signin/phone/", {"phone": PHONE})
    browser.post("/signin/phone/code/", {"code": text_code_in(cast.phones()[-1])})


def ethereum(cast: Cast, browser: Client) -> None:
    link_account(user=cast.person, identity=Identity(ETHEREUM, WALLET.address), now=timezone.now())
    message = ask_message(browser)
    browser.post("/signin/ethereum/", {"message": message, "signature": sign(message)})


def passkey(cast: Cast, browser: Client) -> None:
    cast.add_passkey()
    asked = browser.post("/api/auth/passkey/options", {}, content_type="application/json").json()
    signed = json.dumps(cast.passkey.sign(asked["options"]))
    browser.post("/signin/passkey/", {"token": asked["token"], "credential": signed})


def reset(cast: Cast, browser: Client) -> None:
    browser.post("/reset/", {"email": "ada@example.com"})
    page = browser.get(link_in(cast.mailbox()[-1])).headers["Location"]
    browser.post(page, {"password1": NEW_PASSWORD})
    browser.post("/signin/", {"login": "ada@example.com", "password": NEW_PASSWORD})


DOORS = [password, second_step, proven_address, sign_up, phone, ethereum, passkey, reset]


@pytest.fixture
def cast(transactional_db: None, mailbox: Mailbox, phones: Phones) -> Cast:
    return Cast(mailbox, phones)


def planted(key: str) -> Client:
    """A browser that brings this key along."""
    browser = Client()
    browser.cookies[cookie_name(PORTAL)] = key
    return browser


def begun_key() -> str:
    """The key of a session that the attacker began at this site: signed in nowhere, with something of theirs in it."""
    attackers = Client()
    attackers.post("/signin/phone/", {"phone": "+5511900000001"})
    return str(attackers.cookies[cookie_name(PORTAL)].value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("plant", [begun_key, lambda: MADE_UP], ids=["a key that was begun", "a key that is made up"])
def test_a_planted_key_is_worth_nothing(cast: Cast, door: Callable[[Cast, Client], None], plant: Callable[[], str]) -> None:
    key = plant()
    victim = planted(key)

    door(cast, victim)

    assert victim.get("/profile/").status_code == 200, "else it proves nothing"
    (session,) = living_sessions(cast.person, now=timezone.now())
    assert session.session_key == victim.cookies[cookie_name(PORTAL)].value != key
    assert not DjangoSession.objects.filter(session_key=key).exists()
    assert planted(key).get("/profile/").headers["Location"].startswith("/signin/")


@pytest.mark.parametrize("door", [ethereum, passkey, phone])
def test_a_planted_session_of_the_attacker_stays_theirs(
    cast: Cast, mallory: User, door: Callable[[Cast, Client], None]
) -> None:
    """Somebody who came in over another's session is in their own, and that other one has ended in this browser."""
    key = doors.open_key(mallory)
    victim = planted(key)

    door(cast, victim)

    seen: Any = victim.get("/profile/").context["user"]
    assert seen == cast.person
    assert victim.cookies[cookie_name(PORTAL)].value != key
    assert not Session.objects.filter(session_key=key).exists()


@pytest.mark.parametrize(("site", "host"), [(AGENT, settings.AGENT_ALLOWED_HOSTS[0]), (ADMIN, settings.ADMIN_ALLOWED_HOSTS[0])])
@pytest.mark.parametrize("plant", [begun_key, lambda: MADE_UP], ids=["a key that was begun", "a key that is made up"])
def test_a_planted_key_opens_no_console(db: None, phones: Phones, site: Site, host: str, plant: Callable[[], str]) -> None:
    key = plant()
    person = UserFactory.create(email="gus@example.com", is_staff=True, is_superuser=True)
    Agent.objects.create(user=person, username="gus", full_name="Gus", email="gus@example.com")
    victim, attacker = (Client(headers={"host": host}) for _each in range(2))
    for browser in (victim, attacker):
        browser.cookies[cookie_name(site)] = key

    victim.post("/login/", {"username": "gus@example.com", "password": PASSWORD})

    assert victim.get("/").status_code == 200
    assert victim.cookies[cookie_name(site)].value != key
    assert attacker.get("/").headers["Location"].startswith("/login/")
