"""The page for somebody whose proof from outside did not let them in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.errors import Refused
from config.problems import problem


def way_refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """What happened, and the way back."""
    return render(request, "account/way_refused.html", {"problem": problem(request, refusal)}, status=refusal.status)
