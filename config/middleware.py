"""What happens around every request: its id, where it came from, its log line, headers of every answer."""

import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.functional import LazyObject
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from audit.trail import Origin, origin
from config import logs, views
from config.errors import Refused
from config.health import PROBES
from config.problems import API_PREFIX, refusal_response
from config.security import DATA_POLICY, PERMISSIONS_POLICY

log = logging.getLogger("florin.request")

# Short, and nothing a log or a header could be broken with.
OPAQUE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestMiddleware:
    """The outermost layer, so that what it adds is on errors, refusals and static files too.

    Behind `TRUSTED_PROXIES` proxies of ours, the nearest one's `X-Request-ID` and the address that the
    farthest one saw are believed; without any, both headers are ignored. `X-Device-ID` is an app's own name for the
    device it runs on: noted with what is done, and nothing else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.proxies: int = settings.TRUSTED_PROXIES
        self.headers = {name.lower(): (name, value) for name, value in _headers_of_every_answer().items()}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started_ns = time.perf_counter_ns()
        request_id = self._request_id(request)
        request.request_id = request_id  # type: ignore[attr-defined]
        came_from = origin.set(self._origin(request))
        named = logs.request_id.set(request_id)
        try:
            response = self.get_response(request)
            # Past the mapping's own setter, which checks these constants anew each time: a tenth of its cost.
            present = response.headers._store  # noqa: SLF001
            for name, header in self.headers.items():
                present.setdefault(name, header)
            response.headers["X-Request-ID"] = request_id
            if request.path_info not in PROBES:
                _write_line(request, response, request_id, started_ns)
        finally:
            logs.request_id.reset(named)
            origin.reset(came_from)
        return response

    def _request_id(self, request: HttpRequest) -> str:
        sent = request.META.get("HTTP_X_REQUEST_ID") if self.proxies else None
        return sent if sent and OPAQUE_ID.fullmatch(sent) else secrets.token_hex(16)

    def _origin(self, request: HttpRequest) -> Origin:
        device_id = request.META.get("HTTP_X_DEVICE_ID", "")
        return Origin(
            self._client_address(request),
            request.META.get("HTTP_USER_AGENT", ""),
            device_id if OPAQUE_ID.fullmatch(device_id) else "",
        )

    def _client_address(self, request: HttpRequest) -> str | None:
        """The address our outermost proxy saw, or the peer's; None when it is no address (a socket file)."""
        address: str = request.META.get("REMOTE_ADDR", "")
        if self.proxies:
            hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
            # Fewer hops than proxies: the request came around them, and the header is the caller's invention.
            if len(hops) >= self.proxies:
                address = hops[-self.proxies].strip()
        return _valid_address(address)


class LanguageMiddleware(LocaleMiddleware):
    """Django's, with a short way for the API: there the language is the caller's `Accept-Language`, and no cookie's."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API_PREFIX):
            return cast("HttpResponse", super().__call__(request))  # nothing here is asynchronous
        accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
        # As long as what browsers send; a longer one is no language and would only fill the memory.
        translation.activate(_first_spoken(accepted[:100]))
        return cast("HttpResponse", self.get_response(request))


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


@lru_cache(maxsize=256)
def _first_spoken(accepted: str) -> str:
    """The first of ours in an `Accept-Language` header."""
    for language, _weight in parse_accept_lang_header(accepted):
        with suppress(LookupError):
            return settings.LANGUAGE_CODE if language == "*" else get_supported_language_variant(language)
    return settings.LANGUAGE_CODE


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
