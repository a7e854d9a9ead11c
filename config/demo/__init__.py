"""The people of the demo world, in the one place that both the fixtures and the printed sign-ins read."""

from dataclasses import dataclass

# Known to everyone who reads this: the demo world is loaded on development machines only.
PASSWORD = "struck-coin-lily"  # noqa: S105


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody to sign in as, and the site where that person works."""

    email: str
    role: str
    site: str = "portal"


ACCOUNTS = (
    DemoAccount("alice@florin.example", "customer"),
    DemoAccount("bruno@florin.example", "customer, in Portuguese"),
    DemoAccount("olivia@florin.example", "store owner"),
    DemoAccount("marta@florin.example", "store administrator"),
    DemoAccount("carlos@florin.example", "cashier"),
    DemoAccount("agent@florin.example", "support agent", "agent"),
    DemoAccount("admin@florin.example", "administrator", "admin"),
)
