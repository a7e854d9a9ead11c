"""The page on which somebody takes their data away."""

import datetime as dt
import tempfile
from contextlib import ExitStack

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.attempts import count_attempt
from accounts.authentication import person
from accounts.models import User
from config.takeout.archive import write_archive
from config.takeout.operations import allow_own_takeout


@method_decorator([login_required, never_cache], name="dispatch")
class YourData(View):
    """Says what the file holds. POST makes it and sends it: nothing of it stays on the platform.

    A fresh proof comes first, because it tells what no page shows.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/your_data.html")

    def post(self, request: HttpRequest) -> FileResponse:
        """:raises StepUpRequired, SignInAgain: whoever only holds the signed-in device gets nothing.

        :raises TooManyAttempts: it costs too much to be asked for again and again.
        """
        user, now = person(request), timezone.now()
        with transaction.atomic():  # a try too many leaves the proof unused
            allow_own_takeout(user=user, now=now)
            count_attempt(request, "take_data", user=user)
        return archive_response(user, zone=timezone.get_current_timezone(), now=now)


def archive_response(user: User, *, zone: dt.tzinfo, now: dt.datetime) -> FileResponse:
    """The file, as a download. It is made on the way and nowhere kept."""
    with ExitStack() as open_until_answered:
        file = open_until_answered.enter_context(tempfile.TemporaryFile())  # gone as soon as it is closed
        write_archive(user, file, zone=zone, now=now)
        open_until_answered.pop_all()
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"florin-{now:%Y-%m-%d}.zip", content_type="application/zip")
