"""What pages of other apps show of stores."""

from django import template
from django.utils import timezone

from accounts.models import User
from merchants.models import Dispute, Store
from merchants.operations.disputes import can_dispute
from payments.models import Transaction

register = template.Library()

SHOWN = 3  # the others are behind the card's link


@register.simple_tag
def stores_of(person: User) -> list[Store]:
    """Some of the stores where this person works, by name."""
    return list(Store.objects.run_by(person).order_by("name")[:SHOWN])


@register.simple_tag
def dispute_about(transaction: Transaction, person: User) -> Dispute | bool:
    """What this person asked the store about their payment; or else whether they may."""
    if transaction.kind != Transaction.Kind.PAYMENT or transaction.payer_wallet.user_id != person.pk:
        return False
    return Dispute.objects.filter(payment=transaction).first() or can_dispute(transaction, timezone.now())
