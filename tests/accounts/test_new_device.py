"""Somebody signs in on a device that the person has not used lately: they are told, and of nothing else (R24)."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session as DjangoSession
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.operations import sign_out_devices
from accounts.sessions import living_sessions
from audit.models import AuditEntry, Event
from config.sealing import seal
from support.models import Agent
from tests import doors
from tests.accounts.ethereum import WALLET, ask_message, present, sign, signed_message
from tests.accounts.test_ethereum import link_wallet
from tests.accounts.test_second_step import give_passkey
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in
from tests.proving import add_totp, code_of
from tests.shown import SHOWN
from tests.texts import Phones
from tests.texts import code_in as code_in_text

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of a request

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
COOKIE = settings.DEVICE_COOKIE_NAME
SUBJECT = "A new device signed in to your account"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
APP = {"User-Agent": "FlorinApp/2.1 (Android 16)", "X-Device-ID": "k3Vt9_Qm1xZ0aPbW"}


@pytest.fixture
def alice(alice: User) -> User:
    """She signed in before, long ago."""
    return been_here(alice)


def been_here(person: User) -> User:
    person.last_login = timezone.now() - dt.timedelta(days=400)
    person.save(update_fields=["last_login"])
    return person


def sign_in(person: User, browser: Client | None = None, **options: Any) -> Client:
    """With the password, in this browser or in a new one."""
    browser = browser or Client()
    answer = browser.post("/signin/", {"login": person.email, "password": PASSWORD}, **options)
    assert answer.status_code == 302, answer.content
    return browser


def log_in(person: User, **headers: str) -> Any:
    answer = APIClient().post("/api/auth/login", {"email": person.email, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def notices(mailbox: Mailbox) -> list[EmailMultiAlternatives]:
    return [mail for mail in mailbox() if mail.subject == SUBJECT]


class TestTells:
    """Whoever has the password and nothing else never comes in unseen."""

    def test_by_mail_what_when_where_and_how_to_sign_it_out(self, alice: User, mailbox: Mailbox) -> None:
        with time_machine.travel(NOON, tick=False):
            sign_in(alice, headers={"User-Agent": FIREFOX})
        (mail,) = notices(mailbox)
        html = str(mail.alternatives[0][0])
        assert mail.to == ["alice@example.com"]
        for told in (
            "Firefox on Linux",
            "21 November 2026, 12:00 (UTC)",
            "password",
            "127.0.0.1",
            "/profile/devices/",
            "/reset/",
        ):
            assert told in mail.body, told
            assert told in html, told
        entry = AuditEntry.objects.get(action="user.signed_in")
        assert entry.metadata == {"session": str(Session.objects.get().pk), "way": "password", "new_device": True}
        assert Event.objects.get(name="user.signed_in").properties["new_device"] is True

    def test_in_the_readers_language(self, bruno: User, mailbox: Mailbox) -> None:
        sign_in(been_here(bruno), headers={"User-Agent": FIREFOX})
        assert "Firefox no Linux" in mailbox()[-1].body

    def test_by_sms_whom_no_mail_reaches(self, alice: User, phones: Phones, mailbox: Mailbox) -> None:
        User.objects.filter(pk=alice.pk).update(email=None, phone="+351912345678", phone_verified_at=timezone.now())
        link_wallet(alice)
        browser = Client(headers={"user-agent": FIREFOX})
        assert browser.post("/signin/ethereum/", signed_message(now=timezone.now())).status_code == 302
        assert [text.text for text in phones()] == [
            (
                "Florin: Somebody signed in to your account. Device: Firefox on Linux. If it was not you, sign it out on the"
                " page of your devices and change your password."
            )
        ]
        assert mailbox() == []

    def test_of_each_of_two_browsers(self, alice: User, mailbox: Mailbox) -> None:
        sign_in(alice)
        sign_in(alice)
        assert len(notices(mailbox)) == 2

    def test_of_a_thief_who_says_all_that_can_be_guessed(self, alice: User, mailbox: Mailbox) -> None:
        """Same user agent, same address, a cookie of their own account."""
        sign_in(alice, headers={"User-Agent": FIREFOX})
        mallory = been_here(UserFactory.create())
        thief = sign_in(mallory, headers={"User-Agent": FIREFOX})
        thief.post("/signout/")
        sign_in(alice, thief, headers={"User-Agent": FIREFOX})
        assert [mail.to for mail in notices(mailbox)] == [[alice.email], [mallory.email], [alice.email]]

    def test_of_who_wears_the_users_agent_in_an_app(self, alice: User, mailbox: Mailbox) -> None:
        log_in(alice, **APP)
        for guess in ({}, {"X-Device-ID": "another-device"}, {"X-Device-ID": "short"}):
            log_in(alice, **{"User-Agent": APP["User-Agent"], **guess})
        assert len(notices(mailbox)) == 4

    @pytest.mark.parametrize(
        "cookie",
        [
            "",
            "é",
            "x" * 4000,
            "b9d7c1de-0000-4000-8000-000000000000",
            seal(json.dumps({"device": "b9d7c1de-0000-4000-8000-000000000000", "at": 0}).encode(), purpose="device"),
            seal(b'{"device": "b9d7c1de-0000-4000-8000-000000000000", "at": 9999999999}', purpose="session"),
        ],
        ids=["empty", "not ascii", "long", "bare", "too old", "sealed for something else"],
    )
    def test_of_who_brings_a_cookie_that_we_did_not_make(self, alice: User, mailbox: Mailbox, cookie: str) -> None:
        session = doors.open_session(alice)
        Session.objects.filter(pk=session.pk).update(device_id="b9d7c1de-0000-4000-8000-000000000000")
        browser = Client()
        browser.cookies[COOKIE] = cookie
        sign_in(alice, browser)
        assert len(notices(mailbox)) == 1

    def test_after_ninety_days(self, alice: User, mailbox: Mailbox) -> None:
        with time_machine.travel(NOON, tick=False) as clock:
            browser = sign_in(alice)
            clock.shift(dt.timedelta(days=89))
            sign_in(alice, browser)
            assert len(notices(mailbox)) == 1
            clock.shift(dt.timedelta(days=91))
            sign_in(alice, browser)
            assert len(notices(mailbox)) == 2

    def test_of_a_device_that_was_signed_out_as_not_theirs(self, alice: User, mailbox: Mailbox) -> None:
        """The thief was in once, was signed out from another device, and comes again with the same browser."""
        thief, owner = sign_in(alice), sign_in(alice)
        here = owner.cookies[settings.SESSION_COOKIE_NAME].value
        sign_out_devices(
            user=alice,
            sessions=living_sessions(alice, now=timezone.now()).exclude(session_key=here),
            now=timezone.now(),
        )
        sign_in(alice, thief)
        assert len(notices(mailbox)) == 3

    def test_of_whoever_was_in_before_the_password_changed(self, alice: User, mailbox: Mailbox) -> None:
        """The thief was in once, and has the new password as well by now: in a browser that was known."""
        thief, owner = sign_in(alice), sign_in(alice)
        password = "velvet quarry thimble nine"
        owner.post("/profile/password/", {"oldpassword": PASSWORD, "password1": password})
        assert len(notices(mailbox)) == 2
        assert thief.post("/signin/", {"login": alice.email, "password": password}).status_code == 302
        assert len(notices(mailbox)) == 3

    def test_a_console_too(self, mailbox: Mailbox) -> None:
        agent = been_here(UserFactory.create(is_staff=True))
        Agent.objects.create(user=agent, username="ana", full_name="Ana", email=str(agent.email))
        desk = Client(headers={"host": "agent.localhost"})
        for _ in range(2):
            assert desk.post("/login/", {"username": agent.email, "password": PASSWORD}).status_code == 302
            desk.post("/logout/")
        assert len(notices(mailbox)) == 1


class TestSecondStep:
    """Only whoever is in is told of: a password alone opens nothing where a second step is asked for."""

    def test_not_before_it_and_once_after_it(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        secret = add_totp(alice)
        sign_in(alice, client)
        assert notices(mailbox) == []
        assert COOKIE not in client.cookies
        client.post("/signin/second/", {"code": code_of(secret)})
        assert len(notices(mailbox)) == 1
        assert client.cookies[COOKIE].value

    def test_by_api(self, alice: User, mailbox: Mailbox) -> None:
        secret, api = add_totp(alice), APIClient()
        refused = api.post("/api/auth/login", {"email": alice.email, "password": PASSWORD})
        assert (refused.json()["code"], notices(mailbox)) == ("second_factor_required", [])
        body = {"session_token": refused.json()["session_token"], "code": code_of(secret)}
        assert api.post("/api/auth/second-factor", body).status_code == 200
        assert len(notices(mailbox)) == 1

    def test_a_wrong_password_tells_nobody(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        client.post("/signin/", {"login": alice.email, "password": "not hers"})
        assert mailbox() == []
        assert COOKIE not in client.cookies


class TestKnows:
    """No false alarm on the same device."""

    def test_the_same_browser_by_whatever_way(self, alice: User, mailbox: Mailbox) -> None:
        browser = sign_in(alice)
        link_wallet(alice)
        assert len(notices(mailbox)) == 1
        browser.post("/signout/")
        sign_in(alice, browser, headers={"User-Agent": "a newer one"}, REMOTE_ADDR="198.51.100.7")
        browser.post("/signout/")
        browser.post("/signin/ethereum/", signed_message(now=timezone.now()))
        browser.post("/signout/")
        passkey = give_passkey(alice)
        asked = browser.post("/api/auth/passkey/options", {}, content_type="application/json").json()
        browser.post("/signin/passkey/", {"token": asked["token"], "credential": json.dumps(passkey.sign(asked["options"]))})
        assert browser.get("/profile/").status_code == 200
        assert len(notices(mailbox)) == 1

    def test_a_browser_that_two_people_share(self, alice: User, bruno: User, mailbox: Mailbox) -> None:
        been_here(bruno)
        browser = Client()
        for person in (alice, bruno, alice, bruno):
            sign_in(person, browser)
            browser.post("/signout/")
        assert sorted(mail.to[0] for mail in mailbox()) == [alice.email, bruno.email]

    def test_an_app_whose_version_and_network_change(self, alice: User, mailbox: Mailbox) -> None:
        log_in(alice, **APP)
        log_in(alice, **{**APP, "User-Agent": "FlorinApp/3.0 (Android 17)"})
        assert len(notices(mailbox)) == 1

    def test_the_browser_in_which_the_password_was_set_anew(self, alice: User, mailbox: Mailbox) -> None:
        browser = sign_in(alice)
        alice.refresh_from_db()
        changed = browser.post("/profile/password/", {"oldpassword": PASSWORD, "password1": "velvet quarry thimble nine"})
        assert changed.status_code == 302
        browser.post("/signout/")
        browser.post("/signin/", {"login": alice.email, "password": "velvet quarry thimble nine"})
        assert len(notices(mailbox)) == 1

    def test_the_browser_that_signs_out_all_others(self, alice: User, mailbox: Mailbox) -> None:
        browser = sign_in(alice)
        sign_in(alice)  # one of the others
        assert browser.post("/profile/devices/").status_code == 302
        browser.post("/signout/")
        sign_in(alice, browser)
        assert len(notices(mailbox)) == 2  # of the first sign-in of each

    def test_the_browser_of_the_sign_up(self, mailbox: Mailbox, phones: Phones) -> None:
        browser = Client()
        browser.post("/signup/", {"email": "nova@example.com", "password1": PASSWORD})
        browser.post("/verify/", {"code": code_in(mailbox()[-1])})
        browser.post("/signout/")
        sign_in(User.objects.get(), browser)
        assert notices(mailbox) == []
        sign_in(User.objects.get())
        assert len(notices(mailbox)) == 1

    def test_the_sign_up_by_whatever_way(self, mailbox: Mailbox, phones: Phones) -> None:
        message = ask_message(Client())
        assert present(Client(), message, sign(message)).status_code == 200
        browser = Client()
        browser.post("/signin/phone/", {"phone": "+351912345678", **SHOWN})
        browser.post("/signin/phone/code/", {"code": code_in_text(phones()[-1])})
        assert browser.get("/profile/").status_code == 200
        assert len(phones()) == 1
        assert mailbox() == []
        assert User.objects.count() == 2
        assert WALLET.address


class TestCookie:
    """It tells nothing, to nobody else."""

    def test_is_out_of_reach(self, alice: User, settings: Settings) -> None:
        settings.SESSION_COOKIE_SECURE = True
        kept = sign_in(alice).cookies[COOKIE]
        assert (kept["secure"], kept["httponly"], kept["samesite"], kept["path"]) == (True, True, "Lax", "/")
        assert kept["max-age"] == 104 * 24 * 3600

    def test_is_made_anew_each_time_and_says_nothing(self, alice: User) -> None:
        browser = sign_in(alice)
        first = browser.cookies[COOKIE].value
        browser.post("/signout/")
        sign_in(alice, browser)
        assert browser.cookies[COOKIE].value != first
        device = str(Session.objects.values_list("device_id", flat=True).distinct().get())
        for secret in (device, device.replace("-", ""), str(alice.pk), alice.email or ""):
            assert secret not in first
            assert secret.encode().hex() not in first

    def test_signs_nobody_in(self, alice: User) -> None:
        browser = sign_in(alice)
        thief = Client()
        thief.cookies[COOKIE] = browser.cookies[COOKIE].value
        assert thief.get("/profile/").status_code == 302
        assert DjangoSession.objects.count() == 1

    def test_is_not_read_by_the_api(self, alice: User, mailbox: Mailbox) -> None:
        browser = sign_in(alice)
        body = {"email": alice.email, "password": PASSWORD}
        assert browser.post("/api/auth/login", body, content_type="application/json").status_code == 200
        assert len(notices(mailbox)) == 2
