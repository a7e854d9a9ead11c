"""Many tries with one key at the same moment (R2): one effect, and one answer for all."""

import functools
import os
import threading
import time
import uuid

import psycopg
import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from audit import trail
from audit.models import AuditEntry
from config.errors import Refused
from config.idempotency import Answer, KeyInProgress, once
from tests.threads import together

# The whole promise is 10,000 keys, which takes minutes: FLORIN_KEYS=10000 pytest tests/races/test_keys.py
KEYS = int(os.environ.get("FLORIN_KEYS", "40"))
TRIES = 5
WAIT_LIMIT_S = 10
BLOCKED = "select count(*) from pg_locks where locktype = 'transactionid' and not granted"

pytestmark = pytest.mark.django_db(transaction=True)


class Unlucky(Refused):
    """What the first tries meet."""

    code = "unlucky"


def pay(person: User) -> Answer:
    trail.record("test.paid", actor=person, resource=person, now=timezone.now())
    return Answer(201, {"id": str(uuid.uuid4())})


def effects() -> int:
    return AuditEntry.objects.filter(action="test.paid").count()


def wait_until_blocked(owner: psycopg.Connection) -> None:
    deadline = time.monotonic() + WAIT_LIMIT_S
    while time.monotonic() < deadline:
        row = owner.execute(BLOCKED).fetchone()
        if row and row[0]:
            return
    pytest.fail("the second try does not wait")


def test_has_one_effect_per_key(alice: User) -> None:
    for number in range(KEYS):
        tries = functools.partial(once, caller=alice.pk, key=f"order-{number:06}", digest=bytes(32), work=lambda: pay(alice))
        answers = together([tries] * TRIES)
        assert {type(answer) for answer in answers} == {Answer}
        found = [answer for answer in answers if isinstance(answer, Answer)]
        assert len({answer.body["id"] for answer in found}) == 1
        assert sorted(answer.replayed for answer in found) == [False] + [True] * (TRIES - 1)
    assert effects() == KEYS


def test_lets_the_next_try_work_when_the_first_is_refused(alice: User) -> None:
    """Of five tries the first two to get there are refused; the third pays and the others get its answer."""
    turn, lock = [0], threading.Lock()

    def work() -> Answer:
        with lock:
            turn[0] += 1
            mine = turn[0]
        answer = pay(alice)
        if mine <= 2:
            raise Unlucky
        return answer

    answers = together([lambda: once(caller=alice.pk, key="order-0001", digest=bytes(32), work=work)] * TRIES)
    assert sorted(type(answer).__name__ for answer in answers) == ["Answer"] * 3 + ["Unlucky"] * 2
    assert len({answer.body["id"] for answer in answers if isinstance(answer, Answer)}) == 1
    assert effects() == 1


def test_waits_for_the_first_try_and_answers_as_it_did(alice: User, owner_connection: psycopg.Connection) -> None:
    second_waits = threading.Event()
    started = threading.Event()

    def first() -> Answer:
        def work() -> Answer:
            started.set()
            assert second_waits.wait(WAIT_LIMIT_S)
            return pay(alice)

        return once(caller=alice.pk, key="order-0001", digest=bytes(32), work=work)

    def second() -> Answer:
        assert started.wait(WAIT_LIMIT_S)
        return once(caller=alice.pk, key="order-0001", digest=bytes(32), work=lambda: pay(alice))

    def watch() -> None:
        assert started.wait(WAIT_LIMIT_S)
        wait_until_blocked(owner_connection)
        second_waits.set()

    one, other, _nothing = together([first, second, watch])
    assert isinstance(one, Answer)
    assert isinstance(other, Answer)
    assert (one.replayed, other.replayed) == (False, True)
    assert one.body == other.body
    assert effects() == 1


def test_stops_waiting_for_a_try_that_takes_too_long(alice: User, settings: Settings) -> None:
    settings.IDEMPOTENCY_WAIT_MS = 50
    given_up = threading.Event()
    started = threading.Event()

    def first() -> Answer:
        def work() -> Answer:
            started.set()
            assert given_up.wait(WAIT_LIMIT_S)
            return pay(alice)

        return once(caller=alice.pk, key="order-0001", digest=bytes(32), work=work)

    def second() -> Answer:
        assert started.wait(WAIT_LIMIT_S)
        try:
            return once(caller=alice.pk, key="order-0001", digest=bytes(32), work=lambda: pay(alice))
        finally:
            given_up.set()

    one, other = together([first, second])
    assert isinstance(one, Answer)
    assert isinstance(other, KeyInProgress)
    assert (other.code, other.status) == ("idempotency_in_progress", 409)
    assert effects() == 1
