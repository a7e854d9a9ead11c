"""What the API takes and gives where apps say what they synced."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from audit.models import SyncLog
from audit.sync import Outcome
from config.api import StrictSerializer

MOST_EVENTS = 50  # in one call
MOST_DATA = 4096  # characters of one event's data as JSON
WORD = r"^[a-z][a-z0-9_.-]*$"


class SyncEventInput(StrictSerializer):
    """One act that the app synced, or failed to."""

    event_id = serializers.UUIDField(help_text="The app's own, made once for each act: told again, nothing is written twice.")
    event_type = serializers.RegexField(WORD, max_length=64, help_text="What was synced: `contacts.pulled`.")
    event_source = serializers.RegexField(WORD, max_length=64, help_text="Which part of the app: `ios.share`.")
    data = serializers.DictField(  # type: ignore[assignment] # as its column; of an input nobody asks for `data`
        required=False, default=dict, help_text=f"At most {MOST_DATA} characters as JSON."
    )
    success = serializers.BooleanField(required=False, default=True)
    error_message = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="What went wrong; only with `success: false`."
    )

    def validate_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """The details.

        :raises ValidationError: they are too long.
        """
        if len(json.dumps(data, ensure_ascii=False)) > MOST_DATA:
            raise serializers.ValidationError(_("This is too long."), code="too_long")
        return data

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The event.

        :raises ValidationError: it worked, and says what went wrong.
        """
        if attrs["success"] and attrs["error_message"]:
            raise serializers.ValidationError({"error_message": [_("What worked has no error message.")]})
        return attrs


class SyncInput(StrictSerializer):
    """What the app synced since it last said so."""

    events = serializers.ListField(child=SyncEventInput(), min_length=1, max_length=MOST_EVENTS)

    def validate_events(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The events.

        :raises ValidationError: two have the same id.
        """
        if len({event["event_id"] for event in events}) < len(events):
            raise serializers.ValidationError(_("Two events have the same id."), code="duplicate")
        return events


class SyncOutcome(serializers.Serializer[dict[str, object]]):
    """What became of one event."""

    event_id = serializers.UUIDField()
    outcome = serializers.ChoiceField(
        choices=Outcome.choices,
        help_text="`duplicate`: told before in the same words. `conflict`: told before in other words, which stay as they are.",
    )


class SyncAnswer(serializers.Serializer[dict[str, object]]):
    """What became of each, in the order they came in."""

    events = SyncOutcome(many=True)


class SyncEventAnswer(serializers.ModelSerializer[SyncLog]):
    """One act that an app told of."""

    class Meta:
        model = SyncLog
        fields = [
            "event_id", "created_at", "event_type", "event_source", "data", "success", "error_message", "session_id",
            "client_ip", "user_agent",
        ]  # fmt: skip
