"""What the API takes and gives about devices that are signed in."""

from rest_framework import serializers

from accounts.devices import is_this, name_of
from accounts.models import Session
from config.api import StrictSerializer
from config.places import place_of


class SessionNameInput(StrictSerializer):
    """What its owner calls a device."""

    device_name = serializers.CharField(max_length=60, allow_blank=True, help_text="Empty, it has the name it says of itself.")


class SessionAnswer(serializers.ModelSerializer[Session]):
    """A device that is, or was, signed in."""

    name = serializers.SerializerMethodField(help_text="What its owner calls it, or else what its user agent says.")
    place = serializers.SerializerMethodField(help_text="Where its IP address is used, if that is known here; else empty.")
    current = serializers.SerializerMethodField(help_text="Whether it is the one that calls.")
    revoked_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was signed out; null while it is signed in, or when its time ran out."
    )

    class Meta:
        model = Session
        fields = [
            "id", "name", "device_name", "device_type", "auth_method", "site", "ip_address", "place", "user_agent", "current",
            "created_at", "last_seen_at", "revoked_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_name(self, session: Session) -> str:
        return name_of(session)

    def get_place(self, session: Session) -> str:
        return place_of(session.ip_address)

    def get_current(self, session: Session) -> bool:
        return is_this(session)
