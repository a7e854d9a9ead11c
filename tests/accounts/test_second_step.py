"""The second step of signing in, and signing in by passkey alone, in the portal and by API (R20, R22)."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts import factors, passkeys
from accounts.models import Session, User
from accounts.operations import add_passkey, suspend_user
from audit.models import AuditEntry
from tests.authenticator import Passkey
from tests.factories import PASSWORD
from tests.proving import add_recovery_codes, add_totp, code_of
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of a request
TRACES = ("django_session", "audit_auditentry")  # of a wrong proof, which is written down


def give_passkey(user: User) -> Passkey:
    passkey = Passkey(f"of {user}".encode(), count=1)
    asked = passkeys.begin_adding(user)
    made = passkeys.finish_adding(
        user=user,
        token=asked.token,
        credential=passkey.make(asked.options),
        origins=frozenset({settings.PORTAL_ORIGIN}),
    )
    add_passkey(user=user, passkey=made, name="Phone", now=timezone.now())
    return passkey


def first_step(client: Client, user: User, **more: str) -> Any:
    return client.post("/signin/", {"login": user.email, "password": PASSWORD, **more})


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


class TestInThePortal:
    """Password first."""

    def test_asks_for_a_code_and_goes_on(self, client: Client, alice: User) -> None:
        secret = add_totp(alice)
        answer = first_step(client, alice, next="/profile/devices/")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/signin/second/")
        assert not is_in(client)
        assert "authenticator app" in client.get("/signin/second/").content.decode()
        done = client.post("/signin/second/", {"code": code_of(secret)})
        assert (done.status_code, done.headers["Location"]) == (302, "/profile/devices/")
        assert is_in(client)
        assert Session.objects.get().auth_method == "password"

    def test_takes_a_recovery_code_once(self, client: Client, alice: User) -> None:
        add_totp(alice)
        code = add_recovery_codes(alice)[0]
        first_step(client, alice)
        assert client.post("/signin/second/", {"code": f"{code[:4]} {code[4:]}"}).status_code == 302
        assert is_in(client)
        other = Client()
        first_step(other, alice)
        with nothing_changes(*TRACES):
            assert other.post("/signin/second/", {"code": code}).status_code == 401
        assert not is_in(other)

    def test_takes_a_passkey(self, client: Client, alice: User) -> None:
        passkey = give_passkey(alice)
        first_step(client, alice)
        page = client.get("/signin/second/")
        asked = page.context["passkey"]
        assert "data-passkey" in page.content.decode()
        credential = json.dumps(passkey.sign(asked.options))
        assert client.post("/signin/second/", {"token": asked.token, "credential": credential}).status_code == 302
        assert is_in(client)
        assert Session.objects.get().auth_method == "password"

    @pytest.mark.parametrize("code", ["000000", "", "x" * 41, "12345678"])
    def test_refuses_a_wrong_code(self, client: Client, alice: User, code: str) -> None:
        add_totp(alice)
        first_step(client, alice)
        with nothing_changes(*TRACES):
            answer = client.post("/signin/second/", {"code": code})
        assert answer.status_code in {401, 422}
        assert not is_in(client)

    def test_refuses_a_code_that_let_somebody_in_before(self, client: Client, alice: User) -> None:
        secret = add_totp(alice)
        code = code_of(secret)
        first_step(client, alice)
        client.post("/signin/second/", {"code": code})
        other = Client()
        first_step(other, alice)
        assert other.post("/signin/second/", {"code": code}).status_code == 401
        assert not is_in(other)

    @pytest.mark.parametrize("credential", ["{}", "[]", "no JSON", '{"id": 1, "response": {}}'])
    def test_refuses_what_is_no_passkeys_answer(self, client: Client, alice: User, credential: str) -> None:
        give_passkey(alice)
        first_step(client, alice)
        token = client.get("/signin/second/").context["passkey"].token
        with nothing_changes(*TRACES):
            answer = client.post("/signin/second/", {"token": token, "credential": credential})
        assert answer.status_code in {401, 422}
        assert not is_in(client)

    def test_refuses_another_persons_passkey(self, client: Client, alice: User, mallory: User) -> None:
        give_passkey(alice)
        hers = give_passkey(mallory)
        first_step(client, alice)
        asked = client.get("/signin/second/").context["passkey"]
        credential = json.dumps(hers.sign(asked.options))
        assert client.post("/signin/second/", {"token": asked.token, "credential": credential}).status_code == 401
        assert not is_in(client)

    def test_is_no_page_without_a_first_step(self, client: Client, alice: User) -> None:
        add_totp(alice)
        for answer in (client.get("/signin/second/"), client.post("/signin/second/", {"code": "123456"})):
            assert (answer.status_code, answer.headers["Location"]) == (302, "/signin/")

    def test_stops_guessing(self, client: Client, alice: User) -> None:
        secret = add_totp(alice)
        first_step(client, alice)
        answers = [client.post("/signin/second/", {"code": "000000"}).status_code for _ in range(6)]
        assert answers == [401] * 5 + [429]
        assert client.post("/signin/second/", {"code": code_of(secret)}).status_code == 429
        assert not is_in(client)

    def test_is_not_asked_of_who_has_none(self, client: Client, alice: User) -> None:
        add_recovery_codes(alice)  # which guard nothing alone
        assert first_step(client, alice).headers["Location"] == "/"


class TestPasskeyAlone:
    """Without typing a name; it is both steps."""

    def ask(self, client: Client) -> Any:
        answer = client.post("/api/auth/passkey/options", {}, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def test_signs_in_to_the_portal(self, client: Client, alice: User) -> None:
        passkey = give_passkey(alice)
        add_totp(alice)
        assert 'action="/signin/passkey/"' in client.get("/signin/").content.decode()
        asked = self.ask(client)
        form = {"token": asked["token"], "credential": json.dumps(passkey.sign(asked["options"])), "next": "/profile/"}
        answer = client.post("/signin/passkey/", form)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/profile/")
        assert is_in(client)
        assert Session.objects.get().auth_method == "passkey"
        assert AuditEntry.objects.filter(action="user.signed_in").count() == 1

    def test_signs_an_app_in(self, client: Client, alice: User) -> None:
        passkey = give_passkey(alice)
        asked = self.ask(client)
        body = {"token": asked["token"], "credential": passkey.sign(asked["options"])}
        answer = client.post("/api/auth/passkey", body, content_type="application/json")
        assert answer.json()["user"]["id"] == str(alice.pk)
        assert Session.objects.get().auth_method == "passkey"
        with nothing_changes():
            again = client.post("/api/auth/passkey", body, content_type="application/json")
        assert (again.status_code, again.json()["code"]) == (401, "passkey_refused")

    @pytest.mark.parametrize(
        "lies", [{"origin": "https://evil.example"}, {"domain": "evil.example"}, {"flags": 1}, {"user_handle": b""}], ids=str
    )
    def test_refuses_what_was_signed_elsewhere(self, client: Client, alice: User, lies: dict[str, Any]) -> None:
        passkey = give_passkey(alice)
        asked = self.ask(client)
        form = {"token": asked["token"], "credential": json.dumps(passkey.sign(asked["options"], **lies))}
        with nothing_changes("django_session"):
            assert client.post("/signin/passkey/", form).status_code == 401
        assert not is_in(client)

    def test_keeps_the_suspended_out(self, client: Client, alice: User, bruno: User) -> None:
        passkey = give_passkey(alice)
        suspend_user(user=alice, actor=bruno, reason="test", now=timezone.now())
        asked = self.ask(client)
        body = {"token": asked["token"], "credential": passkey.sign(asked["options"])}
        assert client.post("/api/auth/passkey", body, content_type="application/json").json()["code"] == "account_suspended"


class TestByAPI:
    """Password, Ethereum or provider first; the refusal names what comes next."""

    def login(self, client: Client, user: User) -> Any:
        body = {"email": user.email, "password": PASSWORD}
        return client.post("/api/auth/login", body, content_type="application/json")

    def go_on(self, client: Client, **body: Any) -> Any:
        return client.post("/api/auth/second-factor", body, content_type="application/json")

    def test_names_the_methods_and_takes_a_code(self, client: Client, alice: User) -> None:
        secret = add_totp(alice)
        add_recovery_codes(alice)
        refusal = self.login(client, alice)
        assert (refusal.status_code, refusal.json()["code"]) == (401, "second_factor_required")
        assert refusal.json()["methods"] == ["totp", "recovery_code"]
        token = refusal.json()["session_token"]
        assert client.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
        with nothing_changes(*TRACES):
            assert self.go_on(client, session_token=token, code="000000").json()["code"] == "wrong_code"
        answer = self.go_on(client, session_token=token, code=code_of(secret))
        assert answer.status_code == 200, answer.content
        assert answer.json()["user"]["id"] == str(alice.pk)
        again = self.go_on(client, session_token=token, code=code_of(secret, steps=1))
        assert (again.status_code, again.json()["code"]) == (409, "sign_in_expired")

    def test_takes_a_passkey(self, client: Client, alice: User) -> None:
        passkey = give_passkey(alice)
        token = self.login(client, alice).json()["session_token"]
        asked = client.post("/api/auth/second-factor/options", {"session_token": token}, content_type="application/json").json()
        answer = self.go_on(client, session_token=token, token=asked["token"], credential=passkey.sign(asked["options"]))
        assert answer.status_code == 200, answer.content

    @pytest.mark.parametrize("more", [{}, {"code": "1", "token": "a", "credential": {}}, {"token": "a"}], ids=str)
    def test_wants_one_proof(self, client: Client, alice: User, more: dict[str, Any]) -> None:
        add_totp(alice)
        token = self.login(client, alice).json()["session_token"]
        assert self.go_on(client, session_token=token, **more).status_code == 400

    def test_knows_no_made_up_sign_in(self, client: Client, alice: User) -> None:
        add_totp(alice)
        with nothing_changes():
            assert self.go_on(client, session_token="a" * 32, code="123456").json()["code"] == "sign_in_expired"
        answer = client.post("/api/auth/second-factor/options", {"session_token": "a" * 32}, content_type="application/json")
        assert answer.json()["code"] == "sign_in_expired"

    def test_cannot_be_resumed_by_another_persons_token(self, client: Client, alice: User, mallory: User) -> None:
        add_totp(alice)
        secret = add_totp(mallory)
        token = self.login(client, alice).json()["session_token"]
        assert self.go_on(client, session_token=token, code=code_of(secret)).json()["code"] == "wrong_code"
        assert not Session.objects.filter(user=alice).exists()


def test_recovery_codes_alone_count_down(client: Client, alice: User) -> None:
    add_totp(alice)
    codes = add_recovery_codes(alice)
    first_step(client, alice)
    client.post("/signin/second/", {"code": codes[3]})
    row = Authenticator.objects.get(user=alice, type="recovery_codes")
    assert factors.unused_codes(row) == [*codes[:3], *codes[4:]]
