"""What paying a store refuses by the API, each time with nothing changed and the till still waiting."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from merchants.models import Charge, Store
from merchants.operations import create_charge, pay_charge
from payments.models import Wallet
from payments.money import Money
from payments.operations import close_wallet, freeze_wallet
from tests.factories import open_wallet_for
from tests.payments.api.calls import ApiFor, post
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal must undo a whole transaction, not the test's

CHARGE, OPEN_AMOUNT, REFUND = "a charge", "an open amount", "a refund"
WRITES = (CHARGE, OPEN_AMOUNT, REFUND)

type Requests = dict[str, tuple[User, str, dict[str, Any]]]


@pytest.fixture
def wallet(alice: User) -> Wallet:
    """50.00 EUR, of which 5.00 go to the greengrocer, who may give them back."""
    return open_wallet_for(alice, minor=50_00)


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    """12.50 EUR, not paid."""
    return create_charge(store=greengrocer, amount=Money(12_50, "EUR"), cashier=carlos, now=timezone.now())


@pytest.fixture
def requests_of(wallet: Wallet, charge: Charge, alice: User, olivia: User, carlos: User) -> Requests:
    """A good request to each write: who sends it, its path and its body."""
    store, money, now = charge.store, {"amount": "1.00", "asset": "EUR"}, timezone.now()
    paid = create_charge(store=store, amount=Money(5_00, "EUR"), cashier=carlos, now=now)
    payment = pay_charge(charge=paid, payer_wallet=wallet, actor=alice, key=None, now=now)
    return {
        CHARGE: (alice, f"/api/charges/{charge.pk}/payments", {"wallet": str(wallet.pk)}),
        OPEN_AMOUNT: (alice, f"/api/stores/{store.pk}/payments", {"wallet": str(wallet.pk), **money}),
        REFUND: (olivia, f"/api/stores/{store.pk}/payments/{payment.pk}/refunds", money),
    }


@pytest.mark.parametrize("write", WRITES)
def test_the_good_request_is_good(api_for: ApiFor, requests_of: Requests, write: str) -> None:
    sender, path, body = requests_of[write]
    assert post(api_for(sender), path, body).status_code == 201


@pytest.mark.parametrize("write", [OPEN_AMOUNT, REFUND])
@pytest.mark.parametrize(
    "amount",
    ["0", "-1.00", "1.001", "1,00", "1e2", "NaN", "", "92233720368547758.08", "1" * 5000, 1.5, True, ["1.00"]],
    ids=lambda amount: str(amount)[:24] or "empty",
)
def test_refuses_what_is_no_amount(api_for: ApiFor, requests_of: Requests, write: str, amount: object) -> None:
    sender, path, body = requests_of[write]
    client = api_for(sender)
    with nothing_changes():
        answer = post(client, path, {**body, "amount": amount})
    assert (answer.status_code, answer.json()["code"], answer.json()["money_moved"]) == (400, "invalid_amount", False)


@pytest.mark.parametrize("write", [CHARGE, OPEN_AMOUNT])
@pytest.mark.parametrize("status", ["frozen", "closed"])
def test_refuses_wallets_that_are_frozen_or_closed(
    api_for: ApiFor, alice: User, requests_of: Requests, write: str, status: str
) -> None:
    now, other = timezone.now(), open_wallet_for(alice)
    if status == "frozen":
        freeze_wallet(wallet=other, actor=alice, reason="a test", now=now)
    else:
        close_wallet(wallet=other, actor=alice, now=now)
    (sender, path, body), client = requests_of[write], api_for(alice)
    with nothing_changes():
        answer = post(client, path, {**body, "wallet": str(other.pk)})
    assert sender == alice
    assert (answer.status_code, answer.json()["code"], answer.json()["money_moved"]) == (409, f"wallet_{status}", False)


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("key", ["", "short", "k" * 101, "with space"])
def test_refuses_without_a_key_that_is_one(api_for: ApiFor, requests_of: Requests, write: str, key: str) -> None:
    sender, path, body = requests_of[write]
    client = api_for(sender)
    with nothing_changes():
        answer = client.post(path, body, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("write", [CHARGE, OPEN_AMOUNT])
def test_says_that_what_does_not_exist_is_not_there(api_for: ApiFor, requests_of: Requests, write: str) -> None:
    sender, path, body = requests_of[write]
    client, nowhere = api_for(sender), path.replace(path.split("/")[3], str(uuid.uuid4()))
    with nothing_changes():
        answer = post(client, nowhere, body)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
