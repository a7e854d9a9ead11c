"""Guessing: of passwords, of codes, of who has an account. It finds nothing and ends early."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in, link_in, wrong
from tests.threads import together

FAR_AWAY = [f"203.0.113.{number}" for number in range(1, 200)]


@contextmanager
def hashes_counted() -> Iterator[list[str]]:
    """How often a password was hashed: what a sign-in's time is made of."""
    made: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        made.append(salt)
        return encode(self, password, salt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MD5PasswordHasher, "encode", counted)
        yield made


def log_in(email: str, password: str, ip: str) -> int:
    answer = APIClient().post("/api/auth/login", {"email": email, "password": password}, REMOTE_ADDR=ip)
    return answer.status_code


def test_five_wrong_passwords_close_the_account_from_everywhere(alice: User) -> None:
    statuses = [log_in("alice@example.com", "not her password", ip) for ip in FAR_AWAY[:5]]
    assert statuses == [401] * 5
    assert log_in("alice@example.com", PASSWORD, FAR_AWAY[6]) == 429
    page = Client().post("/signin/", {"login": alice.email, "password": PASSWORD}, REMOTE_ADDR=FAR_AWAY[7])
    assert "Too many attempts" in page.content.decode()
    assert "_auth_user_id" not in page.client.session


def test_unknown_accounts_are_closed_just_the_same(db: None) -> None:
    assert [log_in("nobody@example.com", "a password", ip) for ip in FAR_AWAY[:6]] == [401] * 5 + [429]


def test_one_caller_is_stopped_whatever_the_accounts(db: None) -> None:
    statuses = [log_in(f"person{number}@example.com", PASSWORD, "203.0.113.1") for number in range(11)]
    assert statuses == [401] * 10 + [429]


def test_guessing_in_parallel_gains_nothing(transactional_db: None) -> None:
    UserFactory.create(email="alice@example.com")
    tries = [lambda ip=ip: log_in("alice@example.com", "not her password", ip) for ip in FAR_AWAY[:12]]
    outcomes = together(tries)
    assert outcomes.count(401) <= 5
    assert set(outcomes) <= {401, 429}


def test_right_passwords_never_count(alice: User) -> None:
    assert [log_in("alice@example.com", PASSWORD, ip) for ip in FAR_AWAY[:7]] == [200] * 7


def test_a_new_password_opens_a_closed_account(client: Client, alice: User, mailbox: Mailbox) -> None:
    for ip in FAR_AWAY[:6]:
        log_in("alice@example.com", "not her password", ip)
    client.post("/reset/", {"email": alice.email})
    page = client.get(link_in(mailbox()[-1])).headers["Location"]
    client.post(page, {"password1": "velvet quarry thimble nine"})
    assert log_in("alice@example.com", "velvet quarry thimble nine", FAR_AWAY[9]) == 200


@pytest.mark.parametrize("door", ["api", "portal"])
def test_an_unknown_account_costs_the_same_hashing(alice: User, door: str) -> None:
    counts = []
    for email in (alice.email, "nobody@example.com"):
        with hashes_counted() as made:
            if door == "api":
                APIClient().post("/api/auth/login", {"email": email, "password": "not the password"})
            else:
                Client().post("/signin/", {"login": email, "password": "not the password"})
        counts.append(len(made))
    assert counts == [1, 1]


@pytest.mark.parametrize("door", ["api", "portal"])
def test_signing_up_with_a_taken_address_costs_the_same_hashing(alice: User, door: str) -> None:
    counts = []
    for email in (alice.email, "nova@example.com"):
        with hashes_counted() as made:
            if door == "api":
                APIClient().post("/api/auth/register", {"email": email, "password": PASSWORD})
            else:
                Client().post("/signup/", {"email": email, "password1": PASSWORD})
        counts.append(len(made))
    assert counts == [1, 1]


def test_asking_for_a_link_is_limited_for_known_and_unknown_alike(alice: User) -> None:
    for email in (alice.email, "nobody@example.com"):
        statuses = [Client().post("/reset/", {"email": email}, REMOTE_ADDR=ip).status_code for ip in FAR_AWAY[:3]]
        assert statuses == [302, 302, 429]


def test_codes_can_not_be_farmed(mailbox: Mailbox) -> None:
    """Each new sign-in has a new code and new tries; the address has not."""
    UserFactory.create(email="nova@example.com", email_verified=False)
    tried = 0
    for ip in FAR_AWAY:
        api = APIClient(REMOTE_ADDR=ip)
        pending = api.post("/api/auth/login", {"email": "nova@example.com", "password": PASSWORD})
        if pending.status_code == 429:
            break
        for guess in range(10):
            answer = api.post(
                "/api/auth/verify", {"session_token": pending.json()["session_token"], "code": wrong(f"{guess:06d}")}
            )
            tried += answer.status_code == 400
    assert tried <= 5


def test_several_codes_at_once_are_counted_one_by_one(transactional_db: None, mailbox: Mailbox) -> None:
    UserFactory.create(email="nova@example.com", email_verified=False)
    pending = APIClient().post("/api/auth/login", {"email": "nova@example.com", "password": PASSWORD}).json()
    code = code_in(mailbox()[-1])

    def guess() -> int:
        body = {"session_token": pending["session_token"], "code": wrong(code)}
        return APIClient().post("/api/auth/verify", body).status_code

    outcomes = together([guess] * 12)
    assert outcomes.count(400) <= 5
    assert set(outcomes) <= {400, 409, 429}
