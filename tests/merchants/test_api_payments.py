"""The API at the counter: asking for an amount, paying it, giving it back."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.models import User
from merchants.models import Charge, Store
from merchants.operations import cancel_charge, create_charge
from merchants.queries import balance_of
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import hold, release
from tests.factories import fund, open_store_for, open_wallet_for
from tests.unchanged import nothing_changes

type Api = Callable[[User], APIClient]

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    return create_charge(store=greengrocer, amount=Money(1250, "EUR"), cashier=carlos, note="Table 4", now=NOON)


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=5000)


def keyed(key: str | None = None) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key or str(uuid.uuid4())}}


def holds(wallet: Wallet) -> int:
    return Wallet.objects.with_balance().get(pk=wallet.pk).available


def problem(answer: Any) -> tuple[int, str, bool | None]:
    return answer.status_code, answer.json()["code"], answer.json()["money_moved"]


# --- the till's side ---


def test_asks_for_an_amount(api_for: Api, greengrocer: Store, carlos: User) -> None:
    wanted = {"amount": "12.50", "asset": "EUR", "note": "Table 4", "terminal": "Till 1"}

    answer = api_for(carlos).post(f"/api/stores/{greengrocer.pk}/charges", wanted)

    assert answer.status_code == 201, answer.json()
    charge = Charge.objects.get()
    assert answer.json() == {
        "id": str(charge.pk), "code": charge.code, "amount": "12.50", "tip": "0.00", "asset": "EUR", "note": "Table 4",
        "status": "pending",
        "expires_at": "2026-11-21T12:10:00Z", "created_at": "2026-11-21T12:00:00Z", "store": str(greengrocer.pk),
        "terminal": "Till 1", "pay_url": f"http://localhost:8000/pay/{charge.code}", "pix_code": "",
        "transaction": None, "confirmation_code": None,
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": "0"}, 400, "invalid_amount"),
        ({"amount": "-1.00"}, 400, "invalid_amount"),
        ({"amount": "1.234"}, 400, "invalid_amount"),
        ({"amount": "1e3"}, 400, "invalid_amount"),
        ({"amount": 12.5}, 400, "invalid_amount"),
        ({"amount": "99999999999999999999"}, 400, "invalid_amount"),
        ({"asset": "USD"}, 422, "wrong_currency"),
        ({"asset": "XXX"}, 400, "unknown_asset"),
        ({"note": "x" * 141}, 400, "invalid_input"),
        ({"cashier": str(uuid.uuid4())}, 400, "invalid_input"),
        ({"status": "paid"}, 400, "invalid_input"),
    ],
)
def test_refuses_to_ask_for_what_can_not_be_paid(
    change: dict[str, Any], status: int, code: str, api_for: Api, greengrocer: Store, carlos: User
) -> None:
    api = api_for(carlos)
    with nothing_changes():
        answer = api.post(f"/api/stores/{greengrocer.pk}/charges", {"amount": "12.50", "asset": "EUR", **change})

    assert problem(answer) == (status, code, False)


def test_shows_the_till_what_became_of_it(
    api_for: Api, charge: Charge, wallet: Wallet, carlos: User, clock: time_machine.Traveller
) -> None:
    path = f"/api/charges/{charge.pk}"
    assert api_for(carlos).get(path).json()["status"] == "pending"

    clock.shift(600)
    assert api_for(carlos).get(path).json()["status"] == "expired"


@pytest.mark.django_db(transaction=True)
def test_takes_a_charge_back(api_for: Api, charge: Charge, carlos: User) -> None:
    path = f"/api/charges/{charge.pk}/cancellations"
    answer = api_for(carlos).post(path)
    assert (answer.status_code, answer.json()["status"]) == (201, "cancelled")

    api = api_for(carlos)
    with nothing_changes():
        assert problem(api.post(path)) == (409, "charge_cancelled", False)


# --- the payer's side ---


def test_shows_payers_a_charge_by_its_code(api_for: Api, charge: Charge, alice: User, clock: time_machine.Traveller) -> None:
    typed = " ".join((charge.code[:3], charge.code[3:6], charge.code[6:])).lower()

    answer = api_for(alice).get(f"/api/charges/by-code/{typed}").json()

    assert (answer["id"], answer["amount"], answer["asset"], answer["status"]) == (str(charge.pk), "12.50", "EUR", "pending")
    assert (answer["store"]["name"], answer["expires_at"]) == ("Olivia's Greens", "2026-11-21T12:10:00Z")
    assert "cashier" not in answer
    clock.shift(600)
    assert api_for(alice).get(f"/api/charges/by-code/{charge.code}").json()["status"] == "expired"


def test_pays_a_charge(api_for: Api, charge: Charge, wallet: Wallet, alice: User, carlos: User) -> None:
    answer = api_for(alice).post(f"/api/charges/{charge.pk}/payments", {"wallet": str(wallet.pk)}, **keyed())

    assert answer.status_code == 201, answer.json()
    payment = Transaction.objects.get(kind="payment")
    body = answer.json()
    assert (body["id"], body["amount"], body["asset"], body["direction"], body["status"]) == (
        str(payment.pk), "12.50", "EUR", "outgoing", "completed",
    )  # fmt: skip
    assert (body["counterparty"]["name"], body["note"], body["fee"]) == ("Olivia's Greens", "Table 4", "0.00")
    at_the_till = api_for(carlos).get(f"/api/charges/{charge.pk}").json()
    assert (at_the_till["status"], at_the_till["transaction"]) == ("paid", str(payment.pk))
    assert at_the_till["confirmation_code"] == body["confirmation_code"] == payment.confirmation_code
    assert (holds(wallet), balance_of(charge.store)) == (3750, Money(1250, "EUR"))


@pytest.mark.django_db(transaction=True)
def test_answers_a_replay_with_the_first_answer_and_pays_once(
    api_for: Api, charge: Charge, wallet: Wallet, alice: User
) -> None:
    api, path, key = api_for(alice), f"/api/charges/{charge.pk}/payments", keyed()
    first = api.post(path, {"wallet": str(wallet.pk)}, **key)

    with nothing_changes():
        second = api.post(path, {"wallet": str(wallet.pk)}, **key)

    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert second.headers["Idempotency-Replayed"] == "true"
    assert holds(wallet) == 3750
    with nothing_changes():
        assert problem(api.post(path, {"wallet": str(wallet.pk)}, **keyed())) == (409, "charge_paid", False)


@pytest.mark.django_db(transaction=True)
def test_refuses_to_pay_without_a_key(api_for: Api, charge: Charge, wallet: Wallet, alice: User) -> None:
    api = api_for(alice)
    with nothing_changes():
        answer = api.post(f"/api/charges/{charge.pk}/payments", {"wallet": str(wallet.pk)})
    assert problem(answer) == (400, "idempotency_key_missing", False)


@pytest.mark.django_db(transaction=True)
def test_refuses_the_wallet_of_somebody_else(api_for: Api, charge: Charge, wallet: Wallet, mallory: User) -> None:
    api = api_for(mallory)
    for wanted in (str(wallet.pk), str(charge.store.settlement_wallet_id), str(uuid.uuid4())):
        with nothing_changes():
            answer = api.post(f"/api/charges/{charge.pk}/payments", {"wallet": wanted}, **keyed())
        assert problem(answer) == (404, "wallet_not_found", False)


@pytest.mark.django_db(transaction=True)
def test_refuses_what_is_over(
    api_for: Api, charge: Charge, wallet: Wallet, alice: User, carlos: User, clock: time_machine.Traveller
) -> None:
    cancelled = create_charge(store=charge.store, amount=Money(100, "EUR"), cashier=carlos, now=NOON)
    cancel_charge(charge=cancelled, actor=carlos, now=NOON)
    api = api_for(alice)
    clock.shift(600)
    api.get("/api/me")  # else the first call below is noted as the last time she was here

    for over, code in ((charge, "charge_expired"), (cancelled, "charge_cancelled")):
        with nothing_changes():
            answer = api.post(f"/api/charges/{over.pk}/payments", {"wallet": str(wallet.pk)}, **keyed())
        assert problem(answer) == (409, code, False)


@pytest.mark.django_db(transaction=True)
def test_refuses_another_currency_and_names_the_one_needed(api_for: Api, charge: Charge, alice: User) -> None:
    dollars, api = open_wallet_for(alice, "USD", minor=5000), api_for(alice)

    with nothing_changes():
        answer = api.post(f"/api/charges/{charge.pk}/payments", {"wallet": str(dollars.pk)}, **keyed())

    assert problem(answer) == (422, "wrong_currency", False)
    assert answer.json()["asset"] == "EUR"
    assert answer.json()["errors"][0]["pointer"] == "#/wallet"


@pytest.mark.django_db(transaction=True)
def test_frees_the_key_of_a_refused_payment(api_for: Api, charge: Charge, alice: User) -> None:
    short, api, key = open_wallet_for(alice, minor=1000), api_for(alice), keyed()
    path = f"/api/charges/{charge.pk}/payments"
    with nothing_changes():
        assert problem(api.post(path, {"wallet": str(short.pk)}, **key)) == (422, "insufficient_funds", False)

    fund(short, 250)

    assert api.post(path, {"wallet": str(short.pk)}, **key).status_code == 201


def test_pays_a_store_any_amount(api_for: Api, greengrocer: Store, wallet: Wallet, alice: User) -> None:
    wanted = {"wallet": str(wallet.pk), "amount": "9.99", "asset": "EUR", "note": "Apples"}

    answer = api_for(alice).post(f"/api/stores/{greengrocer.pk}/payments", wanted, **keyed())

    assert answer.status_code == 201, answer.json()
    assert (answer.json()["amount"], answer.json()["note"]) == ("9.99", "Apples")
    assert (holds(wallet), balance_of(greengrocer)) == (4001, Money(999, "EUR"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"amount": "0.00"}, 400, "invalid_amount"),
        ({"amount": "0.001"}, 400, "invalid_amount"),
        ({"amount": "50.01"}, 422, "insufficient_funds"),
        ({"asset": "USD"}, 422, "wrong_currency"),
        ({"wallet": "x"}, 400, "invalid_input"),
        ({"store": "x"}, 400, "invalid_input"),
    ],
)
def test_refuses_an_open_amount_that_can_not_be_paid(
    change: dict[str, str], status: int, code: str, api_for: Api, greengrocer: Store, wallet: Wallet, alice: User
) -> None:
    wanted, api = {"wallet": str(wallet.pk), "amount": "9.99", "asset": "EUR", **change}, api_for(alice)
    with nothing_changes():
        answer = api.post(f"/api/stores/{greengrocer.pk}/payments", wanted, **keyed())
    assert problem(answer) == (status, code, False)


# --- the store's books ---


@pytest.fixture
def payment(api_for: Api, charge: Charge, wallet: Wallet, alice: User) -> Transaction:
    api_for(alice).post(f"/api/charges/{charge.pk}/payments", {"wallet": str(wallet.pk)}, **keyed())
    return Transaction.objects.get(kind="payment")


def test_lists_payments_with_what_was_given_back_and_no_names(
    api_for: Api, payment: Transaction, charge: Charge, wallet: Wallet, alice: User, amara: User, carlos: User
) -> None:
    store = f"/api/stores/{charge.store_id}/payments"
    api_for(amara).post(f"{store}/{payment.pk}/refunds", {"amount": "2.50", "asset": "EUR", "reason": "Bruised"}, **keyed())
    api_for(alice).post(store, {"wallet": str(wallet.pk), "amount": "1.00", "asset": "EUR"}, **keyed())

    answer = api_for(carlos).get(store)

    opened, asked = answer.json()["results"]
    assert asked == {
        "id": str(payment.pk), "amount": "12.50", "asset": "EUR", "status": "partly_refunded", "refunded": "2.50",
        "confirmation_code": payment.confirmation_code, "note": "Table 4", "charge": str(charge.pk), "terminal": "",
        "created_at": "2026-11-21T12:00:00Z",
    }  # fmt: skip
    assert (opened["amount"], opened["charge"], opened["status"], opened["refunded"]) == ("1.00", None, "completed", "0.00")
    assert "Alice" not in answer.content.decode()


def test_lists_what_has_not_arrived_as_that(
    api_for: Api, greengrocer: Store, wallet: Wallet, alice: User, olivia: User
) -> None:
    def held() -> Transaction:
        payee, amount = greengrocer.settlement_wallet, Money(300, "EUR")
        return hold(payer=wallet, payee=payee, amount=amount, actor=alice, key=None, now=NOON)

    waiting, released = held(), release(held=held(), actor=None, reason="Sold out", now=NOON)
    path, api = f"/api/stores/{greengrocer.pk}/payments", api_for(olivia)

    listed = {row["id"]: row["status"] for row in api.get(path).json()["results"]}

    assert listed == {str(waiting.pk): "pending", str(released.pk): "cancelled"}
    with nothing_changes():
        answer = api.post(f"{path}/{waiting.pk}/refunds", {}, **keyed())
    assert (answer.status_code, answer.json()["code"]) == (409, "not_refundable")


def test_turns_the_pages_of_the_list(api_for: Api, greengrocer: Store, wallet: Wallet, alice: User, carlos: User) -> None:
    api = api_for(alice)
    for number in range(5):
        wanted = {"wallet": str(wallet.pk), "amount": f"{number + 1}.00", "asset": "EUR"}
        api.post(f"/api/stores/{greengrocer.pk}/payments", wanted, **keyed())

    seen, url = [], f"/api/stores/{greengrocer.pk}/payments?page_size=2"
    while url:
        page = api_for(carlos).get(url).json()
        seen += [row["amount"] for row in page["results"]]
        url = page["next"]

    assert sorted(seen) == ["1.00", "2.00", "3.00", "4.00", "5.00"]


@pytest.mark.parametrize("role", ["olivia", "amara"])
def test_gives_money_back(
    role: str, api_for: Api, payment: Transaction, charge: Charge, wallet: Wallet, request: pytest.FixtureRequest
) -> None:
    path = f"/api/stores/{charge.store_id}/payments/{payment.pk}/refunds"

    answer = api_for(request.getfixturevalue(role)).post(path, {"reason": "Bruised"}, **keyed())

    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert (body["payment"], body["amount"], body["asset"], body["reason"]) == (str(payment.pk), "12.50", "EUR", "Bruised")
    assert (holds(wallet), balance_of(charge.store)) == (5000, Money(0, "EUR"))


@pytest.mark.django_db(transaction=True)
def test_replays_a_refund_without_giving_twice(api_for: Api, payment: Transaction, charge: Charge, olivia: User) -> None:
    api, key = api_for(olivia), keyed()
    path = f"/api/stores/{charge.store_id}/payments/{payment.pk}/refunds"
    first = api.post(path, {"amount": "5.00", "asset": "EUR"}, **key)
    with nothing_changes():
        assert api.post(path, {"amount": "5.00", "asset": "EUR"}, **key).json() == first.json()


@pytest.mark.django_db(transaction=True)
def test_refuses_refunds_of_staff_strangers_and_payers(
    api_for: Api, payment: Transaction, charge: Charge, carlos: User, mallory: User, alice: User
) -> None:
    path = f"/api/stores/{charge.store_id}/payments/{payment.pk}/refunds"
    for person, refusal in (
        (carlos, (403, "not_in_your_role", False)),
        (mallory, (404, "not_found", False)),
        (alice, (404, "not_found", False)),
    ):
        api = api_for(person)
        with nothing_changes():
            assert problem(api.post(path, {}, **keyed())) == refusal


@pytest.mark.django_db(transaction=True)
def test_refuses_refunds_of_what_was_not_paid_to_this_store(
    api_for: Api, payment: Transaction, charge: Charge, mallory: User
) -> None:
    other, api = open_store_for(mallory, name="Other", symbol="OTHER"), api_for(mallory)

    with nothing_changes():
        answer = api.post(f"/api/stores/{other.pk}/payments/{payment.pk}/refunds", {}, **keyed())
    assert problem(answer) == (404, "not_found", False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"amount": "12.51", "asset": "EUR"}, 422, "refund_exceeds_payment"),
        ({"amount": "1.00", "asset": "USD"}, 422, "asset_mismatch"),
        ({"amount": "1.00"}, 400, "invalid_input"),
        ({"amount": "0", "asset": "EUR"}, 400, "invalid_amount"),
        ({"to": "me"}, 400, "invalid_input"),
    ],
)
def test_refuses_a_refund_with_something_wrong(
    wanted: dict[str, str], status: int, code: str, api_for: Api, payment: Transaction, charge: Charge, olivia: User
) -> None:
    api, path = api_for(olivia), f"/api/stores/{charge.store_id}/payments/{payment.pk}/refunds"
    with nothing_changes():
        answer = api.post(path, wanted, **keyed())
    assert problem(answer) == (status, code, False)
