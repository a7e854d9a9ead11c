"""Sign-In with Ethereum, by API and in the portal."""

import datetime as dt

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Nonce, Session, User
from accounts.nonces import forget_old_nonces, issue_nonce, spend_nonce
from accounts.operations import suspend_user
from audit.models import AuditEntry
from tests.accounts.ethereum import WALLET, ask_message, present, sign
from tests.factories import UserFactory
from tests.threads import together
from tests.unchanged import nothing_changes


def link_wallet(user: User) -> SocialAccount:
    return SocialAccount.objects.create(user=user, provider="ethereum", uid=WALLET.address)


def test_opens_an_account_that_has_only_an_address(client: Client, db: None) -> None:
    message = ask_message(client, chain_id=8453)
    answer = present(client, message, sign(message))
    assert answer.status_code == 200, answer.content

    user = User.objects.get()
    assert (user.email, user.phone, user.has_usable_password()) == (None, None, False)
    assert user.name == f"{WALLET.address[:6]}…{WALLET.address[-4:]}"
    assert [(account.provider, account.uid) for account in SocialAccount.objects.filter(user=user)] == [
        ("ethereum", WALLET.address)
    ]
    assert Session.objects.get(user=user).auth_method == "wallet"
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == ["user.signed_up", "user.signed_in"]
    me = client.get("/api/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert (me.status_code, me.json()["email"]) == (200, None)


def test_signs_the_same_person_in_again(client: Client, alice: User) -> None:
    account = link_wallet(alice)
    message = ask_message(client)
    answer = present(client, message, sign(message), headers={"X-Token-Transport": "cookie"})
    assert answer.json()["user"]["id"] == str(alice.pk)
    assert "florin_refresh" in answer.cookies
    assert "refresh_token" not in answer.json()
    assert User.objects.count() == 1
    before, account_now = account.last_login, SocialAccount.objects.get()
    assert account_now.last_login > before


def test_writes_the_message_with_a_checksummed_address(client: Client, db: None, settings: Settings) -> None:
    settings.PORTAL_ORIGIN = "https://pay.example.com"
    lines = ask_message(client, chain_id=10).split("\n")
    assert lines[0] == "pay.example.com wants you to sign in with your Ethereum account:"
    assert lines[1] == WALLET.address
    assert lines[3] == "Sign in to Florin."
    assert lines[5:8] == ["URI: https://pay.example.com", "Version: 1", "Chain ID: 10"]
    issued, expires = (dt.datetime.fromisoformat(line.split(": ")[1]) for line in lines[9:11])
    assert expires - issued == dt.timedelta(minutes=10)


@pytest.mark.parametrize(
    "body",
    [
        {"address": WALLET.address, "chain_id": 5},
        {"address": WALLET.address[:-1], "chain_id": 1},
        {"address": f"{WALLET.address}\n", "chain_id": 1},
        {"chain_id": 1},
        {"address": WALLET.address, "chain_id": 1, "nonce": "mine"},
    ],
    ids=["unknown network", "short address", "line break", "no address", "another field"],
)
def test_hands_out_no_nonce_for_bad_input(client: Client, db: None, body: dict[str, object]) -> None:
    with nothing_changes():
        assert client.post("/api/auth/ethereum/nonce", body, content_type="application/json").status_code == 400


def test_hands_out_thirty_nonces_a_minute(client: Client, db: None) -> None:
    for _each in range(30):
        ask_message(client)
    with nothing_changes():
        answer = client.post(
            "/api/auth/ethereum/nonce", {"address": WALLET.address, "chain_id": 1}, content_type="application/json"
        )
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_attempts")


def test_signs_in_to_the_portal_and_goes_on(client: Client, alice: User) -> None:
    link_wallet(alice)
    message = ask_message(client)
    form = {"message": message.replace("\n", "\r\n"), "signature": sign(message), "next": "/profile/devices/"}
    answer = client.post("/signin/ethereum/", form)
    assert answer.headers["Location"] == "/profile/devices/"
    assert client.get("/profile/").status_code == 200
    assert Session.objects.get(user=alice).auth_method == "wallet"


def test_keeps_the_language_and_time_zone_of_the_browser(client: Client, db: None) -> None:
    message = ask_message(client)
    form = {"message": message, "signature": sign(message), "timezone": "America/Sao_Paulo"}
    client.post("/signin/ethereum/", form, headers={"Accept-Language": "pt-BR"})
    user = User.objects.get()
    assert (user.language, user.timezone) == ("pt-BR", "America/Sao_Paulo")


def test_leads_to_no_other_site(client: Client, alice: User) -> None:
    link_wallet(alice)
    message = ask_message(client)
    answer = client.post("/signin/ethereum/", {"message": message, "signature": sign(message), "next": "//evil.example/"})
    assert answer.headers["Location"] == "/"


def test_says_on_a_page_why_nobody_was_let_in(client: Client, alice: User) -> None:
    link_wallet(alice)
    message = ask_message(client)
    with nothing_changes():
        answer = client.post("/signin/ethereum/", {"message": message, "signature": "0x" + "00" * 65})
    assert answer.status_code == 401
    assert "This is no signature of that message." in answer.content.decode()
    assert client.get("/profile/").status_code == 302


def test_asks_for_the_token_of_the_form(alice: User) -> None:
    link_wallet(alice)
    client = Client(enforce_csrf_checks=True)
    message = ask_message(client)
    with nothing_changes():
        assert client.post("/signin/ethereum/", {"message": message, "signature": sign(message)}).status_code == 403


def test_refuses_suspended_people_at_both_doors(client: Client, alice: User) -> None:
    link_wallet(alice)
    suspend_user(user=alice, actor=None, reason="", now=timezone.now())
    message = ask_message(client)
    answer = present(client, message, sign(message))
    assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")
    message = ask_message(client)
    assert (
        client.post("/signin/ethereum/", {"message": message, "signature": sign(message)}).headers["Location"] == "/suspended/"
    )
    assert not Session.objects.exists()


def test_two_windows_open_one_account(transactional_db: None) -> None:
    messages = [ask_message(Client()) for _each in range(2)]
    answers = together([lambda message=message: present(Client(), message, sign(message)) for message in messages])  # type: ignore[misc]
    assert [getattr(answer, "status_code", answer) for answer in answers] == [200, 200]
    assert (User.objects.count(), SocialAccount.objects.count(), Session.objects.count()) == (1, 1, 2)


def test_spends_a_nonce_once_even_at_the_same_moment(transactional_db: None) -> None:
    nonce = issue_nonce("ethereum", now=timezone.now())
    spent = together([lambda: spend_nonce(nonce, "ethereum", now=timezone.now())] * 6)
    assert sorted(map(str, spent)) == ["False"] * 5 + ["True"]


def test_forgets_nonces_that_nobody_spent(db: None) -> None:
    now = timezone.now()
    issue_nonce("ethereum", now=now - dt.timedelta(minutes=11))
    issue_nonce("ethereum", now=now)
    assert (forget_old_nonces(now=now), Nonce.objects.count()) == (1, 1)


def test_keeps_nonces_where_nobody_can_read_them(db: None) -> None:
    nonce = issue_nonce("ethereum", now=timezone.now())
    assert nonce not in str(list(Nonce.objects.values()))


def test_works_for_somebody_with_nothing_but_an_address(client: Client, db: None) -> None:
    user = UserFactory.create(email=None, password="!", name="")
    link_wallet(user)
    message = ask_message(client)
    client.post("/signin/ethereum/", {"message": message, "signature": sign(message)})
    for page in ("/", "/profile/", "/profile/devices/", "/activity/", "/wallets/"):
        assert client.get(page).status_code == 200, page
