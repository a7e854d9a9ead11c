"""R20 and R33 at every door: five tries, then a wait that grows, whichever door and address they come from.

Whoever builds a door gives it its line in the table of what is guessed there; the tests then try it as they try the others:

* `PASSWORD_DOORS`, `FACTOR_DOORS`: a function `knock(person, secret, address)` that tries a secret there and answers the
  response. A door where one is signed in already signs the person in by itself (`doors.portal_client`).
* `STRANGERS`: what anybody may send without being signed in, by the name of its route: its path and the body of the n-th try.
  A route that `tests/access` opens to everybody and that is missing here fails
  `test_every_door_that_strangers_find_is_known`; one that has nothing to guess says why in `NOTHING_TO_GUESS`.

Codes by SMS have theirs in test_texted_codes.py; finding people or things by what is typed in test_look_ups.py.

A door is shut when it answers 429, or its page says "Too many attempts".
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, StepUpAct, User
from accounts.tokens import issue_token_pair
from accounts.views.stepup import SESSION_KEY
from support.models import Agent
from tests import doors
from tests.access import accounts, merchants, payments
from tests.access.policy import EVERYBODY, KEY_HOLDERS, NOBODY
from tests.attacks.test_auth_guessing import hashes_counted
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in, link_in, wrong
from tests.proving import add_recovery_codes, add_totp, challenge_of, code_of

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
NEW_PASSWORD = "velvet quarry thimble nine"
WRONG_PASSWORD = "not the password at all"
FAR_AWAY = [f"203.0.113.{number}" for number in range(1, 250)]
LOCKED_WORDS = ("Too many attempts", "too_many_attempts")


def is_locked(answer: Any) -> bool:  # a response of whichever test client
    return answer.status_code == 429 or any(words in answer.content.decode() for words in LOCKED_WORDS)


@dataclass(frozen=True)
class Door:
    """A place that asks for a secret: `knock(person, secret, address)` tries one there."""

    name: str
    knock: Callable[[User, str, str], Any]

    def __str__(self) -> str:
        return self.name


def api_login(person: User, secret: str, ip: str) -> Any:
    return APIClient().post("/api/auth/login", {"email": person.email, "password": secret}, REMOTE_ADDR=ip)


def portal_sign_in(person: User, secret: str, ip: str) -> Any:
    return Client().post("/signin/", {"login": person.email, "password": secret}, REMOTE_ADDR=ip)


def console(host: str) -> Callable[[User, str, str], Any]:
    def knock(person: User, secret: str, ip: str) -> Any:
        client = Client(headers={"host": host}, REMOTE_ADDR=ip)
        return client.post("/login/", {"username": person.email, "password": secret})

    return knock


def reauthentication(person: User, secret: str, ip: str) -> Any:
    return doors.portal_client(person, REMOTE_ADDR=ip).post("/confirm/", {"password": secret})


def password_change(person: User, secret: str, ip: str) -> Any:
    body = {"oldpassword": secret, "password1": NEW_PASSWORD}
    return doors.portal_client(person, REMOTE_ADDR=ip).post("/profile/password/", body)


def step_up(method: str) -> Callable[[User, str, str], Any]:
    def knock(person: User, secret: str, ip: str) -> Any:
        session = doors.open_session(person)
        token = issue_token_pair(person, session=session, now=timezone.now()).access_token
        challenge = challenge_of(session, StepUpAct.SEND_MONEY, {"amount": 1})
        proof = {"method": method, "password" if method == "password" else "code": secret}
        client = APIClient(headers={"authorization": f"Bearer {token}"}, REMOTE_ADDR=ip)
        return client.post("/api/auth/step-up", {"challenge": challenge, **proof})

    return knock


def step_up_page(field: str) -> Callable[[User, str, str], Any]:
    def knock(person: User, secret: str, ip: str) -> Any:
        here = doors.portal_client(person, REMOTE_ADDR=ip)
        session, asked_id = Session.objects.get(session_key=here.cookies[settings.SESSION_COOKIE_NAME].value), uuid.uuid4()
        challenge = challenge_of(session, StepUpAct.SEND_MONEY, {"amount": 1})
        kept = here.session
        kept[SESSION_KEY] = [{"id": str(asked_id), "challenge": challenge, "back": "/", "by_button": True}]
        kept.save()
        return here.post(f"/confirm/act/{asked_id}/", {field: secret})

    return knock


def second_step(person: User, secret: str, ip: str) -> Any:
    client = Client(REMOTE_ADDR=ip)
    begun = client.post("/signin/", {"login": person.email, "password": PASSWORD})
    return begun if is_locked(begun) else client.post("/signin/second/", {"code": secret})


def api_second_step(person: User, secret: str, ip: str) -> Any:
    client = APIClient(REMOTE_ADDR=ip)
    begun = client.post("/api/auth/login", {"email": person.email, "password": PASSWORD})
    if is_locked(begun):
        return begun
    return client.post("/api/auth/second-factor", {"session_token": begun.json()["session_token"], "code": secret})


PASSWORD_DOORS = [
    Door("API login", api_login),
    Door("portal sign-in", portal_sign_in),
    Door("agent console", console(settings.AGENT_ALLOWED_HOSTS[0])),
    Door("admin console", console(settings.ADMIN_ALLOWED_HOSTS[0])),
    Door("reauthentication", reauthentication),
    Door("change of the password", password_change),
    Door("step-up by API", step_up("password")),
    Door("step-up page", step_up_page("password")),
]
FACTOR_DOORS = [
    Door("TOTP by API", step_up("totp")),
    Door("recovery code by API", step_up("recovery_code")),
    Door("code on the step-up page", step_up_page("code")),
    Door("second step on the page", second_step),
    Door("second step by API", api_second_step),
]


@pytest.fixture
def ada(db: None) -> User:
    """Somebody for whom every door is there: a customer who is agent and admin too."""
    person: User = UserFactory.create(name="Ada Admin", email="ada@example.com", is_staff=True, is_superuser=True)
    Agent.objects.create(user=person, username="ada", full_name="Ada Admin", email="ada@example.com")
    return person


class TestPasswords:
    """One count for each account, whichever door."""

    @pytest.mark.parametrize("door", PASSWORD_DOORS, ids=str)
    def test_five_wrong_ones_close_each_door_from_everywhere(self, ada: User, door: Door) -> None:
        answers = [door.knock(ada, WRONG_PASSWORD, ip) for ip in FAR_AWAY[:5]]
        assert [is_locked(answer) for answer in answers] == [False] * 5
        before = ada.password
        assert is_locked(door.knock(ada, PASSWORD, FAR_AWAY[9]))
        ada.refresh_from_db()
        assert ada.password == before

    @pytest.mark.parametrize("door", PASSWORD_DOORS, ids=str)
    def test_five_wrong_ones_at_other_doors_close_this_one_too(self, ada: User, door: Door) -> None:
        others = [other for other in PASSWORD_DOORS if other is not door][:5]
        for other, ip in zip(others, FAR_AWAY, strict=False):
            assert not is_locked(other.knock(ada, WRONG_PASSWORD, ip))
        assert is_locked(door.knock(ada, PASSWORD, FAR_AWAY[9]))

    @pytest.mark.parametrize("door", PASSWORD_DOORS[:4], ids=str)
    def test_unknown_accounts_close_just_the_same(self, db: None, door: Door) -> None:
        nobody = User(email="nobody@example.com")
        answers = [door.knock(nobody, WRONG_PASSWORD, ip) for ip in FAR_AWAY[:6]]
        assert [is_locked(answer) for answer in answers] == [False] * 5 + [True]

    @pytest.mark.parametrize("door", PASSWORD_DOORS[:4], ids=str)
    def test_one_address_is_stopped_whatever_the_accounts(self, db: None, door: Door) -> None:
        people = [User(email=f"person{number}@example.com") for number in range(11)]
        answers = [door.knock(person, WRONG_PASSWORD, "203.0.113.1") for person in people]
        assert [is_locked(answer) for answer in answers] == [False] * 10 + [True]

    def test_the_wait_grows_to_hours_and_a_day(self, alice: User) -> None:
        """A guesser who comes back every ten minutes for a day, with as many addresses as they like."""
        tried: list[dt.timedelta] = []
        addresses = iter(FAR_AWAY * 9)
        with time_machine.travel(NOON, tick=False) as clock:
            for step in range(24 * 6):
                while not is_locked(api_login(alice, WRONG_PASSWORD, next(addresses))):
                    tried.append(dt.timedelta(minutes=10 * step))
                clock.shift(600)
        assert tried.count(dt.timedelta()) == 5
        assert len([at for at in tried if at < dt.timedelta(hours=1)]) == 15
        assert len(tried) == 40

    def test_somebody_with_no_address_is_counted_by_themselves(self, ada: User) -> None:
        """Accounts without an e-mail address must not share a count that any of them could fill."""
        ana, ben = (UserFactory.create(email=None, phone=f"+35191234567{number}") for number in range(2))
        for ip in FAR_AWAY[:6]:
            reauthentication(ana, WRONG_PASSWORD, ip)
        assert is_locked(reauthentication(ana, PASSWORD, FAR_AWAY[8]))
        assert not is_locked(reauthentication(ben, PASSWORD, FAR_AWAY[9]))

    def test_a_new_password_of_ones_own_frees_no_address(self, alice: User, mallory: User, mailbox: Mailbox) -> None:
        """Else a guesser would reset their own account whenever their address is stopped."""
        for number in range(10):
            api_login(User(email=f"person{number}@example.com"), WRONG_PASSWORD, "203.0.113.1")
        client = Client(REMOTE_ADDR="203.0.113.1")
        client.post("/reset/", {"email": mallory.email})
        page = client.get(link_in(mailbox()[-1])).headers["Location"]
        client.post(page, {"password1": NEW_PASSWORD})
        assert is_locked(api_login(alice, WRONG_PASSWORD, "203.0.113.1"))
        assert not is_locked(api_login(mallory, NEW_PASSWORD, "203.0.113.2"))


class TestSecondFactors:
    """Codes of the app and recovery codes, counted by person."""

    @pytest.mark.parametrize("door", FACTOR_DOORS, ids=str)
    def test_five_wrong_codes_close_all_of_these_doors(self, ada: User, door: Door) -> None:
        secret, recovery = add_totp(ada), add_recovery_codes(ada)[0]
        answers = [door.knock(ada, wrong(code_of(secret)), ip) for ip in FAR_AWAY[:5]]
        assert [is_locked(answer) for answer in answers] == [False] * 5
        for other in FACTOR_DOORS:
            right = recovery if "recovery" in other.name else code_of(secret)
            assert is_locked(other.knock(ada, right, FAR_AWAY[9])), other.name


def email_number(number: int) -> str:
    return f"guess{number}@example.com"


@dataclass(frozen=True)
class Stranger:
    """What somebody who is not signed in may send: where, and the body of the n-th try, of which no two name the same."""

    path: str
    body: Callable[[int], dict[str, Any]]


def guessed_email(number: int) -> dict[str, str]:
    return {"email": email_number(number)}


def guessed_phone(number: int) -> dict[str, str]:
    return {"phone": f"+35191{number:07d}"}


def guessed_message(number: int) -> dict[str, str]:
    return {"message": f"Message {number}", "signature": f"0x{number:0130x}"}


def guessed_link(number: int) -> dict[str, str]:
    return {"token": f"{number:043d}"}


STRANGERS = {
    "account_signup": Stranger("/signup/", lambda number: {**guessed_email(number), "password1": PASSWORD}),
    "account_signup_by_passkey": Stranger("/signup/passkey/", guessed_email),
    "account_login": Stranger("/signin/", lambda number: {"login": email_number(number), "password": WRONG_PASSWORD}),
    "account_reset_password": Stranger("/reset/", guessed_email),
    "sign_in_by_ethereum": Stranger("/signin/ethereum/", guessed_message),
    "sign_in_by_phone": Stranger("/signin/phone/", guessed_phone),
    "recover": Stranger("/recover/", guessed_phone),
    "sign_in_with": Stranger("/signin/with/neon/", lambda _number: {}),
    "api_register": Stranger("/api/auth/register", lambda number: {**guessed_email(number), "password": PASSWORD}),
    "api_login": Stranger("/api/auth/login", lambda number: {**guessed_email(number), "password": WRONG_PASSWORD}),
    "api_sign_in_by_ethereum": Stranger("/api/auth/ethereum", guessed_message),
    "api_ethereum_nonce": Stranger("/api/auth/ethereum/nonce", lambda number: {"address": f"0x{number:040x}", "chain_id": 1}),
    "api_sign_in_by_phone": Stranger("/api/auth/phone", guessed_phone),
    "api_provider_nonce": Stranger("/api/auth/provider/nonce", lambda _number: {"provider": "neon"}),
    "api_sign_in_by_provider": Stranger(
        "/api/auth/provider", lambda number: {"provider": "neon", "id_token": f"a.b.c{number}"}
    ),
    "sign_in_by_passkey": Stranger("/signin/passkey/", lambda number: {"token": f"a{number}", "credential": "{}"}),
    "api_passkey_options": Stranger("/api/auth/passkey/options", lambda _number: {}),
    "api_device_link": Stranger("/api/auth/device-link", guessed_link),
    "api_open_device_link": Stranger("/api/auth/device-link/open", guessed_link),
    "api_sign_in_by_passkey": Stranger("/api/auth/passkey", lambda number: {"token": f"a{number}", "credential": {"id": "a"}}),
}
MOST_FROM_AN_ADDRESS = 61
NOTHING_TO_GUESS = {
    "account_logout": "ends one's own session",
    "set_language": "keeps a preference",
    "mfa_signup_webauthn": "wants the session of a sign-up whose address is proven",
    "pix_hook": "wants the token that the bank was given, of 32 signs or more, and believes nothing that it is told",
    "phone_code": "wants a session that a code was sent to: tests/attacks/test_texted_codes.py",
    "recover_code": "wants a session that a code was sent to: tests/attacks/test_texted_codes.py",
    "stop_recovery": "wants a token that we signed, and only ends a claim",
    "api_verify": "wants a session token of 190 bits, then TestMailedCodes",
    "api_verify_phone": "wants a sealed token that a code was sent to: tests/attacks/test_texted_codes.py",
    "api_second_factor": "wants the session token of a sign-in with the right password: FACTOR_DOORS",
    "api_second_factor_options": "wants the same token, and answers a challenge that works for its person alone",
    "api_first_passkey": "wants the session token of a sign-up whose address is proven",
    "api_first_passkey_options": "wants the same token",
    "api_refresh": "wants a token that we signed",
    "api_logout": "wants a token that we signed",
}


class TestStrangers:
    """What can be asked without being signed in ends for each address, whatever is asked about."""

    @pytest.mark.parametrize("route", STRANGERS)
    def test_one_address_is_stopped_and_no_other_is(self, transactional_db: None, route: str) -> None:
        door = STRANGERS[route]
        is_api = door.path.startswith("/api/")
        here, there = (APIClient(REMOTE_ADDR=ip) if is_api else Client(REMOTE_ADDR=ip) for ip in FAR_AWAY[:2])
        for number in range(MOST_FROM_AN_ADDRESS):
            answer = here.post(door.path, door.body(number))
            if is_locked(answer):
                break
        else:
            pytest.fail(f"{MOST_FROM_AN_ADDRESS} tries from one address, and no end.")
        assert number >= 10  # a family, a café
        assert not is_locked(there.post(door.path, door.body(MOST_FROM_AN_ADDRESS)))

    def test_every_door_that_strangers_find_is_known(self) -> None:
        found = {
            route
            for table in (accounts.PAGES, accounts.API, payments.PAGES, payments.API, merchants.PAGES, merchants.API)
            for route, cases in table.items()
            for case in cases
            if case.method != "GET" and case.who in (EVERYBODY, KEY_HOLDERS, NOBODY)
        }
        assert found == {*STRANGERS, *NOTHING_TO_GUESS}


class TestMailedCodes:
    """Six digits that prove an address (R21)."""

    def test_changing_to_an_address_takes_five_tries(self, alice: User, mailbox: Mailbox) -> None:
        here = doors.portal_client(alice)
        here.post("/confirm/", {"password": PASSWORD})
        here.post("/profile/email/", {"email": "new@example.com", "action_add": ""})
        code = code_in(mailbox()[-1])
        for _try in range(5):
            here.post("/verify/", {"code": wrong(code)})
        here.post("/verify/", {"code": code})
        alice.refresh_from_db()
        assert alice.email == "alice@example.com"

    @pytest.mark.parametrize("new_sign_in_each_time", [True, False])
    def test_signing_in_unproven_takes_five_tries(self, db: None, mailbox: Mailbox, new_sign_in_each_time: bool) -> None:
        UserFactory.create(email="nova@example.com", email_verified=False)
        tried, here = 0, Client()
        with time_machine.travel(NOON, tick=False) as clock:
            for ip in FAR_AWAY[:8]:
                if new_sign_in_each_time or ip == FAR_AWAY[0]:
                    here = Client(REMOTE_ADDR=ip)
                    here.post("/signin/", {"login": "nova@example.com", "password": PASSWORD})
                answer = here.post("/verify/", {"code": wrong(code_in(mailbox()[-1]))})
                tried += "This is not the code we sent." in answer.content.decode()
                clock.shift(11)
        assert tried <= 5


class TestSilence:
    """Nobody learns at a door whether an account exists: the same answer, for the same work."""

    @pytest.mark.parametrize("door", PASSWORD_DOORS[:4], ids=str)
    def test_signing_in(self, ada: User, door: Door) -> None:
        assert self.trace(lambda: door.knock(ada, WRONG_PASSWORD, FAR_AWAY[0])) == self.trace(
            lambda: door.knock(User(email="nobody@example.com"), WRONG_PASSWORD, FAR_AWAY[1])
        )

    def test_asking_for_a_new_password(self, alice: User) -> None:
        known, unknown = (
            self.trace(partial(Client().post, "/reset/", {"email": email}, REMOTE_ADDR=ip))
            for email, ip in ((alice.email, FAR_AWAY[0]), ("nobody@example.com", FAR_AWAY[1]))
        )
        assert known[:3] == unknown[:3]
        assert abs(known[3] - unknown[3]) <= 1  # whose addresses those are

    def test_signing_up(self, alice: User) -> None:
        taken, free = (
            self.trace(partial(APIClient().post, "/api/auth/register", {"email": email, "password": PASSWORD}, REMOTE_ADDR=ip))
            for email, ip in ((alice.email, FAR_AWAY[0]), ("nova@example.com", FAR_AWAY[1]))
        )
        assert taken[:3] == free[:3]

    @pytest.mark.parametrize("path", ["/api/auth/register", "/signup/passkey/"])
    def test_signing_up_with_a_passkey(self, alice: User, path: str) -> None:
        """No password is hashed for it, so one is hashed for nothing."""
        taken, free = (
            self.trace(partial((APIClient() if "/api/" in path else Client()).post, path, {"email": email}, REMOTE_ADDR=ip))
            for email, ip in ((alice.email, FAR_AWAY[0]), ("nova@example.com", FAR_AWAY[1]))
        )
        assert taken[:3] == free[:3]

    @staticmethod
    def trace(ask: Callable[[], Any]) -> tuple[int, str, int, int]:
        """Status, what the page shows, hashes and statements: what its time is made of."""
        with hashes_counted() as hashes, CaptureQueriesContext(connection) as asked:
            answer = ask()
        text = answer.content.decode() if answer.headers["Content-Type"].startswith("text/html") else ""
        for private in ("ada@example.com", "nobody@example.com"):
            text = text.replace(private, "…")
        tokens = {line for line in text.splitlines() if "csrf" in line or "nonce" in line or "request" in line.lower()}
        shown = "\n".join(line for line in text.splitlines() if line not in tokens)
        return answer.status_code, shown, len(hashes), len(asked)


def test_every_place_that_compares_passwords_is_known() -> None:
    """A new one is a new door, and needs its line above."""
    comparing = {
        str(path.relative_to(settings.BASE_DIR))
        for app in ("accounts", "config", "merchants", "payments", "support")
        for path in (settings.BASE_DIR / app).rglob("*.py")
        if re.search(r"\bcheck_password\(|\bauthenticate\(self|\.authenticate\(", path.read_text())
    }
    assert comparing == {
        "accounts/authentication.py", "accounts/forms/signing_in.py", "accounts/proofs.py",
        "accounts/operations/factors.py",  # the password before the last second factor goes; who calls it counts
        "merchants/authentication.py",  # a store's key, too long to be guessed
    }  # fmt: skip
