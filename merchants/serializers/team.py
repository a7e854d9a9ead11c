"""What the API takes and gives about who works in a store."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.phones import read_number
from config.api import StrictSerializer
from merchants.models import StoreBackupOwner, StoreInvitation, StoreMember


class RoleInput(StrictSerializer):
    """A role in a store."""

    role = serializers.ChoiceField(choices=StoreMember.Role.choices)


class InvitationInput(RoleInput):
    """Whom to ask, by e-mail or by SMS."""

    email = serializers.EmailField(max_length=254, required=False, help_text="Or `phone`.")
    phone = serializers.CharField(max_length=20, required=False, help_text="A mobile phone with its country code, or `email`.")

    def validate_phone(self, text: str) -> str:
        try:
            return read_number(text)
        except ValidationError as error:
            raise serializers.ValidationError(error.message, code="invalid_phone") from None

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values: exactly one address."""
        if ("email" in values) == ("phone" in values):
            raise serializers.ValidationError(_("Give an e-mail address or a phone, not both."), code="one_address")
        return values


class AcceptanceInput(StrictSerializer):
    """The token at the end of an invitation's link."""

    token = serializers.CharField(max_length=100)


class BackupOwnerInput(StrictSerializer):
    """Somebody of the team."""

    member = serializers.UUIDField()


class MemberAnswer(serializers.Serializer[StoreMember]):
    """Somebody who works in a store."""

    id = serializers.UUIDField()
    store = serializers.UUIDField(source="store_id")
    name = serializers.CharField(source="user")
    role = serializers.ChoiceField(choices=StoreMember.Role.choices)
    joined_at = serializers.DateTimeField(source="accepted_at")


class InvitationAnswer(serializers.Serializer[StoreInvitation]):
    """An invitation that waits."""

    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=StoreMember.Role.choices)
    email = serializers.CharField(help_text="Empty if it went to a phone.")
    phone = serializers.CharField(help_text="Empty if it went by e-mail.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class BackupOwnerAnswer(serializers.Serializer[StoreBackupOwner]):
    """The backup owner, and their claim if one waits."""

    name = serializers.CharField(source="user")
    requested_at = serializers.DateTimeField(allow_null=True, help_text="When they asked for the store.")
    activated_at = serializers.DateTimeField(allow_null=True, help_text="When they became an owner.")
