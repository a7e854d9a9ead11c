"""Devices (R24): told apart, named by their owner, and refused from the very next request once they are signed out."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session as DjangoSession
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, TokenFamily, User
from accounts.sessions import end_sessions, renew_key
from accounts.tokens import issue_token_pair, rotate
from audit.models import AuditEntry
from config.hosts import ADMIN, AGENT, PORTAL, Site
from config.sessions import SessionStore, SiteSessionMiddleware, cookie_name
from support.models import Agent
from tests import doors
from tests.factories import PASSWORD, UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes


class TestByAPI:
    """`/api/sessions`."""

    def test_lists_where_one_is_signed_in(self, alice: User, bruno: User) -> None:
        laptop, phone = doors.open_session(alice), doors.open_session(alice)
        doors.open_session(bruno)
        listed = doors.api_client_of(phone).get("/api/sessions").json()["results"]
        assert [(each["id"], each["current"]) for each in listed] == [(str(phone.pk), True), (str(laptop.pk), False)]
        assert (listed[0]["auth_method"], listed[0]["ip_address"], listed[0]["revoked_at"]) == ("password", "192.0.2.1", None)
        assert str(phone.session_key) not in str(listed)

    def test_names_one(self, alice: User) -> None:
        tablet = doors.open_session(alice)
        api = doors.api_client(alice)
        answer = api.patch(f"/api/sessions/{tablet.pk}", {"device_name": "Kitchen tablet"})
        assert (answer.status_code, answer.json()["name"]) == (200, "Kitchen tablet")
        entry = AuditEntry.objects.get()
        assert (entry.action, entry.metadata) == ("session.named", {"session": str(tablet.pk)})
        with nothing_changes():
            assert api.patch(f"/api/sessions/{tablet.pk}", {"device_name": "Kitchen tablet"}).status_code == 200
        assert api.patch(f"/api/sessions/{tablet.pk}", {"device_name": ""}).json()["name"] == "a test"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "required"),
            ({"device_name": "n" * 61}, "max_length"),
            ({"device_name": None}, "null"),
            ({"device_name": "x", "auth_method": "passkey"}, "unknown_field"),
        ],
    )
    def test_refuses_bad_names(self, alice: User, body: dict[str, Any], code: str) -> None:
        tablet, api = doors.open_session(alice), doors.api_client(alice)
        with nothing_changes():
            answer = api.patch(f"/api/sessions/{tablet.pk}", body)
        assert (answer.status_code, [error["code"] for error in answer.json()["errors"]]) == (400, [code])

    def test_signs_out_one_and_keeps_what_it_was(self, alice: User) -> None:
        lost, api = doors.open_session(alice), doors.api_client(alice)
        there = doors.api_client_of(lost)
        assert api.delete(f"/api/sessions/{lost.pk}").status_code == 204
        assert there.get("/api/me").json()["code"] == "session_ended"
        (ended,) = api.get("/api/sessions/ended").json()["results"]
        assert (ended["id"], ended["current"], ended["revoked_at"] is None) == (str(lost.pk), False, False)
        assert str(lost.pk) not in str(api.get("/api/sessions").json())
        with nothing_changes():
            assert api.delete(f"/api/sessions/{lost.pk}").status_code == 404
            assert api.patch(f"/api/sessions/{lost.pk}", {"device_name": "Found"}).status_code == 404

    def test_signs_out_all_others(self, alice: User, bruno: User) -> None:
        api, others, his = doors.api_client(alice), [doors.api_client(alice) for _ in range(3)], doors.api_client(bruno)
        assert api.delete("/api/sessions").status_code == 204
        assert [other.get("/api/me").status_code for other in others] == [401, 401, 401]
        assert (api.get("/api/me").status_code, his.get("/api/me").status_code) == (200, 200)

    def test_a_strangers_device_is_not_there(self, alice: User, mallory: User) -> None:
        session, thief = doors.open_session(alice), doors.api_client(mallory)
        with nothing_changes():
            assert thief.patch(f"/api/sessions/{session.pk}", {"device_name": "Mine"}).status_code == 404
            assert thief.delete(f"/api/sessions/{session.pk}").status_code == 404


class TestPages:
    """Under You."""

    def test_names_a_device(self, alice: User) -> None:
        here, phone = doors.portal_client(alice), doors.open_session(alice)
        assert here.post(f"/profile/devices/{phone.pk}/", {"name": " My phone "}).headers["Location"] == "/profile/devices/"
        page = here.get("/profile/devices/").content.decode()
        assert "My phone" in page
        assert "Signed in with password" in page

    def test_refuses_a_name_that_is_too_long(self, alice: User) -> None:
        here, phone = doors.portal_client(alice), doors.open_session(alice)
        with nothing_changes("django_session"):
            assert here.post(f"/profile/devices/{phone.pk}/", {"name": "n" * 61}).status_code == 400

    def test_remembers_what_was_signed_out(self, alice: User, bruno: User) -> None:
        here = doors.portal_client(alice)
        end_sessions([doors.open_session(alice), doors.open_session(bruno)], now=timezone.now())
        assert len(here.get("/profile/devices/").context["ended"]) == 1

    def test_another_persons_device_has_no_page(self, alice: User, mallory: User) -> None:
        session, thief = doors.open_session(alice), doors.portal_client(mallory)
        assert thief.get(f"/profile/devices/{session.pk}/").status_code == 404
        with nothing_changes("django_session"):
            assert thief.post(f"/profile/devices/{session.pk}/", {"name": "Mine"}).status_code == 404


def sign_in(person: User) -> Client:
    """A browser whose owner typed their password in the portal."""
    client = Client()
    client.post("/signin/", {"login": person.email, "password": PASSWORD})
    return client


class TestRevoked:
    """Refused on the very next request, whichever door."""

    def test_in_the_portal(self, alice: User) -> None:
        there = sign_in(alice)
        assert there.get("/profile/").status_code == 200
        end_sessions(Session.objects.filter(user=alice), now=timezone.now())
        assert there.get("/profile/").status_code == 302

    def test_by_api(self, alice: User) -> None:
        pair = doors.open_tokens(alice)
        bearer = {"Authorization": f"Bearer {pair.access_token}"}
        assert APIClient().get("/api/me", headers=bearer).status_code == 200
        end_sessions(Session.objects.filter(user=alice), now=timezone.now())
        assert APIClient().get("/api/me", headers=bearer).json()["code"] == "session_ended"
        with nothing_changes():
            assert APIClient().post("/api/auth/refresh", {"refresh_token": pair.refresh_token}).status_code == 401

    def test_a_request_that_is_under_way_keeps_nothing(self, alice: User) -> None:
        session = doors.open_session(alice)

        def view(request: HttpRequest) -> HttpResponse:
            request.session["cart"] = "full"
            end_sessions([session], now=timezone.now())
            return HttpResponse()

        request = RequestFactory().get("/")
        request.site_name = PORTAL.name  # type: ignore[attr-defined]  # as config.hosts sets it
        request.COOKIES[cookie_name(PORTAL)] = str(session.session_key)
        with pytest.raises(SessionInterrupted):
            SiteSessionMiddleware(view)(request)
        assert not DjangoSession.objects.exists()

    def test_a_request_that_is_under_way_can_not_renew_its_key(self, alice: User) -> None:
        session = doors.open_session(alice)
        request = RequestFactory().get("/")
        request.session = SessionStore(session.session_key)
        assert request.session["_auth_user_id"] == str(alice.pk)  # loaded while it lived
        end_sessions([session], now=timezone.now())
        with pytest.raises(SessionInterrupted):
            renew_key(request)
        assert not DjangoSession.objects.exists()

    def test_renewing_and_ending_at_once_leave_no_session(self, transactional_db: None) -> None:
        for _ in range(5):
            session = doors.open_session(UserFactory.create())
            request = RequestFactory().get("/")
            request.session = SessionStore(session.session_key)
            request.session.load()
            calls: list[Callable[[], Any]] = [
                partial(renew_key, request),
                partial(end_sessions, [session], now=timezone.now()),
            ]
            renewed, ended = together(calls)
            assert renewed is None or isinstance(renewed, SessionInterrupted)
            assert ended == 1
        assert not DjangoSession.objects.exists()
        assert not Session.objects.filter(revoked_at__isnull=True).exists()

    def test_refreshing_and_ending_at_once_leave_no_session(self, transactional_db: None) -> None:
        for _ in range(5):
            session = doors.open_session(UserFactory.create())
            pair = issue_token_pair(session.user, session=session, now=timezone.now())
            calls: list[Callable[[], Any]] = [
                partial(rotate, pair.refresh_token, now=timezone.now()),
                partial(end_sessions, [session], now=timezone.now()),
            ]
            rotated, ended = together(calls)
            assert not isinstance(rotated, Exception)
            assert ended == 1
            if rotated is not None:
                assert rotate(rotated.refresh_token, now=timezone.now()) is None
        assert not TokenFamily.objects.exists()
        assert not DjangoSession.objects.exists()

    def test_ended_twice_at_once_it_is_written_down_once(self, transactional_db: None) -> None:
        alice = UserFactory.create()
        lost, api = doors.open_session(alice), doors.api_client(alice)
        answers = together([lambda: api.delete(f"/api/sessions/{lost.pk}").status_code] * 4)
        assert sorted(map(str, answers)) == ["204", "404", "404", "404"]
        assert AuditEntry.objects.filter(action="session.ended").count() == 1


class TestFixation:
    """A key from before signing in is worth nothing after it."""

    def test_signing_in_makes_a_new_key(self, alice: User) -> None:
        planted = SessionStore()
        planted["next"] = "/"
        planted.create()
        victim = Client()
        victim.cookies[cookie_name(PORTAL)] = str(planted.session_key)
        victim.post("/signin/", {"login": alice.email, "password": PASSWORD})
        assert victim.get("/profile/").status_code == 200
        assert victim.cookies[cookie_name(PORTAL)].value != planted.session_key
        thief = Client()
        thief.cookies[cookie_name(PORTAL)] = str(planted.session_key)
        assert thief.get("/profile/").status_code == 302

    def test_an_invented_key_is_not_taken_up(self, alice: User) -> None:
        victim = Client()
        victim.cookies[cookie_name(PORTAL)] = "a" * 32
        victim.post("/signin/", {"login": alice.email, "password": PASSWORD})
        assert victim.cookies[cookie_name(PORTAL)].value != "a" * 32
        assert not DjangoSession.objects.filter(session_key="a" * 32).exists()

    def test_signing_in_again_ends_the_key_before(self, alice: User) -> None:
        here = sign_in(alice)
        before = here.cookies[cookie_name(PORTAL)].value
        here.post("/signout/")
        here.post("/signin/", {"login": alice.email, "password": PASSWORD})
        thief = Client()
        thief.cookies[cookie_name(PORTAL)] = before
        assert thief.get("/profile/").status_code == 302


@pytest.mark.parametrize("site", [AGENT, ADMIN], ids=lambda site: site.name)
def test_a_consoles_session_is_a_device_too(site: Site, db: None) -> None:
    person = UserFactory.create(is_staff=True, is_superuser=True)
    Agent.objects.create(user=person, username="both", full_name=person.name, email=str(person.email))
    there = Client(headers={"host": f"{site.name}.localhost"})
    there.post("/login/", {"username": person.email, "password": PASSWORD})
    assert there.get("/").status_code == 200
    session = Session.objects.get(user=person)
    assert session.site == site.name
    assert doors.api_client(person).delete(f"/api/sessions/{session.pk}").status_code == 204
    assert there.get("/").status_code == 302
