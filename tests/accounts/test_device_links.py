"""Device links (R24, R33): a signed-in browser signs an app in, once, soon, and only while it is itself signed in."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import DeviceLink, Session, StepUpAct, User
from accounts.operations import suspend_user
from accounts.sessions import end_sessions
from audit.models import AuditEntry, Event
from tests import doors
from tests.factories import PASSWORD, UserFactory
from tests.proving import proven
from tests.threads import together
from tests.unchanged import nothing_changes

# An operation that refuses rolls back its whole transaction, so each of these has one of its own.
pytestmark = pytest.mark.django_db(transaction=True)

NOON = dt.datetime(2026, 11, 26, 12, 0, tzinfo=dt.UTC)
PAGE = "/profile/devices/link/"
PHONE = "FlorinApp/1.0 (Android)"


def show(browser: Client) -> tuple[DeviceLink, str]:
    """Press the button, once this session has confirmed it; the token as the page shows it."""
    session = Session.objects.get(session_key=browser.cookies[settings.SESSION_COOKIE_NAME].value)
    proven(session, StepUpAct.LINK_DEVICE, {}, now=timezone.now())
    shown = browser.post(PAGE, follow=True)
    (token,) = re.findall(r"florin://link\?token=([\w-]+)", shown.content.decode())
    return DeviceLink.objects.latest("created_at"), token


def use(token: str, *, ip: str = "198.51.100.7", agent: str = PHONE, name: str = "Pixel", path: str = "") -> Any:
    body = {"token": token} | ({} if path else {"device_name": name})
    return APIClient(headers={"user-agent": agent}, REMOTE_ADDR=ip).post(f"/api/auth/device-link{path}", body)


def test_signs_an_app_in(alice: User) -> None:
    browser = doors.portal_client(alice)
    link, token = show(browser)
    answer = use(token)
    assert (answer.status_code, answer.json()["user"]["email"]) == (200, alice.email)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert APIClient().get("/api/me", headers=bearer).status_code == 200
    assert APIClient().post("/api/auth/refresh", {"refresh_token": answer.json()["refresh_token"]}).status_code == 200
    session = Session.objects.get(auth_method="link")
    assert (session.user, session.device_name, session.site) == (alice, "Pixel", "portal")
    assert "Pixel" in browser.get(f"/profile/devices/link/{link.pk}/").content.decode()
    assert list(AuditEntry.objects.order_by("created_at", "pk").values_list("action", flat=True)) == [
        "step_up.used",
        "device_link.made",
        "user.signed_in",
    ]
    assert Event.objects.get(name="user.signed_in").properties["way"] == "link"


def test_asks_for_a_fresh_proof_first(alice: User) -> None:
    browser = doors.portal_client(alice)
    with nothing_changes("django_session"):
        asked = browser.post(PAGE)
    assert "Sign an app in from this browser" in browser.get(asked.headers["Location"]).content.decode()
    back = browser.post(asked.headers["Location"], {"password": PASSWORD})
    assert back.headers["Location"] == PAGE
    assert browser.post(PAGE, follow=True).context["status"] == "pending"
    with nothing_changes("django_session"):
        assert "/confirm/act/" in browser.post(PAGE).headers["Location"]  # for each code anew


def test_a_sign_in_is_proof_for_who_has_nothing_else(alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    with time_machine.travel(NOON, tick=False) as clock:
        browser = doors.portal_client(alice)
        assert browser.post(PAGE, follow=True).context["status"] == "pending"
        clock.shift(301)
        with nothing_changes("django_session"):
            late = browser.post(PAGE)
    assert (late.status_code, "Sign out and in again" in late.content.decode()) == (403, True)


def test_holds_no_token_and_tells_no_name(alice: User) -> None:
    link, token = show(doors.portal_client(alice))
    assert token not in str(DeviceLink.objects.values().get())
    told = use(token, path="/open").json()
    assert set(told) == {"made_on", "language", "timezone", "expires_in"}
    assert told["expires_in"] <= 120
    assert str(alice.email) not in str(told)
    assert link.user == alice


def test_works_once(alice: User) -> None:
    _link, token = show(doors.portal_client(alice))
    assert use(token).status_code == 200
    with nothing_changes():
        answer = use(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_link_refused")


@pytest.mark.parametrize(("seconds", "status"), [(119, 200), (120, 401)])
def test_works_for_two_minutes(alice: User, seconds: int, status: int) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        browser = doors.portal_client(alice)
        link, token = show(browser)
        clock.shift(seconds)
        assert use(token).status_code == status
        page = browser.get(f"/profile/devices/link/{link.pk}/").content.decode()
        assert ("Time is up" in page) == (status == 401)


@pytest.mark.parametrize("other", [{"ip": "2001:db8::7"}, {"agent": "Thief/1"}], ids=["address family", "user agent"])
def test_is_for_the_app_that_opened_it(alice: User, other: dict[str, str]) -> None:
    _link, token = show(doors.portal_client(alice))
    assert use(token, path="/open").status_code == 200
    with nothing_changes():
        assert use(token, **other).status_code == 401
        assert use(token, path="/open", **other).status_code == 401
    assert use(token, ip="198.51.100.99").status_code == 200  # a phone changes its address


def test_is_no_stronger_than_its_maker(alice: User) -> None:
    browser = doors.portal_client(alice)
    link, token = show(browser)
    end_sessions([link.maker], now=timezone.now())
    with nothing_changes():
        assert use(token).status_code == 401


def test_refuses_who_is_suspended(alice: User) -> None:
    _link, token = show(doors.portal_client(alice))
    suspend_user(user=alice, actor=None, reason="a look", now=timezone.now())
    with nothing_changes():
        assert use(token).status_code == 401


def test_refuses_after_a_new_password(alice: User) -> None:
    _link, token = show(doors.portal_client(alice))
    alice.set_password("kestrel orbit moss lantern")
    alice.save()
    with nothing_changes():
        assert use(token).status_code == 401


def test_can_be_taken_back(alice: User) -> None:
    browser = doors.portal_client(alice)
    link, token = show(browser)
    assert "Cancelled" in browser.post(f"/profile/devices/link/{link.pk}/cancel/", follow=True).content.decode()
    with nothing_changes():
        assert use(token).status_code == 401


def test_a_new_code_ends_the_one_before(alice: User) -> None:
    browser = doors.portal_client(alice)
    _first, old = show(browser)
    _second, new = show(browser)
    with nothing_changes():
        assert use(old).status_code == 401
    assert use(new).status_code == 200


def test_taking_back_what_was_used_changes_nothing(alice: User) -> None:
    browser = doors.portal_client(alice)
    link, token = show(browser)
    use(token)
    with nothing_changes("django_session"):
        assert "signed in" in browser.post(f"/profile/devices/link/{link.pk}/cancel/", follow=True).content.decode()


def test_a_stranger_sees_no_link(alice: User, mallory: User) -> None:
    link, _token = show(doors.portal_client(alice))
    thief = doors.portal_client(mallory)
    with nothing_changes("django_session"):
        assert thief.get(f"/profile/devices/link/{link.pk}/").status_code == 404
        assert thief.post(f"/profile/devices/link/{link.pk}/cancel/").status_code == 404


def test_another_browser_of_its_maker_sees_no_code(alice: User) -> None:
    link, token = show(doors.portal_client(alice))
    page = doors.portal_client(alice).get(f"/profile/devices/link/{link.pk}/").content.decode()
    assert token not in page
    assert "<svg" not in page.partition('class="qr"')[2]


def test_the_page_asks_for_news_and_gets_204_without_any(alice: User) -> None:
    browser = doors.portal_client(alice)
    link, token = show(browser)
    here = f"/profile/devices/link/{link.pk}/"
    assert browser.get(f"{here}?after=pending").status_code == 204
    use(token, path="/open")
    assert "Confirm in the app" in browser.get(f"{here}?after=pending").content.decode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"token": "a" * 101}, "max_length"),
        ({"token": "a", "user": "alice"}, "unknown_field"),
        ({"token": "a", "device_name": "n" * 61}, "max_length"),
    ],
)
def test_refuses_bad_input(db: None, body: dict[str, str], code: str) -> None:
    with nothing_changes():
        answer = APIClient().post("/api/auth/device-link", body)
    assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (400, [code])


def test_guesses_lock_early(alice: User) -> None:
    _link, token = show(doors.portal_client(alice))
    with nothing_changes():
        answers = [use(f"guess-{number}").status_code for number in range(200)]
        assert use(token).status_code == 429  # even the right one, from there
    assert (answers.count(401), answers.count(429)) == (10, 190)
    assert use(token, ip="203.0.113.50").status_code == 200


def test_of_eight_at_once_one_wins(transactional_db: None) -> None:
    _link, token = show(doors.portal_client(UserFactory.create()))
    answers = together([lambda: use(token).status_code] * 8)
    assert sorted(map(str, answers)) == ["200"] + ["401"] * 7
    assert Session.objects.filter(auth_method="link").count() == 1


def test_using_and_ending_its_maker_at_once_never_fails(transactional_db: None) -> None:
    for _ in range(4):
        link, token = show(doors.portal_client(UserFactory.create()))
        used, ended = together([lambda: use(token).status_code, lambda: end_sessions([link.maker], now=timezone.now())])  # noqa: B023 run at once
        assert used in {200, 401}
        assert ended == 1
