"""Register, verify, log in and log out by the API."""

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from rest_framework.test import APIClient

from accounts.models import Session, TokenFamily, User
from audit.models import AuditEntry
from config.sessions import SessionStore
from tests import doors
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in, wrong
from tests.unchanged import nothing_changes

NOVA = {"email": "nova@example.com", "password": PASSWORD, "name": "Nova Lindqvist", "timezone": "Europe/Lisbon"}


@pytest.fixture
def api() -> APIClient:
    """A client that nobody is signed in with."""
    return APIClient()


def claims_of(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


class TestRegister:
    """Opening an account."""

    def test_then_verify_then_call(self, api: APIClient, mailbox: Mailbox) -> None:
        registered = api.post("/api/auth/register", NOVA)
        assert registered.status_code == 202
        assert registered.json()["next"] == "verify_email"
        assert registered.json()["expires_in"] == 300

        code = code_in(mailbox()[0])
        verified = api.post("/api/auth/verify", {"session_token": registered.json()["session_token"], "code": code})

        assert verified.status_code == 200
        assert verified.json()["user"]["name"] == "Nova Lindqvist"
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {verified.json()['access_token']}")
        assert api.get("/api/me").json()["timezone"] == "Europe/Lisbon"
        actions = AuditEntry.objects.order_by("created_at", "pk").values_list("action", flat=True)
        assert list(actions) == ["user.signed_up", "user.email_verified", "user.signed_in"]

    def test_answer_is_the_same_for_a_taken_address(self, api: APIClient, alice: User, mailbox: Mailbox) -> None:
        known = api.post("/api/auth/register", {**NOVA, "email": alice.email})
        unknown = api.post("/api/auth/register", NOVA)
        assert (known.status_code, set(known.json())) == (unknown.status_code, set(unknown.json()))
        assert len(known.json()["session_token"]) == len(unknown.json()["session_token"])
        assert mailbox()[0].subject == "You have an account at Florin already"
        refused = api.post("/api/auth/verify", {"session_token": known.json()["session_token"], "code": "123456"})
        assert refused.json()["errors"][0]["code"] == "incorrect_code"

    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            ({"email": "nova"}, "#/email", "invalid"),
            ({"email": None}, "#/email", "null"),
            ({"email": '"a b"@example.com'}, "#/email", "invalid"),
            ({"email": f"{'n' * 250}@example.com"}, "#/email", "max_length"),
            ({"password": "short"}, "#/password", "password_too_short"),
            ({"password": "passwordpassword"}, "#/password", "password_predictable"),
            ({"password": "w" * 1001}, "#/password", "max_length"),
            ({"password": ["a", "list"]}, "#/password", "invalid"),
            ({"name": "n" * 121}, "#/name", "max_length"),
            ({"is_staff": True}, "#/is_staff", "unknown_field"),
            ({"status": "active"}, "#/status", "unknown_field"),
        ],
    )
    def test_refuses_bad_input(self, api: APIClient, db: None, change: dict[str, object], pointer: str, code: str) -> None:
        with nothing_changes():
            answer = api.post("/api/auth/register", {**NOVA, **change})
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (answer.json()["code"], answer.json()["money_moved"]) == ("invalid_input", False)
        assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json()["errors"]}

    def test_needs_an_address(self, api: APIClient, db: None) -> None:
        with nothing_changes():
            answer = api.post("/api/auth/register", {key: value for key, value in NOVA.items() if key != "email"})
        assert answer.json()["errors"] == [{"pointer": "#/email", "code": "required", "detail": "This field is required."}]

    @pytest.mark.parametrize("door", ["register", "verify", "login", "refresh", "logout"])
    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            ("{", "application/json", 400),
            ("[]", "application/json", 400),
            ('"text"', "application/json", 400),
            ("email=a@example.com", "application/x-www-form-urlencoded", 415),
            ("x" * 300_000, "application/json", 413),
        ],
    )
    def test_refuses_what_is_no_json_object(
        self, api: APIClient, db: None, door: str, body: str, content_type: str, status: int
    ) -> None:
        with nothing_changes():
            answer = api.post(f"/api/auth/{door}", data=body, content_type=content_type)
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"


class TestVerify:
    """Proving the address."""

    def pending(self, api: APIClient, mailbox: Mailbox) -> tuple[str, str]:
        UserFactory.create(email="nova@example.com", email_verified=False)
        answer = api.post("/api/auth/login", {"email": "nova@example.com", "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (403, "email_unverified")
        return answer.json()["session_token"], code_in(mailbox()[-1])

    def test_refuses_a_wrong_code_then_takes_the_right_one(self, api: APIClient, mailbox: Mailbox) -> None:
        token, code = self.pending(api, mailbox)
        with nothing_changes("django_session"):
            refused = api.post("/api/auth/verify", {"session_token": token, "code": wrong(code)})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#/code")
        assert api.post("/api/auth/verify", {"session_token": token, "code": code}).status_code == 200

    def test_is_over_after_five_wrong_codes(self, api: APIClient, mailbox: Mailbox) -> None:
        token, code = self.pending(api, mailbox)
        for _ in range(5):
            api.post("/api/auth/verify", {"session_token": token, "code": wrong(code)})
        with nothing_changes("django_session"):
            answer = api.post("/api/auth/verify", {"session_token": token, "code": code})
        assert (answer.status_code, answer.json()["code"]) == (409, "verification_expired")

    def test_works_once(self, api: APIClient, mailbox: Mailbox) -> None:
        token, code = self.pending(api, mailbox)
        api.post("/api/auth/verify", {"session_token": token, "code": code})
        with nothing_changes("django_session"):
            answer = api.post("/api/auth/verify", {"session_token": token, "code": code})
        assert (answer.status_code, answer.json()["code"]) == (409, "verification_expired")

    @pytest.mark.parametrize("token", ["x", "a" * 32, "../../../etc", "' or 1=1 --"])
    def test_refuses_invented_session_tokens(self, api: APIClient, db: None, token: str) -> None:
        with nothing_changes():
            answer = api.post("/api/auth/verify", {"session_token": token, "code": "123456"})
        assert (answer.status_code, answer.json()["code"]) == (409, "verification_expired")

    def test_never_takes_a_signed_in_session_for_a_pending_one(self, api: APIClient, alice: User) -> None:
        key = doors.open_key(alice)
        with nothing_changes():
            answer = api.post("/api/auth/verify", {"session_token": key, "code": "123456"})
        assert answer.json()["code"] == "verification_expired"


class TestLogin:
    """Signing in."""

    def test_is_over_for_who_is_signed_out_everywhere_meanwhile(
        self, api: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        save = SessionStore.save

        def save_too_late(session: SessionStore, must_create: bool = False) -> None:
            if not must_create and SESSION_KEY in session:
                db.SessionStore(session.session_key).delete()
            save(session, must_create)

        monkeypatch.setattr(SessionStore, "save", save_too_late)
        answer = api.post("/api/auth/login", {"email": alice.email, "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")

    def test_gives_tokens_with_what_r25_asks(self, api: APIClient, alice: User) -> None:
        User.objects.filter(pk=alice.pk).update(customer_number="CUS-2026-000017")
        answer = api.post("/api/auth/login", {"email": "Alice@example.com", "password": PASSWORD})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"].split(", ")[-1] == "private"
        content = answer.json()
        assert (content["token_type"], content["expires_in"]) == ("Bearer", 900)
        assert content["user"]["email"] == "alice@example.com"
        access, refresh = claims_of(content["access_token"]), claims_of(content["refresh_token"])
        assert set(access) == {
            "iss", "aud", "iat", "exp", "jti", "sid", "token_use", "user_id", "customer_number",
        }  # fmt: skip
        assert (access["user_id"], access["customer_number"]) == (str(alice.pk), "CUS-2026-000017")
        assert int(str(access["exp"])) - int(str(access["iat"])) == 900
        assert (access["token_use"], refresh["token_use"]) == ("access", "refresh")
        assert access["aud"] != refresh["aud"]
        assert jwt.get_unverified_header(content["access_token"]) == {"alg": "HS256", "typ": "JWT"}
        assert not answer.cookies

    @pytest.mark.parametrize(
        ("email", "password"), [("alice@example.com", "not her password"), ("nobody@example.com", PASSWORD)]
    )
    def test_refuses_without_saying_which_is_wrong(self, api: APIClient, alice: User, email: str, password: str) -> None:
        with nothing_changes("audit_auditentry"):
            answer = api.post("/api/auth/login", {"email": email, "password": password})
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
        assert "errors" not in answer.json()

    def test_ignores_the_session_of_a_browser(self, alice: User, bruno: User) -> None:
        api = APIClient()
        api.cookies[settings.SESSION_COOKIE_NAME] = doors.open_key(bruno)
        answer = api.post("/api/auth/login", {"email": alice.email, "password": PASSWORD})
        assert answer.json()["user"]["email"] == alice.email
        assert settings.SESSION_COOKIE_NAME not in answer.cookies

    def test_ignores_a_session_token_in_a_header(self, api: APIClient, alice: User, bruno: User) -> None:
        key = doors.open_key(bruno)
        answer = api.post("/api/auth/login", {"email": alice.email, "password": PASSWORD}, headers={"X-Session-Token": key})
        assert answer.json()["user"]["email"] == alice.email

    def test_puts_the_refresh_token_in_a_cookie_on_request(self, api: APIClient, alice: User) -> None:
        answer = api.post(
            "/api/auth/login", {"email": alice.email, "password": PASSWORD}, headers={"X-Token-Transport": "cookie"}
        )
        assert "refresh_token" not in answer.json()
        cookie = answer.cookies["florin_refresh"]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (
            True, "Strict", "/api/auth/", 14 * 24 * 3600,
        )  # fmt: skip


class TestLogout:
    """Signing out."""

    def test_ends_the_session_of_the_access_token(self, alice: User) -> None:
        api, other = doors.api_client(alice), doors.api_client(alice)
        assert api.post("/api/auth/logout").status_code == 204
        assert api.get("/api/me").json()["code"] == "session_ended"
        assert other.get("/api/me").status_code == 200
        assert AuditEntry.objects.get().action == "user.signed_out"
        ended, living = Session.objects.order_by("revoked_at")
        assert (ended.session_key, living.revoked_at) == (None, None)
        assert TokenFamily.objects.get().session == living

    def test_ends_the_session_of_the_refresh_token(self, api: APIClient, alice: User) -> None:
        pair = doors.open_tokens(alice)
        assert api.post("/api/auth/logout", {"refresh_token": pair.refresh_token}).status_code == 204
        assert api.post("/api/auth/refresh", {"refresh_token": pair.refresh_token}).status_code == 401

    def test_takes_the_cookie_with_it(self, api: APIClient, alice: User) -> None:
        api.cookies["florin_refresh"] = doors.open_tokens(alice).refresh_token
        answer = api.post("/api/auth/logout", headers={"X-Token-Transport": "cookie"})
        assert answer.status_code == 204
        assert answer.cookies["florin_refresh"].value == ""
        assert not Session.objects.filter(revoked_at__isnull=True).exists()

    def test_needs_some_token(self, api: APIClient, alice: User) -> None:
        api.cookies["florin_refresh"] = doors.open_tokens(alice).refresh_token
        with nothing_changes():
            answer = api.post("/api/auth/logout")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")

    def test_twice_is_refused_the_second_time(self, alice: User) -> None:
        api = doors.api_client(alice)
        api.post("/api/auth/logout")
        with nothing_changes():
            assert api.post("/api/auth/logout").status_code == 401


def test_the_schema_knows_how_each_door_refuses(api: APIClient, db: None) -> None:
    paths = api.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()["paths"]
    refusals = {
        door: {
            code
            for status, answer in paths[f"/api/auth/{door}"]["post"]["responses"].items()
            if int(status) >= 400
            for code in answer["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]
        }
        for door in ("register", "verify", "login", "refresh", "logout")
    }
    assert {"too_many_attempts", "invalid_input"} <= refusals["register"]
    assert {"verification_expired", "email_unverified", "too_many_attempts"} <= refusals["verify"]
    assert {"wrong_credentials", "email_unverified", "account_suspended", "too_many_attempts"} <= refusals["login"]
    assert "refresh_token_refused" in refusals["refresh"]
    assert "not_authenticated" in refusals["logout"]
    assert paths["/api/auth/login"]["post"].get("security") in (None, [], [{}])
    assert paths["/api/me"]["get"]["security"] == [{"accessToken": []}]
