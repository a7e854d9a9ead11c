"""What the API takes and gives where a signed-in browser lets an app in."""

from rest_framework import serializers

from accounts.models import User
from config.api import StrictSerializer


class DeviceLinkToken(StrictSerializer):
    """The token of the code that a browser shows."""

    token = serializers.CharField(max_length=100, help_text="From `florin://link?token=…`, or after the # of the https form.")


class DeviceLinkInput(DeviceLinkToken):
    """The token, and what to call the app's device."""

    device_name = serializers.CharField(max_length=60, allow_blank=True, required=False, default="")


class DeviceLinkAnswer(serializers.Serializer[dict[str, object]]):
    """What the app is told of the link before it uses it; nothing of who made it."""

    made_on = serializers.CharField(help_text="The device that shows the code, as its owner calls it.")
    language = serializers.ChoiceField(choices=User.Language.choices)
    timezone = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds the token works.")
