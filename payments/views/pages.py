"""What every money page of the portal starts from: a person who is signed in."""

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.models import User

INVALID = 422  # the status of a form that is shown again because of what was typed


@method_decorator([login_required, never_cache], name="dispatch")
class PersonView(View):
    """A page of somebody who is signed in; no browser or proxy keeps it."""

    request: HttpRequest

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101 nobody else passes login_required
        return self.request.user

    @property
    def now(self) -> dt.datetime:
        return timezone.now()

    def page(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        """The page of that name; "transaction#slip" is one part of it."""
        name, _hash, part = template.partition("#")
        return render(self.request, f"payments/{name}.html{_hash}{part}", context, status=status)
