"""What browsers are told to allow, on every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.csp import CSP

from config.hosts import site_of

HSTS_YEAR_S = 365 * 24 * 3600

# Portal pages load from their own host only: no inline script or style, no frames, no plug-ins.
CONTENT_POLICY: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "media-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# The consoles' Alpine evaluates attribute strings and writes style attributes; scripts stay our own files.
CONSOLE_POLICY: dict[str, list[str]] = CONTENT_POLICY | {
    "script-src": [CSP.SELF, CSP.NONCE, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
}

# Swagger UI writes style attributes; its scripts are files.
API_PAGE_POLICY: dict[str, list[str]] = CONTENT_POLICY | {"style-src": [CSP.SELF, CSP.UNSAFE_INLINE]}

# An answer that is no page loads nothing at all.
DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
DATA_TYPES = ("application/json", "application/problem+json", "text/plain")

# The till may later use the camera on its own pages, and people may look for stores near them; nothing else is ever asked.
PERMISSIONS_POLICY = (
    "accelerometer=(), autoplay=(self), browsing-topics=(), camera=(self), display-capture=(), geolocation=(self),"
    " gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-create=(self),"
    " publickey-credentials-get=(self), serial=(), usb=()"
)


class SitePolicyMiddleware:
    """Chooses the content policy by what answers: a console, data, or (Django's default) a portal page.

    Works inside Django's own middleware, which puts the nonce in. A view's `csp_override` wins.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith(DATA_TYPES):
            response.headers.setdefault(CSP.HEADER_ENFORCE.value, DATA_POLICY)
            response.headers.setdefault("Cache-Control", "no-store")  # it is somebody's
        elif site_of(request).is_console and not hasattr(response, "_csp_config"):
            response._csp_config = CONSOLE_POLICY  # type: ignore[attr-defined]  # noqa: SLF001 - what csp_override sets
        return response
