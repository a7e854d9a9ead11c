"""The pages that sign an app in from this browser."""

import uuid
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView, View

from accounts.authentication import person
from accounts.devices import name_of
from accounts.models import DeviceLink
from accounts.operations import cancel_device_link, make_device_link
from config.qr import inline_svg

SESSION_KEY = "device_link"  # the id and the token of the link that this browser shows; the session is sealed
SEEN = "after"  # in the address of a question for news: the status that the page shows


class OpenInApp(TemplateView):
    """Where the https form of a link leads in a browser. Its token stands after the #, which browsers send nobody."""

    template_name = "accounts/link_landing.html"


@method_decorator([login_required, never_cache], name="dispatch")
class MakeDeviceLink(View):
    """Says what a link does. POST makes one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/link_start.html")

    def post(self, request: HttpRequest) -> HttpResponseRedirect:
        link, token = make_device_link(user=person(request), now=timezone.now())
        request.session[SESSION_KEY] = {"id": str(link.pk), "token": token}
        return redirect("device_link", link_id=link.pk)


@method_decorator([login_required, never_cache], name="dispatch")
class ShowDeviceLink(View):
    """The code to scan while it waits, and what became of it. Without news it answers 204."""

    def get(self, request: HttpRequest, link_id: uuid.UUID) -> HttpResponse:
        links = DeviceLink.objects.select_related("session", "maker").filter(user=person(request))
        link, now = get_object_or_404(links, pk=link_id), timezone.now()
        status = status_of(link, over=link.expires_at <= now)
        if request.GET.get(SEEN) == status:
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        kept = request.session.get(SESSION_KEY, {})
        token = kept["token"] if kept.get("id") == str(link.pk) and status in {"pending", "opened"} else ""
        context = {
            "link": link,
            "status": status,
            "device": name_of(link.session) if link.session else "",
            "app_address": f"florin://link?token={token}" if token else "",
            "qr": inline_svg(f"{settings.PORTAL_ORIGIN}{reverse('open_in_app')}#token={token}") if token else "",
            "expires_in": int((link.expires_at - now).total_seconds()),
        }
        return render(request, "accounts/link.html", context)


@method_decorator([login_required, never_cache], name="dispatch")
class CancelDeviceLink(View):
    """Takes a link back; if an app was a moment faster, its page says so."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, link_id: uuid.UUID) -> HttpResponseRedirect:
        link = get_object_or_404(DeviceLink.objects.select_related("user"), user=person(request), pk=link_id)
        cancel_device_link(link=link, now=timezone.now())
        return redirect("device_link", link_id=link.pk)


def status_of(link: DeviceLink, *, over: bool) -> str:
    """What became of a link: pending, opened, used, cancelled or expired."""
    if link.used_at:
        return "used"
    if link.cancelled_at:
        return "cancelled"
    if over:
        return "expired"
    return "opened" if link.opened_at else "pending"
