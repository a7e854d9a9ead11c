"""Typing the code that was mailed."""

import datetime as dt

import time_machine
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in, wrong
from tests.unchanged import nothing_changes

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def sign_in_unverified(client: Client, mailbox: Mailbox) -> str:
    UserFactory.create(email="nova@example.com", email_verified=False)
    assert client.post("/signin/", {"login": "nova@example.com", "password": PASSWORD}).headers["Location"] == "/verify/"
    return code_in(mailbox()[-1])


def test_refuses_a_wrong_code_and_takes_the_right_one_after(client: Client, mailbox: Mailbox) -> None:
    code = sign_in_unverified(client, mailbox)
    with nothing_changes("django_session"):
        answer = client.post("/verify/", {"code": wrong(code)})
    assert "This is not the code we sent." in answer.content.decode()
    assert client.post("/verify/", {"code": code}).headers["Location"] == "/"


def test_takes_a_code_with_a_space_in_it(client: Client, mailbox: Mailbox) -> None:
    code = sign_in_unverified(client, mailbox)
    assert client.post("/verify/", {"code": f"{code[:3]} {code[3:]}"}).headers["Location"] == "/"


def test_the_code_is_over_after_five_minutes(client: Client, mailbox: Mailbox) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        code = sign_in_unverified(client, mailbox)
        clock.shift(301)
        answer = client.post("/verify/", {"code": code})
    assert answer.headers["Location"] == "/signin/"
    assert client.get("/profile/").status_code == 302


def test_a_new_code_has_five_minutes_of_its_own_and_replaces_the_old_one(client: Client, mailbox: Mailbox) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        first = sign_in_unverified(client, mailbox)
        clock.shift(280)
        client.post("/verify/", {"action": "resend"})
        second = code_in(mailbox()[-1])
        clock.shift(280)
        if first != second:
            assert client.post("/verify/", {"code": first}).status_code == 200
        assert client.post("/verify/", {"code": second}).headers["Location"] == "/"


def test_five_wrong_codes_end_the_sign_in(client: Client, mailbox: Mailbox) -> None:
    code = sign_in_unverified(client, mailbox)
    for _ in range(5):
        answer = client.post("/verify/", {"code": wrong(code)})
    assert answer.headers["Location"] == "/signin/"
    assert client.post("/verify/", {"code": code}).headers["Location"] == "/signin/"
    assert client.get("/profile/").status_code == 302


def test_the_code_works_only_where_it_was_asked_for(client: Client, mailbox: Mailbox) -> None:
    code = sign_in_unverified(client, mailbox)
    other = Client()
    assert other.post("/verify/", {"code": code}).headers["Location"] == "/signin/"
    assert not User.objects.get().last_login


def test_the_code_works_once(client: Client, mailbox: Mailbox) -> None:
    code = sign_in_unverified(client, mailbox)
    client.post("/verify/", {"code": code})
    with nothing_changes("django_session"):
        assert client.post("/verify/", {"code": code}).status_code == 302


def test_codes_are_unreadable_where_they_wait(client: Client, mailbox: Mailbox) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    UserFactory.create(email="nova@example.com", email_verified=False)
    client.post("/signin/", {"login": "nova@example.com", "password": PASSWORD})
    waiting = ProcrastinateJob.objects.get().args["sealed"]
    code = code_in(mailbox()[-1])
    assert code not in str(waiting)
    assert "nova@example.com" not in str(waiting)
    assert code not in Session.objects.get().session_data


def test_an_address_belongs_to_whoever_proves_it(client: Client, alice: User, mailbox: Mailbox) -> None:
    squatter = UserFactory.create(email="alice.moreau@example.com", email_verified=False)
    client.force_login(alice)
    client.post("/confirm/", {"password": PASSWORD, "next": "/profile/email/"})
    client.post("/profile/email/", {"email": "alice.moreau@example.com", "action_add": "1"})

    client.post("/verify/", {"code": code_in(mailbox()[-1])})

    alice.refresh_from_db()
    squatter.refresh_from_db()
    assert alice.email == "alice.moreau@example.com"
    assert (squatter.email, squatter.status) == (None, "deleted")
