"""Every page in its reader's language and time zone, when they were last here, and the ways to confirm and to agree."""

import datetime as dt
import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.errors import AgreementNeeded, StepUpRequired
from accounts.legal import has_agreed
from accounts.models import User
from accounts.sessions import note_activity
from accounts.views.agreeing import ask_agreement, may_ask
from accounts.views.stepup import ask_step_up
from audit import trail
from config.hosts import PORTAL, site_of
from config.problems import API_PREFIX, wants_data


class PersonMiddleware:
    """What a person set in their profile wins over what their browser asks for.

    The API is left alone: it knows its callers by token (`accounts.authentication`), and its times are UTC.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(API_PREFIX) or not isinstance(request.user, User):
            return self.get_response(request)
        user = request.user
        trail.signed_in_by(session_key=request.session.session_key)
        note_activity(user, session_key=request.session.session_key, now=timezone.now())
        with translation.override(user.language.lower()), timezone.override(zone_of(user)):
            return self.get_response(request)


class StepUpMiddleware:
    """Leads from a page whose act wants a fresh proof to the page that asks for it. Programs get the problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, StepUpRequired) and site_of(request) is PORTAL and not wants_data(request):
            return ask_step_up(request, exception)
        return None


class AgreementMiddleware:
    """Asks people for their agreement to the texts in force, on the portal's pages.

    Whoever has not agreed is asked at their next page; after "Not now" they are left alone until they sign in again or begin
    something new (`accounts.legal.demand_agreement`). Nobody is kept from seeing their money, taking it out or leaving.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: tuple[object, ...], _kwargs: dict[str, object]
    ) -> HttpResponse | None:
        if site_of(request) is not PORTAL or request.path.startswith(API_PREFIX) or not isinstance(request.user, User):
            return None
        return ask_agreement(request) if not has_agreed(request.user) and may_ask(request) else None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, AgreementNeeded) and site_of(request) is PORTAL and not wants_data(request):
            return ask_agreement(request, needed=True)
        return None


def zone_of(user: User) -> dt.tzinfo:
    """The person's time zone; UTC if the tz database of this machine lost it."""
    try:
        return zoneinfo.ZoneInfo(user.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return dt.UTC
