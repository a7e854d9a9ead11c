"""/api/wallets."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from payments.models import Wallet
from payments.money import Money
from payments.operations import transfer
from tests.factories import open_wallet_for
from tests.payments.api.calls import ApiFor, codes_in
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db


def test_lists_ones_own_wallets_only(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    yen = open_wallet_for(alice, "JPY", minor=1500)
    Wallet.objects.system("platform:fees", "EUR")
    results = api_for(alice).get("/api/wallets").json()["results"]
    assert [(each["id"], each["balance"], each["is_primary"]) for each in results] == [
        (str(yen.pk), "1500", False),
        (str(alice_eur.pk), "100.00", True),
    ]


def test_lists_in_two_statements_however_many(api_for: ApiFor, alice: User, alice_eur: Wallet) -> None:
    for asset in ("USD", "GBP", "BRL", "JPY"):
        open_wallet_for(alice, asset)
    client = api_for(alice)
    with CaptureQueriesContext(connection) as captured:
        assert len(client.get("/api/wallets").json()["results"]) == 5
    assert len(captured) == 2  # who calls, and the wallets with their balances


def test_opens_a_wallet(api_for: ApiFor, alice: User) -> None:
    answer = api_for(alice).post("/api/wallets", {"asset": "KWD", "name": "Kuwait"})
    wallet = Wallet.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(wallet.pk),
        "kind": "personal",
        "name": "Kuwait",
        "address": wallet.address,
        "asset": "KWD",
        "balance": "0.000",
        "status": "active",
        "is_primary": True,
        "created_at": wallet.created_at.isoformat().replace("+00:00", "Z"),
        "last_used_at": None,
    }


@pytest.mark.django_db(transaction=True)  # the refusal must undo a whole transaction, not the test's
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"asset": "XXX", "name": "?"}, 400, "unknown_asset"),
        ({"asset": "EUR"}, 400, "invalid_input"),
        ({"asset": "EUR", "name": ""}, 400, "invalid_input"),
        ({"asset": "EUR", "name": "x" * 61}, 400, "invalid_input"),
        ({"asset": "EUR", "name": "Euros", "balance": "100.00"}, 400, "invalid_input"),
        ({"asset": "EUR", "name": "Euros", "kind": "system"}, 400, "invalid_input"),
        ([], 400, "invalid_input"),
    ],
)
def test_refuses_to_open(api_for: ApiFor, alice: User, body: object, status: int, code: str) -> None:
    client = api_for(alice)
    with nothing_changes():
        answer = client.post("/api/wallets", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.django_db(transaction=True)  # the refusal must undo a whole transaction, not the test's
def test_refuses_the_sixth(api_for: ApiFor, alice: User) -> None:
    for asset in ("EUR", "USD", "GBP", "BRL", "JPY"):
        open_wallet_for(alice, asset)
    client = api_for(alice)
    with nothing_changes():
        answer = client.post("/api/wallets", {"asset": "CHF", "name": "Alps"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_wallets")


def test_renames_and_makes_primary(api_for: ApiFor, alice: User, alice_eur: Wallet) -> None:
    dollars = open_wallet_for(alice, "USD")
    answer = api_for(alice).patch(f"/api/wallets/{dollars.pk}", {"name": "Trip", "is_primary": True})
    assert (answer.status_code, answer.json()["name"], answer.json()["is_primary"]) == (200, "Trip", True)
    alice_eur.refresh_from_db()
    assert not alice_eur.is_primary


@pytest.mark.parametrize(
    "body", [{"is_primary": False}, {"balance": "1.00"}, {"status": "active"}, {"name": ""}, {"name": None}]
)
def test_refuses_other_changes(api_for: ApiFor, alice: User, alice_eur: Wallet, body: object) -> None:
    client = api_for(alice)
    with nothing_changes():
        answer = client.patch(f"/api/wallets/{alice_eur.pk}", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


def test_closes_an_empty_wallet(api_for: ApiFor, alice: User) -> None:
    wallet = open_wallet_for(alice)
    answer = api_for(alice).post(f"/api/wallets/{wallet.pk}/closures", {})
    assert (answer.status_code, answer.json()["status"], answer.json()["is_primary"]) == (201, "closed", False)


@pytest.mark.parametrize("body", [{"reason": "x"}, []])
def test_refuses_to_close_with_anything_in_the_body(api_for: ApiFor, alice: User, body: object) -> None:
    wallet, client = open_wallet_for(alice), api_for(alice)
    with nothing_changes():
        assert client.post(f"/api/wallets/{wallet.pk}/closures", body).status_code == 400


@pytest.mark.django_db(transaction=True)  # the refusal must undo a whole transaction, not the test's
def test_refuses_to_close_a_wallet_with_money_in_it(api_for: ApiFor, alice: User, alice_eur: Wallet) -> None:
    client = api_for(alice)
    with nothing_changes():
        answer = client.post(f"/api/wallets/{alice_eur.pk}/closures", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "wallet_not_empty")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""), ("patch", ""), ("post", "/closures"), ("get", "/balance"), ("get", "/postings"),
        ("get", "/statement?from=2026-01-01&to=2026-01-31"),
    ],
)  # fmt: skip
def test_a_strangers_wallet_is_not_there(api_for: ApiFor, mallory: User, alice_eur: Wallet, method: str, path: str) -> None:
    """R27: the same answer for somebody else's, the platform's and none at all."""
    client = api_for(mallory)
    platform = Wallet.objects.system("platform:fees", "EUR")
    with nothing_changes():
        answers = [getattr(client, method)(f"/api/wallets/{pk}{path}") for pk in (alice_eur.pk, platform.pk, uuid.uuid4())]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 3


def test_tells_the_balance_of_any_instant(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    paid = transfer(payer=alice_eur, payee=bruno_eur, amount=Money(30_00, "EUR"), actor=alice, key=None, now=timezone.now())
    client, moment = api_for(alice), paid.created_at
    instants = {
        (moment - dt.timedelta(microseconds=1)).isoformat(): "100.00",
        moment.isoformat(): "70.00",
        moment.astimezone(dt.timezone(dt.timedelta(hours=-3))).isoformat(): "70.00",
        "2020-01-01T00:00:00Z": "0.00",
    }
    for at, balance in instants.items():
        answer = client.get(f"/api/wallets/{alice_eur.pk}/balance", {"at": at})
        assert (answer.status_code, answer.json()["balance"], answer.json()["asset"]) == (200, balance, "EUR"), at
    assert client.get(f"/api/wallets/{alice_eur.pk}/balance").json()["balance"] == "70.00"


@pytest.mark.parametrize("at", ["2026-11-21", "2026-11-21T12:00:00", "now", "2999-01-01T00:00:00Z", "2026-02-30T00:00:00Z", ""])
def test_refuses_what_is_no_instant(api_for: ApiFor, alice: User, alice_eur: Wallet, at: str) -> None:
    answer = api_for(alice).get(f"/api/wallets/{alice_eur.pk}/balance", {"at": at})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"][0]["parameter"] == "at"


def test_lists_postings_by_cursor(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    now = timezone.now()  # one instant for all: the order is the ledger's
    for minor in range(1, 6):
        transfer(payer=alice_eur, payee=bruno_eur, amount=Money(minor, "EUR"), actor=alice, key=None, now=now)
    client = api_for(alice)
    first = client.get(f"/api/wallets/{alice_eur.pk}/postings", {"page_size": 2}).json()
    assert [each["amount"] for each in first["results"]] == ["-0.05", "-0.04"]
    second = client.get(first["next"]).json()
    assert [each["amount"] for each in second["results"]] == ["-0.03", "-0.02"]
    assert client.get(second["previous"]).json()["results"] == first["results"]
    third = client.get(second["next"]).json()
    assert [(each["amount"], each["kind"]) for each in third["results"]] == [("-0.01", "transfer"), ("100.00", "deposit")]
    assert third["next"] is None


def test_postings_take_no_other_parameter(api_for: ApiFor, alice: User, alice_eur: Wallet) -> None:
    answer = api_for(alice).get(f"/api/wallets/{alice_eur.pk}/postings", {"wallet": str(uuid.uuid4())})
    assert (answer.status_code, codes_in(answer)) == (400, ["unknown_parameter"])
