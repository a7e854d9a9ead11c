"""Whoever opens an account agrees to what they were shown with it, whichever way they come in; nobody else does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.legal import has_agreed, required_texts
from accounts.models import Consent, User
from tests.accounts.ethereum import ask_message, sign, signed_message
from tests.factories import PASSWORD, UserFactory
from tests.people import PAYLOAD
from tests.shown import SHOWN
from tests.texts import Phones, code_in
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL, PHONE = "nova@example.com", "+351912345678"

type Fields = dict[str, str]


@dataclass(frozen=True)
class Way:
    """A way to open an account: `open_account(phones, fields)` sends these fields along."""

    name: str
    open_account: Callable[[Phones, Fields], Any]

    def __str__(self) -> str:
        return self.name


def by_email(_phones: Phones, fields: Fields) -> None:
    Client().post("/signup/", {"email": EMAIL, "password1": PASSWORD, **fields})


def by_email_and_api(_phones: Phones, fields: Fields) -> None:
    assert APIClient().post("/api/auth/register", {"email": EMAIL, "password": PASSWORD, **fields}).status_code == 202


def by_passkey(_phones: Phones, fields: Fields) -> None:
    Client().post("/signup/passkey/", {"email": EMAIL, **fields})


def by_passkey_and_api(_phones: Phones, fields: Fields) -> None:
    assert APIClient().post("/api/auth/register", {"email": EMAIL, **fields}).status_code == 202


def with_an_identity(_phones: Phones, fields: Fields) -> None:
    body = {"email": EMAIL, "password": PASSWORD, **PAYLOAD, **fields}
    assert APIClient().post("/api/auth/register", body).status_code == 202


def by_phone(phones: Phones, fields: Fields) -> None:
    client = Client()
    client.post("/signin/phone/", {"phone": PHONE, **fields})
    client.post("/signin/phone/code/", {"code": code_in(phones()[-1])})


def by_phone_and_api(phones: Phones, fields: Fields) -> None:
    pending = APIClient().post("/api/auth/phone", {"phone": PHONE, **fields}).json()["session_token"]
    body = {"session_token": pending, "code": code_in(phones()[-1])}
    assert APIClient().post("/api/auth/phone/verify", body).status_code == 200


def by_wallet(_phones: Phones, fields: Fields) -> None:
    Client().post("/signin/ethereum/", {**signed_message(now=timezone.now()), **fields})


def by_wallet_and_api(_phones: Phones, fields: Fields) -> None:
    message = ask_message(Client())
    body = {"message": message, "signature": sign(message), **fields}
    assert APIClient().post("/api/auth/ethereum", body).status_code == 200


# Accounts elsewhere are in test_issuers.py, beside the issuer.
WAYS = [
    Way("e-mail", by_email),
    Way("e-mail by API", by_email_and_api),
    Way("e-mail and identity by API", with_an_identity),
    Way("passkey", by_passkey),
    Way("passkey by API", by_passkey_and_api),
    Way("phone", by_phone),
    Way("phone by API", by_phone_and_api),
    Way("wallet", by_wallet),
    Way("wallet by API", by_wallet_and_api),
]


@pytest.mark.parametrize("way", WAYS, ids=str)
class TestEveryWay:
    """Of opening an account."""

    def test_agrees_to_what_was_shown(self, way: Way, phones: Phones) -> None:
        way.open_account(phones, SHOWN)
        nova = User.objects.get()
        kept = {consent.kind: consent.text_version for consent in Consent.objects.filter(user=nova)}
        assert kept == {text.kind: text.version for text in required_texts()}
        assert has_agreed(nova)

    @pytest.mark.parametrize("fields", [{}, dict.fromkeys(SHOWN, "2020-01-01")], ids=["none", "old ones"])
    def test_agrees_to_nothing_that_was_not(self, way: Way, phones: Phones, fields: Fields) -> None:
        way.open_account(phones, fields)
        assert not Consent.objects.exists()
        assert not has_agreed(User.objects.get())

    def test_agrees_to_the_one_that_was(self, way: Way, phones: Phones) -> None:
        way.open_account(phones, {**SHOWN, "privacy_version": "2020-01-01"})
        assert Consent.objects.get().kind == "terms"
        assert not has_agreed(User.objects.get())

    def test_opens_nothing_if_it_can_not_be_written_down(
        self, way: Way, phones: Phones, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise LookupError("the disk is full")

        monkeypatch.setattr("accounts.operations.consents._grant", fail)
        with pytest.raises(LookupError):
            way.open_account(phones, SHOWN)
        assert not User.objects.exists()
        assert not Consent.objects.exists()


def test_coming_in_again_agrees_to_nothing_new(phones: Phones) -> None:
    by_phone(phones, {})
    by_phone(phones, SHOWN)
    assert User.objects.count() == 1
    assert not Consent.objects.exists()


@pytest.mark.parametrize("sign_up", [by_email, by_email_and_api])
def test_a_sign_up_with_somebodys_address_agrees_to_nothing_for_them(
    phones: Phones, sign_up: Callable[[Phones, Fields], None]
) -> None:
    UserFactory.create(email=EMAIL, agreed_edition="")
    with nothing_changes("django_session", "procrastinate_jobs", "procrastinate_events"):
        sign_up(phones, SHOWN)


@pytest.mark.parametrize("path", ["/signup/", "/signup/passkey/", "/signin/", "/signin/phone/"])
def test_pages_that_open_accounts_show_the_texts(path: str) -> None:
    page = Client().get(path).content.decode()
    assert 'agrees to the <a href="/terms/">terms of use</a> and the <a href="/privacy/">privacy notice</a>' in page
    assert page.count("agrees to the <a") == 1
    for name, version in SHOWN.items():
        assert f'name="{name}" value="{version}"' in page
