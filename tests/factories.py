"""Makes people. Whatever involves money goes through the real operations."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.declarations import LazyFunction, Sequence
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from accounts.legal import edition
from accounts.models import User
from merchants.models import Store, StoreMember
from merchants.operations import open_store
from payments.models import Wallet
from payments.money import Money
from payments.operations import complete_deposit, open_wallet, start_deposit

PASSWORD = "wren orbit lantern moss"


class UserFactory(DjangoModelFactory[User]):
    """A customer with a proven e-mail address, who signs in with `PASSWORD` and has agreed to the texts in force.

    `email_verified=False` makes somebody who has not typed the code yet.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda number: f"person{number}@example.com")
    name = Sequence(lambda number: f"Person {number}")
    password = LazyFunction(lambda: make_password(PASSWORD))
    last_active_at = LazyFunction(timezone.now)
    agreed_edition = LazyFunction(edition)

    @post_generation
    def email_verified(user: User, create: bool, verified: bool | None, **_options: Any) -> None:  # noqa: N805 factory_boy's way
        """The address as allauth keeps it."""
        if create and user.email:
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified is not False)


def open_wallet_for(user: User, asset: str = "EUR", *, minor: int = 0) -> Wallet:
    """A wallet of this person with this much in it."""
    name = f"{user.get_short_name()}'s {asset}"
    wallet = open_wallet(user=user, asset=asset, name=name, actor=user, now=timezone.now())
    return fund(wallet, minor) if minor else wallet


def fund(wallet: Wallet, minor: int) -> Wallet:
    """Put money into a personal wallet, as a top-up that the sandbox has collected."""
    assert wallet.user is not None
    now, amount = timezone.now(), Money(minor, wallet.asset_id)
    deposit = start_deposit(
        wallet=wallet, amount=amount, provider="sandbox", source="tok_success", actor=wallet.user, key=None, now=now
    )
    complete_deposit(deposit=deposit, provider_reference=f"test-{deposit.pk}", now=now)
    return wallet


def open_store_for(owner: User, *, name: str = "Olivia's Greens", symbol: str = "GREENS", asset: str = "EUR") -> Store:
    """A greengrocer's store of this person."""
    return open_store(
        owner=owner, name=name, symbol=symbol, category=Store.Category.GROCERY, city="Lisbon", asset=asset, now=timezone.now()
    )


def hire(store: Store, user: User, role: StoreMember.Role) -> User:
    """Make this person part of the store's team."""
    now = timezone.now()
    StoreMember.objects.create(store=store, user=user, role=role, invited_at=now, accepted_at=now)
    return user
