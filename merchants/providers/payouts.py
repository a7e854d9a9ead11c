"""What a payout provider does, and which one pays by which rail here."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.errors import Refused
from merchants.destinations import Destination, Rail
from payments.money import Money
from payments.providers.funding import Outcome, Succeeded

NONE = "none"


class PayoutsUnavailable(Refused):
    """The installation pays nobody out by this rail, or not to this place in this currency."""

    code = "payouts_unavailable"
    status = 503
    message = _("Payouts to such a place are not available here. No money moved.")


class PayoutProvider(Protocol):
    """Pays stores out.

    Idempotent by reference: asked again about one, it answers what became of it and does nothing twice.
    Never called inside a database transaction of ours.
    """

    @property
    def name(self) -> str:
        """As wallet names and payouts have it; never changes."""

    @property
    def title(self) -> str | Promise:
        """As people are told."""

    @property
    def arrival(self) -> str | Promise:
        """When the money usually arrives, as people are told before they confirm."""

    @property
    def is_sandbox(self) -> bool:
        """Whether it moves no real money; then it says so wherever it is shown."""

    @property
    def is_asked(self) -> bool:
        """Whether it answers questions; else its answers come by themselves, in files."""

    def takes(self, destination: Destination, asset: str) -> bool:
        """Whether it can pay money of this asset there."""

    def pay_out(self, reference: UUID, amount: Money, destination: Destination, text: str, timeout_s: int) -> Outcome:
        """Send `amount` there; `text` is what the payee reads.

        :raises ProviderUnanswered: no answer within `timeout_s`.
        """


class LedgerRail:
    """Pays into wallets of this platform: the ledger does it, so there is nobody to ask."""

    name = "wallet"
    title = "Florin"
    arrival = _("At once")
    is_sandbox = False
    is_asked = True

    def takes(self, destination: Destination, asset: str) -> bool:
        """Any wallet; whether it is there and in this asset, the operation asks."""
        return destination.rail == Rail.WALLET

    def pay_out(self, reference: UUID, amount: Money, destination: Destination, text: str, timeout_s: int) -> Outcome:
        """It is done with the commit that notes it."""
        return Succeeded(f"florin_{reference.hex}")


@lru_cache(maxsize=1)
def _providers() -> Mapping[str, PayoutProvider]:
    """Every provider by its name."""
    from merchants.providers.bank_file import BankFiles  # which import this module
    from merchants.providers.pix_api import PixApi
    from merchants.providers.sandbox import SandboxRails

    return {each.name: each for each in (LedgerRail(), SandboxRails(), PixApi(), BankFiles())}


def payout_provider_named(name: str) -> PayoutProvider:
    """The provider of that name, also for payouts that were begun before the setting changed.

    :raises ImproperlyConfigured: there is none.
    """
    try:
        return _providers()[name]
    except KeyError:
        known = ", ".join(sorted([NONE, *_providers()]))
        raise ImproperlyConfigured(f"There is no payout provider {name!r}; it can be {known}.") from None


def provider_for(destination: Destination, asset: str) -> PayoutProvider:
    """Who pays money of this asset there.

    :raises PayoutsUnavailable: nobody does.
    """
    names = {Rail.PIX: settings.PAYOUT_PIX_PROVIDER, Rail.BANK: settings.PAYOUT_BANK_PROVIDER, Rail.WALLET: LedgerRail.name}
    name = names[destination.rail]
    if name == NONE:
        raise PayoutsUnavailable
    provider = payout_provider_named(name)
    if not provider.takes(destination, asset) or destination.asset not in {None, asset}:
        raise PayoutsUnavailable(_("Money in %(asset)s can't be paid out to such a place.") % {"asset": asset})
    return provider


def rails_for(asset: str) -> list[Rail]:
    """By which rails a store of this currency can be paid out here, for forms."""
    by_setting = {Rail.PIX: settings.PAYOUT_PIX_PROVIDER, Rail.BANK: settings.PAYOUT_BANK_PROVIDER}
    open_rails = [rail for rail, name in by_setting.items() if name != NONE and not (rail == Rail.PIX and asset != "BRL")]
    return [*open_rails, Rail.WALLET]
