"""Linking and taking away ways to sign in, in the portal and by API: a fresh proof first, a notice to every place after."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Nonce, Session, User
from accounts.nonces import issue_nonce
from accounts.providers.ethereum import write_message
from accounts.providers.identity import ETHEREUM
from audit.models import AuditEntry
from tests.accounts.ethereum import OTHER_WALLET, WALLET, ask_message, present, sign, signed_message
from tests.factories import PASSWORD, UserFactory
from tests.mailbox import Mailbox
from tests.proving import confirm
from tests.shown import SHOWN
from tests.texts import Phones
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refused operation ends the transaction around it

PAGE = "/profile/ways/"
type ClientFor = Callable[[User], Client]
type APIFor = Callable[[User], APIClient]


def link_wallet(user: User, address: str = WALLET.address) -> SocialAccount:
    return SocialAccount.objects.create(user=user, provider="ethereum", uid=address)


def confirm_on_page(client: Client, path: str, body: dict[str, str] | None = None) -> Any:
    """Post, be led to the proof, give it. Answers the page that this leads back to."""
    asked = client.post(path, body or {})
    assert asked.headers.get("Location", "").startswith("/confirm/act/"), asked.content
    back = client.post(asked.headers["Location"], {"password": PASSWORD})
    return client.get(back.headers["Location"])


def by_wallet_alone(client: Client) -> User:
    """Somebody who opened an account with a wallet and has nothing else, signed in in this browser."""
    assert client.post("/signin/ethereum/", {**signed_message(now=timezone.now()), **SHOWN}).status_code == 302
    client.get(PAGE)  # from here on their visit is known
    return User.objects.get(email=None)


# --- the list ---------------------------------------------------------------------------------------------------


def test_shows_every_way_and_what_could_be_one(alice: User, client_for: ClientFor) -> None:
    account = link_wallet(alice)
    page = client_for(alice).get(PAGE).content.decode()
    assert WALLET.address in page
    assert "alice@example.com" in page
    assert f"/profile/ways/ethereum-{account.pk}/remove/" in page
    assert "Add a phone" in page
    assert "Add an e-mail address" not in page


def test_offers_no_removal_of_the_only_way(client: Client) -> None:
    by_wallet_alone(client)
    page = client.get(PAGE).content.decode()
    assert "It is the only one, so it stays." in page
    assert "/remove/" not in page
    assert "Add an e-mail address" in page


def test_lists_them_by_api(alice: User, api_for: APIFor) -> None:
    account = link_wallet(alice)
    assert api_for(alice).get("/api/ways").json() == {
        "ways": [
            {
                "id": "password",
                "kind": "password",
                "name": "alice@example.com",
                "detail": "",
                "added_at": None,
                "used_at": None,
            },
            {
                "id": f"ethereum-{account.pk}",
                "kind": "ethereum",
                "name": WALLET.address,
                "detail": "",
                "added_at": account.date_joined.isoformat().replace("+00:00", "Z"),
                "used_at": account.last_login.isoformat().replace("+00:00", "Z"),
            },
        ]
    }


# --- linking a wallet -------------------------------------------------------------------------------------------


def test_links_a_wallet_that_signed_once(alice: User, client_for: ClientFor, mailbox: Mailbox) -> None:
    client, signed = client_for(alice), signed_message(now=timezone.now())
    page = confirm_on_page(client, "/profile/ways/ethereum/", signed).content.decode()
    assert signed["signature"] in page  # the wallet is not asked again
    assert not SocialAccount.objects.exists()

    assert client.post("/profile/ways/ethereum/", signed).headers["Location"] == PAGE

    assert SocialAccount.objects.get(user=alice).uid == WALLET.address
    assert not Nonce.objects.exists()
    assert signed["signature"] not in client.get("/profile/ways/ethereum/").content.decode()
    assert mailbox()[-1].subject == "A way to sign in was added"
    assert AuditEntry.objects.filter(action="user.way_added", metadata={"way": "ethereum"}, actor=alice).count() == 1
    message = ask_message(Client())
    assert present(Client(), message, sign(message)).json()["user"]["id"] == str(alice.pk)


def test_the_words_to_confirm_name_the_wallet(alice: User, client_for: ClientFor) -> None:
    client = client_for(alice)
    asked = client.post("/profile/ways/ethereum/", signed_message(now=timezone.now()))
    words = f"Sign in with Ethereum {WALLET.address[:6]}…{WALLET.address[-4:]} from now on"
    assert words in client.get(asked.headers["Location"]).content.decode()


def test_a_confirmation_for_one_wallet_is_none_for_another(alice: User, client_for: ClientFor) -> None:
    client, now = client_for(alice), timezone.now()
    confirm_on_page(client, "/profile/ways/ethereum/", signed_message(now=now))
    message = write_message(address=OTHER_WALLET.address, chain_id=1, nonce=issue_nonce(ETHEREUM, now=now), now=now)
    with nothing_changes("django_session"):
        body = {"message": message, "signature": sign(message, OTHER_WALLET)}
        assert client.post("/profile/ways/ethereum/", body).headers["Location"].startswith("/confirm/act/")


def test_links_a_wallet_by_api_with_the_same_proof_twice(alice: User, api_for: APIFor) -> None:
    api, signed = api_for(alice), signed_message(now=timezone.now())
    with nothing_changes():
        refusal = api.post("/api/ways/ethereum", signed)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "step_up_required")
    assert confirm(api, refusal.json()["challenge"]).status_code == 200

    answer = api.post("/api/ways/ethereum", signed)
    assert (answer.status_code, answer.json()["kind"], answer.json()["name"]) == (201, "ethereum", WALLET.address)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda body: {**body, "signature": sign(body["message"], OTHER_WALLET)}, "ethereum_proof_refused"),
        (lambda body: {**body, "message": body["message"].replace("Sign in", "Log in")}, "ethereum_proof_refused"),
        (lambda body: {"message": body["message"]}, "invalid_input"),
        (lambda body: {**body, "way": "mine"}, "invalid_input"),
    ],
    ids=["other signer", "other text", "no signature", "another field"],
)
def test_refuses_a_bad_proof_by_api(
    alice: User, api_for: APIFor, spoil: Callable[[dict[str, str]], dict[str, str]], code: str
) -> None:
    api, body = api_for(alice), spoil(signed_message(now=timezone.now()))
    with nothing_changes():
        assert api.post("/api/ways/ethereum", body).json()["code"] == code


def test_refuses_a_spent_nonce(client: Client) -> None:
    by_wallet_alone(client)
    signed = signed_message(now=timezone.now())
    Nonce.objects.all().delete()
    with nothing_changes("django_session"):
        page = client.post("/profile/ways/ethereum/", signed)
    assert (page.status_code, "used already" in page.content.decode()) == (409, True)


def test_refuses_a_wallet_of_somebody_else(client: Client) -> None:
    link_wallet(UserFactory.create(), OTHER_WALLET.address)
    by_wallet_alone(client)
    now = timezone.now()
    message = write_message(address=OTHER_WALLET.address, chain_id=1, nonce=issue_nonce(ETHEREUM, now=now), now=now)
    with nothing_changes("django_session"):
        page = client.post("/profile/ways/ethereum/", {"message": message, "signature": sign(message, OTHER_WALLET)})
    assert (page.status_code, "another account here" in page.content.decode()) == (409, True)


# --- who has nothing to confirm by ------------------------------------------------------------------------------


def test_who_has_only_a_wallet_links_a_second_one_after_signing_in(client: Client) -> None:
    user, now = by_wallet_alone(client), timezone.now()
    message = write_message(address=OTHER_WALLET.address, chain_id=1, nonce=issue_nonce(ETHEREUM, now=now), now=now)
    body = {"message": message, "signature": sign(message, OTHER_WALLET)}
    assert client.post("/profile/ways/ethereum/", body).headers["Location"] == PAGE
    assert SocialAccount.objects.filter(user=user).count() == 2


def test_and_is_asked_to_sign_in_again_later(client: Client) -> None:
    user, now = by_wallet_alone(client), timezone.now()
    first, _second = SocialAccount.objects.get(user=user), link_wallet(user, OTHER_WALLET.address)
    Session.objects.filter(user=user).update(created_at=now - dt.timedelta(minutes=5, seconds=1))
    with nothing_changes("django_session"):
        page = client.post(f"/profile/ways/ethereum-{first.pk}/remove/")
    assert (page.status_code, "Sign out and in again first" in page.content.decode()) == (403, True)


# --- taking one away --------------------------------------------------------------------------------------------


def test_takes_a_wallet_away_and_tells_at_every_place(
    alice: User, client_for: ClientFor, mailbox: Mailbox, phones: Phones
) -> None:
    alice.phone, alice.phone_verified_at = "+351912345678", timezone.now()
    alice.save()
    account, client = link_wallet(alice), client_for(alice)
    path = f"/profile/ways/ethereum-{account.pk}/remove/"
    confirm_on_page(client, path)
    assert SocialAccount.objects.exists()
    assert client.post(path).headers["Location"] == PAGE
    assert not SocialAccount.objects.exists()
    assert mailbox()[-1].subject == "A way to sign in was taken away"
    assert [message.phone for message in phones()] == ["+351912345678"]
    assert AuditEntry.objects.filter(action="user.way_removed", metadata={"way": "ethereum"}).count() == 1
    with nothing_changes("django_session"):
        assert client.post(path).status_code == 404


@pytest.mark.parametrize("kind", ["ethereum", "phone"])
def test_takes_one_away_by_api(alice: User, api_for: APIFor, phones: Phones, kind: str) -> None:
    alice.phone, alice.phone_verified_at = "+351912345678", timezone.now()
    alice.save()
    account, api = link_wallet(alice), api_for(alice)
    path = "/api/ways/phone" if kind == "phone" else f"/api/ways/ethereum-{account.pk}"
    with nothing_changes():
        refusal = api.delete(path)
    confirm(api, refusal.json()["challenge"])
    assert api.delete(path).status_code == 204
    assert kind not in {way["kind"] for way in api.get("/api/ways").json()["ways"]}
    with nothing_changes():
        assert api.delete(path).status_code == 404


def test_keeps_the_last_way_in(client: Client) -> None:
    user = by_wallet_alone(client)
    path = f"/profile/ways/ethereum-{SocialAccount.objects.get(user=user).pk}/remove/"
    with nothing_changes("django_session"):
        page = client.post(path)
    assert (page.status_code, "the only way into your account" in page.content.decode()) == (409, True)


@pytest.mark.parametrize(
    ("way_id", "status"),
    [("password", 409), ("phone", 404), ("ethereum-0", 404), ("ethereum-99999999999999999999", 404), ("account", 404)],
)
def test_takes_away_nothing_else(alice: User, api_for: APIFor, way_id: str, status: int) -> None:
    link_wallet(alice)
    api = api_for(alice)
    with nothing_changes():
        assert api.delete(f"/api/ways/{way_id}").status_code == status


def test_a_wallet_of_somebody_else_is_not_there(alice: User, mallory: User, api_for: APIFor) -> None:
    account, api = link_wallet(alice), api_for(mallory)
    with nothing_changes():
        assert api.delete(f"/api/ways/ethereum-{account.pk}").status_code == 404


@pytest.mark.parametrize("path", [PAGE, "/profile/ways/ethereum/"])
def test_is_for_who_is_signed_in(client: Client, db: None, path: str) -> None:
    assert client.get(path).headers["Location"].startswith("/signin/")
