"""The API's tokens: an access token for fifteen minutes, and a refresh token that works once.

Both are signed with one fixed algorithm and say who issued them, for whom, and for what use. They are
nothing without their session: an access token is good while the session lives, and each refresh
replaces the token before it. A refresh token that comes back after it was replaced has been copied
by somebody, so the session ends.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal

import jwt
from allauth.headless.tokens.strategies.base import AbstractTokenStrategy
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session as DjangoSession
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Session, TokenFamily, User
from accounts.sessions import bearer, end_sessions
from audit import trail
from config.sealing import derive_key

ALGORITHM = "HS256"
REQUIRED = ["iss", "aud", "exp", "iat", "jti", "sid", "token_use", "user_id"]
# A client that refreshes twice at once, or repeats a call whose answer got lost, is no thief.
LEEWAY = dt.timedelta(seconds=10)

Use = Literal["access", "refresh"]


class TokenError(Exception):
    """The token is not ours, not for this use, or out of date; `code` says which."""

    def __init__(self, code: Literal["token_invalid", "token_expired"]) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `session_id` is the key of a `Session`."""

    token_id: uuid.UUID
    user_id: uuid.UUID
    session_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a signed-in client holds."""

    access_token: str
    refresh_token: str
    user: User


def issue_access_token(user: User, *, session_id: uuid.UUID, now: dt.datetime) -> str:
    """A token for one session, good for `ACCESS_TOKEN_LIFETIME` while the session lives."""
    return _sign(user, session_id=session_id, use="access", token_id=uuid.uuid4(), now=now)


def issue_token_pair(user: User, *, session: Session, now: dt.datetime) -> TokenPair:
    """Tokens for a session that was just signed in. An earlier refresh token of this session is void."""
    token_id = uuid.uuid4()
    TokenFamily.objects.update_or_create(
        session=session, defaults={"token_id": token_id, "spent_token_id": None, "rotated_at": now}
    )
    return TokenPair(
        access_token=issue_access_token(user, session_id=session.pk, now=now),
        refresh_token=_sign(user, session_id=session.pk, use="refresh", token_id=token_id, now=now),
        user=user,
    )


def verify(token: str, *, use: Use) -> Claims:
    """Check everything a token can prove by itself: signature, algorithm, issuer, audience, use and time.

    :raises TokenError: any of them is wrong.
    """
    try:
        payload = _decode(token, use)
    except jwt.ExpiredSignatureError as error:
        raise TokenError("token_expired") from error
    except jwt.PyJWTError as error:
        raise TokenError("token_invalid") from error
    try:
        claims = Claims(uuid.UUID(payload["jti"]), uuid.UUID(payload["user_id"]), uuid.UUID(payload["sid"]))
    except (TypeError, ValueError, AttributeError) as error:
        raise TokenError("token_invalid") from error
    if payload["token_use"] != use:
        raise TokenError("token_invalid")
    return claims


def rotate(refresh_token: str, *, now: dt.datetime) -> TokenPair | None:
    """Exchange a refresh token for a new pair; of several tries at once exactly one succeeds.

    None means refused. Used again after the leeway, the whole session is ended, in a commit of its own.
    """
    try:
        claims = verify(refresh_token, use="refresh")
    except TokenError:
        return None
    with transaction.atomic():
        token_id = uuid.uuid4()
        # Its lock orders the tries, and those to end it: the second finds the token replaced, or no session.
        session = Session.objects.select_for_update().filter(pk=claims.session_id, user=claims.user_id).first()
        if session is None:
            return None
        won = TokenFamily.objects.filter(session_id=claims.session_id, token_id=claims.token_id).update(
            token_id=token_id, spent_token_id=claims.token_id, rotated_at=now
        )
        if not won:
            _end_if_copied(session, claims, now=now)
            return None
        user = bearer(session_id=claims.session_id, user_id=claims.user_id, now=now)
        if user is None:
            transaction.set_rollback(True)
            return None
        _prolong(session, now=now)
    return TokenPair(
        access_token=issue_access_token(user, session_id=claims.session_id, now=now),
        refresh_token=_sign(user, session_id=claims.session_id, use="refresh", token_id=token_id, now=now),
        user=user,
    )


def _end_if_copied(session: Session, claims: Claims, *, now: dt.datetime) -> None:
    family = TokenFamily.objects.filter(session=session).first()
    if family is None or (family.spent_token_id == claims.token_id and now - family.rotated_at <= LEEWAY):
        return
    user = session.user
    end_sessions([session], now=now)
    trail.record(
        "session.ended",
        actor=None,
        resource=user,
        customer_id=user.pk,
        now=now,
        metadata={"session": str(claims.session_id), "reason": "refresh_token_reused"},
    )


def _prolong(session: Session, *, now: dt.datetime) -> None:
    """A session in use lives on: as long from here as the refresh token that was just made."""
    origin = trail.origin.get()
    Session.objects.filter(pk=session.pk).update(
        last_seen_at=now, **({"ip_address": origin.ip_address} if origin.ip_address else {}), user_agent=origin.user_agent[:400]
    )
    DjangoSession.objects.filter(session_key=session.session_key).update(expire_date=now + settings.REFRESH_TOKEN_LIFETIME)


def _sign(user: User, *, session_id: uuid.UUID, use: Use, token_id: uuid.UUID, now: dt.datetime) -> str:
    lifetime = settings.ACCESS_TOKEN_LIFETIME if use == "access" else settings.REFRESH_TOKEN_LIFETIME
    payload = {
        "iss": settings.TOKEN_ISSUER,
        "aud": _audience(use),
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "jti": str(token_id),
        "sid": str(session_id),
        "token_use": use,
        "user_id": str(user.pk),
    }
    if use == "access":
        payload["customer_number"] = user.customer_number
    return jwt.encode(payload, _signing_key(settings.SECRET_KEY), algorithm=ALGORITHM)


def _decode(token: str, use: Use) -> dict[str, Any]:  # JSON values
    """The token's claims, signed with today's key or with one that it has just replaced."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return jwt.decode(
                token,
                _signing_key(secret),
                algorithms=[ALGORITHM],
                audience=_audience(use),
                issuer=settings.TOKEN_ISSUER,
                options={"require": REQUIRED, "enforce_minimum_key_length": True},
            )
        except jwt.InvalidSignatureError:
            continue
    raise jwt.InvalidSignatureError


def _audience(use: Use) -> str:
    """Each use is its own audience, so that neither token passes for the other anywhere."""
    return f"{settings.TOKEN_ISSUER}/{'api' if use == 'access' else 'auth'}"


@lru_cache(maxsize=4)
def _signing_key(secret: str) -> bytes:
    return derive_key(secret, "tokens")


class TokenStrategy(AbstractTokenStrategy):
    """Gives allauth's API flows our tokens, and only the sessions our own views hand them."""

    def get_session_token(self, request: HttpRequest) -> str | None:
        """The half-made sign-in that a view resumes; never a header, which could name a signed-in session."""
        return getattr(request, "pending_sign_in", None)

    def create_session_token(self, request: HttpRequest) -> str:
        if not request.session.session_key:
            request.session.save()
        return str(request.session.session_key)

    def lookup_session(self, session_token: str) -> SessionBase | None:
        store: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_token)
        signed_in = store.get(SESSION_KEY)
        return None if signed_in or not store.session_key else store

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any] | None:  # allauth's signature
        user = request.user
        if not isinstance(user, User):
            return None
        session = Session.objects.get(session_key=request.session.session_key)
        pair = issue_token_pair(user, session=session, now=timezone.now())
        return {"access_token": pair.access_token, "refresh_token": pair.refresh_token}
