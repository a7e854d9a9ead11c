"""Refusals as RFC 9457 problems (E6), in the same words on pages, and the strictness of input (R28)."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import gettext_lazy, override
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from config import views
from config.api import MAX_BODY_BYTES, StrictSerializer
from config.errors import Refused
from config.middleware import RefusalMiddleware
from config.problems import catalogue, input_errors, refused_on_form, title_of


class TooDear(Refused):
    """An example with everything a refusal can carry."""

    code = "too_dear"
    status = 402
    message = "That costs too much. No money moved."


class Line(StrictSerializer):
    """A nested input."""

    count = serializers.IntegerField(min_value=1)
    total = serializers.CharField(read_only=True)


class Order(StrictSerializer):
    """An input."""

    name = serializers.CharField(max_length=5)
    lines = Line(many=True, required=False)
    line = Line(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=3), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["name"] == "both":
            raise serializers.ValidationError("Not both.", code="not_both")
        return attrs


class Orders(APIView):
    """Takes an order."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    def post(self, request: Request) -> Response:
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.validated_data, status=201)


def post(body: bytes | str | dict[str, Any], content_type: str = "application/json") -> Response:
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    answer = Orders.as_view()(APIRequestFactory().post("/api/orders", raw, content_type=content_type))
    assert isinstance(answer, Response)
    answer.render()
    return answer


def raising(exception: Exception) -> Response:
    class View(APIView):
        permission_classes = (AllowAny,)
        authentication_classes = ()

        def get(self, request: Request) -> Response:
            raise exception

    answer = View.as_view()(APIRequestFactory().get("/api/orders/7"))
    assert isinstance(answer, Response)
    answer.render()
    return answer


def problem_of(answer: Any) -> dict[str, Any]:  # a response of whichever client asked
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(answer.content)
    assert found["status"] == answer.status_code
    assert found["type"] == f"{settings.PORTAL_ORIGIN}/problems/{found['code']}"
    assert found["title"] == title_of(found["code"])
    return found


def test_says_all_that_a_refusal_carries() -> None:
    found = problem_of(raising(TooDear(field="amount", price="12.50")))
    assert found == {
        "type": f"{settings.PORTAL_ORIGIN}/problems/too_dear",
        "title": "Too dear",
        "status": 402,
        "detail": "That costs too much. No money moved.",
        "instance": "/api/orders/7",
        "code": "too_dear",
        "request_id": None,
        "money_moved": False,
        "errors": [{"pointer": "#/amount", "code": "too_dear", "detail": "That costs too much. No money moved."}],
        "price": "12.50",
    }


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (Http404("secret row 7"), 404, "not_found"),
        (PermissionDenied("secret"), 403, "permission_denied"),
        (exceptions.NotFound("secret"), 404, "not_found"),
        (exceptions.PermissionDenied("secret"), 403, "permission_denied"),
        (exceptions.ParseError("secret"), 400, "malformed_json"),
        (exceptions.MethodNotAllowed("PATCH"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable("secret"), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("secret/type"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=7), 429, "throttled"),
        (RequestDataTooBig("secret"), 413, "body_too_large"),
    ],
)
def test_turns_what_libraries_raise_into_problems_without_their_words(exception: Exception, status: int, code: str) -> None:
    found = problem_of(raising(exception))
    assert (found["status"], found["code"], found["money_moved"]) == (status, code, False)
    assert "secret" not in json.dumps(found)


def test_says_how_long_to_wait() -> None:
    assert raising(exceptions.Throttled(wait=6.2)).headers["Retry-After"] == "7"


def test_challenges_whoever_is_not_signed_in() -> None:
    answer = raising(exceptions.NotAuthenticated("secret"))
    assert (problem_of(answer)["code"], answer.status_code) == ("not_authenticated", 401)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
def test_challenges_for_a_token_that_is_void(client: Client) -> None:
    answer = client.get("/api/me", headers={"Authorization": "Bearer nonsense"})
    assert problem_of(answer)["status"] == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_lets_a_bug_crash() -> None:
    with pytest.raises(ZeroDivisionError):
        raising(ZeroDivisionError())


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, [("#/name", "required")]),
        ({"name": ""}, [("#/name", "blank")]),
        ({"name": None}, [("#/name", "null")]),
        ({"name": "too long"}, [("#/name", "max_length")]),
        ({"name": "both"}, [("#", "not_both")]),
        ({"name": "tea", "nmae": 1}, [("#/nmae", "unknown_field")]),
        ({"name": "", "a/b~c": 1}, [("#/name", "blank"), ("#/a~1b~0c", "unknown_field")]),
        ({"name": "tea", "line": {"count": 0}}, [("#/line/count", "min_value")]),
        ({"name": "tea", "line": {"count": 1, "total": "9"}}, [("#/line/total", "unknown_field")]),
        ({"name": "tea", "lines": [{"count": 1}, {"count": "x"}]}, [("#/lines/1/count", "invalid")]),
        ({"name": "tea", "lines": [{"count": 1, "price": 0}]}, [("#/lines/0/price", "unknown_field")]),
        ({"name": "tea", "lines": {}}, [("#/lines", "not_a_list")]),
        ({"name": "tea", "tags": ["abc", "abcd"]}, [("#/tags/1", "max_length")]),
    ],
)
def test_points_to_each_thing_that_is_wrong(body: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    found = problem_of(post(body))
    assert (found["status"], found["code"]) == (400, "invalid_input")
    assert [(error["pointer"], error["code"]) for error in found["errors"]] == errors


@pytest.mark.parametrize("body", ["[]", '"text"', "7", "null", "true"])
def test_refuses_a_body_that_is_no_object(body: str) -> None:
    found = problem_of(post(body))
    assert (found["status"], found["errors"][0]["pointer"]) == (400, "#")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'name': 'tea'}",
        b'{"name": "tea",}',
        b'{"name": "tea"} {"name": "tea"}',
        b'{"name": "tea", "name": "two"}',
        b'{"name": "tea", "line": {"count": 1, "count": 2}}',
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": -Infinity}',
        b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}',
        b'{"\\udfff": "x"}',
        b'{"name": "tea", "tags": [["\\ud83d"]]}',
        b'{"name": "t\x00a"}',
        b'{"name": "\xff"}',
        b'\xef\xbb\xbf{"name": "tea"}',
        '{"name": "tea"}'.encode("utf-16"),
        b'{"name": ' + b"[" * 21 + b"]" * 21 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
        b'{"name": ' + b"9" * 5000 + b"}",
        b"",
        b" ",
    ],
)
def test_refuses_json_that_could_be_read_in_two_ways_or_not_at_all(body: bytes) -> None:
    answer = post(body)
    assert answer.status_code == 400
    if body.strip():
        assert problem_of(answer)["code"] == "malformed_json"


def test_reads_ordinary_json() -> None:
    body = {"name": "ä😀", "lines": [{"count": 1}] * 30}
    answer = post(json.dumps(body))  # with escapes
    assert (answer.status_code, json.loads(answer.content)) == (201, body)
    assert json.loads(post(json.dumps(body, ensure_ascii=False)).content) == body


def test_refuses_a_body_beyond_the_limit() -> None:
    fits = b'{"name": "tea"' + b" " * (MAX_BODY_BYTES - 15) + b"}"
    assert post(fits).status_code == 201
    assert problem_of(post(fits + b" "))["code"] == "body_too_large"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "json",
        "text/json",
    ],
)
def test_takes_no_other_format(content_type: str) -> None:
    found = problem_of(post('{"name": "tea"}', content_type))
    assert (found["status"], found["code"]) == (415, "unsupported_media_type")


def test_points_into_errors_of_any_shape() -> None:
    detail = {"a": [exceptions.ErrorDetail("x", code="c")], "non_field_errors": ["y"], "b": {"c": [{}, {"d": ["z"]}]}}
    assert list(input_errors(detail)) == [
        {"pointer": "#/a", "code": "c", "detail": "x"},
        {"pointer": "#", "code": "invalid", "detail": "y"},
        {"pointer": "#/b/c/1/d", "code": "invalid", "detail": "z"},
    ]


# --- outside REST framework ---


@pytest.mark.django_db
def test_answers_an_unknown_address_of_the_api_with_a_problem(client: Client) -> None:
    answer = client.get("/api/nothing/here")
    found = problem_of(answer)
    assert found["code"] == "not_found"
    assert found["request_id"] == answer.headers["X-Request-ID"]


@pytest.mark.django_db
def test_answers_an_unknown_page_with_a_page(client: Client) -> None:
    answer = client.get("/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["X-Request-ID"] in answer.content.decode()


@pytest.mark.django_db
def test_answers_a_script_that_asks_for_json_with_a_problem(client: Client) -> None:
    assert problem_of(client.get("/nothing/here", headers={"Accept": "application/json"}))["code"] == "not_found"
    browser = "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"
    assert client.get("/nothing", headers={"Accept": browser}).headers["Content-Type"].startswith("text/html")


def test_says_on_a_page_what_the_api_says() -> None:
    refusal = TooDear()
    page = RefusalMiddleware(lambda _request: HttpResponse()).process_exception(RequestFactory().get("/pay/"), refusal)
    assert page is not None
    assert page.status_code == 402
    assert refusal.message in page.content.decode()
    assert "No money moved" in page.content.decode()


@pytest.mark.parametrize(
    ("exception", "status"), [(Http404(), 404), (PermissionDenied(), 403), (RequestDataTooBig(), 413), (KeyError(), None)]
)
def test_renders_what_a_page_lets_through_except_bugs(exception: Exception, status: int | None) -> None:
    page = RefusalMiddleware(lambda _request: HttpResponse()).process_exception(RequestFactory().get("/pay/"), exception)
    assert (page and page.status_code) == status


def test_keeps_the_cause_of_a_bug_to_itself() -> None:
    page = views.server_error(RequestFactory().get("/pay/"))
    assert page.status_code == 500
    assert "Something broke" in page.content.decode()
    found = problem_of(views.server_error(RequestFactory().get("/api/payments")))
    assert found["code"] == "server_error"
    assert found["money_moved"] is None  # a bug after the commit can't say


@pytest.mark.django_db
def test_answers_a_bug_with_a_problem_or_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_arguments: object) -> None:
        raise ZeroDivisionError("secret of the program")

    monkeypatch.setattr("config.reference._written", break_down)
    monkeypatch.setattr("config.views.catalogue", break_down)
    client = Client(raise_request_exception=False)
    for path in ("/api/schema/", "/problems/"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "secret" not in answer.content.decode()
        assert answer.headers["X-Request-ID"] in answer.content.decode()
    assert problem_of(client.get("/api/schema/"))["code"] == "server_error"


@pytest.mark.django_db
def test_refuses_a_form_without_its_token() -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/login/", {"login": "alice@example.com"})
    assert answer.status_code == 403
    assert "Nothing was done" in answer.content.decode()
    assert "Reason given for failure" not in answer.content.decode()


def test_says_it_in_the_readers_language_and_names_it_in_one() -> None:
    with override("pt-br"):
        found = problem_of(raising(TooDear(gettext_lazy("Enter a valid value."))))
    assert (found["title"], found["detail"]) == ("Too dear", "Informe um valor válido.")


class Amount(forms.Form):
    """A form with one field."""

    amount = forms.CharField()


def test_shows_a_refusal_beside_its_field_or_above_the_form() -> None:
    form = Amount({"amount": "1"})
    refused_on_form(form, TooDear(field="amount"))
    refused_on_form(form, TooDear(field="unknown"))
    assert form.errors == {"amount": [TooDear.message], "__all__": [TooDear.message]}


# --- the catalogue ---


def test_documents_every_kind_of_refusal(client: Client, db: None) -> None:
    kinds = [kind for kind in catalogue() if not kind.__module__.startswith("tests.")]
    assert {"not_found", "invalid_input", "insufficient_funds", "idempotency_key_reused"} <= {kind.code for kind in kinds}
    listed = client.get("/problems/").content.decode()
    for kind in kinds:
        page = client.get(f"/problems/{kind.code}")
        assert page.status_code == 200, kind
        assert kind.code in listed
        assert title_of(kind.code) in page.content.decode()
    assert client.get("/problems/no_such_code").status_code == 404


def kinds_of(family: type[Refused]) -> Iterator[type[Refused]]:
    for kind in family.__subclasses__():
        yield from kinds_of(kind)
        if kind.code != Refused.code and not kind.__module__.startswith("tests."):
            yield kind


def test_gives_each_code_one_status_and_words_of_its_own() -> None:
    statuses: dict[str, set[int]] = {}
    for kind in kinds_of(Refused):
        statuses.setdefault(kind.code, set()).add(kind.status)
        assert re.fullmatch("[a-z]+(_[a-z]+)*", kind.code), kind
        assert str(kind.message) != str(Refused.message), kind
        assert 400 <= kind.status < 600, kind
    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}
