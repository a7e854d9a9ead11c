"""What the platform charges: one schedule, in basis points of the amount, on top of it."""

from django.conf import settings

from payments.models import Transaction
from payments.money import Money, fee_on


def fee_for(kind: Transaction.Kind, amount: Money) -> Money:
    """The fee the payer pays beside `amount`, rounded up to the next minor unit."""
    return fee_on(amount, settings.FEE_BASIS_POINTS.get(kind, 0))
