"""Every operation that a person's own money act ends in asks for agreement to the texts in force, or says why it does not."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

import merchants.operations
import payments.operations
from accounts.errors import AgreementNeeded
from accounts.models import User
from merchants.models import Charge, Store
from payments.models import ConversionQuote, Wallet
from payments.money import Money
from payments.providers.rates import Rate
from tests.factories import UserFactory, open_store_for, open_wallet_for
from tests.unchanged import refused

# Money that goes back to where it came from, or out to its owner: nobody is locked in by a new text.
MOVES_NOTHING = {"revoke_api_key", "rotate_api_key"}  # whose key is a store's, not that of a request
LOCKS_NOBODY_IN = {"start_payout", "request_payout", "refund", "refund_payment", "start_withdrawal"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Somebody with money who agreed to older texts, and what they might do with it. Each act names its operation."""

    person: User
    eur: Wallet
    usd: Wallet
    payee: Wallet
    store: Store
    charge: Charge
    quote: ConversionQuote

    def arguments(self, operation: str) -> dict[str, Any]:
        spend: dict[str, Any] = {"actor": self.person, "key": None, "now": timezone.now()}
        five = {"amount": Money(500, "EUR")}
        return {
            "transfer": {"payer": self.eur, "payee": self.payee, **five, **spend},
            "hold": {"payer": self.eur, "payee": self.payee, **five, **spend},
            "start_deposit": {"wallet": self.eur, "provider": "sandbox", "source": "tok_success", **five, **spend},
            "convert": {"quote": self.quote, **spend},
            "pay_charge": {"charge": self.charge, "payer_wallet": self.eur, **spend},
            "pay_store": {"store": self.store, "payer_wallet": self.eur, **five, **spend},
        }[operation]


@pytest.fixture
def scene(db: None) -> Scene:
    person, other = UserFactory.create(), UserFactory.create()
    eur, usd, now = open_wallet_for(person, minor=50_000), open_wallet_for(person, "USD"), timezone.now()
    store, payee, amount = open_store_for(other), open_wallet_for(other), Money(500, "EUR")
    charge = merchants.operations.create_charge(store=store, amount=amount, cashier=other, now=now)
    quote = payments.operations.quote_conversion(
        source=eur, target=usd, amount=amount, rate=Rate(Decimal("1.1"), now.date(), "test"), actor=person, now=now
    )
    person.agreed_edition = "2020-01-01"
    person.save()
    return Scene(person, eur, usd, payee, store, charge, quote)


def money_acts() -> dict[str, Callable[..., Any]]:
    """What an idempotency key makes happen once: every operation in which somebody moves money."""
    every = {**vars(merchants.operations), **{name: getattr(payments.operations, name) for name in payments.operations.__all__}}
    return {name: act for name, act in every.items() if inspect.isfunction(act) and "key" in inspect.signature(act).parameters}


@pytest.mark.parametrize("operation", sorted(money_acts().keys() - LOCKS_NOBODY_IN - MOVES_NOTHING))
def test_asks(scene: Scene, operation: str) -> None:
    with refused(AgreementNeeded):
        money_acts()[operation](**scene.arguments(operation))


def test_the_exceptions_are_operations() -> None:
    assert money_acts().keys() >= LOCKS_NOBODY_IN
