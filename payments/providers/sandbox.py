"""A processor that moves no real money: docs/sandbox.md names its tokens and what each of them does.

It behaves as a real one does, badly included. It keeps books of its own in commits of its own, so it
remembers what it was asked even when we do not; asked again, it answers the same.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from payments.models import SandboxOrder
from payments.money import Money
from payments.providers.funding import Declined, Instrument, Outcome, ProviderUnanswered, Succeeded, Underway, UnknownToken

SLOW = dt.timedelta(seconds=5)
OUTAGE = dt.timedelta(seconds=60)

REASONS = {
    "declined": _("The bank declined it."),
    "insufficient_funds": _("There is not enough money on the card or account."),
    "expired": _("The card or account is no longer valid."),
}


class SandboxMisuseError(Exception):
    """One reference was used for two different orders, which is a bug of the caller."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """How the sandbox treats a token; `title` says it to people. Without an error code the order succeeds.

    It is decided after `takes`, which the sandbox admits, or after `outage`, in which it does not answer.
    `loses_first`: the answer to the first call gets lost, although the order is decided.
    """

    title: Promise
    error_code: str = ""
    takes: dt.timedelta = dt.timedelta(0)
    outage: dt.timedelta = dt.timedelta(0)
    loses_first: bool = False


TOKENS: dict[str, Conduct] = {
    "tok_success": Conduct(_("Works at once")),
    "tok_declined": Conduct(_("Is declined by the bank"), error_code="declined"),
    "tok_insufficient": Conduct(_("Has not enough money"), error_code="insufficient_funds"),
    "tok_expired": Conduct(_("Is no longer valid"), error_code="expired"),
    "tok_slow": Conduct(_("Works after five seconds"), takes=SLOW),
    "tok_unanswered_success": Conduct(_("Works, but its first answer is lost"), loses_first=True),
    "tok_unanswered_declined": Conduct(_("Is declined, but its first answer is lost"), error_code="declined", loses_first=True),
    "tok_down": Conduct(_("Works after a minute without an answer"), outage=OUTAGE),
}


class Sandbox:
    """The funding provider for development, tests and demonstrations."""

    name = "sandbox"
    title = _("Sandbox (no real money)")
    is_sandbox = True

    def instruments(self, person: User) -> list[Instrument]:
        """One for each token; the same for everybody."""
        return [Instrument(token, conduct.title, token) for token, conduct in TOKENS.items()]

    def check_token(self, token: str) -> None:
        """:raises UnknownToken: it is not one of `TOKENS`."""
        if token not in TOKENS:
            raise UnknownToken

    def collect(self, reference: UUID, amount: Money, source: str, timeout_s: int) -> Outcome:
        """As the token in `source` says; never takes as long as `timeout_s`.

        :raises ProviderUnanswered: as the token says.
        """
        return self._answer(SandboxOrder.Direction.COLLECT, reference, amount, source)

    def pay_out(self, reference: UUID, amount: Money, destination: str, timeout_s: int) -> Outcome:
        """As the token in `destination` says; never takes as long as `timeout_s`.

        :raises ProviderUnanswered: as the token says.
        """
        return self._answer(SandboxOrder.Direction.PAY_OUT, reference, amount, destination)

    def _answer(self, direction: SandboxOrder.Direction, reference: UUID, amount: Money, token: str) -> Outcome:
        self.check_token(token)
        conduct, order = TOKENS[token], self._record(direction, reference, amount, token)
        in_outage = order.status == SandboxOrder.Status.PENDING and bool(conduct.outage)
        if in_outage or (conduct.loses_first and order.times_asked == 1):
            raise ProviderUnanswered
        if order.status == SandboxOrder.Status.PENDING:
            return Underway()
        if order.status == SandboxOrder.Status.REFUSED:
            return Declined(order.error_code, str(REASONS[order.error_code]))
        return Succeeded(f"sandbox_{order.pk.hex}")

    def _record(self, direction: SandboxOrder.Direction, reference: UUID, amount: Money, token: str) -> SandboxOrder:
        """Enter the order, or find it, and decide it when its time has come."""
        asked = {"direction": direction, "amount": amount.amount, "asset": amount.asset, "token": token}
        now, conduct = timezone.now(), TOKENS[token]
        with transaction.atomic():
            orders = SandboxOrder.objects.select_for_update()
            order, _made = orders.get_or_create(pk=reference, defaults={"created_at": now, **asked})
            if any(getattr(order, name) != value for name, value in asked.items()):
                raise SandboxMisuseError(str(reference))
            if order.status == SandboxOrder.Status.PENDING and now - order.created_at >= conduct.takes + conduct.outage:
                refused = bool(conduct.error_code)
                order.status = SandboxOrder.Status.REFUSED if refused else SandboxOrder.Status.SUCCEEDED
                order.error_code = conduct.error_code
            order.times_asked += 1
            order.save()
        return order
