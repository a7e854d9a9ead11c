"""Sessions that belong to one site: its own cookie, and its name kept in the session itself.

A session made on the portal is nobody on a console and the other way round, whatever cookie it is
sent in. Staff sessions end after `STAFF_IDLE_S` without a request and after `STAFF_SESSION_S` anyway.
"""

import datetime as dt
import time
from http import HTTPStatus
from typing import Any, Literal, cast

from django.conf import settings
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from config.hosts import PORTAL, Site, site_of

SAMESITE: Literal["Lax"] = "Lax"  # links from mails lead in signed in, other sites' forms do not
SITE_KEY = "_site"
BORN_KEY = "_born"


class SessionStore(db.SessionStore):
    """A database session of one site. Code that names no site means the portal."""

    def __init__(self, session_key: str | None = None, site: Site = PORTAL) -> None:
        super().__init__(session_key)
        self.site = site

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        """The session's values, or none: a session of another site or past its end is no session here."""
        values: dict[str, Any] = super().load()
        if not values:
            return values
        if values.pop(SITE_KEY, PORTAL.name) != self.site.name or self._is_over(values):
            self._session_key = None  # so that a new key is made if anything is written
            return {}
        return values

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        stamped = {**data, SITE_KEY: self.site.name}
        if self.site.is_console:
            # Kept in `data` as well: signing in makes a new key out of the same values.
            stamped[BORN_KEY] = data.setdefault(BORN_KEY, int(time.time()))
        return super().create_model_instance(stamped)

    def get_expiry_age(self, **kwargs: Any) -> int:
        return settings.STAFF_IDLE_S if self.site.is_console else super().get_expiry_age(**kwargs)

    def get_expiry_date(self, **kwargs: Any) -> dt.datetime:
        if self.site.is_console:
            return timezone.now() + dt.timedelta(seconds=settings.STAFF_IDLE_S)
        return super().get_expiry_date(**kwargs)

    def _is_over(self, values: dict[str, Any]) -> bool:
        return self.site.is_console and values.get(BORN_KEY, 0) + settings.STAFF_SESSION_S < time.time()


def cookie_name(site: Site) -> str:
    """The session cookie's name on a site."""
    return settings.SESSION_COOKIE_NAME if site is PORTAL else f"{settings.SESSION_COOKIE_NAME}_{site.name}"


class SiteSessionMiddleware(SessionMiddleware):
    """Django's session middleware, with a cookie per site."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        site = site_of(request)
        name = cookie_name(site)
        sent_key = request.COOKIES.get(name)
        request.session = SessionStore(sent_key, site)
        response = cast("HttpResponse", self.get_response(request))  # nothing here is asynchronous
        self._close(request.session, response, name=name, was_sent=sent_key is not None)
        return response

    def _close(self, session: SessionStore, response: HttpResponse, *, name: str, was_sent: bool) -> None:
        """Save what changed and keep the browser's cookie in step."""
        if not (session.accessed or session.modified):
            return
        patch_vary_headers(response, ("Cookie",))
        if session.is_empty():
            if was_sent:
                response.delete_cookie(name, samesite=SAMESITE)
            return
        # A console session moves its end with each request that looks at it.
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or not (session.modified or session.site.is_console):
            return
        try:
            session.save()
        except UpdateError:
            raise SessionInterrupted("The session was ended while this request ran.") from None
        response.set_cookie(
            name,
            session.session_key or "",
            max_age=None if session.get_expire_at_browser_close() else session.get_expiry_age(),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite=SAMESITE,
        )
