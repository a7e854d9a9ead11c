"""Who calls the API."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts import tokens
from accounts.errors import SessionEnded, TokenExpired, TokenInvalid
from accounts.models import User
from accounts.sessions import bearer, note_activity
from audit import trail
from config.problems import NotAuthenticated

SCHEME = "Bearer"
REFUSALS = {"token_invalid": TokenInvalid, "token_expired": TokenExpired}


def person(request: HttpRequest | Request) -> User:
    """The signed-in person, in a view that only signed-in people reach.

    :raises NotAuthenticated: the view forgot to see to that.
    """
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`, and nothing else: a browser's cookies are not read here.

    One query proves that the session behind the token lives and its person is active, so signing out,
    suspension and a new password hold for the very next request. Every few minutes another two note that the person was
    here. `request.auth` is the token's `Claims`.
    """

    refusals = (TokenInvalid, TokenExpired, SessionEnded)

    def authenticate(self, request: Request) -> tuple[User, tokens.Claims] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        try:
            claims = tokens.verify(token.strip(), use="access")
        except tokens.TokenError as refusal:
            raise REFUSALS[refusal.code] from refusal
        now = timezone.now()
        user = bearer(session_id=claims.session_id, user_id=claims.user_id, now=now)
        if user is None:
            raise SessionEnded
        note_activity(user, pk=claims.session_id, now=now)
        trail.signed_in_by(session_id=claims.session_id)
        return user, claims

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="florin"'


class AccessTokenScheme(OpenApiAuthenticationExtension):
    """Tells the OpenAPI schema about access tokens."""

    target_class = "accounts.authentication.AccessTokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # drf-spectacular's signature
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
