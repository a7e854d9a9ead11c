"""Codes by SMS: five wrong ones close every door that asks for one, and nobody has them sent without end (R21, R33)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, StepUpAct, User
from accounts.tokens import issue_token_pair
from tests import doors
from tests.attacks.test_doors import FAR_AWAY, NOON, is_locked
from tests.factories import UserFactory
from tests.mailbox import wrong
from tests.proving import challenge_of
from tests.texts import Phones, code_in

type Try = Callable[[str], Any]


@dataclass(frozen=True)
class TextDoor:
    """A place that asks for a code by SMS: `open_door(person, address)` has one sent there, and answers how one is tried."""

    name: str
    open_door: Callable[[User, str], Try]
    signed_in: bool = False  # only for somebody who is known and in already

    def __str__(self) -> str:
        return self.name


def sign_in_by_phone(person: User, ip: str) -> Try:
    client = Client(REMOTE_ADDR=ip)
    client.post("/signin/phone/", {"phone": person.phone})
    return lambda code: client.post("/signin/phone/code/", {"code": code})


def api_sign_in_by_phone(person: User, ip: str) -> Try:
    client = APIClient(REMOTE_ADDR=ip)
    token = client.post("/api/auth/phone", {"phone": person.phone}).json()["session_token"]
    return lambda code: client.post("/api/auth/phone/verify", {"session_token": token, "code": code})


def step_up_by_text(person: User, ip: str) -> Try:
    session = doors.open_session(person)
    token = issue_token_pair(person, session=session, now=timezone.now()).access_token
    challenge = challenge_of(session, StepUpAct.SEND_MONEY, {"amount": 1})
    client = APIClient(headers={"authorization": f"Bearer {token}"}, REMOTE_ADDR=ip)
    client.post("/api/auth/step-up/code", {"challenge": challenge})
    return lambda code: client.post("/api/auth/step-up", {"challenge": challenge, "method": "sms", "code": code})


def recovery(person: User, ip: str) -> Try:
    client = Client(REMOTE_ADDR=ip)
    client.post("/recover/", {"phone": person.phone})
    return lambda code: client.post("/recover/code/", {"code": code})


TEXT_DOORS = [
    TextDoor("portal sign-in", sign_in_by_phone),
    TextDoor("API sign-in", api_sign_in_by_phone),
    TextDoor("recovery", recovery),
    TextDoor("step-up by API", step_up_by_text, signed_in=True),
]
MIRA = "+5511961234567"


class TestTextedCodes:
    """Six digits by SMS, counted by number (R21)."""

    @pytest.fixture
    def mira(self, db: None) -> User:
        person: User = UserFactory.create(email=None, password="!", phone=MIRA, phone_verified_at=timezone.now())
        return person

    @pytest.mark.parametrize(
        ("door", "known"), [(door, known) for door in TEXT_DOORS for known in (True, False) if known or not door.signed_in]
    )
    def test_five_wrong_codes_close_all_of_these_doors(self, mira: User, phones: Phones, door: TextDoor, known: bool) -> None:
        """Also for codes that are sent later, from anywhere, and for numbers that nobody here has."""
        person = mira if known else User(phone="+351912345678")
        there = [each for each in TEXT_DOORS if known or not each.signed_in]
        with time_machine.travel(NOON, tick=False) as clock:
            knock = door.open_door(person, FAR_AWAY[0])
            code = code_in(phones()[-1])
            answers = [knock(wrong(code)) for _try in range(5)]
            assert [is_locked(answer) for answer in answers] == [False] * 5
            assert is_locked(knock(code))
            for number, other in enumerate(there, start=1):
                clock.shift(31)
                knock = other.open_door(person, FAR_AWAY[number])
                assert is_locked(knock(code_in(phones()[-1]))), other.name
        assert not Session.objects.filter(auth_method="phone").exists()

    def test_codes_are_not_sent_without_end(self, mira: User, phones: Phones) -> None:
        """R33: neither one phone nor the bill for messages can be flooded, from as many addresses as one likes."""
        addresses = iter(FAR_AWAY * 9)
        with time_machine.travel(NOON, tick=False) as clock:
            for ten_minutes in range(24 * 6):
                APIClient(REMOTE_ADDR=next(addresses)).post("/api/auth/phone", {"phone": MIRA})
                clock.shift(600)
                if not ten_minutes % 6:
                    phones()
        assert len(phones()) <= 11
