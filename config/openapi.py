"""How views describe themselves in the OpenAPI schema: every operation with every way it can be refused."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.encoding import force_str
from drf_spectacular import openapi
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import AllowAny

from config.api import StrictSerializer
from config.errors import Refused
from config.idempotency import KEY, KEY_HEADER, KeyInProgress, KeyMissing, KeyReused
from config.pagination import BadCursor
from config.problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    Forbidden,
    InvalidInput,
    MalformedJSON,
    NotAuthenticated,
    NotFound,
    ServerError,
    Throttled,
    UnsupportedMediaType,
    title_of,
)

KEY_PARAMETER = OpenApiParameter(
    KEY_HEADER,
    {"type": "string", "minLength": 8, "maxLength": 100, "pattern": KEY.pattern},
    OpenApiParameter.HEADER,
    required=True,
    description="A text of your choice, 8 to 100 characters, new for each payment. The same key with the same request"
    " answers what it answered first and moves nothing again; try again with it after any unclear end.",
)

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A refused request (RFC 9457). Further members tell more about some codes.",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "money_moved"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Leads to the meaning of the code."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people, in the language they asked for."},
        "instance": {"type": "string", "description": "The path of the request."},
        "code": {"type": "string", "description": "Stable; decide by this."},
        "request_id": {"type": ["string", "null"], "description": "Name it when you ask for help."},
        "money_moved": {"type": ["boolean", "null"], "description": "False for a refusal; null only when nobody can say."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Where in the body: a JSON pointer as a URI fragment."},
                    "parameter": {"type": "string", "description": "Which query parameter."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def refuses[View: Callable[..., Any]](*kinds: type[Refused]) -> Callable[[View], View]:
    """Name the refusals that a view's method can answer with, for the schema.

    What every view of its kind can answer (401, bad input, a missing key) is known without.
    """

    def mark(method: View) -> View:
        method.refusals = (*kinds, *getattr(method, "refusals", ()))  # type: ignore[attr-defined]
        return method

    return mark


class AutoSchema(openapi.AutoSchema):
    """drf-spectacular's, plus problems, keys and the refusal of unknown keys."""

    def get_override_parameters(self) -> list[Any]:
        """The `Idempotency-Key` header, where it is demanded."""
        return [KEY_PARAMETER] if self._is_idempotent() else []

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        by_status: dict[int, list[type[Refused]]] = defaultdict(list)
        for kind in dict.fromkeys(self._refusals()):
            by_status[kind.status].append(kind)
        for status in sorted(by_status):
            responses.setdefault(str(status), self._problem(by_status[status]))
        return responses

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def _refusals(self) -> Iterable[type[Refused]]:
        yield from getattr(self._method(), "refusals", ())
        if not any(isinstance(permission, AllowAny) for permission in self.view.get_permissions()):
            yield from (NotAuthenticated, Forbidden)
            for authenticator in self.view.get_authenticators():
                yield from getattr(authenticator, "refusals", ())
        if "{" in self.path:
            yield NotFound
        if self.method in {"POST", "PUT", "PATCH"}:
            yield from (MalformedJSON, InvalidInput, BodyTooLarge, UnsupportedMediaType)
        elif self._is_list_view() and getattr(self.view, "pagination_class", None):
            yield from (InvalidInput, BadCursor)
        if self._is_idempotent():
            yield from (KeyMissing, KeyInProgress, KeyReused)
        if getattr(self.view, "throttle_scope", None):
            yield Throttled
        yield ServerError

    def _method(self) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self.view, getattr(self.view, "action", None) or self.method.lower())
        return method

    def _is_idempotent(self) -> bool:
        return getattr(self._method(), "is_idempotent", False)

    def _problem(self, kinds: list[type[Refused]]) -> dict[str, Any]:
        component = ResolvedComponent(name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM_SCHEMA)
        self.registry.register_on_missing(component)
        codes = {"type": "object", "properties": {"code": {"enum": [kind.code for kind in kinds]}}}
        return {
            "description": "\n".join(f"* `{kind.code}`: {force_str(kind.message)}" for kind in kinds),
            "content": {MEDIA_TYPE: {"schema": {"allOf": [component.ref, codes], "title": title_of(kinds[0].code)}}},
        }


class FilterExtension(DjangoFilterExtension):
    """Describes the filters of lists that have some, and asks the others for nothing."""

    target_class = "config.pagination.StrictFilterBackend"
    priority = 1

    def get_schema_operation_parameters(self, auto_schema: openapi.AutoSchema, *args: Any, **kwargs: Any) -> list[Any]:
        """The query parameters."""
        if getattr(auto_schema.view, "filterset_class", None) is None:
            return []
        parameters: list[Any] = super().get_schema_operation_parameters(  # type: ignore[no-untyped-call]
            auto_schema, *args, **kwargs
        )
        return parameters
