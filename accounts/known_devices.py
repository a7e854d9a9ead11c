"""Whether a sign-in comes from a device that its person has used lately.

A browser is known by a sealed cookie that signing in sets anew each time; an app by the name it gives its installation in
`X-Device-ID`. Both are something that whoever only has a password does not have. An app that names nothing is never known:
what it says besides, anybody who uses the same app says too.
"""

import datetime as dt
import hashlib
import json
import time
import uuid

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import Session, User
from audit import trail
from config.problems import API_PREFIX
from config.sealing import BrokenSealError, seal, unseal

REMEMBERED = dt.timedelta(days=90)  # since it was last used
# The cookie is set when somebody signs in, and the device is in use until that session ends.
COOKIE_AGE_S = int(REMEMBERED.total_seconds()) + settings.SESSION_COOKIE_AGE
PURPOSE = "device"


def device_of(request: HttpRequest) -> uuid.UUID | None:
    """What the device at hand is known by, or will be from now on; None if it can't be told from others."""
    if request.path.startswith(API_PREFIX):
        return named_by_app()
    return _opened(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")) or uuid.uuid4()


def named_by_app() -> uuid.UUID | None:
    """What the app that calls is known by: its name without its version, which changes, and what it calls its installation."""
    origin = trail.origin.get()
    if not origin.device_id:
        return None
    product = origin.user_agent.partition("/")[0]
    return uuid.UUID(bytes=hashlib.sha256(f"{product}\n{origin.device_id}".encode()).digest()[:16])


def is_known(user: User, device_id: uuid.UUID | None, *, now: dt.datetime) -> bool:
    """Whether this person was signed in on this device in the last 90 days, and has not signed it out from another."""
    if device_id is None:
        return False
    return Session.objects.filter(user=user, device_id=device_id, last_seen_at__gt=now - REMEMBERED).exists()


def remember_browser(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let the browser keep what it is known by, after somebody signed in with it. The cookie says nothing to anybody else."""
    session = Session.objects.filter(session_key=request.session.session_key).only("device_id").first()
    if session is None or session.device_id is None:
        return
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        seal(json.dumps({"device": str(session.device_id), "at": int(time.time())}).encode(), purpose=PURPOSE),
        max_age=COOKIE_AGE_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",  # people come back from a provider by a link of another site
    )


def _opened(cookie: str) -> uuid.UUID | None:
    try:
        content = json.loads(unseal(cookie, purpose=PURPOSE))
    except BrokenSealError:
        return None
    return uuid.UUID(content["device"]) if content["at"] + COOKIE_AGE_S > time.time() else None
