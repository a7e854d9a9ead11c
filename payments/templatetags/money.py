"""How templates show money."""

from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from payments.money import Money, asset_name, show, show_rate

register = template.Library()

# Characters of the number from which a large amount steps down in size, so that it keeps to one line.
LONG, LONGER = 10, 15


@register.simple_tag
def money(value: Money, signed: bool = False, size: str = "", void: bool = False) -> SafeString:
    """`value` in the reader's form: the whole part strong, the minor part and the unit a step lighter.

    `signed` marks what comes in with a plus sign and the colour of good; `size` is empty (as the text
    around it), "large" or "huge" (alone on its line); `void` strikes out what was not moved.
    """
    shown = show(value, get_language() or "en")
    incoming = signed and value.amount > 0
    sign = "+" if incoming else shown.sign
    length = len(sign + shown.whole + shown.fraction)
    classes = [
        "money",
        *([f"money-{size}"] if size else []),
        *(["money-longer"] if length >= LONGER else ["money-long"] if length >= LONG else []),
        *(["money-void"] if void else ["money-in"] if incoming else []),
    ]
    return format_html(
        '<data class="{}" value="{}"><span class="money-number">{}{}{}</span> <span class="money-unit">{}</span></data>',
        " ".join(classes),
        value.plain(),
        sign,
        shown.whole,
        format_html('<span class="money-minor">{}</span>', shown.fraction) if shown.fraction else "",
        shown.unit,
    )


@register.simple_tag
def example_money(amount: int, asset: str) -> Money:
    """An amount in minor units for a page that shows an example, not somebody's money."""
    return Money(amount, asset)


@register.filter
def money_text(value: Money) -> str:
    """`value` as one plain text in the reader's form, for a button, a title or a message: 25.00 EUR."""
    return str(show(value, get_language() or "en"))


@register.simple_tag
def rate(value: Decimal, source: str, target: str) -> SafeString:
    """What one unit of `source` is in `target`: 1 EUR = 1.0823 USD."""
    shown = show_rate(value, get_language() or "en")
    return format_html('<span class="number">1 {} = {} {}</span>', source, shown, target)


@register.filter
def currency_name(asset: str) -> str:
    """The asset's name in the reader's language: "euro" for EUR in Spanish."""
    return asset_name(asset, get_language() or "en")
