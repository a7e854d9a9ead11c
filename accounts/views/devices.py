"""Pages about where one is signed in."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from accounts.authentication import person
from accounts.devices import describe
from accounts.forms.devices import DeviceForm
from accounts.models import Session
from accounts.operations import name_device, sign_out_devices
from accounts.sessions import ended_sessions, living_sessions

ENDED_SHOWN = 20


@method_decorator([login_required, never_cache], name="dispatch")
class Devices(View):
    """Where one is signed in. POST signs out everywhere else."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user, now = person(request), timezone.now()
        devices = [describe(session) for session in living_sessions(user, now=now)]
        ended = [describe(session) for session in ended_sessions(user, now=now)[:ENDED_SHOWN]]
        context = {"devices": sorted(devices, key=lambda device: not device.is_this), "ended": ended}
        return render(request, "accounts/devices.html", context)

    def post(self, request: HttpRequest) -> HttpResponseRedirect:
        user = person(request)
        others = living_sessions(user, now=timezone.now()).exclude(session_key=request.session.session_key)
        sign_out_devices(user=user, sessions=others, now=timezone.now())
        messages.success(request, _("Every other device is signed out."))
        return redirect("devices")


@method_decorator([login_required, never_cache], name="dispatch")
class NameDevice(View):
    """One device, and what its owner calls it."""

    def get(self, request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
        session = self._session(request, session_id)
        return self._page(request, session, DeviceForm(initial={"name": session.device_name}))

    def post(self, request: HttpRequest, session_id: uuid.UUID) -> HttpResponse:
        session, form = self._session(request, session_id), DeviceForm(request.POST)
        if not form.is_valid():
            return self._page(request, session, form, status=HTTPStatus.BAD_REQUEST)
        name_device(user=person(request), session=session, name=form.cleaned_data["name"], now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("devices")

    def _session(self, request: HttpRequest, session_id: uuid.UUID) -> Session:
        return get_object_or_404(living_sessions(person(request), now=timezone.now()), pk=session_id)

    def _page(self, request: HttpRequest, session: Session, form: DeviceForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        return render(request, "accounts/device.html", {"device": describe(session), "form": form}, status=status)


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
