"""What happened on one's account: a page for its owner's eyes."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, User
from audit import events
from payments.models import Wallet
from tests import doors
from tests.factories import PASSWORD
from tests.payments.pages.acts import send
from tests.payments.pages.reading import queries, words

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def note(name: str, user: User, *, at: dt.datetime = NOON, **properties: str) -> None:
    events.note(name, user_id=user.pk, now=at, properties=properties)


@time_machine.travel(NOON, tick=False)
def test_lists_acts_under_their_days_newest_first(browser: Client, alice: User) -> None:
    note("user.signed_up", alice, at=NOON - dt.timedelta(days=400))
    note("user.signed_in", alice, at=NOON - dt.timedelta(days=1), way="passkey")
    note("user.password_changed", alice)
    _summary, _today, shown = words(browser.get("/profile/activity/")).partition("Today")
    places = [
        shown.index(text)
        for text in ("Password changed", "Yesterday", "Signed in with passkey", "17 October 2025", "Signed up")
    ]
    assert places == sorted(places)


def test_says_from_which_device_and_where(alice: User) -> None:
    here = Client(headers={"user-agent": FIREFOX}, REMOTE_ADDR="192.0.2.9")
    here.post("/signin/", {"login": alice.email, "password": PASSWORD})
    assert "Signed in with password · Firefox on Linux 192.0.2.9" in words(here.get("/profile/activity/"))


def test_shows_a_try_that_failed_with_where_it_came_from(browser: Client, alice: User) -> None:
    api = APIClient(headers={"user-agent": "curl/8.0"}, REMOTE_ADDR="203.0.113.66")
    api.post("/api/auth/login", {"email": alice.email, "password": "not her password"})
    shown = words(browser.get("/profile/activity/"))
    assert "Somebody tried to sign in and failed curl 203.0.113.66" in shown
    assert "In all" not in shown  # she did nothing herself


def test_names_no_device_of_what_the_platform_did(browser: Client, alice: User) -> None:
    note("session.ended", alice)
    assert "Device signed out" in words(browser.get("/profile/activity/"))


def test_shows_nobody_elses(browser: Client, mallory: User) -> None:
    note("user.password_changed", mallory)
    events.note("user.sign_in_failed", user_id=None, now=NOON)
    assert "Nothing yet What happens on your account from now on is listed here." in words(browser.get("/profile/activity/"))


def test_escapes_what_browsers_call_themselves(alice: User) -> None:
    here = Client(headers={"user-agent": "<script>alert(1)</script>"})
    here.post("/signin/", {"login": alice.email, "password": PASSWORD})
    assert b"<script>alert" not in here.get("/profile/activity/").content


def test_sums_up_acts_and_movements(browser: Client, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    for _time in range(3):
        send(alice_eur, bruno_eur, 1_00, at=timezone.now())
    shown = words(browser.get("/profile/activity/"))
    assert "Most often Transfer" in shown


def test_turns_pages_and_costs_the_same_on_each(browser: Client, alice: User) -> None:
    for number in range(60):
        note("user.signed_in", alice, at=NOON - dt.timedelta(minutes=number), way="password")
    seen, page = 0, browser.get("/profile/activity/")
    while True:
        seen += words(page).count("Signed in with")
        older = page.context["older"]
        if not older:
            break
        page = browser.get("/profile/activity/" + older)
    assert seen == 60
    with queries(3):  # session, person, events
        browser.get("/profile/activity/?" + urlsplit(page.context["newer"]).query)
    with queries(4):  # and on the first page how much was done in all
        browser.get("/profile/activity/")


def test_refuses_a_place_that_is_none(browser: Client) -> None:
    assert browser.get("/profile/activity/?cursor=nowhere").status_code == 400


def test_speaks_the_readers_language(alice: User, bruno: User) -> None:
    note("user.sign_in_failed", bruno)
    shown = words(doors.portal_client(bruno).get("/profile/activity/"))
    assert "Alguém tentou entrar e não conseguiu" in shown


def test_is_reached_from_the_profile(browser: Client) -> None:
    assert 'href="/profile/activity/"' in browser.get("/profile/").content.decode()


@pytest.mark.parametrize("way", Session.AuthMethod.values)
def test_has_words_for_each_way_in(browser: Client, alice: User, way: str) -> None:
    note("user.signed_in", alice, way=way)
    assert f"Signed in with {Session.AuthMethod(way).label}" in words(browser.get("/profile/activity/"))
