"""Large amounts leave a person only when they have just confirmed this amount to this payee (R23)."""

import uuid

import pytest
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.errors import StepUpRequired
from accounts.models import Session, User
from accounts.tokens import issue_token_pair
from merchants.models import Store
from merchants.operations import create_charge
from payments.models import Wallet
from payments.money import Money
from payments.operations import hold
from payments.proofs import is_large
from tests import doors
from tests.factories import open_wallet_for
from tests.payments.api.calls import post
from tests.payments.balances import minor_in
from tests.proving import acting, confirm
from tests.unchanged import refused


@pytest.fixture
def session(alice: User) -> Session:
    return doors.open_session(alice)


@pytest.fixture
def api(session: Session) -> APIClient:
    client = APIClient()
    token = issue_token_pair(session.user, session=session, now=timezone.now()).access_token
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture
def alice_eur(alice: User) -> Wallet:
    """5,000.00 EUR."""
    return open_wallet_for(alice, minor=500_000)


@pytest.fixture
def bruno_eur(bruno: User) -> Wallet:
    return open_wallet_for(bruno)


def transfer_body(wallet: Wallet, amount: str = "2500.00", email: str = "bruno@example.com") -> dict[str, object]:
    return {"wallet": str(wallet.pk), "payee": {"email": email}, "amount": amount, "asset": wallet.asset_id}


def test_a_transfer_goes_through_when_it_was_confirmed(api: APIClient, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    key = str(uuid.uuid4())
    refusal = post(api, "/api/transfers", transfer_body(alice_eur), key=key)
    assert (refusal.status_code, refusal.json()["code"]) == (403, "step_up_required")
    assert refusal.json()["words"] == "Send 2,500.00 EUR to Bruno Alves"
    assert refusal.json()["money_moved"] is False
    assert minor_in(bruno_eur) == 0

    assert confirm(api, refusal.json()["challenge"]).status_code == 200
    done = post(api, "/api/transfers", transfer_body(alice_eur), key=key)
    again = post(api, "/api/transfers", transfer_body(alice_eur), key=key)

    assert (done.status_code, again.status_code, again.json()["id"]) == (201, 201, done.json()["id"])
    assert (minor_in(alice_eur), minor_in(bruno_eur)) == (250_000, 250_000)  # C4: a replay pays nothing and asks nothing


@pytest.mark.parametrize("changed", [{"amount": "2500.01"}, {"amount": "500.00"}, {"email": "mallory@example.com"}])
def test_changing_amount_or_payee_voids_it(
    api: APIClient, alice_eur: Wallet, bruno_eur: Wallet, mallory: User, changed: dict[str, str]
) -> None:
    mallory_eur = open_wallet_for(mallory)
    confirm(api, post(api, "/api/transfers", transfer_body(alice_eur)).json()["challenge"])
    answer = post(api, "/api/transfers", transfer_body(alice_eur, **changed))
    assert answer.json()["code"] == "step_up_required"
    assert (minor_in(alice_eur), minor_in(bruno_eur), minor_in(mallory_eur)) == (500_000, 0, 0)


def test_another_wallet_of_the_payer_voids_it(api: APIClient, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    second = open_wallet_for(alice, minor=300_000)
    confirm(api, post(api, "/api/transfers", transfer_body(alice_eur)).json()["challenge"])
    assert post(api, "/api/transfers", transfer_body(second)).json()["code"] == "step_up_required"


def test_small_ones_and_those_to_oneself_are_not_asked(
    api: APIClient, alice: User, alice_eur: Wallet, bruno_eur: Wallet
) -> None:
    own = open_wallet_for(alice)
    to_own = {"wallet": str(alice_eur.pk), "payee": {"address": own.address}, "amount": "900.00", "asset": "EUR"}
    assert post(api, "/api/transfers", transfer_body(alice_eur, "499.99")).status_code == 201
    assert post(api, "/api/transfers", to_own).status_code == 201


def test_a_withdrawal_is_confirmed_with_its_destination(api: APIClient, alice_eur: Wallet) -> None:
    body = {"wallet": str(alice_eur.pk), "amount": "600.00", "asset": "EUR", "destination": "tok_success"}
    refusal = post(api, "/api/withdrawals", body).json()
    assert (refusal["code"], refusal["words"]) == ("step_up_required", "Withdraw 600.00 EUR from Alice's EUR")
    confirm(api, refusal["challenge"])
    elsewhere = post(api, "/api/withdrawals", {**body, "destination": "tok_slow"})
    assert elsewhere.json()["code"] == "step_up_required"
    assert post(api, "/api/withdrawals", body).status_code == 201


def test_a_charge_of_a_till_too(api: APIClient, alice_eur: Wallet, greengrocer: Store, carlos: User) -> None:
    charge = create_charge(store=greengrocer, amount=Money(70_000, "EUR"), cashier=carlos, now=timezone.now())
    address, body = f"/api/charges/{charge.pk}/payments", {"wallet": str(alice_eur.pk)}
    refusal = post(api, address, body).json()
    assert (refusal["code"], refusal["words"]) == ("step_up_required", "Pay 700.00 EUR to Olivia's Greens")
    confirm(api, refusal["challenge"])
    assert post(api, address, body).status_code == 201


def test_a_hold_too(session: Session, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with acting(session), refused(StepUpRequired):
        hold(
            payer=alice_eur, payee=bruno_eur, amount=Money(50_000, "EUR"), actor=session.user, key=None, now=timezone.now()
        )  # fmt: skip


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (Money(499_99, "EUR"), Money(500_00, "EUR")),
        (Money(400_00, "USD"), Money(900_00, "USD")),
        (Money(400_000_000, "USDC"), Money(900_000_000, "USDC")),
        (Money(40_000, "JPY"), Money(150_000, "JPY")),
        (Money(49_999, "CREDIT"), Money(50_000, "CREDIT")),
        # No rate is known: taken for the dearest there is.
        (Money(149_999, "KWD"), Money(150_000, "KWD")),
    ],
    ids=str,
)
def test_is_large_by_what_it_is_worth(small: Money, large: Money) -> None:
    """Without the database: a test that may not ask it proves it."""
    assert not is_large(small)
    assert is_large(large)


def test_the_installation_says_from_how_much(settings: Settings) -> None:
    settings.STEP_UP_FROM = ["10.00 USD", "7 KWD"]
    assert is_large(Money(10_00, "USD"))
    assert not is_large(Money(9_99, "USD"))
    assert is_large(Money(7_000, "KWD"))
    assert is_large(Money(10_000_000, "USDC"))
