"""The profile, the address to sign in with, and the devices."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from audit.models import AuditEntry
from tests import doors
from tests.factories import PASSWORD
from tests.mailbox import Mailbox, code_in
from tests.unchanged import nothing_changes

FORM = {"name": "Alice M. Moreau", "language": "es", "timezone": "America/Sao_Paulo"}


def test_changes_name_language_and_time_zone(alice: User) -> None:
    here = doors.portal_client(alice)
    assert here.post("/profile/", FORM).headers["Location"] == "/profile/"
    alice.refresh_from_db()
    assert (alice.name, alice.language, alice.timezone) == ("Alice M. Moreau", "es", "America/Sao_Paulo")
    assert '<html lang="es">' in here.get("/profile/").content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.metadata) == ("user.profile_changed", {"fields": ["name", "language", "timezone"]})
    assert "Alice" not in str([entry.old_values, entry.new_values, entry.metadata])


def test_saving_nothing_new_leaves_no_entry(alice: User) -> None:
    here = doors.portal_client(alice)
    with nothing_changes("django_session"):
        here.post("/profile/", {"name": alice.name, "language": "en", "timezone": "UTC"})


@pytest.mark.parametrize("change", [{"language": "xx"}, {"timezone": "Mars/Olympus"}, {"name": "n" * 121}])
def test_refuses_bad_input(alice: User, change: dict[str, str]) -> None:
    here = doors.portal_client(alice)
    with nothing_changes("django_session"):
        answer = here.post("/profile/", {**FORM, **change})
    assert list(answer.context["form"].errors) == list(change)


def test_pages_are_in_the_persons_time_zone(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="Asia/Tokyo")
    here, other = doors.portal_client(alice), doors.open_session(alice)
    Session.objects.filter(pk=other.pk).update(last_seen_at=dt.datetime(2026, 11, 21, 20, 30, tzinfo=dt.UTC))
    assert "22 Nov 2026, 05:30" in here.get("/profile/devices/").content.decode()
    assert timezone.get_current_timezone_name() == "UTC"


def test_a_lost_time_zone_is_no_error(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="Europe/Atlantis")
    assert doors.portal_client(alice).get("/profile/devices/").status_code == 200


def test_language_switch_is_kept_in_the_profile(alice: User) -> None:
    here = doors.portal_client(alice)
    assert here.post("/language/", {"language": "pt-br", "next": "/profile/"}).headers["Location"] == "/profile/"
    alice.refresh_from_db()
    assert alice.language == "pt-BR"


def test_language_switch_works_for_strangers(client: Client, db: None) -> None:
    client.post("/language/", {"language": "pt-br", "next": "/signin/"})
    assert '<html lang="pt-br">' in client.get("/signin/").content.decode()


def test_asks_for_the_password_before_the_address_can_change(alice: User) -> None:
    here = doors.portal_client(alice)
    with nothing_changes("django_session"):
        assert here.get("/profile/email/").headers["Location"] == "/confirm/?next=%2Fprofile%2Femail%2F"
        blocked = here.post("/profile/email/", {"email": "new@example.com", "action_add": "1"})
    assert blocked.headers["Location"].startswith("/confirm/")


def test_changes_the_address_once_the_code_is_typed(alice: User, mailbox: Mailbox) -> None:
    here = doors.portal_client(alice)
    here.post("/confirm/", {"password": PASSWORD, "next": "/profile/email/"})
    here.post("/profile/email/", {"email": "Alice.New@example.com", "action_add": "1"})
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"

    here.post("/verify/", {"code": code_in(mailbox()[-1])})

    alice.refresh_from_db()
    assert alice.email == "alice.new@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("alice.new@example.com", True, True)]
    assert AuditEntry.objects.latest("created_at").action == "user.email_changed"
    notice = mailbox()[-1]
    assert (notice.to, notice.subject) == (["alice@example.com"], "Your e-mail address was changed")


def test_never_takes_an_address_that_somebody_proved(alice: User, bruno: User, mailbox: Mailbox) -> None:
    here = doors.portal_client(alice)
    here.post("/confirm/", {"password": PASSWORD, "next": "/profile/email/"})
    here.post("/profile/email/", {"email": bruno.email, "action_add": "1"})
    here.post("/verify/", {"code": code_in(mailbox()[-1])})
    alice.refresh_from_db()
    bruno.refresh_from_db()
    assert (alice.email, bruno.email) == ("alice@example.com", "bruno@example.com")


class TestDevices:
    """Where one is signed in."""

    def test_lists_every_device_and_marks_this_one(self, alice: User, bruno: User) -> None:
        here = doors.portal_client(alice)
        doors.open_tokens(alice)
        doors.open_tokens(bruno)
        devices = here.get("/profile/devices/").context["devices"]
        assert [device.is_this for device in devices] == [True, False]

    def test_signs_out_one(self, alice: User) -> None:
        here, phone = doors.portal_client(alice), doors.api_client(alice)
        (other,) = [device for device in here.get("/profile/devices/").context["devices"] if not device.is_this]
        here.post(f"/profile/devices/{other.session_id}/signout/")
        assert phone.get("/api/me").json()["code"] == "session_ended"
        assert here.get("/profile/").status_code == 200
        assert AuditEntry.objects.latest("created_at").metadata == {
            "session": str(other.session_id),
            "reason": "signed_out_by_owner",
        }

    def test_signs_out_all_others(self, alice: User) -> None:
        here, phone, laptop = doors.portal_client(alice), doors.api_client(alice), doors.portal_client(alice)
        here.post("/profile/devices/")
        assert phone.get("/api/me").status_code == 401
        assert laptop.get("/profile/").status_code == 302
        assert here.get("/profile/").status_code == 200

    def test_another_persons_device_is_not_there(self, alice: User, mallory: User) -> None:
        session = doors.open_session(alice)
        thief = doors.portal_client(mallory)
        with nothing_changes("django_session"):
            assert thief.post(f"/profile/devices/{session.pk}/signout/").status_code == 404
