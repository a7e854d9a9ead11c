"""The pages of what guards an account: a fresh proof first, tied to what is done (R23)."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts import factors
from accounts.models import User
from tests import doors
from tests.accounts.test_second_step import give_passkey
from tests.authenticator import Passkey
from tests.factories import PASSWORD
from tests.proving import add_recovery_codes, add_totp, code_of
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)
TRACES = ("django_session", "audit_auditentry")


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's."""
    return doors.portal_client(alice)


def prove(browser: Client, answer: Any, **proof: str) -> Any:
    """Follow to the page that asks for a proof, give it, and follow back."""
    assert answer.status_code == 302, answer.content
    asked = answer.headers["Location"]
    assert asked.startswith("/confirm/act/")
    back = browser.post(asked, proof or {"password": PASSWORD})
    assert back.status_code == 302, back.content
    return browser.get(back.headers["Location"])


def kinds(user: User) -> list[str]:
    return sorted(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def open_totp(browser: Client) -> str:
    """The secret on the page that sets an app up."""
    page = prove(browser, browser.get("/profile/security/app/"))
    assert page.status_code == 200
    return str(page.context["secret"])


class TestAuthenticatorApp:
    """Setting one up."""

    def test_takes_the_code_of_the_app_and_shows_recovery_codes(self, browser: Client, alice: User) -> None:
        secret = open_totp(browser)
        assert browser.get("/profile/security/app/").context["secret"] == secret  # a reload asks for nothing more
        answer = browser.post("/profile/security/app/", {"code": code_of(secret)})
        assert answer.headers["Location"] == "/profile/security/codes/"
        assert kinds(alice) == ["recovery_codes", "totp"]
        page = prove(browser, browser.get("/profile/security/codes/"), code=code_of(secret, steps=1))
        assert len(page.context["codes"]) == factors.CODES
        assert "Asked for after your password" in browser.get("/profile/security/").content.decode()

    @pytest.mark.parametrize("code", ["000000", "", "1" * 13])
    def test_refuses_another_code(self, browser: Client, alice: User, code: str) -> None:
        secret = open_totp(browser)
        with nothing_changes(*TRACES):
            answer = browser.post("/profile/security/app/", {"code": code})
        assert answer.status_code in {401, 422}
        assert answer.context["secret"] == secret

    def test_asks_for_a_proof_first(self, browser: Client, alice: User) -> None:
        with nothing_changes("django_session"):
            assert browser.post("/profile/security/app/", {"code": "123456"}).headers["Location"] == "/profile/security/app/"
        assert browser.get("/profile/security/app/").headers["Location"].startswith("/confirm/act/")

    def test_is_not_opened_by_the_proof_for_a_passkey(self, browser: Client, alice: User) -> None:
        prove(browser, browser.get("/profile/security/passkey/"))
        assert browser.get("/profile/security/app/").headers["Location"].startswith("/confirm/act/")


class TestPasskey:
    """Making, naming and taking away one."""

    def test_is_made_and_named(self, browser: Client, alice: User) -> None:
        page = prove(browser, browser.get("/profile/security/passkey/"))
        asked, made = page.context["challenge"], Passkey(b"on this phone")
        form = {"token": asked.token, "credential": json.dumps(made.make(asked.options)), "name": "Phone"}
        assert browser.post("/profile/security/passkey/", form).headers["Location"] == "/profile/security/"
        row = Authenticator.objects.get(user=alice, type="webauthn")
        assert row.data["name"] == "Phone"
        assert browser.post(f"/profile/security/passkey/{row.pk}/", {"name": "Old phone"}).status_code == 302
        assert "Old phone" in browser.get("/profile/security/").content.decode()

    @pytest.mark.parametrize("lies", [{"origin": "https://evil.example"}, {"domain": "evil.example"}, {"flags": 1}], ids=str)
    def test_refuses_one_made_elsewhere(self, browser: Client, alice: User, lies: dict[str, Any]) -> None:
        page = prove(browser, browser.get("/profile/security/passkey/"))
        asked = page.context["challenge"]
        credential = json.dumps(Passkey(b"elsewhere").make(asked.options, **lies))
        with nothing_changes("django_session"):
            answer = browser.post("/profile/security/passkey/", {"token": asked.token, "credential": credential, "name": "X"})
        assert answer.status_code == 401
        assert "not accepted" in answer.content.decode()

    def test_of_somebody_else_is_not_there(self, browser: Client, mallory: User) -> None:
        give_passkey(mallory)
        row = Authenticator.objects.get(user=mallory, type="webauthn")
        with nothing_changes():
            for answer in (
                browser.get(f"/profile/security/passkey/{row.pk}/"),
                browser.post(f"/profile/security/passkey/{row.pk}/", {"name": "Mine"}),
                browser.get(f"/profile/security/{row.pk}/remove/"),
                browser.post(f"/profile/security/{row.pk}/remove/", {"password": PASSWORD}),
            ):
                assert answer.status_code == 404


class TestRemoving:
    """The last factor leaves the account to its password, which is asked for and counted."""

    def test_takes_the_recovery_codes_along(self, browser: Client, alice: User) -> None:
        secret = add_totp(alice)
        add_recovery_codes(alice)
        row = Authenticator.objects.get(user=alice, type="totp")
        path = f"/profile/security/{row.pk}/remove/"
        assert "hangs on its password" in browser.get(path).content.decode()
        prove(browser, browser.post(path, {"password": PASSWORD}), code=code_of(secret))
        assert browser.post(path, {"password": PASSWORD}).headers["Location"] == "/profile/security/"
        assert kinds(alice) == []

    def test_refuses_a_wrong_password_and_stops_guessing(self, browser: Client, alice: User) -> None:
        add_totp(alice)
        row = Authenticator.objects.get(user=alice, type="totp")
        path = f"/profile/security/{row.pk}/remove/"
        with nothing_changes(*TRACES):
            answers = [browser.post(path, {"password": "not the password at all"}).status_code for _ in range(6)]
        assert answers == [403] * 5 + [429]
        assert kinds(alice) == ["totp"]

    def test_of_one_of_two_asks_for_no_password(self, browser: Client, alice: User) -> None:
        secret = add_totp(alice)
        give_passkey(alice)
        row = Authenticator.objects.get(user=alice, type="webauthn")
        path = f"/profile/security/{row.pk}/remove/"
        assert "password" not in browser.get(path).context["form"].fields
        prove(browser, browser.post(path), code=code_of(secret))
        assert browser.post(path).status_code == 302
        assert kinds(alice) == ["recovery_codes", "totp"]


class TestRecoveryCodes:
    """Behind a fresh factor, always."""

    def test_are_renewed(self, browser: Client, alice: User) -> None:
        secret = add_totp(alice)
        old = add_recovery_codes(alice)
        prove(browser, browser.post("/profile/security/codes/"), code=code_of(secret))
        page = browser.post("/profile/security/codes/")
        assert page.status_code == 200
        assert set(page.context["codes"]).isdisjoint(old)

    def test_are_shown_once_for_each_proof(self, browser: Client, alice: User) -> None:
        secret = add_totp(alice)
        codes = add_recovery_codes(alice)
        assert prove(browser, browser.get("/profile/security/codes/"), code=code_of(secret)).context["codes"] == codes
        assert browser.get("/profile/security/codes/").headers["Location"].startswith("/confirm/act/")

    def test_are_not_there_without_a_factor(self, browser: Client, alice: User) -> None:
        assert browser.get("/profile/security/codes/").status_code == 404


class TestChangingTheAddress:
    """allauth's own pages ask for the second factor of whoever has one, and for the password of who has none."""

    def test_takes_a_code(self, browser: Client, alice: User) -> None:
        secret = add_totp(alice)
        asked = browser.get("/profile/email/")
        assert asked.headers["Location"] == "/confirm/factor/?next=%2Fprofile%2Femail%2F"
        assert browser.get("/confirm/?next=/profile/email/").headers["Location"].startswith("/confirm/factor/")
        with nothing_changes(*TRACES):
            assert browser.post(asked.headers["Location"], {"code": "000000"}).status_code == 401
        answer = browser.post(asked.headers["Location"], {"code": code_of(secret)})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/email/")
        assert browser.get("/profile/email/").status_code == 200

    def test_takes_a_passkey(self, browser: Client, alice: User) -> None:
        passkey = give_passkey(alice)
        asked = browser.get("/confirm/factor/?next=/profile/email/").context["passkey"]
        form = {"token": asked.token, "credential": json.dumps(passkey.sign(asked.options)), "next": "/profile/email/"}
        assert browser.post("/confirm/factor/", form).headers["Location"] == "/profile/email/"
        assert browser.get("/profile/email/").status_code == 200

    def test_takes_the_password_of_who_has_no_factor(self, browser: Client, alice: User) -> None:
        assert browser.get("/profile/email/").headers["Location"] == "/confirm/?next=%2Fprofile%2Femail%2F"
        assert browser.get("/confirm/factor/").headers["Location"].startswith("/confirm/")
