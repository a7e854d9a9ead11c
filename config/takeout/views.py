"""The page on which somebody takes their data away."""

import tempfile
from contextlib import ExitStack

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts import notices
from accounts.attempts import count_attempt
from accounts.authentication import person
from accounts.models import StepUpAct
from accounts.stepup import demand_fresh_proof
from audit import trail
from config.takeout.archive import write_archive

TAKEN = _("Somebody who is signed in to your account saved a copy of everything Florin knows about you. If it was not you,"
          " change your password and sign out every device.")  # fmt: skip


@method_decorator([login_required, never_cache], name="dispatch")
class YourData(View):
    """Says what the file holds. POST makes it and sends it: nothing of it stays on the platform.

    A fresh proof comes first, because it tells what no page shows.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/your_data.html")

    def post(self, request: HttpRequest) -> FileResponse:
        """:raises StepUpRequired: whoever only holds the signed-in device gets nothing.

        :raises TooManyAttempts: it costs too much to be asked for again and again.
        """
        user, now = person(request), timezone.now()
        with transaction.atomic():
            demand_fresh_proof(user=user, act=StepUpAct.TAKE_DATA, subject={}, now=now)
            count_attempt(request, "take_data", user=user)
            trail.record("user.data_taken", actor=user, resource=user, customer_id=user.pk, now=now)
            notices.tell(user, title=_("Your data was saved to a file"), text=TAKEN, now=now)
        with ExitStack() as open_until_answered:
            file = open_until_answered.enter_context(tempfile.TemporaryFile())  # gone as soon as it is closed
            write_archive(user, file, zone=timezone.get_current_timezone(), now=now)
            open_until_answered.pop_all()
        file.seek(0)
        return FileResponse(file, as_attachment=True, filename=f"florin-{now:%Y-%m-%d}.zip", content_type="application/zip")
