"""Money from and to the outside: what a funding provider does, and which one this installation has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.errors import Refused
from payments.money import Money

NONE = "none"


class FundingUnavailable(Refused):
    """The installation has no provider for money from and to the outside."""

    code = "funding_unavailable"
    status = 503
    message = _("Topping up and withdrawing are not available here. No money moved.")


class UnknownToken(Refused):
    """The text names no source or destination of the provider."""

    code = "unknown_token"
    status = 400
    message = _("This is not a card or an account we can use. No money moved.")


class ProviderUnanswered(Exception):  # noqa: N818 what it says may still turn out well
    """The provider did not answer in time. What happened is unknown: ask again with the same reference."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """Done. `provider_reference` is what the provider calls it."""

    provider_reference: str


@dataclass(frozen=True, slots=True)
class Declined:
    """Not done, for good. `code` is for programs, `message` for the customer."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Underway:
    """The provider has not decided yet: ask again."""


type Outcome = Succeeded | Declined | Underway


@dataclass(frozen=True, slots=True)
class Instrument:
    """A card or an account that money can come from or go to: what we send the provider, and what people are shown."""

    token: str
    title: str | Promise
    detail: str | Promise = ""


class FundingProvider(Protocol):
    """Collects money for deposits and pays it out for withdrawals.

    Idempotent by reference: asked again about one, it answers what became of it and does nothing twice.
    Never called inside a database transaction of ours.
    """

    @property
    def name(self) -> str:
        """As wallet names and metadata have it; never changes."""

    @property
    def title(self) -> str | Promise:
        """As people are told."""

    @property
    def is_sandbox(self) -> bool:
        """Whether it moves no real money; then it says so wherever it is shown."""

    def instruments(self, person: User) -> Sequence[Instrument]:
        """What this person can choose from, the usual one first."""

    def check_token(self, token: str) -> None:
        """Whether this can be a source or destination, without asking the provider.

        :raises UnknownToken: it can't.
        """

    def collect(self, reference: UUID, amount: Money, source: str, timeout_s: int) -> Outcome:
        """Take `amount` from the source.

        :raises ProviderUnanswered: no answer within `timeout_s`.
        """

    def pay_out(self, reference: UUID, amount: Money, destination: str, timeout_s: int) -> Outcome:
        """Send `amount` to the destination.

        :raises ProviderUnanswered: no answer within `timeout_s`.
        """


@lru_cache(maxsize=1)
def _providers() -> Mapping[str, FundingProvider]:
    """Every provider by its name."""
    from payments.providers.sandbox import Sandbox  # which imports this module

    return {Sandbox.name: Sandbox()}


def provider_named(name: str) -> FundingProvider:
    """The provider of that name, also for transactions that were begun before the setting changed.

    :raises ImproperlyConfigured: there is none.
    """
    try:
        return _providers()[name]
    except KeyError:
        known = ", ".join(sorted([NONE, *_providers()]))
        raise ImproperlyConfigured(f"There is no funding provider {name!r}; FUNDING_PROVIDER can be {known}.") from None


def title_of(name: str) -> str:
    """How people are told of a provider; its name if it is gone."""
    provider = _providers().get(name)
    return str(provider.title) if provider else name


def title_of_instrument(name: str, token: str, person: User) -> str:
    """How a person is told of the card or account that a token of theirs stands for; the token if it is gone."""
    provider = _providers().get(name)
    instruments = provider.instruments(person) if provider else ()
    return next((str(each.title) for each in instruments if each.token == token), token)


def is_sandbox(name: str) -> bool:
    """Whether what this provider did moved no real money."""
    provider = _providers().get(name)
    return provider is not None and provider.is_sandbox


def funding_provider() -> FundingProvider:
    """The provider for new deposits and withdrawals.

    :raises FundingUnavailable: this installation has none.
    """
    if settings.FUNDING_PROVIDER == NONE:
        raise FundingUnavailable
    return provider_named(settings.FUNDING_PROVIDER)


def moves_no_real_money() -> bool:
    """Whether new deposits and withdrawals go to a sandbox, which every page about them says."""
    return settings.FUNDING_PROVIDER != NONE and provider_named(settings.FUNDING_PROVIDER).is_sandbox
