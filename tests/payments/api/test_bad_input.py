"""What every write about money refuses, each time with nothing changed."""

import json
import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import close_wallet, freeze_wallet, transfer
from tests.factories import open_wallet_for
from tests.payments.api.calls import ApiFor, post
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db

DEPOSIT, WITHDRAWAL, TRANSFER, REFUND = "deposits", "withdrawals", "transfers", "refunds"
WRITES = (DEPOSIT, WITHDRAWAL, TRANSFER, REFUND)


@pytest.fixture
def paid(bruno: User, bruno_eur: Wallet, alice_eur: Wallet) -> Transaction:
    """Bruno sent Alice 10.00, which she may give back."""
    alice = alice_eur.user
    assert alice
    transfer(payer=alice_eur, payee=bruno_eur, amount=Money(10_00, "EUR"), actor=alice, key=None, now=timezone.now())
    return transfer(payer=bruno_eur, payee=alice_eur, amount=Money(10_00, "EUR"), actor=bruno, key=None, now=timezone.now())


@pytest.fixture
def requests_of(alice_eur: Wallet, bruno_eur: Wallet, paid: Transaction) -> dict[str, tuple[str, dict[str, Any]]]:
    """A good request of Alice's to each write: its path and its body."""
    money = {"amount": "1.00", "asset": "EUR"}
    own = {"wallet": str(alice_eur.pk), **money}
    return {
        DEPOSIT: ("/api/deposits", {**own, "source": "tok_success"}),
        WITHDRAWAL: ("/api/withdrawals", {**own, "destination": "tok_success"}),
        TRANSFER: ("/api/transfers", {**own, "payee": {"address": bruno_eur.address}}),
        REFUND: (f"/api/transactions/{paid.pk}/refunds", {**money, "reason": "a test"}),
    }


type Requests = dict[str, tuple[str, dict[str, Any]]]


@pytest.mark.parametrize("write", WRITES)
def test_the_good_request_is_good(api_for: ApiFor, alice: User, requests_of: Requests, write: str) -> None:
    path, body = requests_of[write]
    assert post(api_for(alice), path, body).status_code == 201


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"amount": "0"}, 400, "invalid_amount"),
        ({"amount": "0.00"}, 400, "invalid_amount"),
        ({"amount": "-1.00"}, 400, "invalid_amount"),
        ({"amount": "+1.00"}, 400, "invalid_amount"),
        ({"amount": "1.001"}, 400, "invalid_amount"),
        ({"amount": "1,00"}, 400, "invalid_amount"),
        ({"amount": "1e2"}, 400, "invalid_amount"),
        ({"amount": "NaN"}, 400, "invalid_amount"),
        ({"amount": " 1.00"}, 400, "invalid_amount"),
        ({"amount": ""}, 400, "invalid_amount"),
        ({"amount": "\u0663.\u0660\u0660"}, 400, "invalid_amount"),
        ({"amount": "92233720368547758.08"}, 400, "invalid_amount"),
        ({"amount": "1" * 5000}, 400, "invalid_amount"),
        ({"amount": 1.5}, 400, "invalid_amount"),
        ({"amount": 1}, 400, "invalid_amount"),
        ({"amount": True}, 400, "invalid_amount"),
        ({"amount": ["1.00"]}, 400, "invalid_amount"),
        ({"amount": None}, 400, "invalid_input"),
        ({"asset": "XXX"}, 400, "unknown_asset"),
        ({"asset": "eur"}, 400, "unknown_asset"),
        ({"asset": "USD"}, 422, "asset_mismatch"),
        ({"asset": None}, 400, "invalid_input"),
        ({"asset": "E" * 11}, 400, "invalid_input"),
        ({"balance": "1.00"}, 400, "invalid_input"),
        ({"status": "completed"}, 400, "invalid_input"),
        ({"fee": "0.00"}, 400, "invalid_input"),
    ],
)
def test_refuses_bad_money_and_unknown_keys(
    api_for: ApiFor, alice: User, requests_of: Requests, write: str, changes: dict[str, Any], status: int, code: str
) -> None:
    (path, body), client = requests_of[write], api_for(alice)
    with nothing_changes():
        answer = post(client, path, {**body, **changes})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["money_moved"] is False


@pytest.mark.parametrize("write", [DEPOSIT, WITHDRAWAL, TRANSFER])
@pytest.mark.parametrize(
    ("wallet", "status", "code"),
    [
        ("bruno", 404, "wallet_not_found"),
        ("platform", 404, "wallet_not_found"),
        ("none", 404, "wallet_not_found"),
        ("dollars", 422, "asset_mismatch"),
        ("x", 400, "invalid_input"),
        (7, 400, "invalid_input"),
        (None, 400, "invalid_input"),
    ],
)
def test_refuses_wallets_that_are_not_ones_own(
    api_for: ApiFor, alice: User, bruno_eur: Wallet, requests_of: Requests, write: str, wallet: object, status: int, code: str
) -> None:
    wallets = {
        "bruno": bruno_eur.pk,
        "platform": Wallet.objects.system("platform:fees", "EUR").pk,
        "none": uuid.uuid4(),
        "dollars": open_wallet_for(alice, "USD").pk,
    }
    (path, body), client = requests_of[write], api_for(alice)
    named = str(wallets[wallet]) if isinstance(wallet, str) and wallet in wallets else wallet
    with nothing_changes():
        answer = post(client, path, {**body, "wallet": named})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_refuses_wallets_that_are_frozen_or_closed(
    api_for: ApiFor, alice: User, alice_eur: Wallet, mallory_eur: Wallet, requests_of: Requests, write: str, status: str
) -> None:
    (path, body), client, now = requests_of[write], api_for(alice), timezone.now()
    if status == "frozen":
        freeze_wallet(wallet=alice_eur, actor=alice, reason="a test", now=now)
    else:
        transfer(payer=alice_eur, payee=mallory_eur, amount=Money(100_00, "EUR"), actor=alice, key=None, now=now)
        close_wallet(wallet=alice_eur, actor=alice, now=now)
    with nothing_changes():
        answer = post(client, path, body)
    assert (answer.status_code, answer.json()["code"]) == (409, f"wallet_{status}")


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b"\xff", "application/json", 400, "malformed_json"),
        (b"", "application/json", 400, "malformed_json"),
        (b'{"amount": "1.00", "amount": "99.00"}', "application/json", 400, "malformed_json"),
        (b'{"amount": NaN}', "application/json", 400, "malformed_json"),
        (b"[" * 200_000, "application/json", 400, "malformed_json"),
        (b'"' + b"x" * 300_000 + b'"', "application/json", 413, "body_too_large"),
        (b"[]", "application/json", 400, "invalid_input"),
        (b"null", "application/json", 400, "invalid_input"),
        (b'"text"', "application/json", 400, "invalid_input"),
        (b"amount=1.00", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"<amount/>", "text/xml", 415, "unsupported_media_type"),
    ],
    ids=["cut", "no utf-8", "empty", "twice", "nan", "deep", "large", "list", "null", "text", "form", "xml"],
)
def test_refuses_bodies_that_are_no_object(
    api_for: ApiFor, alice: User, requests_of: Requests, write: str, content: bytes, media_type: str, status: int, code: str
) -> None:
    (path, _body), client = requests_of[write], api_for(alice)
    with nothing_changes():
        answer = client.generic("POST", path, content, media_type, headers={"Idempotency-Key": str(uuid.uuid4())})  # type: ignore[arg-type]  # as it stands
    assert (answer.status_code, json.loads(answer.content)["code"]) == (status, code)


@pytest.mark.parametrize("write", [*WRITES, "conversions"])
@pytest.mark.parametrize("key", [None, "", "short", "k" * 101, "with space", "emoji-🎉-key"])
def test_refuses_without_a_key_that_is_one(
    api_for: ApiFor, alice: User, requests_of: Requests, write: str, key: str | None
) -> None:
    path, body = requests_of.get(write, ("/api/conversions", {"quote": str(uuid.uuid4())}))
    client = api_for(alice)
    with nothing_changes():
        answer = client.post(path, body, headers={} if key is None else {"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("write", WRITES)
def test_refuses_who_is_not_signed_in(api_for: ApiFor, alice: User, requests_of: Requests, write: str) -> None:
    (path, body), client = requests_of[write], api_for(alice)
    client.credentials()
    with nothing_changes():
        answer = post(client, path, body)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(("write", "field"), [(DEPOSIT, "source"), (WITHDRAWAL, "destination")])
@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("4242424242424242", "invalid_input"),
        ("tok_4242 4242", "invalid_input"),
        ("tok_nobody", "unknown_token"),
        ("", "invalid_input"),
    ],
)
def test_takes_tokens_and_no_card_numbers(
    api_for: ApiFor, alice: User, requests_of: Requests, write: str, field: str, token: str, code: str
) -> None:
    """R35: what is not a token is not kept."""
    (path, body), client = requests_of[write], api_for(alice)
    with nothing_changes():
        answer = post(client, path, {**body, field: token})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not token or token not in answer.content.decode()


@pytest.mark.parametrize(
    "payee",
    [
        None, {}, [], "bruno", {"email": "bruno@example.com", "phone": "+351912345678"}, {"email": "no address"},
        {"email": None}, {"wallet": "x"}, {"address": "x" * 201},
    ],
)  # fmt: skip
def test_wants_exactly_one_name_of_the_payee(api_for: ApiFor, alice: User, requests_of: Requests, payee: object) -> None:
    (path, body), client = requests_of[TRANSFER], api_for(alice)
    with nothing_changes():
        answer = post(client, path, {**body, "payee": payee})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["pointer"].startswith("#/payee")


@pytest.mark.parametrize("write", [TRANSFER, WITHDRAWAL])
def test_declines_what_is_not_there(api_for: ApiFor, alice: User, requests_of: Requests, write: str) -> None:
    (path, body), client = requests_of[write], api_for(alice)
    for name in ("external:sandbox", "platform:holds"):
        Wallet.objects.system(name, "EUR")
    for amount in ("100.01", "92233720368547758.07"):
        with nothing_changes():
            answer = post(client, path, {**body, "amount": amount})
        assert (answer.status_code, answer.json()["code"]) == (422, "insufficient_funds")
