"""What a proof from outside comes down to."""

from dataclasses import dataclass
from typing import Literal

from django.conf import settings

ETHEREUM = "ethereum"


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whom a provider vouches for.

    `provider` and `uid` name them for good. `email` is an address that the provider has proven to be theirs, or
    nothing; one that they only claim never gets here.
    """

    provider: str
    uid: str
    email: str = ""
    name: str = ""

    @property
    def auth_method(self) -> Literal["wallet", "socialaccount"]:
        """The method that `accounts.sessions` reads when the session is opened."""
        return "wallet" if self.provider == ETHEREUM else "socialaccount"

    @property
    def label(self) -> str:
        """What its owner knows it by."""
        return label_of(self.provider, self.uid)


def label_of(provider: str, uid: str) -> str:
    """A provider's name for people, or an Ethereum address in short. One that settings no longer name keeps its plain name."""
    if provider == ETHEREUM:
        return f"Ethereum {short_address(uid)}"
    for kind, configured in settings.SOCIALACCOUNT_PROVIDERS.items():
        for app in configured["APPS"]:
            if app.get("provider_id", kind) == provider:
                return str(app["name"])
    return provider.capitalize()


def short_address(address: str) -> str:
    """Enough of an Ethereum address for its owner to know it again."""
    return f"{address[:6]}…{address[-4:]}"
