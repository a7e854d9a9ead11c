"""What happens around every request: its id, where it came from, its log line, headers of every answer."""

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.functional import LazyObject

from audit.trail import Origin, origin
from config import logs, views
from config.errors import Refused
from config.health import PROBES
from config.problems import refusal_response
from config.security import DATA_POLICY, PERMISSIONS_POLICY

log = logging.getLogger("florin.request")

# Short, and nothing a log or a header could be broken with.
REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestMiddleware:
    """The outermost layer, so that what it adds is on errors, refusals and static files too.

    Behind `TRUSTED_PROXIES` proxies of ours, the nearest one's `X-Request-ID` and the address that the
    farthest one saw are believed; without any, both headers are ignored.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = tuple(_headers_of_every_answer().items())

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started_ns = time.perf_counter_ns()
        request_id = _request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        came_from = origin.set(Origin(_client_address(request), request.META.get("HTTP_USER_AGENT", "")))
        named = logs.request_id.set(request_id)
        try:
            response = self.get_response(request)
            for name, value in self.headers:
                response.headers.setdefault(name, value)
            response.headers["X-Request-ID"] = request_id
            if request.path_info not in PROBES:
                _write_line(request, response, request_id, started_ns)
        finally:
            logs.request_id.reset(named)
            origin.reset(came_from)
        return response


class RefusalMiddleware:
    """Renders what a page's view refuses in the words the API uses for it.

    Also answers a view's 404 and 403 itself, so that they look the same with DEBUG and without.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to an exception that a view let through; None leaves a bug to Django."""
        if isinstance(exception, Refused):
            return refusal_response(request, exception)
        if isinstance(exception, Http404):
            return views.not_found(request, exception)
        if isinstance(exception, PermissionDenied):
            return views.forbidden(request, exception)
        if isinstance(exception, SuspiciousOperation):
            return views.bad_request(request, exception)
        return None


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages. Static files are compressed once, beforehand; API answers are small."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The page, compressed if the browser takes it."""
        if response.headers.get("Content-Type", "").startswith("text/html"):
            return super().process_response(request, response)
        return response


def _headers_of_every_answer() -> dict[str, str]:
    headers = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        # Only what never reached the layers that choose a policy still lacks one.
        "Content-Security-Policy": DATA_POLICY,
    }
    if settings.SECURE_HSTS_SECONDS:
        # Browsers ignore it on plain http, so it need not be left out there.
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    return headers


def _request_id(request: HttpRequest) -> str:
    sent = request.META.get("HTTP_X_REQUEST_ID", "") if settings.TRUSTED_PROXIES else ""
    return sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex


def _client_address(request: HttpRequest) -> str | None:
    """The address our outermost proxy saw, or the peer's; None when it is no address (a socket file)."""
    address: str = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        # Fewer hops than proxies: the request came around them, and the header is the caller's invention.
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    return _valid_address(address.strip())


@lru_cache(maxsize=1024)
def _valid_address(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _write_line(request: HttpRequest, response: HttpResponse, request_id: str, started_ns: int) -> None:
    line = logs.RequestLine(
        request_id=request_id,
        site=getattr(request, "site_name", None),
        method=request.method,
        route=request.resolver_match.route if request.resolver_match else None,
        status=response.status_code,
        ms=(time.perf_counter_ns() - started_ns) // 10_000 / 100,
        user=_known_user(request),
    )
    log.info(line)


def _known_user(request: HttpRequest) -> str | None:
    """The id of whoever acts, if the request found out already; never a query for the log's sake."""
    user = getattr(request, "_cached_user", None) or vars(request).get("user")
    if user is None or issubclass(type(user), LazyObject) or user.pk is None:
        return None
    return str(user.pk)
