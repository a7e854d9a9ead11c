"""The schema is true (E3): valid, without a warning, and every operation with every way to be refused."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from config import reference
from config.problems import catalogue

pytestmark = pytest.mark.django_db
OPEN_TO_ALL = {
    "/api/auth/login", "/api/auth/register", "/api/auth/refresh", "/api/auth/verify", "/api/auth/logout", "/api/auth/ethereum",
    "/api/auth/ethereum/nonce", "/api/auth/provider", "/api/auth/provider/nonce", "/api/auth/phone", "/api/auth/phone/verify",
    "/api/auth/second-factor", "/api/auth/second-factor/options", "/api/auth/passkey", "/api/auth/passkey/options",
    "/api/texts",
    "/api/auth/register/passkey", "/api/auth/register/passkey/options",
    "/api/auth/device-link", "/api/auth/device-link/open",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The whole schema, as a client reads it."""
    out = io.StringIO()
    call_command("spectacular", "--format", "openapi-json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                yield path, method, operation


def codes(operation: dict[str, Any], status: str) -> set[str]:
    content = operation["responses"][status]["content"]
    assert list(content) == ["application/problem+json"], operation["operationId"]
    reference_to_problem, own = content["application/problem+json"]["schema"]["allOf"]
    assert reference_to_problem == {"$ref": "#/components/schemas/Problem"}
    return set(own["properties"]["code"]["enum"])


def test_is_valid_and_made_without_a_warning(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")
    assert (GENERATOR_STATS._warn_cache, GENERATOR_STATS._error_cache) == ({}, {})


def test_names_every_operation_once(schema: dict[str, Any]) -> None:
    names = [operation["operationId"] for _path, _method, operation in operations(schema)]
    assert len(names) == len(set(names)) > 20


def test_says_how_each_operation_is_refused(schema: dict[str, Any]) -> None:
    known = {kind.code: kind.status for kind in catalogue()}
    for path, method, operation in operations(schema):
        refused = [status for status in operation["responses"] if int(status) >= 400]
        for status in refused:
            assert {known[code] for code in codes(operation, status)} == {int(status)}, (path, method)
        assert "server_error" in codes(operation, "500")
        if path not in OPEN_TO_ALL:
            assert "not_authenticated" in codes(operation, "401"), path
            assert operation["security"], path
        if "{" in path:
            assert "404" in refused, path
        if "requestBody" in operation:
            assert codes(operation, "400") >= {"malformed_json", "invalid_input"}, path
            assert {"413", "415"} <= set(refused), path


def test_demands_a_key_where_a_key_is_demanded(schema: dict[str, Any]) -> None:
    keyed = set()
    for path, method, operation in operations(schema):
        headers = [each for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key"]
        if headers:
            (header,) = headers
            assert (header["in"], header["required"]) == ("header", True)
            assert header["schema"]["maxLength"] == 100
            assert "idempotency_key_missing" in codes(operation, "400")
            assert "idempotency_in_progress" in codes(operation, "409")
            assert "idempotency_key_reused" in codes(operation, "422")
            keyed.add(f"{method} {path}")
    assert keyed >= {
        "post /api/transfers",
        "post /api/transactions/{transaction_id}/refunds",
        "post /api/charges/{charge_id}/payments",
    }


def test_forbids_unknown_keys_in_every_body(schema: dict[str, Any]) -> None:
    bodies = [operation["requestBody"] for _path, _method, operation in operations(schema) if "requestBody" in operation]
    assert bodies
    for body in bodies:
        (content,) = body["content"].values()
        name = content["schema"]["$ref"].rsplit("/", 1)[-1]
        assert schema["components"]["schemas"][name]["additionalProperties"] is False, name


def test_pages_every_list_the_same_way(schema: dict[str, Any]) -> None:
    paged = 0
    for _path, _method, operation in operations(schema):
        names = {each["name"] for each in operation.get("parameters", [])}
        if "cursor" in names:
            paged += 1
            assert "page_size" in names
            assert "bad_cursor" in codes(operation, "400")
    assert paged >= 3


@pytest.mark.parametrize(
    ("query", "media_type"), [("", "application/vnd.oai.openapi"), ("?format=json", "application/vnd.oai.openapi+json")]
)
def test_serves_the_schema_in_both_forms(client: Client, schema: dict[str, Any], query: str, media_type: str) -> None:
    answer = client.get(f"/api/schema/{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
    assert yaml.safe_load(answer.content)["paths"].keys() == schema["paths"].keys()


def test_makes_the_schema_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/api/schema/").content
    monkeypatch.setattr(reference.SchemaView, "generator_class", None)
    assert client.get("/api/schema/").content == first


def test_shows_the_schema_as_a_page_without_inline_scripts(client: Client) -> None:
    answer = client.get("/api/docs/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "swagger-ui" in page
    assert "<script>" not in page
    script = client.get("/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert client.options("/api/docs/").status_code == 405
