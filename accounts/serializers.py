"""What the API takes and gives about people and their tokens."""

import zoneinfo

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import StepUpAct, StepUpMethod, User
from config.api import StrictSerializer

PASSWORD_LIMIT = 1000  # far above what is accepted, so that the rule itself explains; far below what costs


class RegisterInput(StrictSerializer):
    """A new account."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_LIMIT, trim_whitespace=False, help_text="15 to 128 characters.")
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    timezone = serializers.CharField(max_length=64, required=False, help_text="An IANA name; UTC when unknown.")


class LoginInput(StrictSerializer):
    """E-mail and password."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_LIMIT, trim_whitespace=False)


class VerifyInput(StrictSerializer):
    """The mailed code, and which sign-up or sign-in it is for."""

    session_token = serializers.CharField(max_length=64, help_text="From the answer to register, or from `email_unverified`.")
    code = serializers.CharField(max_length=12, help_text="The six digits of the mail.")


class RefreshInput(StrictSerializer):
    """A refresh token, unless it travels in the cookie."""

    refresh_token = serializers.CharField(max_length=2000, required=False, help_text="Left out when it is in the cookie.")


class Profile(serializers.ModelSerializer[User]):
    """The person who calls. E-mail, phone and customer number change elsewhere."""

    class Meta:
        model = User
        fields = ["id", "email", "phone", "name", "language", "timezone", "customer_number", "created_at"]
        read_only_fields = fields


class ProfileChange(StrictSerializer):
    """Any of these; what is left out stays."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    language = serializers.ChoiceField(choices=User.Language.choices, required=False)
    timezone = serializers.CharField(max_length=64, required=False, help_text="An IANA name.")

    def validate_timezone(self, zone: str) -> str:
        if zone not in zoneinfo.available_timezones():
            raise serializers.ValidationError(_("There is no such time zone."), code="unknown_timezone")
        return zone


class TokenAnswer(serializers.Serializer[dict[str, object]]):
    """Signed in. `refresh_token` is left out when it was put in the cookie."""

    access_token = serializers.CharField()
    token_type = serializers.ChoiceField(choices=["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds the access token works.")
    refresh_token = serializers.CharField(required=False)
    user = Profile()


class PendingAnswer(serializers.Serializer[dict[str, object]]):
    """A code is on its way to the address; the same answer for a new address and a known one."""

    next = serializers.ChoiceField(choices=["verify_email"])
    session_token = serializers.CharField(help_text="Send it with the code to /api/auth/verify.")
    expires_in = serializers.IntegerField(help_text="Seconds the code works.")


class StepUpInput(StrictSerializer):
    """A challenge and the proof that answers it: `code` or `password`, as the method asks."""

    challenge = serializers.CharField(max_length=4000, help_text="From the refusal `step_up_required`.")
    method = serializers.ChoiceField(choices=StepUpMethod.choices, help_text="One of the refusal's `methods`.")
    code = serializers.CharField(max_length=40, required=False, help_text="For `totp` and `recovery_code`.")
    password = serializers.CharField(
        max_length=PASSWORD_LIMIT, trim_whitespace=False, required=False, help_text="For `password`."
    )

    def validate(self, attrs: dict[str, str]) -> dict[str, str]:
        """Exactly the field that the method asks for, as `secret`."""
        wanted = "password" if attrs["method"] == StepUpMethod.PASSWORD else "code"
        other = "code" if wanted == "password" else "password"
        if wanted not in attrs:
            raise serializers.ValidationError({wanted: _("This method needs it.")}, code="required")
        if other in attrs:
            raise serializers.ValidationError({other: _("This method does not take it.")}, code="not_for_method")
        return {**attrs, "secret": attrs[wanted]}


class StepUpAnswer(serializers.Serializer[dict[str, object]]):
    """Confirmed. Send the refused request again, as it was."""

    act = serializers.ChoiceField(choices=StepUpAct.choices)
    expires_in = serializers.IntegerField(help_text="Seconds in which the act can be done.")
