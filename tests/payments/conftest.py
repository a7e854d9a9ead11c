"""Wallets of the cast."""

import pytest

from accounts.models import User
from payments.models import Wallet
from tests.factories import open_wallet_for


@pytest.fixture
def alice_eur(alice: User) -> Wallet:
    """Alice's euros: 100.00 of them."""
    return open_wallet_for(alice, "EUR", minor=100_00)


@pytest.fixture
def bruno_eur(bruno: User) -> Wallet:
    """Bruno's euros: none yet."""
    return open_wallet_for(bruno, "EUR")


@pytest.fixture
def mallory_eur(mallory: User) -> Wallet:
    """Mallory's euros: none."""
    return open_wallet_for(mallory, "EUR")
