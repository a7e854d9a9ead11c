"""Browsers in which the cast is signed in, and what they have."""

import pytest
from django.test import Client

from accounts.models import User
from payments.models import Transaction, Wallet
from tests.doors import portal_client
from tests.factories import open_wallet_for
from tests.payments.pages.acts import send


@pytest.fixture
def browser(alice: User) -> Client:
    """Alice's browser."""
    return portal_client(alice)


@pytest.fixture
def mallorys(mallory: User) -> Client:
    """Mallory's browser."""
    return portal_client(mallory)


@pytest.fixture
def alice_usd(alice: User) -> Wallet:
    """Alice's dollars: none yet."""
    return open_wallet_for(alice, "USD")


@pytest.fixture
def sent(alice_eur: Wallet, bruno_eur: Wallet) -> Transaction:
    """25.00 EUR that Alice sent to Bruno."""
    return send(alice_eur, bruno_eur, 25_00, note="Dinner")


@pytest.fixture
def received(alice_eur: Wallet, bruno_eur: Wallet) -> Transaction:
    """20.00 EUR that Bruno sent to Alice out of 30.00 that she had sent him."""
    send(alice_eur, bruno_eur, 30_00)
    return send(bruno_eur, alice_eur, 20_00, note="Half of it")
