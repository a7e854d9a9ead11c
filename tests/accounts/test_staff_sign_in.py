"""The consoles' sign-in form."""

import pytest
from allauth.core import context
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.errors import TooManyAttempts, WrongCredentials
from accounts.forms.signing_in import StaffSignInForm
from accounts.models import Session, User
from audit.models import AuditEntry
from config.hosts import ADMIN
from config.sessions import SessionStore, cookie_name
from tests.factories import PASSWORD, UserFactory
from tests.unchanged import nothing_changes


@pytest.fixture
def agent(db: None) -> User:
    return UserFactory.create(is_staff=True, email="agent@example.com", email_verified=False)


def knock(email: str, password: str, ip: str = "192.0.2.7") -> StaffSignInForm:
    request: HttpRequest = RequestFactory().post("/login/", REMOTE_ADDR=ip, headers={"Host": "agent.localhost"})
    session: SessionBase = SessionStore()
    request.session = session
    with context.request_context(request):
        form = StaffSignInForm(request, data={"username": email, "password": password})
        form.is_valid()
    return form


def test_lets_staff_in(agent: User) -> None:
    form = knock("Agent@example.com", PASSWORD)
    assert not form.errors
    assert form.get_user() == agent


@pytest.mark.parametrize(
    ("make", "password"),
    [
        ({"is_staff": True}, "not the password"),
        ({"is_staff": False}, PASSWORD),
        ({"is_staff": True, "status": User.Status.SUSPENDED}, PASSWORD),
    ],
)
def test_says_the_same_to_everybody_else(db: None, make: dict[str, object], password: str) -> None:
    person = UserFactory.create(**make)
    with nothing_changes("audit_auditentry"):
        refused, unknown = knock(str(person.email), password), knock("nobody@example.com", password)
    assert refused.errors == unknown.errors == {"__all__": [WrongCredentials.message]}


def test_shares_its_limit_with_the_portal(agent: User) -> None:
    for number in range(5):
        Client().post("/signin/", {"login": agent.email, "password": "not it"}, REMOTE_ADDR=f"203.0.113.{number}")
    assert knock("agent@example.com", PASSWORD).errors == {"__all__": [TooManyAttempts.message]}


def test_signing_in_and_out_of_a_console_is_written_down(db: None) -> None:
    admin = UserFactory.create(is_staff=True, is_superuser=True, email="admin@example.com")
    console = Client(headers={"Host": "admin.localhost"})

    console.post("/login/", {"username": admin.email, "password": PASSWORD, "next": "/"})

    device = Session.objects.get(user=admin)
    assert device.session_key == console.cookies[cookie_name(ADMIN)].value
    console.post("/logout/")
    assert not Session.objects.filter(revoked_at__isnull=True).exists()
    assert console.get("/").status_code == 302
    actions = AuditEntry.objects.order_by("created_at").values_list("action", "actor")
    assert list(actions) == [("user.signed_in", admin.pk), ("user.signed_out", admin.pk)]


def test_a_failed_try_at_a_console_signs_nobody_in(agent: User) -> None:
    console = Client(headers={"Host": "agent.localhost"})
    with nothing_changes("audit_auditentry"):
        assert console.post("/login/", {"username": agent.email, "password": "not it"}).status_code == 200
    assert AuditEntry.objects.get().action == "user.sign_in_failed"
