"""Every refusal as an RFC 9457 problem for programs and a page for people, in the same words.

A problem carries `code` (stable), `request_id` (to find the log line), `money_moved` (false: a refusal
rolls everything back; null only when a bug stopped the request and nobody can say) and, for bad input,
`errors` with a JSON pointer each.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from config.errors import Prerequisite, Refused

MEDIA_TYPE = "application/problem+json"
API_PREFIX = "/api/"
CHALLENGE = "Bearer"


class InputError(TypedDict):
    """One thing wrong with the input: where (`pointer` into the body, or a query `parameter`), and what."""

    code: str
    detail: str
    pointer: NotRequired[str]
    parameter: NotRequired[str]


class InvalidInput(Refused):
    """The input breaks the rules; `errors` says where."""

    code = "invalid_input"
    status = 400
    message = _("Something in the input is wrong. Nothing was done: correct it and send it again.")


class NotFound(Refused):
    """Nothing has this address, or not for this person."""

    code = "not_found"
    status = 404
    message = _("There is nothing here.")


class BadRequest(Refused):
    """The request itself is broken."""

    code = "bad_request"
    status = 400
    message = _("This request can't be understood. Nothing was done.")


class UnknownHost(Refused):
    """The Host header names none of the sites."""

    code = "unknown_host"
    status = 400
    message = _("This address is not served here.")


class BodyTooLarge(Refused):
    """The body is beyond the limit of its address."""

    code = "body_too_large"
    status = 413
    message = _("This is larger than can be taken. Nothing was done.")


class Forbidden(Refused):
    """The caller is known and may not do this."""

    code = "permission_denied"
    status = 403
    message = _("You may not do this. Nothing was done.")


class CsrfFailed(Refused):
    """A cookie came without the form token that belongs to it."""

    code = "csrf_failed"
    status = 403
    message = _("This form was open too long, or comes from another site. Nothing was done: load the page and send it again.")


class ServerError(Refused):
    """A bug. Whether money moved is not known here, so the problem says null and how to find out."""

    code = "server_error"
    status = 500
    message = _(
        "Something broke on our side. If you were paying, look at your activity first;"
        " sending the same request again with the same key never pays twice."
    )


class NotAuthenticated(Refused):
    """Nobody is signed in, or the token is void."""

    code = "not_authenticated"
    status = 401
    message = _("Sign in first.")


class MalformedJSON(Refused):
    """The body can't be read, or could be read in two ways."""

    code = "malformed_json"
    status = 400
    message = _("The body is not the JSON this API reads. Nothing was done.")


class MethodNotAllowed(Refused):
    """The address exists; the `Allow` header says for which methods."""

    code = "method_not_allowed"
    status = 405
    message = _("This address does not take this method.")


class NotAcceptable(Refused):
    """The address has several forms, but not the one asked for."""

    code = "not_acceptable"
    status = 406
    message = _("This address does not answer in the form you asked for.")


class UnsupportedMediaType(Refused):
    """The body is in another format than JSON."""

    code = "unsupported_media_type"
    status = 415
    message = _("Send the body as application/json.")


class Throttled(Refused):
    """Too often; `Retry-After` says in how many seconds again."""

    code = "throttled"
    status = 429
    message = _("Too many requests. Wait a little, then try again.")


# What Django and REST framework raise, as the refusal it is to a caller.
REFUSALS: dict[type[Exception], type[Refused]] = {
    exceptions.ParseError: MalformedJSON,
    exceptions.NotAuthenticated: NotAuthenticated,
    exceptions.AuthenticationFailed: NotAuthenticated,
    exceptions.PermissionDenied: Forbidden,
    exceptions.NotFound: NotFound,
    exceptions.MethodNotAllowed: MethodNotAllowed,
    exceptions.NotAcceptable: NotAcceptable,
    exceptions.UnsupportedMediaType: UnsupportedMediaType,
    exceptions.Throttled: Throttled,
    Http404: NotFound,
    PermissionDenied: Forbidden,
    RequestDataTooBig: BodyTooLarge,
    UnreadablePostError: BadRequest,
}


def wants_data(request: HttpRequest) -> bool:
    """Whether the answer is read by a program: the API, or a script that asks for JSON."""
    accepts = request.META.get("HTTP_ACCEPT", "")
    return request.path.startswith(API_PREFIX) or ("json" in accepts and "text/html" not in accepts)


def problem(request: HttpRequest, refusal: Refused) -> dict[str, Any]:
    """The members of the problem that stands for a refusal."""
    return {
        "type": f"{settings.PORTAL_ORIGIN}/problems/{refusal.code}",
        "title": title_of(refusal.code),
        "status": refusal.status,
        "detail": str(refusal),
        "instance": request.path,
        "code": refusal.code,
        "request_id": getattr(request, "request_id", None),
        "money_moved": None if isinstance(refusal, ServerError) else False,
        **({"errors": [_field_error(refusal)]} if refusal.field else {}),
        **refusal.extra,
    }


def title_of(code: str) -> str:
    """The name of a kind of problem, the same in every language and every occurrence."""
    return code.replace("_", " ").capitalize()


def refusal_response(request: HttpRequest, refusal: Refused, *, as_data: bool = False) -> HttpResponse:
    """The answer for a refusal outside REST framework: a problem for programs, a page for people."""
    if as_data or wants_data(request):
        return JsonResponse(problem(request, refusal), status=refusal.status, content_type=MEDIA_TYPE)
    template = f"errors/{refusal.status}.html"
    context = {"problem": problem(request, refusal)}
    return render(request, [template, "errors/problem.html"], context, status=refusal.status)


def refused_on_form(form: BaseForm, refusal: Refused) -> None:
    """Show a refusal on the form it came from, beside its field when it names one of the form's.

    For a view that shows its form again::

        try:
            return pay_once(request, form=form, work=...)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return render(request, "payments/send.html", {"form": form}, status=refusal.status)

    A refusal that a view does not catch becomes a page of its own.

    :raises Prerequisite: the one it was given; nothing that is typed into the form would help.
    """
    if isinstance(refusal, Prerequisite):
        raise refusal
    field = refusal.field if refusal.field in form.fields else None
    form.add_error(field, str(refusal))


def exception_handler(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's handler: the problem for any refusal; None lets a bug crash."""
    request: HttpRequest = context["request"]
    refusal = refusal_for(exception)
    if refusal is None:
        return None
    headers = {}
    if refusal.status == NotAuthenticated.status:  # RFC 9110 demands a challenge
        headers["WWW-Authenticate"] = context["view"].get_authenticate_header(request) or CHALLENGE
    if (wait_s := getattr(exception, "wait", None)) is not None:
        headers["Retry-After"] = str(wait_s)  # whole seconds, rounded up
    return Response(problem(request, refusal), status=refusal.status, headers=headers, content_type=MEDIA_TYPE)


def refusal_for(exception: Exception) -> Refused | None:
    """The refusal that an exception means to the caller, or None if it is a bug."""
    if isinstance(exception, Refused):
        return exception
    if isinstance(exception, exceptions.ValidationError):
        return InvalidInput(errors=list(input_errors(exception.detail)))
    for raised, kind in REFUSALS.items():
        if isinstance(exception, raised):
            return kind()
    if isinstance(exception, exceptions.APIException):
        refusal = Refused(str(exception.detail))
        refusal.code, refusal.status = exception.default_code, exception.status_code
        return refusal
    return None


def input_errors(detail: Any, pointer: str = "#") -> Iterator[InputError]:
    """Each leaf of a validation error's nested lists and mappings, with the JSON pointer of its place.

    REST framework keeps errors about an object as a whole under `non_field_errors`.
    """
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from input_errors(inner, pointer if name == "non_field_errors" else f"{pointer}/{_escaped(name)}")
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for index, inner in enumerate(detail):
            # A list holds either the errors of one place or, for a list field, mappings by position.
            yield from input_errors(inner, f"{pointer}/{index}" if isinstance(inner, Mapping) else pointer)
    else:
        yield {"pointer": pointer, "code": getattr(detail, "code", "invalid"), "detail": str(detail)}


def catalogue() -> list[type[Refused]]:
    """Every kind of refusal of the product, by code: what /problems/ documents."""
    kinds: dict[str, type[Refused]] = {}
    queue = list(Refused.__subclasses__())
    while queue:
        kind = queue.pop()
        queue.extend(kind.__subclasses__())
        if kind.code != Refused.code:  # else it is a family, not a kind
            kinds.setdefault(kind.code, kind)
    return [kinds[code] for code in sorted(kinds)]


def _field_error(refusal: Refused) -> InputError:
    return {"pointer": f"#/{_escaped(refusal.field or '')}", "code": refusal.code, "detail": str(refusal)}


def _escaped(name: object) -> str:
    """One reference token of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")
