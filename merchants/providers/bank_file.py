"""Paying out by files that an admin hands to the bank (ISO 20022 pain.001) and the files that come back.

Nobody is asked: a payout waits until it is in a file (`merchants.operations.bank_files`), and then for the bank's answer.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from sepaxml import SepaTransfer

from merchants.destinations import Destination, Iban
from merchants.models import Payout
from payments.money import Money
from payments.providers.funding import Outcome, Underway

SCHEMA = "pain.001.001.09"
ASSET = "EUR"
TEXT_ROOM = 140


class BankFiles:
    """SEPA credit transfers from the account of `BANK_FILE`."""

    name = "bank_file"
    title = _("SEPA transfer")
    arrival = _("In one to two bank days")
    is_sandbox = False
    is_asked = False

    def takes(self, destination: Destination, asset: str) -> bool:
        """Accounts with an IBAN, in euros."""
        return isinstance(destination, Iban) and asset == ASSET

    def pay_out(self, reference: UUID, amount: Money, destination: Destination, text: str, timeout_s: int) -> Outcome:
        """It waits for a file, or for the answer to one."""
        return Underway()


def payment_file(payouts: Sequence[Payout], on: dt.date) -> tuple[str, str]:
    """The message's id and the file that pays these, valid against the schema of pain.001. `on` is the day to pay.

    Each payment is called (EndToEndId) what its payout is.
    """
    debtor = {"name": settings.BANK_FILE.name, "IBAN": settings.BANK_FILE.iban, "batch": True, "currency": ASSET}
    if settings.BANK_FILE.bic:
        debtor["BIC"] = settings.BANK_FILE.bic
    file = SepaTransfer(debtor, schema=SCHEMA)
    for payout in payouts:
        place = payout.place
        assert isinstance(place, Iban)  # noqa: S101 `takes` says so
        file.add_payment({
            "name": place.holder,
            "IBAN": place.iban,
            "amount": payout.amount,
            "execution_date": on,
            "description": f"{payout.store.name} {payout.transaction.confirmation_code}"[:TEXT_ROOM],
            "endtoend_id": payout.pk.hex,
        })  # fmt: skip
    return file.msg_id, file.export(validate=True).decode()
