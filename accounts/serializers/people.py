"""What the API takes and gives about the person who calls."""

import zoneinfo

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.legal import due
from accounts.models import User
from config.api import StrictSerializer


class Profile(serializers.ModelSerializer[User]):
    """The person who calls. E-mail, phone and customer number change elsewhere."""

    texts_due = serializers.SerializerMethodField(help_text="The kinds of texts to agree to before anything new is begun.")

    class Meta:
        model = User
        fields = ["id", "email", "phone", "name", "language", "timezone", "customer_number", "created_at", "texts_due"]
        read_only_fields = fields

    def get_texts_due(self, user: User) -> list[str]:
        return [text.kind.value for text in due(user)]


class ProfileChange(StrictSerializer):
    """Any of these; what is left out stays."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=User.Language.choices, required=False)
    timezone = serializers.CharField(max_length=64, required=False, help_text="An IANA name.")

    def validate_timezone(self, zone: str) -> str:
        if zone not in zoneinfo.available_timezones():
            raise serializers.ValidationError(_("There is no such time zone."), code="unknown_timezone")
        return zone
