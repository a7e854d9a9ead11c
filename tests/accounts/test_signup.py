"""Signing up in the portal."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from audit.models import AuditEntry
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox, code_in
from tests.shown import AGREED, SHOWN
from tests.threads import together
from tests.unchanged import nothing_changes

FORM = {"email": "Nova@Example.com", "password1": PASSWORD, "name": "Nova Lindqvist", "timezone": "Europe/Lisbon", **SHOWN}


def test_opens_an_account_after_the_code_is_typed(client: Client, mailbox: Mailbox) -> None:
    assert client.post("/signup/", FORM).headers["Location"] == "/verify/"
    nova = User.objects.get()
    assert (nova.email, nova.name, nova.timezone, nova.status) == (
        "nova@example.com",
        "Nova Lindqvist",
        "Europe/Lisbon",
        "active",
    )
    assert client.get("/profile/").status_code == 302

    answer = client.post("/verify/", {"code": code_in(mailbox()[0])})

    assert answer.headers["Location"] == "/"
    assert client.get("/profile/").status_code == 200
    assert EmailAddress.objects.get().verified
    actions = AuditEntry.objects.order_by("created_at", "pk").values_list("action", flat=True)
    assert list(actions) == ["user.signed_up", *AGREED, "user.email_verified", "user.signed_in"]


def test_asks_for_no_name(client: Client, db: None) -> None:
    client.post("/signup/", {"email": "nova@example.com", "password1": PASSWORD})
    assert User.objects.get().name == ""
    assert User.objects.get().timezone == "UTC"


@pytest.mark.parametrize(
    ("accepted", "language"), [("pt-BR,pt;q=0.9", "pt-BR"), ("es-AR", "es"), ("en-GB", "en"), ("de-DE,de", "en"), ("", "en")]
)
def test_speaks_the_browsers_language_from_then_on(client: Client, db: None, accepted: str, language: str) -> None:
    client.post("/signup/", FORM, headers={"Accept-Language": accepted})
    assert User.objects.get().language == language


def test_ignores_a_time_zone_that_does_not_exist(client: Client, db: None) -> None:
    client.post("/signup/", {**FORM, "timezone": "../../etc/passwd"})
    assert User.objects.get().timezone == "UTC"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nova"}, "email"),
        ({"email": "nova@example.com\r\nBcc: x@example.com"}, "email"),
        ({"email": f"{'n' * 250}@example.com"}, "email"),
        ({"password1": ""}, "password1"),
        ({"password1": "fourteen chars"}, "password1"),
        ({"password1": "long enough " * 11}, "password1"),
        ({"password1": "passwordpassword"}, "password1"),
        ({"password1": "nova@example.com"}, "password1"),
        ({"name": "n" * 121}, "name"),
    ],
)
def test_refuses_bad_input_beside_its_field(client: Client, db: None, change: dict[str, str], field: str) -> None:
    with nothing_changes():
        answer = client.post("/signup/", {**FORM, **change})
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]


def test_never_tells_that_an_address_has_an_account(client: Client, mailbox: Mailbox) -> None:
    UserFactory.create(email="taken@example.com", name="Somebody Else")
    unknown = client.post("/signup/", FORM)
    known = Client().post("/signup/", {**FORM, "email": "taken@example.com"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    assert User.objects.filter(email="taken@example.com").get().name == "Somebody Else"

    subjects = [message.subject for message in mailbox()]
    assert subjects[1] == "You have an account at Florin already"
    assert mailbox()[1].to == ["taken@example.com"]


def test_page_after_signing_up_is_the_same_for_a_taken_address(client: Client, mailbox: Mailbox) -> None:
    UserFactory.create(email="taken@example.com")
    client.post("/signup/", {**FORM, "email": "taken@example.com"})
    pretender = client.get("/verify/").content.decode()
    honest = Client()
    honest.post("/signup/", FORM)
    page = honest.get("/verify/").content.decode()
    assert _without_secrets(pretender.replace("taken@example.com", "X")) == _without_secrets(
        page.replace("nova@example.com", "X")
    )


def test_two_at_once_with_one_address_make_one_account(transactional_db: None, mailbox: Mailbox) -> None:
    answers = together([lambda: Client().post("/signup/", FORM) for _ in range(4)])

    assert User.objects.count() == 1
    assert {getattr(answer, "status_code", answer) for answer in answers} <= {302, 429}
    assert not [message for message in mailbox() if message.to != ["nova@example.com"]]


def test_signed_in_people_are_sent_home(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/signup/").headers["Location"] == "/"


def _without_secrets(page: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page)
