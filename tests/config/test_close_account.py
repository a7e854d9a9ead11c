"""Closing one's account: the page and the API (R47)."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Closure, User
from config.erasure.errors import MoneyLeft
from tests import doors
from tests.factories import PASSWORD, UserFactory, open_wallet_for
from tests.people import identify
from tests.proving import confirm
from tests.unchanged import nothing_changes

PAGE, API = "/profile/close/", "/api/me/closure"

pytestmark = pytest.mark.django_db(transaction=True)


def confirmed(browser: Client) -> Any:  # the test client's own kind of answer
    """Press the button, show who it is, and press it once more."""
    asked = browser.post(PAGE).headers["Location"]
    assert asked.startswith("/confirm/act/")
    assert browser.post(asked, {"password": PASSWORD}).headers["Location"] == PAGE
    return browser.post(PAGE)


def test_closes_it_after_a_fresh_proof_and_says_so(alice: User) -> None:
    browser, elsewhere = doors.portal_client(alice), doors.api_client(alice)
    identify(alice)
    open_wallet_for(alice)
    assert b"Close your account for good" in browser.get(PAGE).content

    answer = confirmed(browser)

    assert answer.headers["Location"] == "/closed/"
    assert b"Your account is closed" in browser.get("/closed/").content
    assert browser.get("/profile/").headers["Location"] == "/signin/?next=/profile/"
    assert elsewhere.get("/api/me").json()["code"] == "session_ended"
    assert Closure.objects.get().user_id == alice.pk
    signing_in = Client().post("/signin/", {"login": "alice@example.com", "password": PASSWORD})
    assert signing_in.status_code == 200
    assert b"belong together" in signing_in.content


def test_closes_nothing_without_the_proof(alice: User) -> None:
    browser = doors.portal_client(alice)
    with nothing_changes("django_session"):
        asked = browser.post(PAGE).headers["Location"]
    assert browser.post(asked, {"password": "wrong orbit lantern moss"}).status_code == 403
    assert not Closure.objects.exists()


def test_says_what_stands_in_the_way(alice: User) -> None:
    open_wallet_for(alice, minor=100)
    browser = doors.portal_client(alice)
    page = browser.get(PAGE)
    assert f'{MoneyLeft.message} <a href="/wallets/">See your wallets</a>' in page.content.decode()
    assert b"Close your account for good" not in page.content
    with nothing_changes():
        assert browser.post(PAGE).status_code == 409


def test_closes_it_by_api(alice: User) -> None:
    api = doors.api_client(alice)
    assert api.get(API).json() == {"obstacles": []}
    with nothing_changes():
        refusal = api.post(API)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "step_up_required")
    assert confirm(api, refusal.json()["challenge"]).status_code == 200

    answer = api.post(API)

    assert answer.status_code == 201
    assert answer.json()["closed_at"]
    assert api.get(API).json()["code"] == "session_ended"
    assert Closure.objects.get().closed_by_id == alice.pk


def test_answers_the_obstacle_by_api(alice: User) -> None:
    open_wallet_for(alice, minor=100)
    api = doors.api_client(alice)
    assert [each["code"] for each in api.get(API).json()["obstacles"]] == ["money_left"]
    with nothing_changes():
        assert (api.post(API).status_code, api.post(API).json()["code"]) == (409, "money_left")


def test_refuses_a_body_by_api(alice: User) -> None:
    api = doors.api_client(alice)
    with nothing_changes():
        assert api.post(API, {"user": "somebody else"}).status_code == 400


def test_a_proof_of_one_person_closes_no_other_account(alice: User, mallory: User) -> None:
    victim, thief = doors.api_client(alice), doors.api_client(mallory)
    challenge = victim.post(API).json()["challenge"]
    assert confirm(thief, challenge).json()["code"] == "step_up_over"
    assert victim.post(API).status_code == 403
    assert not Closure.objects.exists()


def test_lets_somebody_go_who_has_only_a_linked_account(db: None) -> None:
    """There is nothing to confirm by, so having signed in a moment ago is the proof."""
    person = UserFactory.create(email=None, password="!")
    assert doors.api_client(person).post(API).status_code == 201
