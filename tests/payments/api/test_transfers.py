"""POST /api/transfers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.operations import close_wallet, freeze_wallet
from tests.factories import UserFactory, open_wallet_for
from tests.payments.api.calls import ApiFor, post
from tests.payments.balances import jobs, minor_in
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db


def body(payer: Wallet, payee: Wallet, /, **changes: object) -> dict[str, object]:
    """12.50 EUR from payer to payee's address."""
    return {"wallet": str(payer.pk), "payee": {"address": payee.address}, "amount": "12.50", "asset": "EUR", **changes}


def test_sends_money_at_once(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    answer = post(api_for(alice), "/api/transfers", body(alice_eur, bruno_eur, note="lunch"))

    assert answer.status_code == 201
    sent = Transaction.objects.get(kind="transfer")
    assert answer.json() == {
        "id": str(sent.pk),
        "kind": "transfer",
        "status": "completed",
        "direction": "outgoing",
        "wallet": str(alice_eur.pk),
        "amount": "12.50",
        "asset": "EUR",
        "fee": "0.00",
        "counterparty": {"name": "Bruno Alves", "address": bruno_eur.address},
        "exchange": None,
        "note": "lunch",
        "confirmation_code": sent.confirmation_code,
        "refund_of": None,
        "failure": None,
        "sandbox": False,
        "created_at": sent.created_at.isoformat().replace("+00:00", "Z"),
        "completed_at": sent.completed_at.isoformat().replace("+00:00", "Z") if sent.completed_at else None,
    }
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (87_50, 12_50)


@pytest.mark.parametrize(
    "payee", [{"email": "bruno@example.com"}, {"email": "BRUNO@Example.com"}, {"phone": "+351 912 345-678"}]
)
def test_finds_the_payee_by_what_they_have_proven(
    api_for: ApiFor, alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet, payee: dict[str, str]
) -> None:
    User.objects.filter(pk=bruno.pk).update(phone="+351912345678", phone_verified_at=timezone.now())
    answer = post(api_for(alice), "/api/transfers", body(alice_eur, bruno_eur, payee=payee))
    assert answer.status_code == 201
    assert minor_in(bruno_eur) == 12_50


def test_pays_into_the_payees_wallet_of_that_asset_the_primary_first(
    api_for: ApiFor, alice: User, alice_eur: Wallet, bruno: User
) -> None:
    open_wallet_for(bruno, "USD")
    first, second = open_wallet_for(bruno, "EUR"), open_wallet_for(bruno, "EUR")
    by_email = {"payee": {"email": "bruno@example.com"}}
    post(api_for(alice), "/api/transfers", body(alice_eur, first, **by_email))
    assert (minor_in(first), minor_in(second)) == (12_50, 0)
    Wallet.objects.filter(user=bruno, is_primary=True).update(is_primary=False)
    Wallet.objects.filter(pk=second.pk).update(is_primary=True)
    post(api_for(alice), "/api/transfers", body(alice_eur, first, **by_email))
    assert (minor_in(first), minor_in(second)) == (12_50, 12_50)


def test_charges_and_shows_the_fee(
    api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet, settings: Settings
) -> None:
    settings.FEE_BASIS_POINTS = {"transfer": 200}
    answer = post(api_for(alice), "/api/transfers", body(alice_eur, bruno_eur))
    assert answer.json()["fee"] == "0.25"
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (87_25, 12_50)


def test_answers_the_same_key_once(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    client = api_for(alice)
    first = post(client, "/api/transfers", body(alice_eur, bruno_eur), key="lunch-2026-11-21")
    with nothing_changes():
        second = post(client, "/api/transfers", body(alice_eur, bruno_eur), key="lunch-2026-11-21")
    assert (second.status_code, second.json()) == (201, first.json())
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (None, "true")
    with nothing_changes():
        other = post(client, "/api/transfers", body(alice_eur, bruno_eur, amount="12.51"), key="lunch-2026-11-21")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_refused_try_does_not_use_its_key_up(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    client = api_for(alice)
    too_much = post(client, "/api/transfers", body(alice_eur, bruno_eur, amount="100.01"), key="lunch-2026-11-21")
    assert too_much.status_code == 422
    assert post(client, "/api/transfers", body(alice_eur, bruno_eur), key="lunch-2026-11-21").status_code == 201


def test_refuses_a_wallet_of_somebody_else(api_for: ApiFor, mallory: User, alice_eur: Wallet, mallory_eur: Wallet) -> None:
    client = api_for(mallory)
    with nothing_changes():
        answer = post(client, "/api/transfers", body(alice_eur, mallory_eur))
    assert (answer.status_code, answer.json()["code"]) == (404, "wallet_not_found")


@pytest.mark.parametrize(
    ("payee", "code"),
    [
        ({"email": "nobody@example.com"}, "payee_not_found"),
        ({"email": "unproven@example.com"}, "payee_not_found"),
        ({"email": "suspended@example.com"}, "payee_not_found"),
        ({"email": "walletless@example.com"}, "payee_not_found"),
        ({"email": "dollars@example.com"}, "payee_has_no_wallet_in_asset"),
        ({"phone": "+351911111111"}, "payee_not_found"),
        ({"phone": "+351922222222"}, "payee_not_found"),
        ({"address": "aaaaaaaaaaaa"}, "payee_not_found"),
        ({"address": "platform:fees:EUR"}, "payee_not_found"),
        ({"email": "alice@example.com"}, "own_wallet"),
    ],
)
def test_finds_nobody_who_can_not_be_paid(
    api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet, payee: dict[str, str], code: str
) -> None:
    open_wallet_for(UserFactory.create(email="unproven@example.com", email_verified=False))
    open_wallet_for(UserFactory.create(email="suspended@example.com", status="suspended"))
    UserFactory.create(email="walletless@example.com", phone="+351922222222")
    open_wallet_for(UserFactory.create(email="dollars@example.com"), "USD")
    client = api_for(alice)
    with nothing_changes():
        answer = post(client, "/api/transfers", body(alice_eur, bruno_eur, payee=payee))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == "#/payee"
    assert answer.json()["money_moved"] is False


def test_a_guesser_is_locked_out_early_and_then_finds_nobody_at_all(api_for: ApiFor, mallory: User, bruno_eur: Wallet) -> None:
    """R33."""
    mallory_eur = open_wallet_for(mallory, minor=50_00)
    client = api_for(mallory)
    guesses = [
        post(client, "/api/transfers", body(mallory_eur, bruno_eur, payee={"email": f"guess{number}@example.com"}))
        for number in range(12)
    ]
    assert [answer.status_code for answer in guesses] == [422] * 10 + [429] * 2
    with nothing_changes():
        hit = post(client, "/api/transfers", body(mallory_eur, bruno_eur, payee={"email": "bruno@example.com"}))
    assert (hit.status_code, hit.json()["code"]) == (429, "too_many_look_ups")
    # Whoever has been told an address need not guess.
    assert post(client, "/api/transfers", body(mallory_eur, bruno_eur)).status_code == 201


def test_tells_a_stranger_no_more_than_a_name(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    answer = post(api_for(alice), "/api/transfers", body(alice_eur, bruno_eur, payee={"email": "bruno@example.com"}))
    told = answer.content.decode()
    assert "Bruno Alves" in told
    assert "bruno@example.com" not in told
    assert str(bruno_eur.pk) not in told
    assert "Bruno's EUR" not in told


@pytest.mark.parametrize(
    ("status", "side"), [("frozen", "payer"), ("closed", "payer"), ("frozen", "payee"), ("closed", "payee")]
)
def test_refuses_frozen_and_closed_wallets(
    api_for: ApiFor, alice: User, bruno: User, bruno_eur: Wallet, status: str, side: str
) -> None:
    alice_eur = open_wallet_for(alice)
    wallet = alice_eur if side == "payer" else bruno_eur
    if status == "frozen":
        freeze_wallet(wallet=wallet, actor=alice, reason="a test", now=timezone.now())
    else:
        close_wallet(wallet=wallet, actor=alice, now=timezone.now())
    client = api_for(alice)
    with nothing_changes():
        answer = post(client, "/api/transfers", body(alice_eur, bruno_eur))
    # That somebody else's wallet is frozen or closed is not told.
    expected = (409, f"wallet_{status}") if side == "payer" else (422, "payee_not_found")
    assert (answer.status_code, answer.json()["code"]) == expected


def test_needs_no_more_statements_than_it_must(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    """P3: who calls, the key, both wallets, the money, the trail, the job, the answer; and no savepoint among them."""
    client = api_for(alice)
    post(client, "/api/transfers", body(alice_eur, bruno_eur))
    with CaptureQueriesContext(connection) as captured:
        answer = post(client, "/api/transfers", body(alice_eur, bruno_eur))
    assert answer.status_code == 201
    statements = [
        query["sql"].split()[0].lower() for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) == 8, [query["sql"][:100] for query in captured]
    assert jobs().count("payments.send_receipt") == 3
