"""The texts that a sign-up shows, in templates."""

from django import template

from accounts.legal import as_fields, required_texts

register = template.Library()


@register.simple_tag
def version_fields() -> dict[str, str]:
    """What a sign-up sends along about the texts it shows: names of fields and versions."""
    return as_fields({text.kind: text.version for text in required_texts()})
