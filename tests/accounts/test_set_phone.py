"""Adding, changing and taking away one's phone: a fresh proof, a code to the new number, a notice to the old."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox
from tests.texts import Phones, code_in
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refused operation ends the transaction around it

OLD, NEW = "+351912345678", "+5511961234567"


def confirm(client: Client, path: str, body: dict[str, str]) -> None:
    """Post, be led to the proof, give it and come back."""
    asked = client.post(path, body)
    assert asked.headers["Location"].startswith("/confirm/act/"), asked.headers
    back = client.post(asked.headers["Location"], {"password": PASSWORD})
    assert back.headers["Location"] == "/profile/phone/"


def with_phone(user: User, phone: str = OLD) -> User:
    user.phone, user.phone_verified_at = phone, timezone.now()
    user.save()
    return user


def test_a_phone_becomes_a_way_in_with_its_code(
    alice: User, client_for: Callable[[User], Client], phones: Phones, mailbox: Mailbox
) -> None:
    client = client_for(alice)
    confirm(client, "/profile/phone/", {"phone": NEW})
    assert NEW in client.get("/profile/phone/").content.decode()  # typed once
    assert client.post("/profile/phone/", {"phone": NEW}).headers["Location"] == "/profile/phone/code/"
    assert User.objects.get(pk=alice.pk).phone is None

    assert client.post("/profile/phone/code/", {"code": code_in(phones()[0])}).headers["Location"] == "/profile/phone/"

    alice.refresh_from_db()
    assert alice.phone == NEW
    assert alice.phone_verified_at
    assert mailbox()[-1].subject == "A phone was added to your account"
    assert AuditEntry.objects.filter(action="user.way_added", metadata={"way": "phone"}).count() == 1


def test_changing_it_tells_the_old_number_too(
    alice: User, client_for: Callable[[User], Client], phones: Phones, mailbox: Mailbox
) -> None:
    client = client_for(with_phone(alice))
    confirm(client, "/profile/phone/", {"phone": NEW})
    client.post("/profile/phone/", {"phone": NEW})
    client.post("/profile/phone/code/", {"code": code_in(phones()[0])})
    assert [message.phone for message in phones()] == [NEW, OLD]
    assert mailbox()[-1].subject == "A phone was added to your account"
    assert AuditEntry.objects.filter(action="user.phone_changed").count() == 1


def test_nothing_is_sent_before_the_proof(alice: User, client_for: Callable[[User], Client], phones: Phones) -> None:
    client = client_for(alice)
    with nothing_changes("django_session"):
        assert client.post("/profile/phone/", {"phone": NEW}).headers["Location"].startswith("/confirm/act/")
        assert client.get("/profile/phone/code/").headers["Location"] == "/profile/phone/"
        assert client.post("/profile/phone/code/", {"code": "123456"}).headers["Location"] == "/profile/phone/"
    assert phones() == []


def test_a_proof_for_one_number_is_none_for_another(alice: User, client_for: Callable[[User], Client], phones: Phones) -> None:
    client = client_for(alice)
    confirm(client, "/profile/phone/", {"phone": NEW})
    with nothing_changes("django_session"):
        assert client.post("/profile/phone/", {"phone": OLD}).headers["Location"].startswith("/confirm/act/")
    assert phones() == []


def test_a_wrong_code_changes_nothing(alice: User, client_for: Callable[[User], Client], phones: Phones) -> None:
    client = client_for(alice)
    confirm(client, "/profile/phone/", {"phone": NEW})
    client.post("/profile/phone/", {"phone": NEW})
    phones()
    with nothing_changes("accounts_phonecode", "django_session"):  # the page shows a message that waited
        assert client.post("/profile/phone/code/", {"code": "x"}).status_code == 400


def test_a_number_that_signs_in_somebody_else_stays_theirs(
    alice: User, client_for: Callable[[User], Client], phones: Phones
) -> None:
    holder = with_phone(UserFactory.create(), NEW)
    client = client_for(alice)
    confirm(client, "/profile/phone/", {"phone": NEW})
    client.post("/profile/phone/", {"phone": NEW})
    code = code_in(phones()[0])
    with nothing_changes("accounts_phonecode", "django_session"):
        assert client.post("/profile/phone/code/", {"code": code}).status_code == 409
    holder.refresh_from_db()
    assert holder.phone == NEW


def test_it_can_be_taken_away(alice: User, client_for: Callable[[User], Client], phones: Phones, mailbox: Mailbox) -> None:
    client = client_for(with_phone(alice))
    confirm(client, "/profile/phone/remove/", {})
    assert client.post("/profile/phone/remove/").headers["Location"] == "/profile/phone/"
    alice.refresh_from_db()
    assert (alice.phone, alice.phone_verified_at) == (None, None)
    assert [message.phone for message in phones()] == [OLD]
    assert mailbox()[-1].subject == "Your phone was removed from your account"


@pytest.mark.parametrize("path", ["/profile/phone/", "/profile/phone/code/"])
def test_is_for_who_is_signed_in(client: Client, db: None, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/signin/")
