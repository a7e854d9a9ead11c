"""Signing in to the portal, and out."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client

from accounts.models import Session, User
from audit.models import AuditEntry
from tests.factories import PASSWORD, UserFactory
from tests.unchanged import nothing_changes


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> object:
    return client.post("/signin/", {"login": email, "password": password, **extra})


@pytest.mark.parametrize("spelling", ["alice@example.com", "Alice@Example.COM", "  alice@example.com "])
def test_lets_in_whoever_knows_the_password(client: Client, alice: User, spelling: str) -> None:
    answer = client.post("/signin/", {"login": spelling, "password": PASSWORD})
    assert answer.headers["Location"] == "/"
    assert client.get("/profile/").status_code == 200
    device = Session.objects.get(user=alice)
    assert device.session_key == client.cookies[settings.SESSION_COOKIE_NAME].value
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert (entry.actor, entry.customer, entry.resource_id) == (alice, alice, str(alice.pk))


def test_goes_on_to_the_page_that_was_asked_for(client: Client, alice: User) -> None:
    answer = client.post("/signin/?next=/profile/devices/", {"login": alice.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/profile/devices/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_never_leads_to_another_site(client: Client, alice: User, elsewhere: str) -> None:
    answer = client.post("/signin/", {"login": alice.email, "password": PASSWORD, "next": elsewhere})
    assert answer.headers["Location"] == "/"


def test_gives_the_session_a_new_id(client: Client, alice: User) -> None:
    client.post("/signup/", {"email": "nova@example.com", "password1": PASSWORD})
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/signout/")
    client.post("/signin/", {"login": alice.email, "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not DjangoSession.objects.filter(session_key=before).exists()


def test_remembers_only_on_request(client: Client, alice: User) -> None:
    client.post("/signin/", {"login": alice.email, "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == ""
    other = Client()
    other.post("/signin/", {"login": alice.email, "password": PASSWORD, "remember": "on"})
    assert other.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == settings.SESSION_COOKIE_AGE


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("alice@example.com", "wren orbit lantern mosS"),
        ("nobody@example.com", PASSWORD),
        ("alice@example.com", PASSWORD + " "),
    ],
)
def test_refuses_wrong_credentials_without_saying_which(client: Client, alice: User, email: str, password: str) -> None:
    with nothing_changes("audit_auditentry"):
        answer = client.post("/signin/", {"login": email, "password": password})
    assert answer.status_code == 200
    assert [str(error) for error in answer.context["form"].non_field_errors()] == [
        "The e-mail address and the password don't belong together."
    ]


def test_notes_a_failed_try_on_the_account_only(client: Client, alice: User) -> None:
    client.post("/signin/", {"login": alice.email, "password": "not her password"})
    client.post("/signin/", {"login": "nobody@example.com", "password": "not a password"})
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.customer) == ("user.sign_in_failed", None, alice)
    assert (entry.old_values, entry.new_values, entry.metadata) == ({}, {}, {})
    assert entry.ip_address == "127.0.0.1"


def test_a_suspended_person_is_told_only_with_the_right_password(client: Client, db: None) -> None:
    suspended = UserFactory.create(status=User.Status.SUSPENDED)
    guessed = client.post("/signin/", {"login": suspended.email, "password": "not the password"})
    assert guessed.status_code == 200
    assert "suspended" not in guessed.content.decode()
    known = client.post("/signin/", {"login": suspended.email, "password": PASSWORD}, follow=True)
    assert known.redirect_chain == [("/suspended/", 302)]
    assert client.get("/profile/").status_code == 302


def test_signing_out_ends_the_session_at_once(client: Client, alice: User) -> None:
    client.post("/signin/", {"login": alice.email, "password": PASSWORD})
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.post("/signout/").headers["Location"] == "/"
    assert not DjangoSession.objects.filter(session_key=key).exists()
    assert not Session.objects.filter(revoked_at__isnull=True).exists()
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    assert thief.get("/profile/").headers["Location"] == "/signin/?next=/profile/"
    assert AuditEntry.objects.latest("created_at").action == "user.signed_out"


def test_signing_out_takes_more_than_a_link(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/signout/").status_code == 200
    assert client.get("/profile/").status_code == 200


def test_forms_need_their_token(alice: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    with nothing_changes():
        assert strict.post("/signin/", {"login": alice.email, "password": PASSWORD}).status_code == 403


def test_answers_to_scripts_are_pages_too(client: Client, alice: User) -> None:
    answer = client.post(
        "/signin/",
        {"login": alice.email, "password": "not her password"},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert answer.headers["Content-Type"].startswith("text/html")
