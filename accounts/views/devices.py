"""Pages about where one is signed in."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.authentication import person
from accounts.devices import describe
from accounts.operations import sign_out_devices
from accounts.sessions import living_sessions


@method_decorator([login_required, never_cache], name="dispatch")
class Devices(View):
    """Where one is signed in. POST signs out everywhere else."""

    def get(self, request: HttpRequest) -> HttpResponse:
        own_key = request.session.session_key
        devices = [describe(session, own_key=own_key) for session in living_sessions(person(request), now=timezone.now())]
        return render(request, "accounts/devices.html", {"devices": sorted(devices, key=lambda device: not device.is_this)})

    def post(self, request: HttpRequest) -> HttpResponseRedirect:
        user = person(request)
        others = living_sessions(user, now=timezone.now()).exclude(session_key=request.session.session_key)
        sign_out_devices(user=user, sessions=others, now=timezone.now())
        messages.success(request, _("Every other device is signed out."))
        return redirect("devices")


@method_decorator([login_required, never_cache], name="dispatch")
class SignOutDevice(View):
    """Signs out one device, lost or forgotten."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, session_id: uuid.UUID) -> HttpResponseBase:
        user = person(request)
        sessions = living_sessions(user, now=timezone.now()).filter(pk=session_id)
        if not sign_out_devices(user=user, sessions=sessions, now=timezone.now()):
            raise Http404
        messages.success(request, _("That device is signed out."))
        return redirect("devices")
