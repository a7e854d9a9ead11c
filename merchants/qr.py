"""QR codes that lead to paying: dark on white with a quiet zone, whatever the page around them looks like."""

import io

import segno
from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from merchants.models import Charge, Store
from payments.money import Money

CORRECTION = "m"  # survives 15 % of dirt, on a counter and behind glass
QUIET_MODULES = 4  # the white edge that the standard asks for
PNG_MODULE_PX = 12
DARK, LIGHT = "#161b26", "#ffffff"
KEPT = f"private, max-age={24 * 3600}, immutable"  # a code's picture never changes; only the store's people get it


def pay_address(payable: Store | Charge, amount: Money | None = None) -> str:
    """Where the code leads: the portal's page that pays it; `amount` is for a store, which takes any."""
    name, code = ("pay_store", payable.short_code) if isinstance(payable, Store) else ("pay_charge", payable.code)
    query = f"?amount={amount.plain()}" if amount else ""
    # The consoles have no such page; the code leads to the portal wherever it is drawn.
    return f"{settings.PORTAL_ORIGIN}{reverse(name, urlconf=settings.ROOT_URLCONF, args=[code])}{query}"


def svg(address: str) -> bytes:
    """The code as an SVG document, one unit a module."""
    out = io.BytesIO()
    _code(address).save(
        out, kind="svg", border=QUIET_MODULES, dark=DARK, light=LIGHT, omitsize=True, svgclass=None, lineclass=None
    )
    return out.getvalue()


def inline_svg(address: str) -> SafeString:
    """The code as SVG for a page, which gives it a name for those who don't see it."""
    drawing = _code(address).svg_inline(
        border=QUIET_MODULES, dark=DARK, light=LIGHT, omitsize=True, svgclass=None, lineclass=None
    )
    return mark_safe(drawing)  # noqa: S308 drawn here, with nothing of anybody's in it


def png(address: str) -> bytes:
    """The code as a PNG image, large enough for print."""
    out = io.BytesIO()
    _code(address).save(out, kind="png", scale=PNG_MODULE_PX, border=QUIET_MODULES, dark=DARK, light=LIGHT)
    return out.getvalue()


IMAGES = {"svg": (svg, "image/svg+xml"), "png": (png, "image/png")}


def image(kind: str, address: str) -> HttpResponse:
    """The answer that holds the code as an image of this kind, for the asker's own cache to keep.

    :raises Http404: no such kind.
    """
    if kind not in IMAGES:
        raise Http404
    draw, content_type = IMAGES[kind]
    return HttpResponse(draw(address), content_type=content_type, headers={"Cache-Control": KEPT})


def _code(address: str) -> segno.QRCode:
    return segno.make(address, error=CORRECTION, micro=False)
