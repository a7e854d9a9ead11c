"""The accounts elsewhere that a page offers to sign in with."""

from dataclasses import dataclass

from django import template

from accounts.social import SocialAdapter

register = template.Library()


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider's name in addresses, and what people know it by."""

    id: str
    name: str


@register.simple_tag
def offers() -> list[Offer]:
    """Every provider that settings name, in their order."""
    return [Offer(provider.sub_id, provider.name) for provider in SocialAdapter().list_providers(None)]
