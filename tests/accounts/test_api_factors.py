"""Second factors by API: listed, made and taken away, after a fresh proof (R22, R23)."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.passkeys import Purpose, begin_proof
from accounts.sessions import password_mark
from tests import doors
from tests.accounts.test_second_step import give_passkey
from tests.authenticator import PRESENT, Passkey
from tests.factories import PASSWORD
from tests.proving import add_recovery_codes, add_totp, code_of, confirmed
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal ends the transaction of a request
OPTIONS = "/api/factors/passkey/options"
TOLD = "audit_auditentry"


@pytest.fixture
def api(alice: User) -> APIClient:
    """Alice's app."""
    client = doors.api_client(alice)
    client.get("/api/me")  # that she was here is noted
    return client


def asked(api: APIClient, **proof: Any) -> dict[str, Any]:
    """The options of a new passkey, confirmed."""
    answer = confirmed(api, partial(api.post, OPTIONS, {}), **proof)
    assert answer.status_code == 200, answer.content
    options: dict[str, Any] = answer.json()
    return options


def made(options: dict[str, Any], passkey: Passkey, **lies: Any) -> dict[str, Any]:
    return {"token": options["token"], "credential": passkey.make(options["options"], **lies), "name": "Phone"}


def row_of(user: User, kind: str = "webauthn") -> Authenticator:
    row: Authenticator = Authenticator.objects.get(user=user, type=kind)
    return row


def removal(api: APIClient, row: Authenticator, **body: str) -> Callable[[], Any]:
    return lambda: api.post(f"/api/factors/{row.pk}/removal", body)


class TestAdding:
    """Another passkey, from an app."""

    def test_asks_for_a_proof_and_keeps_it(self, api: APIClient, alice: User) -> None:
        passkey = Passkey(b"on this phone")
        answer = api.post("/api/factors/passkey", made(asked(api), passkey))
        row = row_of(alice)
        assert answer.status_code == 201
        assert {**answer.json(), "created_at": ""} == {
            "id": row.pk, "kind": "passkey", "name": "Phone", "created_at": "", "last_used_at": None,
        }  # fmt: skip
        listed = api.get("/api/factors").json()
        assert [each["id"] for each in listed["factors"]] == [row.pk]
        assert listed["recovery_codes_left"] == 10
        question = begin_proof(Purpose.SIGN_IN)
        entered = APIClient().post("/api/auth/passkey", {"token": question.token, "credential": passkey.sign(question.options)})
        assert entered.status_code == 200

    def test_says_what_is_confirmed(self, api: APIClient) -> None:
        with nothing_changes():
            refusal = api.post(OPTIONS, {}).json()
        assert (refusal["code"], refusal["act"], refusal["words"]) == ("step_up_required", "change_way_in", "Add a passkey")

    def test_asks_for_a_proof_each_time(self, api: APIClient) -> None:
        asked(api)
        with nothing_changes():
            assert api.post(OPTIONS, {}).json()["code"] == "step_up_required"

    def test_of_who_has_a_passkey_is_confirmed_by_that(self, api: APIClient, alice: User) -> None:
        passkey = give_passkey(alice)

        refused = api.post(OPTIONS, {}).json()
        challenge = refused["challenge"]
        options = api.post("/api/auth/step-up/options", {"challenge": challenge}).json()["options"]
        proof = {"challenge": challenge, "method": "passkey", "credential": passkey.sign(options)}
        assert api.post("/api/auth/step-up", proof).status_code == 200
        new = api.post(OPTIONS, {}).json()

        assert [each["id"] for each in new["options"]["publicKey"]["excludeCredentials"]] == [proof["credential"]["id"]]
        assert api.post("/api/factors/passkey", made(new, Passkey(b"another"))).status_code == 201

    def test_of_who_can_prove_nothing_else_wants_a_fresh_sign_in(self, alice: User) -> None:
        """A wallet is all that this account has."""
        SocialAccount.objects.create(user=alice, provider="ethereum", uid="0x" + "1" * 40)
        alice.set_unusable_password()
        alice.save()
        api = doors.api_client(alice)
        assert api.post(OPTIONS, {}).status_code == 200
        Session.objects.filter(user=alice).update(created_at=timezone.now() - dt.timedelta(minutes=6))
        with nothing_changes():
            assert api.post(OPTIONS, {}).json()["code"] == "sign_in_again"

    @pytest.mark.parametrize(
        "lies",
        [{"origin": "https://evil.example"}, {"domain": "evil.example"}, {"flags": PRESENT}, {"challenge": "AAAA"}],
        ids=lambda lies: next(iter(lies)),
    )
    def test_refuses_what_was_made_elsewhere_or_without_its_owner(self, api: APIClient, lies: dict[str, Any]) -> None:
        body = made(asked(api), Passkey(b"on this phone"), **lies)
        with nothing_changes():
            answer = api.post("/api/factors/passkey", body)
        assert (answer.status_code, answer.json()["code"]) == (401, "passkey_refused")

    def test_takes_an_answer_once_and_from_its_person_only(self, api: APIClient, mallory: User) -> None:
        options, stranger = asked(api), doors.api_client(mallory)
        stranger.get("/api/me")
        with nothing_changes():
            body = made(options, Passkey(b"of mallory"))
            assert stranger.post("/api/factors/passkey", body).json()["code"] == "passkey_refused"
        body = made(options, Passkey(b"on this phone"))
        assert api.post("/api/factors/passkey", body).status_code == 201
        with nothing_changes():
            assert api.post("/api/factors/passkey", body).json()["code"] == "passkey_refused"

    def test_refuses_a_passkey_that_somebody_has(self, api: APIClient, mallory: User) -> None:
        hers = give_passkey(mallory)
        body = made(asked(api), Passkey(hers.credential_id))
        with nothing_changes():
            answer = api.post("/api/factors/passkey", body)
        assert (answer.status_code, answer.json()["code"]) == (409, "passkey_known")

    @pytest.mark.parametrize("change", [{"name": ""}, {"name": "n" * 61}, {"credential": []}, {"token": 7, "x": 1}], ids=str)
    def test_refuses_bad_input(self, api: APIClient, change: dict[str, Any]) -> None:
        body = made(asked(api), Passkey(b"on this phone"))
        with nothing_changes():
            answer = api.post("/api/factors/passkey", {**body, **change})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


class TestNaming:
    """What its owner knows a passkey by."""

    def test_changes_the_name(self, api: APIClient, alice: User) -> None:
        give_passkey(alice)
        answer = api.patch(f"/api/factors/{row_of(alice).pk}", {"name": "Old phone"})
        assert (answer.status_code, answer.json()["name"]) == (200, "Old phone")

    def test_of_somebody_else_or_of_an_app_is_not_there(self, api: APIClient, alice: User, mallory: User) -> None:
        give_passkey(mallory)
        add_totp(alice)
        with nothing_changes():
            for row in (row_of(mallory), row_of(alice, "totp")):
                assert api.patch(f"/api/factors/{row.pk}", {"name": "Mine"}).status_code == 404


class TestRemoving:
    """Taking one away."""

    def test_of_one_of_two_asks_for_a_proof(self, api: APIClient, alice: User) -> None:
        secret = add_totp(alice)
        give_passkey(alice)
        with nothing_changes():
            refusal = removal(api, row_of(alice))().json()
        assert refusal["words"] == "Remove the passkey “Phone”"
        answer = confirmed(api, removal(api, row_of(alice)), method="totp", code=code_of(secret))
        assert answer.status_code == 204
        assert [each["kind"] for each in api.get("/api/factors").json()["factors"]] == ["totp"]

    def test_of_the_last_one_wants_the_password_too(self, api: APIClient, alice: User) -> None:
        give_passkey(alice)
        code, *_others = add_recovery_codes(alice)
        row = row_of(alice)
        demanded = confirmed(api, removal(api, row), method="recovery_code", code=code)
        assert (demanded.status_code, demanded.json()["code"]) == (403, "password_demanded")
        with nothing_changes(TOLD):
            assert removal(api, row, password="not this one, no")().json()["code"] == "wrong_proof"
        assert removal(api, row, password=PASSWORD)().status_code == 204  # what was confirmed still is
        assert api.get("/api/factors").json() == {"factors": [], "recovery_codes_left": None}

    def test_of_the_last_way_in_is_refused(self, api: APIClient, alice: User) -> None:
        give_passkey(alice)
        alice.set_unusable_password()
        alice.save()
        Session.objects.update(password_mark=password_mark(alice))
        with nothing_changes():
            assert removal(api, row_of(alice))().json()["code"] == "last_way_in"

    def test_of_somebody_elses_is_not_there(self, api: APIClient, mallory: User) -> None:
        give_passkey(mallory)
        codes = row_of(mallory, "recovery_codes")
        with nothing_changes():
            for row in (row_of(mallory), codes):
                assert removal(api, row, password=PASSWORD)().status_code == 404

    def test_of_ones_recovery_codes_is_not_there(self, api: APIClient, alice: User) -> None:
        give_passkey(alice)
        with nothing_changes():
            assert removal(api, row_of(alice, "recovery_codes"))().status_code == 404

    def test_of_the_last_one_stops_guesses_at_the_password(self, api: APIClient, alice: User) -> None:
        give_passkey(alice)
        codes = [removal(api, row_of(alice), password="a guess")().json()["code"] for _try in range(6)]
        assert codes == ["wrong_proof"] * 5 + ["too_many_attempts"]
