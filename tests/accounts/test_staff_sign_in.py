"""The consoles' sign-in form."""

import pytest
from allauth.core import context
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.errors import SecondFactorRequired, TooManyAttempts, WrongCode, WrongCredentials
from accounts.forms.signing_in import NO_SECOND_FACTOR, StaffSignInForm
from accounts.models import Session, User
from audit.models import AuditEntry
from config.hosts import ADMIN
from config.sessions import SessionStore, cookie_name
from tests.factories import PASSWORD, UserFactory
from tests.proving import add_recovery_codes, add_totp, code_of
from tests.unchanged import nothing_changes

EMAIL = "agent@example.com"


@pytest.fixture
def agent(db: None) -> User:
    return UserFactory.create(is_staff=True, email=EMAIL, email_verified=False)


def knock(email: str, password: str, ip: str = "192.0.2.7", code: str = "") -> StaffSignInForm:
    request: HttpRequest = RequestFactory().post("/login/", REMOTE_ADDR=ip, headers={"Host": "agent.localhost"})
    session: SessionBase = SessionStore()
    request.session = session
    with context.request_context(request):
        form = StaffSignInForm(request, data={"username": email, "password": password, "code": code})
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


class TestSecondStep:
    """Whoever has a second factor is asked for it (R20, R24)."""

    def test_takes_a_code_of_the_app_once(self, agent: User) -> None:
        secret = add_totp(agent)
        code = code_of(secret)
        assert knock(EMAIL, PASSWORD, code=f"{code[:3]} {code[3:]}").get_user() == agent
        with nothing_changes("audit_auditentry"):
            assert knock(EMAIL, PASSWORD, code=code).errors == {"code": [WrongCode.message]}

    def test_takes_a_recovery_code_once(self, agent: User) -> None:
        add_totp(agent)
        spare = add_recovery_codes(agent)[0]
        assert knock(EMAIL, PASSWORD, code=spare).get_user() == agent
        with nothing_changes("audit_auditentry"):
            assert knock(EMAIL, PASSWORD, code=spare).errors == {"code": [WrongCode.message]}

    def test_does_not_go_without(self, agent: User) -> None:
        add_totp(agent)
        with nothing_changes():
            form = knock(EMAIL, PASSWORD)
        assert form.errors == {"code": [SecondFactorRequired.message]}
        assert form.user_cache is None

    def test_is_asked_of_nobody_who_does_not_know_the_password(self, agent: User) -> None:
        secret = add_totp(agent)
        form = knock(EMAIL, "not the password", code=code_of(secret))
        assert form.errors == {"__all__": [WrongCredentials.message]}
        assert knock(EMAIL, PASSWORD, code=code_of(secret)).get_user() == agent, "and its code was not used up"

    def test_can_not_be_guessed(self, agent: User) -> None:
        """R20: guesses count with those of the password, so neither gets more than the other leaves."""
        secret = add_totp(agent)
        for number in range(5):
            assert knock(EMAIL, PASSWORD, f"203.0.113.{number}", code="000000").errors == {"code": [WrongCode.message]}
        with nothing_changes():
            refused = knock(EMAIL, PASSWORD, "198.51.100.1", code=code_of(secret))
        assert refused.errors == {"__all__": [TooManyAttempts.message]}
        assert [entry.action for entry in AuditEntry.objects.all()] == ["user.second_factor_failed"] * 5

    def test_staff_without_one_are_told_how_to_get_it(self, agent: User, settings: Settings) -> None:
        settings.STAFF_SECOND_FACTOR = True
        with nothing_changes():
            assert knock(EMAIL, PASSWORD).errors == {"__all__": [NO_SECOND_FACTOR]}
        customer = UserFactory.create(is_staff=False)
        assert knock(str(customer.email), PASSWORD).errors == {"__all__": [WrongCredentials.message]}, "customers are not"

    def test_the_page_of_a_console_takes_both_steps(self, db: None, settings: Settings) -> None:
        settings.STAFF_SECOND_FACTOR = True
        admin = UserFactory.create(is_staff=True, is_superuser=True, email="admin@example.com")
        secret = add_totp(admin)
        console = Client(headers={"Host": "admin.localhost"})
        proof = {"username": admin.email, "password": PASSWORD, "next": "/"}

        assert 'name="code"' in console.get("/login/").content.decode()
        assert console.post("/login/", proof).status_code == 200
        assert console.get("/").status_code == 302, "nobody is in yet"
        assert console.post("/login/", {**proof, "code": code_of(secret)}).status_code == 302
        assert console.get("/").status_code == 200


def test_signing_in_and_out_of_a_console_is_written_down(db: None) -> None:
    admin = UserFactory.create(is_staff=True, is_superuser=True, email="admin@example.com")
    console = Client(headers={"Host": "admin.localhost"})

    console.post("/login/", {"username": admin.email, "password": PASSWORD, "next": "/"})

    device = Session.objects.get(user=admin)
    assert device.session_key == console.cookies[cookie_name(ADMIN)].value
    console.post("/logout/")
    assert not Session.objects.filter(revoked_at__isnull=True).exists()
    assert console.get("/").status_code == 302
    actions = AuditEntry.objects.order_by("created_at", "pk").values_list("action", "actor")
    assert list(actions) == [("user.signed_in", admin.pk), ("user.signed_out", admin.pk)]


def test_a_failed_try_at_a_console_signs_nobody_in(agent: User) -> None:
    console = Client(headers={"Host": "agent.localhost"})
    with nothing_changes("audit_auditentry"):
        assert console.post("/login/", {"username": agent.email, "password": "not it"}).status_code == 200
    assert AuditEntry.objects.get().action == "user.sign_in_failed"
