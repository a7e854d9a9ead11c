"""What templates ask about money from and to the outside."""

from django import template

from payments.providers.funding import moves_no_real_money

register = template.Library()


@register.simple_tag
def sandbox() -> bool:
    """Whether no real money moves in this installation, which every page about money says."""
    return moves_no_real_money()
