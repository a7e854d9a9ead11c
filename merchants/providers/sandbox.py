"""Rails that move no real money: docs/sandbox.md names the places and what each of them does.

They behave as real ones do, badly included, and keep books of their own (payments/providers/sandbox.py).
"""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from merchants.destinations import Destination, Pix, Rail
from payments.money import Money
from payments.providers.funding import Outcome
from payments.providers.sandbox import Sandbox

MAGIC_HOST = "@sandbox.example"
MAGIC_HOLDER = "sandbox "
SUCCESS = "tok_success"
# The word before @sandbox.example in a Pix key, or after "Sandbox" in the name of who holds an account.
CONDUCT = {
    "success": SUCCESS,
    "slow": "tok_slow",
    "reject": "tok_declined",
    "late": "tok_unanswered_success",
    "late-reject": "tok_unanswered_declined",
    "unknown": "tok_down",
}


class SandboxRails:
    """The payout provider for development, tests and demonstrations: Pix and banks alike."""

    name = "sandbox"
    title = _("Sandbox (no real money)")
    arrival = _("In a moment, in the sandbox")
    is_sandbox = True
    is_asked = True

    def takes(self, destination: Destination, asset: str) -> bool:
        """Pix keys and bank accounts, in any currency."""
        return destination.rail in {Rail.PIX, Rail.BANK}

    def pay_out(self, reference: UUID, amount: Money, destination: Destination, text: str, timeout_s: int) -> Outcome:
        """As the destination says; all that say nothing succeed.

        :raises ProviderUnanswered: as the destination says.
        """
        return Sandbox().pay_out(reference, amount, conduct_of(destination), timeout_s)


def conduct_of(destination: Destination) -> str:
    """The sandbox's token that stands for how this place behaves."""
    if isinstance(destination, Pix) and destination.key.endswith(MAGIC_HOST):
        return CONDUCT.get(destination.key.removesuffix(MAGIC_HOST), SUCCESS)
    holder = destination.holder.lower()
    return CONDUCT.get(holder.removeprefix(MAGIC_HOLDER), SUCCESS) if holder.startswith(MAGIC_HOLDER) else SUCCESS
