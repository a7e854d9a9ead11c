"""Answers that belong to no app: what went wrong, and what each kind of problem means."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.html import format_html
from django.utils.http import escape_leading_slashes
from django.utils.translation import get_language_from_request, gettext, override
from django.views.decorators.http import require_safe

from config.errors import Refused
from config.problems import (
    BadRequest,
    CsrfFailed,
    Forbidden,
    NotFound,
    ServerError,
    UnknownHost,
    catalogue,
    problem,
    refusal_for,
    refusal_response,
    title_of,
    wants_data,
)

# Neither stylesheet nor layout: both would have to come from a host that is not ours.
HOST_PAGE = """<!doctype html>
<html lang="{}"><head><meta charset="utf-8"><title>Florin</title></head>
<body><h1>{}</h1><p>{}</p></body></html>
"""


def unknown_host(request: HttpRequest) -> HttpResponse:
    """400 for a host that is none of ours. Says nothing of the host that was asked for, nor of ours."""
    language = get_language_from_request(request)  # the layers that activate it are not reached
    with override(language):
        if wants_data(request):
            return refusal_response(request, UnknownHost(), as_data=True)
        way_out = gettext("Open %(address)s instead.") % {"address": settings.PORTAL_ORIGIN} if settings.DEBUG else ""
        return HttpResponse(format_html(HOST_PAGE, language, UnknownHost.message, way_out), status=UnknownHost.status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or what the exception more exactly is."""
    refusal = refusal_for(exception) if exception else None
    return refusal_response(request, refusal or BadRequest())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return refusal_response(request, Forbidden())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without the token that our page gave it."""
    return refusal_response(request, CsrfFailed())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return refusal_response(request, NotFound())


def unknown_path(request: HttpRequest) -> HttpResponse:
    """The last pattern of each site: the same 404 for whatever is not there, with DEBUG and without.

    An address that only lacks its last slash is sent there.
    """
    path = f"{request.path_info}/"
    if request.method in {"GET", "HEAD"} and not request.path_info.endswith("/"):
        try:
            found = resolve(path, getattr(request, "urlconf", None))
        except Resolver404:
            return not_found(request)
        if found.func is not unknown_path:
            return HttpResponsePermanentRedirect(escape_leading_slashes(request.get_full_path(force_append_slash=True)))
    return not_found(request)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. Uses neither the database nor the session: either may be what broke."""
    refusal = ServerError()
    if wants_data(request):
        return refusal_response(request, refusal, as_data=True)
    return HttpResponse(render_to_string("errors/500.html", {"problem": problem(request, refusal)}), status=500)


@require_safe
def problem_list(request: HttpRequest) -> HttpResponse:
    """What every code of the API means."""
    return render(request, "config/problems.html", {"problems": [_description(kind) for kind in catalogue()]})


@require_safe
def problem_type(request: HttpRequest, code: str) -> HttpResponse:
    """What one code means: where a problem's `type` leads."""
    for kind in catalogue():
        if kind.code == code:
            return render(request, "config/problems.html", {"problems": [_description(kind)], "single": True})
    raise Http404


def _description(kind: type[Refused]) -> dict[str, object]:
    return {"code": kind.code, "title": title_of(kind.code), "status": kind.status, "message": kind.message}
