"""Signing up and in with a phone: a code by SMS, good once, for its number and its request alone (R20, R21, R33)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.codes import Use, send_code, spend_code
from accounts.errors import CodeOver, TooManyAttempts, WrongTextCode
from accounts.models import PhoneCode, Session, User
from accounts.operations import suspend_user
from accounts.tasks import forget_old_codes
from audit.models import AuditEntry
from tests.factories import UserFactory
from tests.mailbox import wrong
from tests.shown import AGREED, SHOWN
from tests.texts import Phones, code_in
from tests.threads import together
from tests.unchanged import nothing_changes

NOVA = "+351912345678"
MIRA = "+5511961234567"
TRACES = ("accounts_phonecode", "django_session", "procrastinate_jobs", "procrastinate_events")


@pytest.fixture
def mira(db: None) -> User:
    """A customer with a proven phone and no address."""
    user = UserFactory.create(email=None, name="Mira", phone=MIRA, phone_verified_at=timezone.now())
    user.set_unusable_password()
    user.save()
    return user


def ask(client: Client, phone: str = NOVA, **more: str) -> None:
    answer = client.post("/signin/phone/", {"phone": phone, **SHOWN, **more})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/signin/phone/code/"), answer.content


@pytest.fixture
def api() -> APIClient:
    """A client that nobody is signed in with."""
    return APIClient()


class TestPortal:
    """In a browser."""

    def test_a_new_number_opens_an_account(self, client: Client, db: None, phones: Phones) -> None:
        ask(client, "00351 912 345 678", timezone="Europe/Lisbon")
        assert User.objects.count() == 0

        answer = client.post("/signin/phone/code/", {"code": code_in(phones()[0])})

        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
        nova = User.objects.get()
        assert (nova.phone, nova.email, nova.timezone, nova.has_usable_password()) == (NOVA, None, "Europe/Lisbon", False)
        assert nova.phone_verified_at
        assert Session.objects.get().auth_method == Session.AuthMethod.PHONE
        actions = AuditEntry.objects.order_by("created_at", "pk").values_list("action", flat=True)
        assert list(actions) == ["user.signed_up", *AGREED, "user.signed_in"]
        assert client.get("/profile/").status_code == 200

    def test_a_known_number_signs_in_and_goes_where_it_was_going(self, client: Client, mira: User, phones: Phones) -> None:
        ask(client, MIRA, next="/wallets/")
        answer = client.post("/signin/phone/code/", {"code": code_in(phones()[0])})
        assert answer.headers["Location"] == "/wallets/"
        assert Session.objects.get().user == mira
        assert User.objects.count() == 1

    def test_never_leads_to_another_site(self, client: Client, mira: User, phones: Phones) -> None:
        ask(client, MIRA, next="https://evil.example/")
        assert client.post("/signin/phone/code/", {"code": code_in(phones()[0])}).headers["Location"] == "/"

    def test_answers_alike_for_known_and_unknown_numbers(self, mira: User, phones: Phones) -> None:
        pages = []
        for number in (MIRA, NOVA):
            client = Client()
            ask(client, number)
            client.post("/signin/phone/code/", {"code": "no"})
            pages.append(client.get("/signin/phone/code/").content.decode())
        known, unknown = phones()
        assert known.text.replace(code_in(known), "") == unknown.text.replace(code_in(unknown), "")
        assert len(pages[0]) == pytest.approx(len(pages[1]), abs=20)
        assert PhoneCode.objects.count() == 2

    def test_a_code_is_nothing_in_another_browser(self, client: Client, mira: User, phones: Phones) -> None:
        ask(client, MIRA)
        other = Client()
        ask(other, NOVA)
        mine = code_in(phones()[0])
        with nothing_changes(*TRACES, "audit_auditentry", "audit_event"):
            assert other.post("/signin/phone/code/", {"code": mine}).status_code == 400
        assert Client().post("/signin/phone/code/", {"code": mine}).headers["Location"] == "/signin/phone/"

    def test_works_once(self, client: Client, mira: User, phones: Phones) -> None:
        ask(client, MIRA)
        kept = client.cookies.output()
        code = code_in(phones()[0])
        client.post("/signin/phone/code/", {"code": code})
        again = Client()
        again.cookies.load(kept.replace("Set-Cookie: ", ""))
        with nothing_changes():
            assert again.post("/signin/phone/code/", {"code": code}).headers["Location"] == "/signin/phone/"

    def test_a_new_code_takes_the_place_of_the_one_before(self, client: Client, mira: User, phones: Phones) -> None:
        ask(client, MIRA)
        with time_machine.travel(timezone.now() + timedelta(seconds=31)):
            assert client.post("/signin/phone/code/", {"action": "resend"}).status_code == 302
            first, second = phones()
            if code_in(first) != code_in(second):
                assert client.post("/signin/phone/code/", {"code": code_in(first)}).status_code == 400
            assert client.post("/signin/phone/code/", {"code": code_in(second)}).status_code == 302

    @pytest.mark.parametrize(
        "phone",
        [
            "",
            "912345678",
            "alice@example.com",
            "+351",
            "+99912345678",
            pytest.param("+351211234567", id="a landline"),
            "+351 912 345 678 ext. 5",
            pytest.param("+18005550100", id="free of charge"),
            pytest.param("+351760123456", id="premium"),
            "+3519123456780000",
        ],
    )
    def test_sends_only_to_mobile_phones(self, client: Client, db: None, phones: Phones, phone: str) -> None:
        with nothing_changes():
            assert client.post("/signin/phone/", {"phone": phone}).status_code == 422
        assert phones() == []

    def test_sends_only_to_the_countries_named(self, client: Client, db: None, settings: Settings, phones: Phones) -> None:
        settings.SMS_COUNTRIES = ["PT"]
        with nothing_changes():
            assert client.post("/signin/phone/", {"phone": MIRA}).status_code == 422
        ask(client, NOVA)

    def test_a_suspended_person_stays_out(self, client: Client, mira: User, phones: Phones) -> None:
        suspend_user(user=mira, actor=None, reason="test", now=timezone.now())
        ask(client, MIRA)
        assert client.post("/signin/phone/code/", {"code": code_in(phones()[0])}).headers["Location"] == "/suspended/"
        assert Session.objects.count() == 0

    def test_whoever_only_claims_a_number_loses_it_to_its_holder(self, client: Client, db: None, phones: Phones) -> None:
        squatter = UserFactory.create(phone=NOVA)
        ask(client)
        client.post("/signin/phone/code/", {"code": code_in(phones()[0])})
        squatter.refresh_from_db()
        assert squatter.phone is None
        assert Session.objects.get().user != squatter

    def test_names_the_host_for_browsers_that_type_the_code(self, client: Client, db: None, phones: Phones) -> None:
        ask(client)
        (message,) = phones()
        assert message.text.endswith(f"\n\n@localhost #{code_in(message)}")

    def test_the_code_can_be_read_nowhere_but_on_the_phone(self, client: Client, db: None, phones: Phones) -> None:
        ask(client)
        code, row = code_in(phones()[0]), PhoneCode.objects.get()
        assert code.encode() not in bytes(row.digest)
        assert len(bytes(row.digest)) == 32

    def test_old_codes_go(self, client: Client, db: None, phones: Phones) -> None:
        ask(client)
        forget_old_codes(0)
        assert PhoneCode.objects.count() == 1
        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            forget_old_codes(0)
        assert PhoneCode.objects.count() == 0


class TestApi:
    """By programs."""

    def pending(self, api: APIClient, phone: str = MIRA) -> str:
        answer = api.post("/api/auth/phone", {"phone": phone})
        assert (answer.status_code, answer.json()["next"], answer.json()["expires_in"]) == (202, "verify_phone", 300)
        return str(answer.json()["session_token"])

    def test_signs_in(self, api: APIClient, mira: User, phones: Phones) -> None:
        token = self.pending(api)
        answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": code_in(phones()[0])})
        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == str(mira.pk)
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access_token']}")
        assert api.get("/api/me").json()["phone"] == MIRA
        assert Session.objects.get().auth_method == Session.AuthMethod.PHONE

    def test_a_new_number_opens_an_account(self, api: APIClient, db: None, phones: Phones) -> None:
        token = self.pending(api, NOVA)
        answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": code_in(phones()[0])})
        assert (answer.json()["user"]["phone"], answer.json()["user"]["email"]) == (NOVA, None)

    def test_refuses_a_wrong_code_then_takes_the_right_one(self, api: APIClient, mira: User, phones: Phones) -> None:
        token, code = self.pending(api), code_in(phones()[0])
        with nothing_changes("accounts_phonecode", "audit_auditentry"):
            refused = api.post("/api/auth/phone/verify", {"session_token": token, "code": wrong(code)})
        assert (refused.status_code, refused.json()["code"]) == (400, "wrong_text_code")
        assert AuditEntry.objects.get().action == "user.sign_in_failed"
        assert api.post("/api/auth/phone/verify", {"session_token": token, "code": code}).status_code == 200

    def test_is_over_after_five_wrong_codes(self, api: APIClient, mira: User, settings: Settings, phones: Phones) -> None:
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "try_code": "100/m/key"}
        token, code = self.pending(api), code_in(phones()[0])
        for _ in range(5):
            api.post("/api/auth/phone/verify", {"session_token": token, "code": wrong(code)})
        with nothing_changes():
            answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": code})
        assert (answer.status_code, answer.json()["code"]) == (409, "code_over")

    def test_is_over_after_five_minutes(self, api: APIClient, mira: User, phones: Phones) -> None:
        token, code = self.pending(api), code_in(phones()[0])
        with time_machine.travel(timezone.now() + timedelta(seconds=301)), nothing_changes():
            answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": code})
        assert answer.json()["code"] == "code_over"

    def test_works_once(self, api: APIClient, mira: User, phones: Phones) -> None:
        token, code = self.pending(api), code_in(phones()[0])
        api.post("/api/auth/phone/verify", {"session_token": token, "code": code})
        with nothing_changes():
            answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": code})
        assert answer.json()["code"] == "code_over"

    def test_a_code_is_nothing_with_another_token(self, api: APIClient, mira: User, phones: Phones) -> None:
        self.pending(api, MIRA)
        other, code = self.pending(api, NOVA), code_in(phones()[0])
        with nothing_changes("accounts_phonecode", "audit_event"):
            answer = api.post("/api/auth/phone/verify", {"session_token": other, "code": code})
        assert answer.json()["code"] == "wrong_text_code"

    @pytest.mark.parametrize("token", ["x", "a" * 1000, "gAAAAAB"])
    def test_refuses_invented_session_tokens(self, api: APIClient, db: None, token: str) -> None:
        with nothing_changes():
            answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": "123456"})
        assert (answer.status_code, answer.json()["code"]) == (409, "code_over")

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({}, "#/phone", "required"),
            ({"phone": "nova"}, "#/phone", "invalid_phone"),
            ({"phone": NOVA, "is_staff": True}, "#/is_staff", "unknown_field"),
            ({"phone": [NOVA]}, "#/phone", "invalid"),
            ({"phone": "9" * 41}, "#/phone", "max_length"),
        ],
    )
    def test_refuses_bad_input(
        self, api: APIClient, db: None, phones: Phones, body: dict[str, object], pointer: str, code: str
    ) -> None:
        with nothing_changes():
            answer = api.post("/api/auth/phone", body)
        assert answer.status_code == 400
        assert (pointer, code) in {(error["pointer"], error["code"]) for error in answer.json()["errors"]}

    def test_tells_a_suspended_person_and_nobody_else(self, api: APIClient, mira: User, phones: Phones) -> None:
        suspend_user(user=mira, actor=None, reason="test", now=timezone.now())
        token, code = self.pending(api), code_in(phones()[0])
        stranger = api.post("/api/auth/phone/verify", {"session_token": token, "code": wrong(code)})
        assert stranger.json()["code"] == "wrong_text_code"
        answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": code})
        assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")


class TestLimits:
    """Messages can't be farmed, numbers not flooded, codes not guessed."""

    def test_a_number_gets_few_messages_whichever_door_asks(self, db: None, phones: Phones) -> None:
        start, sent = timezone.now(), 0
        for number in range(20):  # somebody with many addresses, for an hour
            with time_machine.travel(start + timedelta(seconds=31 * number), tick=False):
                origin = f"198.51.100.{number}"
                if number % 2:
                    sent += Client(REMOTE_ADDR=origin).post("/signin/phone/", {"phone": NOVA}).status_code == 302
                else:
                    sent += APIClient(REMOTE_ADDR=origin).post("/api/auth/phone", {"phone": NOVA}).status_code == 202
        assert sent == 5
        assert PhoneCode.objects.count() == 5

    def test_an_address_asks_for_few_messages(self, client: Client, db: None, phones: Phones) -> None:
        statuses = [client.post("/signin/phone/", {"phone": f"+35191234{number:04d}"}).status_code for number in range(15)]
        assert statuses == [302] * 10 + [429] * 5
        assert PhoneCode.objects.count() == 10

    def test_a_second_message_waits_half_a_minute(self, client: Client, db: None, phones: Phones) -> None:
        ask(client)
        with nothing_changes():
            assert client.post("/signin/phone/code/", {"action": "resend"}).status_code == 429

    def test_guesses_end_however_many_codes_a_number_has(self, db: None, phones: Phones) -> None:
        start, tried, seen = timezone.now(), 0, set()
        for number in range(40):
            with time_machine.travel(start + timedelta(seconds=40 * number), tick=False):
                api = APIClient(REMOTE_ADDR=f"198.51.100.{number}")
                asked = api.post("/api/auth/phone", {"phone": NOVA})
                if asked.status_code == 202:
                    token = asked.json()["session_token"]
                answer = api.post("/api/auth/phone/verify", {"session_token": token, "code": "000000"})
                tried += answer.status_code == 400
                seen.add(answer.status_code)
        assert 5 <= tried <= 15
        assert 429 in seen

    def test_many_tries_at_once_find_five_places(
        self, transactional_db: None, settings: Settings, phones: Phones, rf: object
    ) -> None:
        settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "try_code": "1000/m/key"}
        client = Client()
        ask(client)
        code_id, now = PhoneCode.objects.get().pk, timezone.now()
        request = client.post("/signin/phone/").wsgi_request

        def guess() -> None:
            spend_code(request, code_id=code_id, phone=NOVA, use=Use.SIGN_IN, typed="x", now=now)

        outcomes = [type(outcome) for outcome in together([guess] * 12)]
        assert outcomes.count(WrongTextCode) == 5
        assert outcomes.count(CodeOver) == 7

    def test_the_same_code_twice_at_once_works_once(self, transactional_db: None, phones: Phones) -> None:
        client = Client()
        ask(client)
        code_id, now, code = PhoneCode.objects.get().pk, timezone.now(), code_in(phones()[0])
        request = client.post("/signin/phone/").wsgi_request

        def use() -> None:
            spend_code(request, code_id=code_id, phone=NOVA, use=Use.SIGN_IN, typed=code, now=now)

        assert sorted(type(outcome).__name__ for outcome in together([use] * 4)) == [
            "CodeOver",
            "CodeOver",
            "CodeOver",
            "NoneType",
        ]

    def test_two_windows_of_one_new_number_open_one_account(self, transactional_db: None, phones: Phones) -> None:
        clients = [Client(), Client(REMOTE_ADDR="198.51.100.9")]
        ask(clients[0])
        with time_machine.travel(timezone.now() + timedelta(seconds=31)):
            ask(clients[1])
            codes = [code_in(message) for message in phones()]
            calls = [
                lambda client=client, code=code: client.post("/signin/phone/code/", {"code": code}).status_code
                for client, code in zip(clients, codes, strict=True)
            ]
            assert together(calls) == [302, 302]
        assert User.objects.count() == 1
        assert Session.objects.count() == 2

    @pytest.mark.parametrize("use", [Use.SET_PHONE, Use.STEP_UP])
    def test_a_code_for_one_thing_proves_no_other(self, client: Client, mira: User, phones: Phones, use: Use) -> None:
        request, now = client.post("/signin/phone/").wsgi_request, timezone.now()
        code_id = send_code(request, phone=MIRA, use=use, subject=str(mira.pk), now=now)
        code = code_in(phones()[0])
        with pytest.raises(WrongTextCode):
            spend_code(request, code_id=code_id, phone=MIRA, use=Use.SIGN_IN, typed=code, now=now)
        with pytest.raises(WrongTextCode):
            spend_code(request, code_id=code_id, phone=MIRA, use=use, subject="somebody else", typed=code, now=now)
        with pytest.raises(WrongTextCode):
            spend_code(request, code_id=code_id, phone=NOVA, use=use, subject=str(mira.pk), typed=code, now=now)
        spend_code(request, code_id=code_id, phone=MIRA, use=use, subject=str(mira.pk), typed=code, now=now)

    def test_a_flood_is_refused_before_anything_is_written(self, client: Client, db: None, phones: Phones) -> None:
        request = client.post("/signin/phone/").wsgi_request
        send_code(request, phone=NOVA, use=Use.SIGN_IN, now=timezone.now())
        with nothing_changes(), pytest.raises(TooManyAttempts):
            send_code(request, phone=NOVA, use=Use.SET_PHONE, now=timezone.now())
