"""What pages of other apps show of stores."""

from django import template

from accounts.models import User
from merchants.models import Store

register = template.Library()

SHOWN = 3  # the others are behind the card's link


@register.simple_tag
def stores_of(person: User) -> list[Store]:
    """Some of the stores where this person works, by name."""
    return list(Store.objects.run_by(person).order_by("name")[:SHOWN])
