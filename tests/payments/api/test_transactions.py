"""/api/transactions and refunds."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import hold, refund, transfer
from tests.factories import open_wallet_for
from tests.payments.api.calls import ApiFor, codes_in, post
from tests.payments.balances import minor_in
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db


def send(payer: Wallet, payee: Wallet, minor: int, *, notes: str = "", at: dt.datetime | None = None) -> Transaction:
    assert payer.user
    return transfer(
        payer=payer, payee=payee, amount=Money(minor, payer.asset_id), actor=payer.user, key=None, notes=notes,
        now=at or timezone.now(),
    )  # fmt: skip


@pytest.fixture
def history(alice: User, alice_eur: Wallet, bruno_eur: Wallet, mallory_eur: Wallet) -> list[Transaction]:
    """What Alice sees: her top-up, 5.00 for lunch to Bruno, 2.00 back from him, a move to her savings; and a stranger's."""
    bruno = bruno_eur.user
    assert bruno
    savings = open_wallet_for(alice)
    lunch = send(alice_eur, bruno_eur, 5_00, notes="Lunch on Friday")
    back = refund(original=lunch, amount=Money(2_00, "EUR"), actor=bruno, key=None, reason="too much", now=timezone.now())
    moved = send(alice_eur, savings, 10_00)
    send(bruno_eur, mallory_eur, 1_00, notes="not for Alice")
    deposit = Transaction.objects.get(kind="deposit")
    return [moved, back, lunch, deposit]


def test_lists_what_one_paid_and_was_paid_newest_first(api_for: ApiFor, alice: User, history: list[Transaction]) -> None:
    results = api_for(alice).get("/api/transactions").json()["results"]
    assert [(each["kind"], each["direction"], each["amount"], each["counterparty"]["name"]) for each in results] == [
        ("transfer", "internal", "10.00", "Alice's EUR"),
        ("refund", "incoming", "2.00", "Bruno Alves"),
        ("transfer", "outgoing", "5.00", "Bruno Alves"),
        ("deposit", "incoming", "100.00", "Sandbox (no real money)"),
    ]
    assert [each["sandbox"] for each in results] == [False, False, False, True]


def test_lists_in_two_statements_however_many(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    client, counts = api_for(alice), []
    for _round in range(2):
        for _time in range(5):
            send(alice_eur, bruno_eur, 1_00)
        with CaptureQueriesContext(connection) as captured:
            client.get("/api/transactions")
        counts.append(len(captured))
    assert counts == [2, 2]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "refund"}, ["refund"]),
        ({"kind": ["refund", "deposit"]}, ["refund", "deposit"]),
        ({"status": "pending"}, []),
        ({"direction": "outgoing"}, ["transfer"]),
        ({"direction": "internal"}, ["transfer"]),
        ({"direction": "incoming"}, ["refund", "deposit"]),
        ({"asset": "USD"}, []),
        ({"min_amount": "5.00", "asset": "EUR"}, ["transfer", "transfer", "deposit"]),
        ({"max_amount": "5", "asset": "EUR"}, ["refund", "transfer"]),
        ({"search": "friday"}, ["transfer"]),
        ({"search": "bruno"}, ["refund", "transfer"]),
        ({"search": "alice"}, []),
        ({"search": "Bruno's EUR"}, []),
        ({"search": "100%"}, []),
        ({"min_date": "2020-01-01", "max_date": "2999-12-31"}, ["transfer", "refund", "transfer", "deposit"]),
        ({"max_date": "2020-01-01"}, []),
        ({"max_date": "9999-12-31"}, ["transfer", "refund", "transfer", "deposit"]),
    ],
)
def test_filters(api_for: ApiFor, alice: User, history: list[Transaction], query: dict[str, str], found: list[str]) -> None:
    answer = api_for(alice).get("/api/transactions", query)
    assert answer.status_code == 200, answer.json()
    assert [each["kind"] for each in answer.json()["results"]] == found


def test_finds_by_confirmation_code_and_wallet(
    api_for: ApiFor, alice: User, alice_eur: Wallet, mallory_eur: Wallet, history: list[Transaction]
) -> None:
    client, (moved, _back, lunch, _deposit) = api_for(alice), history
    by_code = client.get("/api/transactions", {"search": f" {lunch.confirmation_code.lower()} "}).json()["results"]
    assert [each["id"] for each in by_code] == [str(lunch.pk)]
    by_wallet = client.get("/api/transactions", {"wallet": str(moved.payee_wallet_id)}).json()["results"]
    assert [each["id"] for each in by_wallet] == [str(moved.pk)]
    assert client.get("/api/transactions", {"wallet": str(mallory_eur.pk)}).json()["results"] == []


def test_days_are_those_of_the_callers_calendar(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="America/Sao_Paulo")
    send(alice_eur, bruno_eur, 1_00, at=dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC))  # still the first of March there
    client = api_for(alice)
    first = client.get("/api/transactions", {"min_date": "2026-03-01", "max_date": "2026-03-01"}).json()["results"]
    second = client.get("/api/transactions", {"min_date": "2026-03-02", "max_date": "2026-03-02"}).json()["results"]
    assert (len(first), len(second)) == (1, 0)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"knid": "refund"}, "unknown_parameter"),
        ({"kind": "gift"}, "invalid_choice"),
        ({"wallet": "x"}, "invalid"),
        ({"min_date": "yesterday"}, "invalid"),
        ({"min_amount": "5.00"}, "amount_needs_asset"),
        ({"min_amount": "5.001", "asset": "EUR"}, "invalid_amount"),
        ({"min_amount": "-5", "asset": "EUR"}, "invalid_amount"),
        ({"asset": "XXX"}, "unknown_asset"),
        ({"search": "x" * 101}, "max_length"),
        ({"page_size": "1000"}, "invalid"),
    ],
)
def test_refuses_filters_it_does_not_know(api_for: ApiFor, alice: User, query: dict[str, str], code: str) -> None:
    answer = api_for(alice).get("/api/transactions", query)
    assert (answer.status_code, answer.json()["code"], codes_in(answer)) == (400, "invalid_input", [code])


def test_shows_ones_own_legs_the_fee_and_the_refunds(
    api_for: ApiFor, alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet, settings: Settings
) -> None:
    settings.FEE_BASIS_POINTS = {"transfer": 100}
    sent = send(alice_eur, bruno_eur, 20_00)
    back = refund(original=sent, amount=Money(5_00, "EUR"), actor=bruno, key=None, reason="", now=timezone.now())

    to_payer = api_for(alice).get(f"/api/transactions/{sent.pk}").json()
    assert [(leg["wallet"], leg["amount"]) for leg in to_payer["legs"]] == [(str(alice_eur.pk), "-20.20")]
    assert (to_payer["fee"], to_payer["amount"], to_payer["refunded"]) == ("0.20", "20.00", "5.00")
    assert [(each["id"], each["amount"]) for each in to_payer["refunds"]] == [(str(back.pk), "5.00")]

    to_payee = api_for(bruno).get(f"/api/transactions/{sent.pk}").json()
    assert [(leg["wallet"], leg["amount"]) for leg in to_payee["legs"]] == [(str(bruno_eur.pk), "20.00")]
    assert (to_payee["fee"], to_payee["direction"], to_payee["counterparty"]["name"]) == ("0.00", "incoming", "Alice Moreau")


def test_a_strangers_transaction_is_not_there(api_for: ApiFor, mallory: User, history: list[Transaction]) -> None:
    client = api_for(mallory)
    for pk in (history[2].pk, uuid.uuid4()):
        with nothing_changes():
            answers = [
                client.get(f"/api/transactions/{pk}"),
                post(client, f"/api/transactions/{pk}/refunds", {}),
            ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 2


def test_the_payee_gives_money_back(api_for: ApiFor, alice_eur: Wallet, bruno: User, bruno_eur: Wallet) -> None:
    sent = send(alice_eur, bruno_eur, 20_00)
    client, path = api_for(bruno), f"/api/transactions/{sent.pk}/refunds"
    part = post(client, path, {"amount": "5.00", "asset": "EUR", "reason": "one was missing"}, key="refund-part")
    assert (part.status_code, part.json()["kind"], part.json()["refund_of"]) == (201, "refund", str(sent.pk))
    assert (part.json()["amount"], part.json()["note"], part.json()["direction"]) == ("5.00", "one was missing", "outgoing")
    with nothing_changes():
        again = post(client, path, {"amount": "5.00", "asset": "EUR", "reason": "one was missing"}, key="refund-part")
    assert again.json() == part.json()
    rest = post(client, path, {})
    assert rest.json()["amount"] == "15.00"
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (100_00, 0)


def test_refuses_refunds_that_may_not_be(
    api_for: ApiFor, alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    sent = send(alice_eur, bruno_eur, 20_00)
    held = hold(payer=alice_eur, payee=bruno_eur, amount=Money(1_00, "EUR"), actor=alice, key=None, now=timezone.now())
    as_alice, as_bruno = api_for(alice), api_for(bruno)
    for client, transaction, body, status, code in (
        (as_alice, sent, {}, 403, "not_payee"),
        (as_bruno, sent, {"amount": "20.01", "asset": "EUR"}, 422, "refund_exceeds_payment"),
        (as_bruno, sent, {"amount": "1.00", "asset": "USD"}, 422, "asset_mismatch"),
        (as_bruno, sent, {"amount": "0", "asset": "EUR"}, 400, "invalid_amount"),
        (as_bruno, sent, {"amount": "1.00"}, 400, "invalid_input"),
        (as_bruno, sent, {"amount": "1.00", "asset": "EUR", "fee": "0"}, 400, "invalid_input"),
        (as_bruno, held, {"amount": "1.00", "asset": "EUR"}, 409, "not_refundable"),
    ):
        with nothing_changes():
            answer = post(client, f"/api/transactions/{transaction.pk}/refunds", body)
        assert (answer.status_code, answer.json()["code"], answer.json()["money_moved"]) == (status, code, False)
