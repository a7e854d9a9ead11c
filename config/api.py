"""What every API view is made of: how input is read, and in which form it is answered."""

import codecs
import json
import math
from collections.abc import Iterable, Mapping
from typing import IO, Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import negotiation, parsers, serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from config.problems import BodyTooLarge, MalformedJSON

MAX_BODY_BYTES = 256 * 1024
MAX_DEPTH = 20  # objects and lists inside each other


class StrictJSONParser(parsers.BaseParser):
    """JSON as RFC 8259 means it, and nothing that two readers could read differently.

    Refused: keys that occur twice, NaN and Infinity, numbers beyond a double's range, nesting beyond `MAX_DEPTH`, bodies beyond
    `MAX_BODY_BYTES`, and characters no text column can hold (NUL, half a surrogate pair).
    """

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The body's value.

        :raises BodyTooLarge, MalformedJSON:
        """
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
        try:
            text = codecs.decode(body, "utf-8")
            value = json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_constant=_no_constant)
        except (ValueError, RecursionError):  # not UTF-8, not JSON, a number of thousands of digits, too deep
            raise MalformedJSON from None
        # Most bodies are small and flat: look closer only where something could be hidden.
        if "\\u" in text:
            _demand_text(value)
        if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
            raise MalformedJSON(_("The body is nested too deeply. Nothing was done."))
        return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise MalformedJSON(_("A key occurs twice in the same object. Nothing was done."))
    return value


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise MalformedJSON(_("A number is too large. Nothing was done."))
    return number


def _no_constant(name: str) -> NoReturn:
    raise MalformedJSON(_("NaN and Infinity are no JSON. Nothing was done."))


def _demand_text(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise MalformedJSON(_("The body holds a character that is no text. Nothing was done."))
    elif isinstance(value, dict):
        for name, inner in value.items():
            _demand_text(name)
            _demand_text(inner)
    elif isinstance(value, list):
        for inner in value:
            _demand_text(inner)


def _depth(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(_depth, children), default=0)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses keys it does not know, read-only ones too: a misspelt key must not be a silent default."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values.

        :raises ValidationError: with the unknown keys beside the wrong values.
        """
        writable = {field.field_name for field in self._writable_fields}
        unknown = set(data) - writable if isinstance(data, Mapping) else set()
        no_such_field = [ErrorDetail(gettext("There is no such field."), code="unknown_field")]
        errors: dict[str, Any] = {str(name): no_such_field for name in unknown}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **errors} if isinstance(error.detail, dict) else error.detail) from None
        if errors:
            raise ValidationError(errors)
        return values


class NothingInput(StrictSerializer):
    """Nothing: no body, or an empty object."""


def read(request: Request, input_class: type[StrictSerializer]) -> dict[str, Any]:
    """The body's values.

    :raises ValidationError: what the serializer refuses.
    """
    serializer = input_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    values: dict[str, Any] = serializer.validated_data
    return values


def django_request(request: Request) -> HttpRequest:
    """What REST framework wraps: allauth works and counts on it."""
    http: HttpRequest = request._request  # noqa: SLF001 there is no other way to it
    return http


class JSONUnlessChosen(negotiation.DefaultContentNegotiation):
    """Views with one renderer answer in it whatever `Accept` says; others negotiate (`?format=csv`)."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer and its media type."""
        choices = list(renderers)
        if len(choices) == 1:
            return choices[0], choices[0].media_type
        return super().select_renderer(request, choices, format_suffix)
