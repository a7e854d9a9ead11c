"""POST /api/deposits and /api/withdrawals."""

import pytest
from pytest_django import Settings

from accounts.models import User
from payments.models import Transaction, Wallet
from tests.jobs import JobRunner
from tests.payments.api.calls import ApiFor, post
from tests.payments.balances import minor_in
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db


def test_starts_a_deposit_and_finds_it_completed(api_for: ApiFor, alice: User, alice_eur: Wallet, run_jobs: JobRunner) -> None:
    client = api_for(alice)
    body = {"wallet": str(alice_eur.pk), "amount": "25.00", "asset": "EUR", "source": "tok_success"}
    answer = post(client, "/api/deposits", body, key="top-up-1")
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["direction"], answer.json()["sandbox"]) == ("pending", "incoming", True)
    assert answer.json()["counterparty"] == {"name": "Sandbox (no real money)", "address": None}
    assert minor_in(alice_eur) == 100_00

    run_jobs()
    with nothing_changes():
        assert post(client, "/api/deposits", body, key="top-up-1").json() == answer.json()
    assert client.get(f"/api/transactions/{answer.json()['id']}").json()["status"] == "completed"
    assert minor_in(alice_eur) == 125_00


def test_says_why_a_deposit_failed(api_for: ApiFor, alice: User, alice_eur: Wallet, run_jobs: JobRunner) -> None:
    client = api_for(alice)
    body = {"wallet": str(alice_eur.pk), "amount": "25.00", "asset": "EUR", "source": "tok_declined"}
    started = post(client, "/api/deposits", body).json()
    run_jobs()
    ended = client.get(f"/api/transactions/{started['id']}").json()
    assert (ended["status"], ended["failure"]) == ("failed", {"code": "declined", "message": "The bank declined it."})


def test_starts_a_withdrawal_with_its_fee_on_hold(
    api_for: ApiFor, alice: User, alice_eur: Wallet, run_jobs: JobRunner, settings: Settings
) -> None:
    settings.FEE_BASIS_POINTS = {"withdrawal": 100}
    client = api_for(alice)
    body = {"wallet": str(alice_eur.pk), "amount": "40.00", "asset": "EUR", "destination": "tok_success"}
    answer = post(client, "/api/withdrawals", body)
    assert (answer.status_code, answer.json()["status"], answer.json()["fee"]) == (201, "pending", "0.40")
    assert minor_in(alice_eur) == 59_60
    assert client.get(f"/api/transactions/{answer.json()['id']}").json()["fee"] == "0.40"
    run_jobs()
    assert client.get(f"/api/transactions/{answer.json()['id']}").json()["status"] == "completed"


def test_refuses_when_no_provider_is_there(api_for: ApiFor, alice: User, alice_eur: Wallet, settings: Settings) -> None:
    settings.FUNDING_PROVIDER = "none"
    client, amount = api_for(alice), {"wallet": str(alice_eur.pk), "amount": "1.00", "asset": "EUR"}
    for path, field in (("/api/deposits", "source"), ("/api/withdrawals", "destination")):
        with nothing_changes():
            answer = post(client, path, {**amount, field: "tok_success"})
        assert (answer.status_code, answer.json()["code"]) == (503, "funding_unavailable")
    assert not Transaction.objects.filter(kind="withdrawal").exists()
