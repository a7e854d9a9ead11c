"""Ways in for tests: a person's browser and a person's API client, signed in for real but without asking for the password."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.sessions import password_mark
from accounts.tokens import TokenPair, issue_token_pair
from config.sessions import SessionStore

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


def open_session(user: User) -> Session:
    """A session of this person, as signing in leaves it."""
    store = SessionStore()
    store.update({
        SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND, HASH_SESSION_KEY: user.get_session_auth_hash(),
    })  # fmt: skip
    store.create()
    return Session.objects.create(
        user=user, session_key=store.session_key, ip_address="192.0.2.1", user_agent="a test", last_seen_at=timezone.now(),
        password_mark=password_mark(user),
    )  # fmt: skip


def open_key(user: User) -> str:
    """The key of a new session: what a browser's cookie holds."""
    key = open_session(user).session_key
    assert key
    return key


def open_tokens(user: User) -> TokenPair:
    """Access and refresh token of a new session."""
    return issue_token_pair(user, session=open_session(user), now=timezone.now())


def portal_client(user: User, **options: Any) -> Client:
    """A browser in which this person is signed in to the portal."""
    client = Client(**options)
    client.cookies[settings.SESSION_COOKIE_NAME] = open_key(user)
    return client


def api_client(user: User) -> APIClient:
    """An API client with an access token of this person."""
    return api_client_of(open_session(user))


def api_client_of(session: Session) -> APIClient:
    """An API client with an access token of this session."""
    client = APIClient()
    tokens = issue_token_pair(session.user, session=session, now=timezone.now())
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access_token}")
    return client
