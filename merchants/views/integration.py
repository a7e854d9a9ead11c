"""Pages for those who connect programs to a store: keys, webhooks, and what was sent."""

import uuid
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from config.errors import Prerequisite, Refused
from config.pagination import CURSOR, cursor_in, page_of
from config.problems import refused_on_form
from merchants.forms.integration import EndpointForm, KeyForm
from merchants.models import ApiKey, WebhookDelivery, WebhookEndpoint
from merchants.operations import (
    add_endpoint,
    change_endpoint,
    make_api_key,
    remove_endpoint,
    resend,
    revoke_api_key,
    rotate_api_key,
    rotate_secret,
    send_test,
)
from merchants.roles import Act
from merchants.views.pages import ConfirmedForm, StoreView
from merchants.webhooks.events import CATALOGUE
from merchants.webhooks.sending import payload_of
from payments.views.pages import INVALID

PAGE_SIZE = 25


class Developers(StoreView):
    """The keys and the webhooks of a store."""

    needs = Act.INTEGRATE

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        keys = self.store.api_keys.living(self.now).order_by("-created_at")
        webhooks = self.store.webhooks.filter(removed_at__isnull=True).order_by("-created_at")
        return self.page("developers", {"keys": keys, "webhooks": webhooks, "events": list(CATALOGUE.items())})


class NewKey(ConfirmedForm):
    """Makes a key, which is shown once: on the answer to the form, and nowhere later."""

    needs = Act.MANAGE_KEYS

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        return self.page("api_key_new", {"form": KeyForm(initial=self.typed())})

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        form = KeyForm(request.POST)
        if not form.is_valid():
            return self.page("api_key_new", {"form": form}, status=INVALID)
        wanted = {name: form.cleaned_data[name] for name in ("name", "scopes")}
        try:
            key, text = make_api_key(store=self.store, actor=self.person, now=self.now, **wanted)
        except Prerequisite:
            self.keep_typed()
            raise
        return self.page("secret_shown", {"title": _("Your new key"), "name": key.name, "secret": text})


class KeyView(StoreView):
    """An act on one key."""

    needs = Act.MANAGE_KEYS
    http_method_names = ["post"]

    @cached_property
    def key(self) -> ApiKey:
        """The living key that the address names.

        :raises Http404:
        """
        return get_object_or_404(self.store.api_keys.living(self.now).select_related("store"), pk=self.kwargs["key_id"])


class RotateKey(KeyView):
    """Another key in its place; the old one works for a day more."""

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        key, text = rotate_api_key(key=self.key, actor=self.person, now=self.now)
        context = {"title": _("Your new key"), "name": key.name, "secret": text, "overlaps": True}
        return self.page("secret_shown", context)


class RevokeKey(KeyView):
    """Makes a key useless at once."""

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        revoke_api_key(key=self.key, actor=self.person, now=self.now)
        messages.success(request, _("The key opens nothing any more."))
        return redirect("developers", self.store.pk)


class NewEndpoint(StoreView):
    """Adds a webhook and shows its secret once."""

    needs = Act.INTEGRATE

    def get(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        return self.page("webhook_new", {"form": EndpointForm()})

    def post(self, request: HttpRequest, store_id: uuid.UUID) -> HttpResponse:
        form = EndpointForm(request.POST)
        if not form.is_valid():
            return self.page("webhook_new", {"form": form}, status=INVALID)
        wanted = {name: form.cleaned_data[name] for name in ("url", "event_types", "description")}
        try:
            endpoint, secret = add_endpoint(store=self.store, actor=self.person, now=self.now, **wanted)
        except Refused as refusal:
            refused_on_form(form, refusal)
            return self.page("webhook_new", {"form": form}, status=refusal.status)
        context = {"title": _("The secret of your webhook"), "name": endpoint.url, "secret": secret.text}
        return self.page("secret_shown", context)


class EndpointView(StoreView):
    """A page about one webhook."""

    needs = Act.INTEGRATE

    @cached_property
    def endpoint(self) -> WebhookEndpoint:
        """The webhook that the address names.

        :raises Http404: it is none of this store's, or was removed.
        """
        kept = self.store.webhooks.filter(removed_at__isnull=True).select_related("store")
        return get_object_or_404(kept, pk=self.kwargs["endpoint_id"])


class Webhook(EndpointView):
    """Its settings, and what was sent to it."""

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        return self._shown(EndpointForm.of(self.endpoint))

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        form = EndpointForm(request.POST)
        if not form.is_valid():
            return self._shown(form, status=INVALID)
        change_endpoint(endpoint=self.endpoint, actor=self.person, now=self.now, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("webhook", **self.kwargs)

    def _shown(self, form: EndpointForm, *, status: int = 200) -> HttpResponse:
        deliveries = self.endpoint.deliveries.select_related("event")
        page = page_of(deliveries, cursor_in(self.request.GET), size=PAGE_SIZE)
        context = {
            "endpoint": self.endpoint,
            "form": form,
            "deliveries": page.rows,
            "newer": f"?{CURSOR}={page.previous}" if page.previous else "",
            "older": f"?{CURSOR}={page.next}" if page.next else "",
        }
        return self.page("webhook", context, status=status)


class RotateSecret(EndpointView):
    """A new secret; for a day both sign."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        secret = rotate_secret(endpoint=self.endpoint, actor=self.person, now=self.now)
        context = {"title": _("The secret of your webhook"), "name": self.endpoint.url, "secret": secret.text, "overlaps": True}
        return self.page("secret_shown", context)


class SendTest(EndpointView):
    """Sends an event that says only that it is a test."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        send_test(endpoint=self.endpoint, actor=self.person, now=self.now)
        messages.success(request, _("A test is on its way. Look here again in a moment."))
        return redirect("webhook", **self.kwargs)


class RemoveWebhook(EndpointView):
    """Sends nothing there any more."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        remove_endpoint(endpoint=self.endpoint, actor=self.person, now=self.now)
        messages.success(request, _("Nothing is sent there any more."))
        return redirect("developers", self.store.pk)


class DeliveryView(EndpointView):
    """A page about one delivery."""

    @cached_property
    def delivery(self) -> WebhookDelivery:
        """The delivery that the address names.

        :raises Http404: it is none of this webhook's.
        """
        rows = self.endpoint.deliveries.select_related("event", "endpoint__store")
        return get_object_or_404(rows, pk=self.kwargs["delivery_id"])


class Delivery(DeliveryView):
    """What was sent, and each try with its answer."""

    def get(self, request: HttpRequest, **names: Any) -> HttpResponse:
        context = {
            "endpoint": self.endpoint,
            "delivery": self.delivery,
            "body": payload_of(self.delivery.event).decode(),
            "attempts": self.delivery.attempts.order_by("-created_at"),
        }
        return self.page("webhook_delivery", context)


class Resend(DeliveryView):
    """Sends it once more."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **names: Any) -> HttpResponse:
        resend(delivery=self.delivery, actor=self.person, now=self.now)
        messages.success(request, _("It is on its way again. Look here in a moment."))
        return redirect("webhook_delivery", **self.kwargs)
