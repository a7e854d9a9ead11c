"""R33: people and codes are not found by trying: what finds nothing counts, whichever way it was asked.

A new way to find something by a name or a code gets its line in the table.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from merchants.codes import find_payable
from merchants.errors import CodeUnknown, TooManyGuesses
from merchants.models import Store
from payments.models import Transaction, Wallet
from tests import doors
from tests.factories import UserFactory, open_store_for, open_wallet_for
from tests.threads import together


@dataclass(frozen=True)
class LookUp:
    """A place that finds people or things by what is typed: `ask(person, typed)`; `most` misses, `hit` is something real."""

    name: str
    most: int
    ask: Callable[[User, str], Any]
    hit: Callable[["Town"], str]
    miss: Callable[[int], str]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Town:
    """Somebody to find, a store to pay, and mallory, who looks for both."""

    mallory: User
    friend: User
    store: Store


@pytest.fixture
def town(transactional_db: None) -> Town:
    mallory, friend = UserFactory.create(), UserFactory.create(email="friend@example.com")
    open_wallet_for(mallory, minor=50_00)
    open_wallet_for(friend)
    return Town(mallory, friend, open_store_for(UserFactory.create()))


def transfer_to(person: User, email: str) -> Any:
    wallet = Wallet.objects.get(user=person)
    body = {"wallet": str(wallet.pk), "amount": "1.00", "asset": "EUR", "payee": {"email": email}}
    return doors.api_client(person).post("/api/transfers", body, headers={"idempotency-key": str(uuid.uuid4())})


def send_to(person: User, email: str) -> Any:
    wallet = Wallet.objects.get(user=person)
    return doors.portal_client(person).post("/send/", {"wallet": wallet.pk, "payee": email, "amount": "1.00", "notes": ""})


def store_by_code(person: User, code: str) -> Any:
    return doors.api_client(person).get(f"/api/stores/by-code/{code}")


def pay_page(person: User, code: str) -> Any:
    return doors.portal_client(person).get(f"/pay/{code}")


def code_number(number: int) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return f"ZZZ{letters[number // 1024 % 32]}{letters[number // 32 % 32]}{letters[number % 32]}"


def email_number(number: int) -> str:
    return f"guess{number}@example.com"


LOOK_UPS = [
    LookUp("payee by API", 10, transfer_to, lambda town: str(town.friend.email), email_number),
    LookUp("payee on the page", 10, send_to, lambda town: str(town.friend.email), email_number),
    LookUp("store's code by API", 20, store_by_code, lambda town: town.store.short_code, code_number),
    LookUp("store's code on the page", 20, pay_page, lambda town: town.store.short_code, code_number),
]


def stopped(answer: Any) -> bool:
    return answer.status_code == 429 or "too many people" in answer.content.decode()


class TestLookUps:
    """R33: guessing who or what is there finds nothing and ends early, however many guesses are made at the same moment."""

    @pytest.mark.parametrize("look_up", LOOK_UPS, ids=str)
    def test_many_at_once_get_no_more_than_one_after_another(self, town: Town, look_up: LookUp) -> None:
        asked = [partial(look_up.ask, town.mallory, look_up.miss(number)) for number in range(look_up.most - 4)]
        for ask in asked:
            assert not stopped(ask())
        burst = together([partial(look_up.ask, town.mallory, look_up.miss(100 + number)) for number in range(12)])
        assert [stopped(answer) for answer in burst].count(False) == 4
        assert stopped(look_up.ask(town.mallory, look_up.hit(town)))
        assert not Transaction.objects.filter(kind=Transaction.Kind.TRANSFER).exists()

    @pytest.mark.parametrize("look_up", LOOK_UPS, ids=str)
    def test_finding_what_is_there_never_counts(self, town: Town, look_up: LookUp) -> None:
        for _time in range(look_up.most + 2):
            assert not stopped(look_up.ask(town.mallory, look_up.hit(town)))

    def test_ten_thousand_guesses_at_codes_find_nothing(self, town: Town) -> None:
        outcomes: list[type[Exception]] = []
        for number in range(10_000):
            try:
                find_payable(code_number(number), person=town.mallory)
            except (CodeUnknown, TooManyGuesses) as refusal:
                outcomes.append(type(refusal))
        assert outcomes == [CodeUnknown] * 20 + [TooManyGuesses] * 9_980
