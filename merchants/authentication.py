"""Programs that call the API with a store's key."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.authentication import SCHEME, AccessTokenAuthentication, person
from merchants.errors import ApiKeyRefused
from merchants.models import ApiKey
from merchants.models.integration import KEY_PREFIX
from merchants.operations import find_api_key
from merchants.roles import Actor


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer flk_...`. `request.user` is the key: no person is there."""

    refusals = (ApiKeyRefused,)

    def authenticate(self, request: Request) -> tuple[ApiKey, ApiKey] | None:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower() or not text.strip().startswith(KEY_PREFIX):
            return None
        key = find_api_key(text.strip(), now=timezone.now())
        if key is None:
            raise ApiKeyRefused
        return key, key

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="florin"'


class ForPrograms:
    """A view that takes a store's key as well as a person's token."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (ApiKeyAuthentication, AccessTokenAuthentication)


def actor_of(request: Request) -> Actor:
    """Who calls: a person, or a program with a key."""
    user: object = request.user
    return user if isinstance(user, ApiKey) else person(request)


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """Tells the OpenAPI schema about keys."""

    target_class = "merchants.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # drf-spectacular's signature
        return {"type": "http", "scheme": "bearer", "bearerFormat": "flk_..."}
