"""What the API takes and gives to confirm an act."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import StepUpAct, StepUpMethod
from accounts.serializers.factors import PASSWORD_LIMIT
from config.api import StrictSerializer

PROOF_FIELDS = {StepUpMethod.PASSWORD: "password", StepUpMethod.PASSKEY: "credential"}  # of other methods: `code`


class StepUpInput(StrictSerializer):
    """A challenge and the proof that answers it: `code`, `password` or `credential`, as the method asks."""

    challenge = serializers.CharField(max_length=4000, help_text="From the refusal `step_up_required`.")
    method = serializers.ChoiceField(choices=StepUpMethod.choices, help_text="One of the refusal's `methods`.")
    code = serializers.CharField(max_length=40, required=False, help_text="For `totp`, `recovery_code` and `sms`.")
    password = serializers.CharField(
        max_length=PASSWORD_LIMIT, trim_whitespace=False, required=False, help_text="For `password`."
    )
    credential = serializers.DictField(
        required=False, help_text="For `passkey`: what the platform answered, in WebAuthn's JSON form."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly the field that the method asks for, as `given`."""
        wanted = PROOF_FIELDS.get(attrs["method"], "code")
        if wanted not in attrs:
            raise serializers.ValidationError({wanted: _("This method needs it.")}, code="required")
        for other in {"code", *PROOF_FIELDS.values()} - {wanted}:
            if other in attrs:
                raise serializers.ValidationError({other: _("This method does not take it.")}, code="not_for_method")
        return {**attrs, "given": attrs[wanted]}


class StepUpChallengeInput(StrictSerializer):
    """The challenge that a passkey, or a code by SMS, is to answer."""

    challenge = serializers.CharField(max_length=4000, help_text="From the refusal `step_up_required`.")


class StepUpCodeAnswer(serializers.Serializer[dict[str, object]]):
    """A code is on its way to the person's phone."""

    expires_in = serializers.IntegerField(help_text="Seconds the code works.")


class StepUpAnswer(serializers.Serializer[dict[str, object]]):
    """Confirmed. Send the refused request again, as it was."""

    act = serializers.ChoiceField(choices=StepUpAct.choices)
    expires_in = serializers.IntegerField(help_text="Seconds in which the act can be done.")
