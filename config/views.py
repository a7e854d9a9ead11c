"""Answers that belong to no app: what went wrong, and what each kind of problem means."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.http import escape_leading_slashes
from django.views.decorators.http import require_safe

from config.errors import Refused
from config.problems import (
    BadRequest,
    BodyTooLarge,
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

HOST_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not served here</title></head>
<body><h1>Not served here</h1><p>This address is not served here.{hint}</p></body></html>
"""


def unknown_host(request: HttpRequest) -> HttpResponse:
    """400 for a host that is none of ours. Says nothing of the host that was asked for, nor of ours."""
    if wants_data(request):
        return refusal_response(request, UnknownHost(), as_data=True)
    hint = f" Open {settings.PORTAL_ORIGIN} instead." if settings.DEBUG else ""
    return HttpResponse(HOST_PAGE.format(hint=hint), status=400)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or what the exception more exactly is."""
    return refusal_response(request, (exception and refusal_for(exception)) or BadRequest())


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
