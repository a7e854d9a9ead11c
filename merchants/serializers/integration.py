"""What the API takes and gives about events and webhooks."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from config.api import StrictSerializer
from merchants.models import StoreEvent, WebhookDelivery, WebhookEndpoint
from merchants.webhooks.events import TYPES


class EndpointInput(StrictSerializer):
    """An address to send events to."""

    url = serializers.CharField(max_length=500, help_text="A public https address.")
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=TYPES), required=False, help_text="Types to send; all if none is named."
    )
    description = serializers.CharField(max_length=140, required=False, allow_blank=True)


class EndpointChangesInput(EndpointInput):
    """The endpoint as it is to be."""

    enabled = serializers.BooleanField(required=False, default=True)


class EndpointAnswer(serializers.Serializer[WebhookEndpoint]):
    """An endpoint, without its secrets."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(source="event_types", child=serializers.CharField())
    description = serializers.CharField()
    enabled = serializers.BooleanField(source="is_enabled")
    failures = serializers.IntegerField(help_text="Tries in a row that failed.")
    rests_until = serializers.DateTimeField(allow_null=True, help_text="After failures it is left alone until then.")
    created_at = serializers.DateTimeField()


class NewEndpointAnswer(EndpointAnswer):
    """An endpoint with its secret, which is not given again."""

    secret = serializers.SerializerMethodField(help_text="Verify signatures with it (Standard Webhooks).")

    def get_secret(self, _endpoint: WebhookEndpoint) -> str:
        return str(self.context["secret"])


class SecretAnswer(serializers.Serializer[object]):
    """A new secret; the one before signs beside it until `old_until`."""

    secret = serializers.CharField()
    old_until = serializers.DateTimeField()


class DeliveryAnswer(serializers.Serializer[WebhookDelivery]):
    """An event on its way to an endpoint."""

    id = serializers.UUIDField()
    event = serializers.UUIDField(source="event_id")
    type = serializers.CharField(source="event.type")
    status = serializers.ChoiceField(choices=WebhookDelivery.Status.choices)
    attempts = serializers.IntegerField(source="attempt_count")
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class StoreEventAnswer(serializers.Serializer[StoreEvent]):
    """An event, as webhooks carry it, with its place in the order of all."""

    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=TYPES)
    timestamp = serializers.DateTimeField(source="created_at")
    store = serializers.UUIDField(source="store_id")
    data = serializers.JSONField()  # type: ignore[assignment]  # what Standard Webhooks call it
    position = serializers.IntegerField()


class EventsAnswer(serializers.Serializer[object]):
    """Some events in order, and where to go on."""

    results = StoreEventAnswer(many=True)
    next_after = serializers.IntegerField(help_text="Ask for events `after` this one next.")
    has_more = serializers.BooleanField()


class EventsQuery(StrictSerializer):
    """Where to read on."""

    store = serializers.UUIDField(required=False)
    after = serializers.IntegerField(required=False, default=0, min_value=0, max_value=2**63 - 1)
    type = serializers.ChoiceField(choices=TYPES, required=False)
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=500)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values; a person says which store."""
        if "store" not in values and not self.context["by_key"]:
            raise serializers.ValidationError({"store": [_("Say which store.")]}, code="required")
        return values
