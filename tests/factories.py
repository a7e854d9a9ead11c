"""Makes people. Whatever involves money goes through the real operations."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.declarations import LazyFunction, Sequence
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from accounts.models import User

PASSWORD = "wren orbit lantern moss"


class UserFactory(DjangoModelFactory[User]):
    """A customer with a proven e-mail address, who signs in with `PASSWORD`.

    `email_verified=False` makes somebody who has not typed the code yet.
    """

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda number: f"person{number}@example.com")
    name = Sequence(lambda number: f"Person {number}")
    password = LazyFunction(lambda: make_password(PASSWORD))
    last_active_at = LazyFunction(timezone.now)

    @post_generation
    def email_verified(user: User, create: bool, verified: bool | None, **_options: Any) -> None:  # noqa: N805 factory_boy's way
        """The address as allauth keeps it."""
        if create and user.email:
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified is not False)
