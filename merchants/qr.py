"""QR codes that lead to paying."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse

from config.qr import png, svg
from merchants.models import Charge, Store
from payments.money import Money

KEPT = f"private, max-age={24 * 3600}, immutable"  # a code's picture never changes; only the store's people get it


def pay_address(payable: Store | Charge, amount: Money | None = None) -> str:
    """Where the code leads: the portal's page that pays it; `amount` is for a store, which takes any."""
    name, code = ("pay_store", payable.short_code) if isinstance(payable, Store) else ("pay_charge", payable.code)
    query = f"?amount={amount.plain()}" if amount else ""
    # The consoles have no such page; the code leads to the portal wherever it is drawn.
    return f"{settings.PORTAL_ORIGIN}{reverse(name, urlconf=settings.ROOT_URLCONF, args=[code])}{query}"


def public_address(store: Store) -> str:
    """The store's page that anybody can read."""
    return f"{settings.PORTAL_ORIGIN}{reverse('public_store', urlconf=settings.ROOT_URLCONF, args=[store.symbol])}"


IMAGES = {"svg": (svg, "image/svg+xml"), "png": (png, "image/png")}


def image(kind: str, address: str) -> HttpResponse:
    """The answer that holds the code as an image of this kind, for the asker's own cache to keep.

    :raises Http404: no such kind.
    """
    if kind not in IMAGES:
        raise Http404
    draw, content_type = IMAGES[kind]
    return HttpResponse(draw(address), content_type=content_type, headers={"Cache-Control": KEPT})
