"""Confirming an act by a fresh proof: for that act with that subject, in that session, once (R20, R23)."""

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.errors import SessionEnded, StepUpRequired
from accounts.models import Session, StepUp, StepUpAct, User
from accounts.sessions import end_sessions, password_mark
from accounts.stepup import demand_step_up
from accounts.tokens import issue_token_pair
from audit.models import AuditEntry
from config.errors import Refused
from config.sealing import seal
from tests import doors
from tests.proving import acting, add_recovery_codes, add_totp, challenge_of, code_of, confirm
from tests.threads import together
from tests.unchanged import nothing_changes

ACT = StepUpAct.SEND_MONEY
SUBJECT = {"payee": "maria", "amount": 250_000, "asset": "EUR"}
# What a wrong try leaves: it is written down.
TOLD = "audit_auditentry"


@pytest.fixture
def session(alice: User) -> Session:
    """Alice's, in which she acts."""
    return doors.open_session(alice)


@pytest.fixture
def api(session: Session) -> APIClient:
    """Her client of that session."""
    return client_of(session)


def client_of(session: Session) -> APIClient:
    client = APIClient()
    token = issue_token_pair(session.user, session=session, now=timezone.now()).access_token
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def act(session: Session, *, what: StepUpAct = ACT, now: dt.datetime | None = None, **changed: Any) -> None:
    """Do what wants to be confirmed, as an operation of this session does."""
    with acting(session), transaction.atomic():
        demand_step_up(user=session.user, act=what, subject={**SUBJECT, **changed}, now=now or timezone.now())


def test_goes_through_once_when_confirmed(session: Session, api: APIClient) -> None:
    answer = confirm(api, challenge_of(session, ACT, SUBJECT))
    assert (answer.status_code, answer.json()) == (200, {"act": "send_money", "expires_in": 300})

    act(session)

    with nothing_changes(), pytest.raises(StepUpRequired):
        act(session)
    entries = AuditEntry.objects.filter(resource_type="accounts.stepup").order_by("created_at")
    assert [(entry.action, entry.actor, entry.new_values.get("method")) for entry in entries] == [
        ("step_up.confirmed", session.user, "password"),
        ("step_up.used", session.user, None),
    ]


def test_says_what_it_wants_and_leaves_no_trace(session: Session) -> None:
    with nothing_changes(), pytest.raises(StepUpRequired) as refusal:
        act(session)
    told = dict(refusal.value.extra)
    assert "maria" not in told.pop("challenge")
    assert told == {"act": "send_money", "words": "Send money", "methods": ["password"], "expires_in": 300}


@pytest.mark.parametrize(
    "changed",
    [{"amount": 250_001}, {"payee": "mallory"}, {"asset": "USD"}, {"what": StepUpAct.WITHDRAW_MONEY}, {"extra": None}],
    ids=["amount", "payee", "asset", "act", "one word more"],
)
def test_is_void_for_anything_else(session: Session, api: APIClient, changed: dict[str, Any]) -> None:
    """R23: changing amount or payee voids it."""
    confirm(api, challenge_of(session, ACT, SUBJECT))
    with nothing_changes(), pytest.raises(StepUpRequired):
        act(session, **changed)
    act(session)  # what was confirmed still is


def test_is_worth_nothing_in_another_session(session: Session, api: APIClient, alice: User) -> None:
    confirm(api, challenge_of(session, ACT, SUBJECT))
    another = doors.open_session(alice)
    with nothing_changes(), pytest.raises(StepUpRequired):
        act(another)


def test_is_over_after_five_minutes(session: Session, api: APIClient) -> None:
    confirm(api, challenge_of(session, ACT, SUBJECT))
    with nothing_changes(), pytest.raises(StepUpRequired):
        act(session, now=timezone.now() + dt.timedelta(seconds=301))


def test_is_still_good_when_what_it_was_for_was_refused(session: Session, api: APIClient) -> None:
    confirm(api, challenge_of(session, ACT, SUBJECT))
    with nothing_changes(), suppress(Refused), acting(session), transaction.atomic():
        demand_step_up(user=session.user, act=ACT, subject=SUBJECT, now=timezone.now())
        raise Refused
    act(session)


def test_is_not_asked_of_the_platform_itself(alice: User) -> None:
    """A job, a command: nobody is there to ask."""
    with nothing_changes():
        demand_step_up(user=alice, act=ACT, subject=SUBJECT, now=timezone.now())


def test_is_refused_to_a_session_that_ended_under_way(session: Session) -> None:
    end_sessions([session], now=timezone.now())
    with nothing_changes(), pytest.raises(SessionEnded):
        act(session)


class TestAnswering:
    """What is not accepted as an answer to a challenge; each changes nothing but the trail."""

    def test_somebody_elses(self, session: Session, mallory: User) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        stranger = doors.api_client(mallory)
        with nothing_changes():
            assert confirm(stranger, challenge).json()["code"] == "step_up_over"

    def test_of_another_session_of_oneself(self, session: Session, alice: User) -> None:
        challenge, elsewhere = challenge_of(session, ACT, SUBJECT), doors.api_client(alice)
        with nothing_changes():
            assert confirm(elsewhere, challenge).json()["code"] == "step_up_over"

    def test_tampered_with_or_made_elsewhere(self, session: Session, api: APIClient) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        turned = challenge[:40] + ("A" if challenge[40] != "A" else "B") + challenge[41:]
        others = seal(b'{"id": "1"}', purpose="step-up"), seal(b"[]", purpose="step-up"), seal(b"{}", purpose="mail"), "x", "é"
        with nothing_changes():
            for forged in (turned, challenge[:-4], *others):
                answer = confirm(api, forged)
                assert (answer.status_code, answer.json()["code"]) == (409, "step_up_over")

    def test_too_late(self, session: Session, api: APIClient) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        later = timezone.now() + dt.timedelta(seconds=301)
        User.objects.filter(pk=session.user_id).update(last_active_at=later)  # else the call itself is noted
        with time_machine.travel(later, tick=False), nothing_changes():
            assert confirm(api, challenge).json()["code"] == "step_up_over"

    def test_after_it_was_used(self, session: Session, api: APIClient) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        confirm(api, challenge)
        act(session)
        with nothing_changes():
            assert confirm(api, challenge).json()["code"] == "step_up_over"

    def test_twice_makes_one(self, session: Session, api: APIClient) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        confirm(api, challenge)
        with nothing_changes():
            assert confirm(api, challenge).status_code == 200
        act(session)
        with pytest.raises(StepUpRequired):
            act(session)

    def test_with_a_wrong_password(self, session: Session, api: APIClient) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        with nothing_changes(TOLD):
            answer = confirm(api, challenge, method="password", password="not this one, no")
            assert (answer.status_code, answer.json()["code"]) == (403, "wrong_proof")
        entry = AuditEntry.objects.latest("created_at")
        assert (entry.action, entry.actor, entry.customer) == ("step_up.failed", None, session.user)
        assert "not this one" not in str(entry.metadata)

    @pytest.mark.parametrize(
        "proof",
        [
            {"method": "password"},
            {"method": "password", "code": "123456"},
            {"method": "totp", "code": "123456", "password": "x"},
            {"method": "wish", "code": "1"},
            {"method": "password", "password": "x", "amount": "1"},
        ],
    )
    def test_with_bad_input(self, session: Session, api: APIClient, proof: dict[str, str]) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        with nothing_changes():
            answer = confirm(api, challenge, **proof)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


class TestStrongestProof:
    """An account is confirmed by the strongest kind of proof it has, and never by a weaker one."""

    def test_demands_the_second_factor_where_there_is_one(self, session: Session, api: APIClient) -> None:
        secret = add_totp(session.user)
        challenge = challenge_of(session, ACT, SUBJECT)
        with nothing_changes():
            weaker = confirm(api, challenge)
        assert (weaker.status_code, weaker.json()["code"]) == (403, "proof_too_weak")
        assert weaker.json()["methods"] == ["totp"]
        assert confirm(api, challenge, method="totp", code=code_of(secret)).status_code == 200
        act(session)

    def test_takes_a_code_of_the_app_once(self, session: Session, api: APIClient) -> None:
        code = code_of(add_totp(session.user))
        assert confirm(api, challenge_of(session, ACT, SUBJECT), method="totp", code=code).status_code == 200
        other = challenge_of(session, ACT, {**SUBJECT, "payee": "mallory"})
        with nothing_changes(TOLD):
            assert confirm(api, other, method="totp", code=code).json()["code"] == "wrong_proof"

    def test_takes_a_recovery_code_once(self, session: Session, api: APIClient) -> None:
        add_totp(session.user)
        code, *_others = add_recovery_codes(session.user)
        spaced = f"{code[:4]} {code[4:]}"
        assert confirm(api, challenge_of(session, ACT, SUBJECT), method="recovery_code", code=spaced).status_code == 200
        other = challenge_of(session, ACT, {**SUBJECT, "payee": "mallory"})
        with nothing_changes(TOLD):
            assert confirm(api, other, method="recovery_code", code=code).json()["code"] == "wrong_proof"

    def test_has_nothing_to_offer_to_an_account_without_any(self, session: Session, api: APIClient) -> None:
        user = session.user
        user.set_unusable_password()
        user.save()
        Session.objects.filter(pk=session.pk).update(password_mark=password_mark(user))
        with pytest.raises(StepUpRequired) as refusal:
            act(session)
        assert refusal.value.extra["methods"] == []
        with nothing_changes():
            assert confirm(api, refusal.value.extra["challenge"]).json()["code"] == "proof_too_weak"


class TestGuessing:
    """R20: five tries, counted together with those at the other doors."""

    def test_stops_after_five_passwords_and_closes_sign_in_too(self, session: Session, api: APIClient) -> None:
        challenge = challenge_of(session, ACT, SUBJECT)
        codes = [confirm(api, challenge, method="password", password="a guess").json()["code"] for _try in range(6)]
        assert codes == ["wrong_proof"] * 5 + ["too_many_attempts"]
        assert confirm(api, challenge).json()["code"] == "too_many_attempts"  # the right one as well
        door = APIClient().post("/api/auth/login", {"email": session.user.email, "password": "a guess"})
        assert door.json()["code"] == "too_many_attempts"
        assert not StepUp.objects.exists()

    def test_stops_after_five_codes_whichever_kind(self, session: Session, api: APIClient) -> None:
        secret = add_totp(session.user)
        add_recovery_codes(session.user)
        challenge = challenge_of(session, ACT, SUBJECT)
        for number in range(5):
            method = "totp" if number % 2 else "recovery_code"
            assert confirm(api, challenge, method=method, code="000000").json()["code"] == "wrong_proof"
        assert confirm(api, challenge, method="totp", code=code_of(secret)).json()["code"] == "too_many_attempts"

    def test_does_not_count_what_was_right(self, session: Session, api: APIClient) -> None:
        for number in range(7):
            assert confirm(api, challenge_of(session, ACT, {"number": number})).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_lets_one_of_two_uses_at_once_through(session: Session, api: APIClient) -> None:
    confirm(api, challenge_of(session, ACT, SUBJECT))

    results = together([lambda: act(session)] * 4)

    assert results.count(None) == 1
    assert all(isinstance(result, StepUpRequired) for result in results if result is not None)


@pytest.mark.django_db(transaction=True)
def test_is_confirmed_once_by_two_answers_at_once(session: Session, api: APIClient) -> None:
    challenge = challenge_of(session, ACT, SUBJECT)
    results = together([lambda: confirm(client_of(session), challenge).status_code] * 3)
    assert set(results) == {200}
    assert StepUp.objects.count() == 1
