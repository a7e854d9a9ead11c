"""What a proof from outside comes down to."""

from dataclasses import dataclass
from typing import Literal


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


ETHEREUM = "ethereum"
