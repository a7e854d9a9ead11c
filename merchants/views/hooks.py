"""What banks tell us by themselves."""

import json
import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from merchants.models import Payout
from merchants.providers.pix_api import PixApi
from merchants.tasks import ask_again

MOST = 1000  # notices of one call that are read


@csrf_exempt
@require_POST
def pix(request: HttpRequest) -> HttpResponse:
    """The bank has news of payouts by Pix. They are only hints: each one named is asked about, and nothing here is believed.

    The bank's certificate is the proxy's to check; the token in the address keeps others from making us ask.
    """
    token = settings.PIX_API.webhook_token
    if not token or not constant_time_compare(request.GET.get("token", ""), token):
        raise Http404
    named = [reference for notice in _notices(request)[:MOST] if (reference := _reference(notice))]
    waiting = Payout.objects.unanswered().filter(pk__in=named, provider=PixApi.name, asked_at__lt=timezone.now())
    for payout_id in waiting.values_list("pk", flat=True):
        ask_again(str(payout_id), in_s=0)
    return HttpResponse()


def _notices(request: HttpRequest) -> list[Any]:
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError):
        return []
    notices = content.get("pix") if isinstance(content, dict) else None
    return notices if isinstance(notices, list) else []


def _reference(notice: Any) -> uuid.UUID | None:
    """The payout that the notice is about."""
    extras = notice.get("gnExtras") if isinstance(notice, dict) else None
    named = extras.get("idEnvio") if isinstance(extras, dict) else None
    try:
        return uuid.UUID(hex=str(named))
    except ValueError:
        return None
