"""Signing up with a passkey and no password, in the portal and by API (R22)."""

import json
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.ways import Kind, ways_of
from audit.models import AuditEntry
from tests.authenticator import PRESENT, Passkey
from tests.factories import PASSWORD
from tests.mailbox import Mailbox, code_in, link_in
from tests.proving import add_totp
from tests.shown import AGREED, SHOWN
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of a request
FORM = {"email": "Nova@example.com", "name": "Nova Lindqvist", "timezone": "Europe/Lisbon", **SHOWN}
MAKE = "/signup/passkey/make/"
HALFWAY = "django_session"  # where the half-made sign-up is kept


def prove_address(client: Client, mailbox: Mailbox) -> None:
    """Nova, until her passkey is all that is missing."""
    assert client.post("/signup/passkey/", FORM).headers["Location"] == "/verify/"
    assert client.post("/verify/", {"code": code_in(mailbox()[-1])}).headers["Location"] == MAKE


def made(client: Client, passkey: Passkey, **lies: Any) -> dict[str, str]:
    asked = client.get(MAKE).context["challenge"]
    return {"token": asked.token, "credential": json.dumps(passkey.make(asked.options, **lies))}


def is_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


class TestInThePortal:
    """E-mail, code, passkey."""

    def test_opens_an_account_without_a_password(self, client: Client, mailbox: Mailbox) -> None:
        prove_address(client, mailbox)
        assert not is_in(client)

        answer = client.post(MAKE, made(client, Passkey(b"of nova")))

        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        assert is_in(client)
        nova = User.objects.get()
        assert (nova.email, nova.name, nova.timezone) == ("nova@example.com", "Nova Lindqvist", "Europe/Lisbon")
        assert not nova.has_usable_password()
        assert [way.kind for way in ways_of(nova)] == [Kind.PASSKEY]
        assert Authenticator.objects.filter(user=nova, type="recovery_codes").exists()
        assert Session.objects.get().auth_method == "passkey"
        actions = AuditEntry.objects.order_by("created_at", "pk").values_list("action", flat=True)
        assert list(actions) == ["user.signed_up", *AGREED, "user.email_verified", "passkey.added", "user.signed_in"]

    def test_signs_in_with_it_from_then_on(self, client: Client, mailbox: Mailbox) -> None:
        passkey = Passkey(b"of nova")
        prove_address(client, mailbox)
        client.post(MAKE, made(client, passkey))
        other = Client()
        asked = APIClient().post("/api/auth/passkey/options", {}).json()
        credential = json.dumps(passkey.sign(asked["options"]))
        assert other.post("/signin/passkey/", {"token": asked["token"], "credential": credential}).status_code == 302
        assert is_in(other)

    def test_leads_where_the_sign_up_was_to_lead(self, client: Client, mailbox: Mailbox) -> None:
        client.post("/signup/passkey/?next=/profile/security/", FORM)
        client.post("/verify/", {"code": code_in(mailbox()[-1])})
        assert client.post(MAKE, made(client, Passkey(b"of nova"))).headers["Location"] == "/profile/security/"

    def test_makes_none_before_the_address_is_proven(self, client: Client, db: None) -> None:
        client.post("/signup/passkey/", FORM)
        with nothing_changes(HALFWAY):
            answers = [client.get(MAKE), client.post(MAKE, {"token": "a", "credential": "{}"})]
        assert [answer.headers["Location"] for answer in answers] == ["/signup/passkey/"] * 2

    def test_makes_none_for_whoever_signs_up_with_a_password(self, client: Client, mailbox: Mailbox) -> None:
        client.post("/signup/", {**FORM, "password1": PASSWORD})
        client.post("/verify/", {"code": code_in(mailbox()[-1])})
        assert is_in(client)
        with nothing_changes():
            assert client.post(MAKE, {"token": "a", "credential": "{}"}).headers["Location"] == "/"

    @pytest.mark.parametrize(
        "lies",
        [{"origin": "https://evil.example"}, {"domain": "evil.example"}, {"flags": PRESENT}, {"type": "webauthn.get"}],
        ids=lambda lies: next(iter(lies)),
    )
    def test_refuses_what_was_made_elsewhere_or_without_its_owner(
        self, client: Client, mailbox: Mailbox, lies: dict[str, Any]
    ) -> None:
        prove_address(client, mailbox)
        body = made(client, Passkey(b"of nova"), **lies)
        with nothing_changes(HALFWAY):
            answer = client.post(MAKE, body)
        assert answer.status_code == 401
        assert b'role="alert"' in answer.content
        assert not is_in(client)

    @pytest.mark.parametrize("credential", ["", "no", "[]", "{}"])
    def test_refuses_what_is_no_answer(self, client: Client, mailbox: Mailbox, credential: str) -> None:
        prove_address(client, mailbox)
        with nothing_changes(HALFWAY):
            assert client.post(MAKE, {"token": "a", "credential": credential}).status_code in {401, 422}
        assert not is_in(client)

    def test_refuses_a_passkey_that_somebody_has(self, client: Client, mailbox: Mailbox) -> None:
        passkey, other = Passkey(b"the same"), Client()
        prove_address(client, mailbox)
        client.post(MAKE, made(client, passkey))
        other.post("/signup/passkey/", {"email": "zoe@example.com"})
        other.post("/verify/", {"code": code_in(mailbox()[-1])})
        body = made(other, Passkey(passkey.credential_id))
        with nothing_changes(HALFWAY):
            assert other.post(MAKE, body).status_code == 409
        assert not is_in(other)

    def test_refuses_once_the_account_has_another_way_in(self, client: Client, mailbox: Mailbox) -> None:
        """Else whoever still has the page of the sign-up open would add a passkey without a proof."""
        prove_address(client, mailbox)
        body = made(client, Passkey(b"of nova"))
        nova = User.objects.get()
        nova.set_password(PASSWORD)
        nova.save()
        with nothing_changes(HALFWAY):
            assert client.post(MAKE, body).status_code == 409
        assert not is_in(client)

    def test_whose_device_makes_none_sets_a_password(self, client: Client, mailbox: Mailbox) -> None:
        prove_address(client, mailbox)
        assert 'href="/reset/"' in client.get(MAKE).content.decode()
        client.post("/reset/", {"email": FORM["email"]})
        page = client.get(link_in(mailbox()[-1])).headers["Location"]
        client.post(page, {"password1": PASSWORD})
        other = Client()
        assert other.post("/signin/", {"login": FORM["email"], "password": PASSWORD}).headers["Location"] == "/"
        assert is_in(other)

    @pytest.mark.parametrize("change", [{"email": ""}, {"email": "nova"}, {"name": "n" * 121}], ids=str)
    def test_refuses_bad_input_beside_its_field(self, client: Client, db: None, change: dict[str, str]) -> None:
        with nothing_changes():
            answer = client.post("/signup/passkey/", {**FORM, **change})
        assert list(answer.context["form"].errors) == list(change)

    def test_never_tells_that_an_address_has_an_account(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        with nothing_changes(HALFWAY, "procrastinate_jobs", "procrastinate_events"):
            answer = client.post("/signup/passkey/", {"email": alice.email})
        assert answer.headers["Location"] == "/verify/"
        assert "already" in mailbox()[-1].subject
        assert client.get(MAKE).headers["Location"] == "/signup/passkey/"  # as before the code of a new address


class TestByAPI:
    """The same for an app."""

    def pending(self, mailbox: Mailbox) -> str:
        """The session token of nova's sign-up, once her address is proven."""
        asked = APIClient().post("/api/auth/register", {"email": "nova@example.com", "name": "Nova"})
        assert (asked.status_code, asked.json()["next"]) == (202, "verify_email")
        body = {"session_token": asked.json()["session_token"], "code": code_in(mailbox()[-1])}
        proven = APIClient().post("/api/auth/verify", body)
        assert (proven.status_code, proven.json()["next"]) == (202, "make_passkey")
        assert "access_token" not in proven.json()
        token: str = proven.json()["session_token"]
        return token

    def body(self, pending: str, passkey: Passkey, **lies: Any) -> dict[str, Any]:
        asked = APIClient().post("/api/auth/register/passkey/options", {"session_token": pending}).json()
        return {"session_token": pending, "token": asked["token"], "credential": passkey.make(asked["options"], **lies)}

    def test_opens_an_account_and_signs_in(self, mailbox: Mailbox) -> None:
        body = self.body(self.pending(mailbox), Passkey(b"of nova"))
        answer = APIClient().post("/api/auth/register/passkey", {**body, "name": "Phone"})
        assert answer.status_code == 200, answer.content
        client = APIClient(headers={"authorization": f"Bearer {answer.json()['access_token']}"})
        assert client.get("/api/me").json()["email"] == "nova@example.com"
        assert client.get("/api/ways").json()["ways"][0]["name"] == "Phone"
        assert EmailAddress.objects.get().verified
        assert Session.objects.get().auth_method == "passkey"

    def test_is_not_repeated(self, mailbox: Mailbox) -> None:
        body = self.body(self.pending(mailbox), Passkey(b"of nova"))
        APIClient().post("/api/auth/register/passkey", body)
        with nothing_changes():
            assert APIClient().post("/api/auth/register/passkey", body).json()["code"] == "sign_in_expired"

    def test_refuses_what_was_made_elsewhere(self, mailbox: Mailbox) -> None:
        body = self.body(self.pending(mailbox), Passkey(b"of nova"), origin="https://evil.example")
        with nothing_changes():
            answer = APIClient().post("/api/auth/register/passkey", body)
        assert (answer.status_code, answer.json()["code"]) == (401, "passkey_refused")

    @pytest.mark.parametrize("change", [{"credential": "x"}, {"token": ""}, {"session_token": ""}, {"extra": 1}], ids=str)
    def test_refuses_bad_input(self, mailbox: Mailbox, change: dict[str, Any]) -> None:
        body = self.body(self.pending(mailbox), Passkey(b"of nova"))
        with nothing_changes():
            answer = APIClient().post("/api/auth/register/passkey", {**body, **change})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")

    def test_wants_a_sign_up_whose_address_is_proven(self, mailbox: Mailbox) -> None:
        asked = APIClient().post("/api/auth/register", {"email": "nova@example.com"}).json()
        unproven = {"session_token": asked["session_token"]}
        with nothing_changes():
            for path, more in (("/options", {}), ("", {"token": "a", "credential": {}})):
                answer = APIClient().post(f"/api/auth/register/passkey{path}", {**unproven, **more})
                assert (answer.status_code, answer.json()["code"]) == (409, "sign_in_expired")

    def test_a_sign_in_that_waits_for_its_second_step_is_no_sign_up(self, alice: User) -> None:
        add_totp(alice)
        begun = APIClient().post("/api/auth/login", {"email": alice.email, "password": PASSWORD}).json()
        with nothing_changes():
            answer = APIClient().post("/api/auth/register/passkey/options", {"session_token": begun["session_token"]})
        assert answer.json()["code"] == "sign_in_expired"
