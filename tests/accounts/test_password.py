"""Setting a new password: forgotten, or changed while signed in."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import Session, User
from audit.models import AuditEntry
from tests import doors
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, link_in
from tests.proving import add_totp
from tests.unchanged import nothing_changes

NEW = "velvet quarry thimble nine"
NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def ask_for_link(client: Client, email: str, mailbox: Mailbox) -> str:
    assert client.post("/reset/", {"email": email}).headers["Location"] == "/reset/sent/"
    return link_in(mailbox()[-1])


def follow(client: Client, link: str) -> str:
    """The page with the form, at an address without the key."""
    return client.get(link).headers["Location"]


class TestForgotten:
    """By a link in a mail."""

    def test_sets_a_new_password_and_signs_out_every_device(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        phone = doors.api_client(alice)
        laptop = doors.portal_client(alice)
        page = follow(client, ask_for_link(client, "alice@example.com", mailbox))
        assert "set-password" in page

        assert client.post(page, {"password1": NEW}).headers["Location"] == "/reset/done/"

        alice.refresh_from_db()
        assert alice.check_password(NEW)
        assert phone.get("/api/me").status_code == 401
        assert laptop.get("/profile/").status_code == 302
        assert not Session.objects.filter(revoked_at__isnull=True).exists()
        assert AuditEntry.objects.latest("created_at").action == "user.password_reset"
        assert mailbox()[-1].subject == "Your password was changed"
        assert client.get("/profile/").status_code == 302

    def test_link_works_once(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        link = ask_for_link(client, "alice@example.com", mailbox)
        client.post(follow(client, link), {"password1": NEW})
        with nothing_changes("django_session"):
            again = Client().get(link)
        assert "This link is over" in again.content.decode()

    def test_link_is_over_after_an_hour(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        with time_machine.travel(NOON, tick=False) as clock:
            link = ask_for_link(client, "alice@example.com", mailbox)
            clock.shift(3601)
            assert "This link is over" in client.get(link).content.decode()

    def test_link_is_over_when_the_password_changed_meanwhile(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        link = ask_for_link(client, "alice@example.com", mailbox)
        alice.set_password(NEW)
        alice.save()
        assert "This link is over" in client.get(link).content.decode()

    @pytest.mark.parametrize("key", ["", "x", "0-0", "ffffffffffffffffffffffffffffffff-abc-def"])
    def test_invented_links_are_over(self, client: Client, db: None, key: str) -> None:
        assert client.get(f"/reset/{key}/", follow=True).status_code in {200, 404}
        assert not client.session.get("_auth_user_id")

    def test_leads_to_the_portal_whatever_host_was_asked(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        client.post("/reset/", {"email": alice.email}, headers={"Host": "testserver", "X-Forwarded-Host": "evil.example"})
        assert "http://localhost:8000/reset/" in str(mailbox()[-1].body)
        assert "evil" not in str(mailbox()[-1].body)

    def test_answer_is_the_same_for_an_unknown_address(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        known = client.post("/reset/", {"email": alice.email}, follow=True)
        unknown = Client().post("/reset/", {"email": "nobody@example.com"}, follow=True)
        assert known.redirect_chain == unknown.redirect_chain
        assert known.content.decode().count("alice") == 0
        assert [message.subject for message in mailbox()] == [
            "Set a new password for Florin",
            "There is no account with this address",
        ]

    def test_a_suspended_person_gets_no_link(self, client: Client, mailbox: Mailbox) -> None:
        suspended = UserFactory.create(status=User.Status.SUSPENDED)
        client.post("/reset/", {"email": suspended.email})
        assert "/reset/" not in str(mailbox()[-1].body)

    def test_refuses_a_weak_password(self, client: Client, alice: User, mailbox: Mailbox) -> None:
        page = follow(client, ask_for_link(client, "alice@example.com", mailbox))
        with nothing_changes():
            answer = client.post(page, {"password1": "short"})
        assert list(answer.context["form"].errors) == ["password1"]


class TestChanged:
    """While signed in."""

    def test_keeps_this_device_and_signs_out_the_others(self, alice: User, mailbox: Mailbox) -> None:
        here, phone, laptop = doors.portal_client(alice), doors.api_client(alice), doors.portal_client(alice)

        answer = here.post("/profile/password/", {"oldpassword": PASSWORD, "password1": NEW})

        assert answer.status_code == 302
        assert here.get("/profile/").status_code == 200
        assert laptop.get("/profile/").status_code == 302
        assert phone.get("/api/me").status_code == 401
        entry = AuditEntry.objects.latest("created_at")
        assert (entry.action, entry.metadata) == ("user.password_changed", {"sessions_ended": 3})
        assert mailbox()[-1].to == [alice.email]

    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [("not the password", NEW, "oldpassword"), (PASSWORD, "short", "password1"), ("", NEW, "oldpassword")],
    )
    def test_refuses_without_change(self, alice: User, old: str, new: str, field: str) -> None:
        here = doors.portal_client(alice)
        with nothing_changes("django_session", *(["audit_auditentry"] if old == "not the password" else [])):  # a failed try
            answer = here.post("/profile/password/", {"oldpassword": old, "password1": new})
        assert list(answer.context["form"].errors) == [field]

    def test_changed_by_staff_or_command_ends_api_sessions_too(self, alice: User) -> None:
        phone = doors.api_client(alice)
        alice.set_password(NEW)
        alice.save(update_fields=["password"])
        assert phone.get("/api/me").json()["code"] == "session_ended"


class TestLengths:
    """Fifteen characters alone, eight beside a second factor (R19): pages, browsers and validators say the same."""

    def pages(self, person: User, mailbox: Mailbox) -> dict[str, tuple[Client, str]]:
        """A browser and the address of each page that asks for a new password."""
        stranger = Client()
        reset = follow(stranger, ask_for_link(stranger, str(person.email), mailbox))
        return {"change": (doors.portal_client(person), "/profile/password/"), "reset": (stranger, reset)}

    @pytest.mark.parametrize(("has_factor", "least"), [(False, 15), (True, 8)])
    @pytest.mark.parametrize("kind", ["change", "reset"])
    def test_are_what_the_account_needs(self, alice: User, mailbox: Mailbox, kind: str, has_factor: bool, least: int) -> None:
        if has_factor:
            add_totp(alice)
        client, page = self.pages(alice, mailbox)[kind]
        shown = client.get(page).content.decode()
        assert f'minlength="{least}"' in shown
        assert f"At least {least} characters" in shown

        for password, taken in (("qz7-Vw!", False), ("qz7-Vw!k", has_factor), ("qz7-Vw!k-mnb-ty", True)):
            client.post(page, {"oldpassword": PASSWORD, "password1": password})
            alice.refresh_from_db()
            assert alice.check_password(password) is taken
            if taken:
                break

    def test_of_a_first_password_too(self, alice: User) -> None:
        alice.set_unusable_password()
        alice.save()
        add_totp(alice)
        shown = doors.portal_client(alice).get("/profile/password/new/").content.decode()
        assert 'minlength="8"' in shown
        assert "password2" not in shown
