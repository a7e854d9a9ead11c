"""The portal's places: the bar under the thumb, the rail on a desk."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: the name of its address, its icon, its label, and the pages that belong to it.

    What lies under the place's own address belongs to it; `pages` names what lies elsewhere and does too.
    """

    url_name: str
    icon: str
    label: Promise
    pages: tuple[str, ...] = ()

    def holds(self, request: HttpRequest | None, href: str) -> bool:
        """Whether the page of this request belongs here; `href` is the place's own address."""
        if request is None:
            return False
        if request.path == href or (href != "/" and request.path.startswith(href)):
            return True
        return request.resolver_match is not None and request.resolver_match.view_name in self.pages


@dataclass(frozen=True, slots=True)
class Link:
    """A place as the templates draw it."""

    href: str
    icon: str
    label: Promise
    current: bool
    is_pay: bool


PAY = Place("pay", "scan-line", pgettext_lazy("place", "Pay"))
STORE_PAGES = (
    "stores", "store", "store_open", "store_payments", "store_payment", "store_refund", "store_refund_review", "store_poster",
)  # fmt: skip
PLACES = (
    Place("home", "house", pgettext_lazy("place", "Home")),
    Place("activity", "arrow-left-right", pgettext_lazy("place", "Activity")),
    PAY,
    Place(
        "wallets",
        "wallet",
        pgettext_lazy("place", "Wallets"),
        ("send", "send_review", "exchange", "exchange_quote", "top_up", "top_up_review", "withdraw", "withdraw_review"),
    ),
    Place("profile", "circle-user", pgettext_lazy("place", "You"), STORE_PAGES),
)


def links(request: HttpRequest | None) -> list[Link]:
    """The places this site has, in order; one whose address is not served is left out."""
    found = []
    for place in PLACES:
        try:
            href = reverse(place.url_name)
        except NoReverseMatch:
            continue
        found.append(Link(href, place.icon, place.label, place.holds(request, href), place is PAY))
    return found
