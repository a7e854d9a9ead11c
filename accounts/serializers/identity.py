"""What the API takes and gives about who somebody is."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.identity import IdentityDetails, IdentityFaultsError, checked
from accounts.models import IdentityProfile
from config.api import StrictSerializer

NO_IDENTITY = "none"  # the status of somebody who has sent nothing


class IdentityInput(StrictSerializer):
    """Who the caller is by law. What an address needs depends on its country; validated, it is one `identity`."""

    first_name = serializers.CharField(max_length=60)
    last_name = serializers.CharField(max_length=60)
    date_of_birth = serializers.DateField(help_text="At least 18 years ago.")
    address_line1 = serializers.CharField(max_length=120, help_text="Street and number.")
    address_line2 = serializers.CharField(max_length=120, required=False, allow_blank=True)
    city = serializers.CharField(max_length=80, required=False, allow_blank=True)
    state = serializers.CharField(max_length=80, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=12, required=False, allow_blank=True)
    country = serializers.CharField(max_length=2, help_text="Two capital letters (ISO 3166).")
    ssn_last4 = serializers.CharField(
        max_length=4,
        required=False,
        allow_blank=True,
        help_text="The last four digits, only for addresses in the United States.",
    )
    phone = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="For the review; it signs in nobody until it is proven."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Everything said about who somebody is, as `identity` among whatever else was sent."""
        said = {name: attrs.pop(name) for name in IDENTITY_FIELDS if name in attrs}
        return {**attrs, "identity": _identity(said)} if said else attrs


IDENTITY_FIELDS = tuple(IdentityInput._declared_fields)  # noqa: SLF001 without an instance
NEEDED = tuple(name for name, field in IdentityInput._declared_fields.items() if field.required)  # noqa: SLF001


def _identity(said: dict[str, Any]) -> IdentityDetails:
    missing = [name for name in NEEDED if name not in said]
    if missing:
        required = serializers.Field.default_error_messages["required"]
        raise serializers.ValidationError({name: [ErrorDetail(str(required), code="required")] for name in missing})
    try:
        return checked(IdentityDetails(**said), today=timezone.localdate())
    except IdentityFaultsError as error:
        faults = {each.field: [ErrorDetail(str(each.message), code=each.code)] for each in error.faults}
        raise serializers.ValidationError(faults) from None


class IdentityAnswer(serializers.Serializer[Any]):
    """What the caller sent, its personal values hidden, and what was decided. Everything is null where nothing was sent."""

    kyc_status = serializers.ChoiceField(choices=[(NO_IDENTITY, "nothing sent"), *IdentityProfile.Status.choices])
    customer_number = serializers.CharField(allow_null=True, required=False, help_text="Given with the approval.")
    first_name = serializers.CharField(allow_null=True)
    last_name = serializers.CharField(allow_null=True)
    date_of_birth = serializers.CharField(allow_null=True, help_text="The year; month and day are hidden.")
    ssn_last4 = serializers.CharField(allow_null=True, help_text="Hidden; null when none was sent.")
    address_line1 = serializers.CharField(allow_null=True, help_text="Hidden.")
    address_line2 = serializers.CharField(allow_null=True, help_text="Hidden; null when none was sent.")
    city = serializers.CharField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    postal_code = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True, help_text="Hidden but for its last two digits; null when none was sent.")
    submitted_at = serializers.DateTimeField(allow_null=True)
    reviewed_at = serializers.DateTimeField(allow_null=True)
    grounds = serializers.ChoiceField(
        choices=IdentityProfile.Grounds.choices, allow_null=True, allow_blank=True, help_text="What a rejection is about."
    )
    reason = serializers.CharField(allow_null=True, help_text="Why it was rejected, in the reviewer's words.")
