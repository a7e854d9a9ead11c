"""What the API takes and gives about passkeys and second factors."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.factors import METHODS
from config.api import StrictSerializer

PASSWORD_LIMIT = 1000  # far above what is accepted, so that the rule itself explains; far below what costs


class PasskeyInput(StrictSerializer):
    """A passkey's answer."""

    token = serializers.CharField(max_length=200, help_text="As it came with the options.")
    credential = serializers.DictField(help_text="What the platform answered, in WebAuthn's JSON form.")


class FirstPasskeyInput(PasskeyInput):
    """The passkey of a new account."""

    session_token = serializers.CharField(max_length=200, help_text="From the answer to /api/auth/verify.")
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, help_text="What its owner calls it.")


class FactorNameInput(StrictSerializer):
    """What a passkey's owner knows it by."""

    name = serializers.CharField(max_length=60)


class NewPasskeyInput(FactorNameInput, PasskeyInput):
    """A passkey that was just made."""


class FactorRemovalInput(StrictSerializer):
    """The account's password, where it alone will guard the account then."""

    password = serializers.CharField(max_length=PASSWORD_LIMIT, trim_whitespace=False, required=False)


class FactorAnswer(serializers.Serializer[Authenticator]):
    """A passkey or an authenticator app."""

    id = serializers.IntegerField()
    kind = serializers.SerializerMethodField()
    name = serializers.CharField(source="data.name", default="", help_text="A passkey's; an app has none.")
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(choices=["passkey", "totp"]))
    def get_kind(self, factor: Authenticator) -> str:
        return METHODS[Authenticator.Type(factor.type)].value


class FactorsAnswer(serializers.Serializer[dict[str, object]]):
    """What guards an account besides a password."""

    factors = FactorAnswer(many=True)
    recovery_codes_left = serializers.IntegerField(allow_null=True, help_text="Null where there never were any.")


class SessionTokenInput(StrictSerializer):
    """The sign-in to go on with."""

    session_token = serializers.CharField(
        max_length=200, help_text="Of the refusal `second_factor_required`, or of the sign-up that is to make its passkey."
    )


class SecondFactorInput(SessionTokenInput):
    """Either a `code`, or a passkey's `token` and `credential`."""

    code = serializers.CharField(max_length=40, required=False, help_text="Of the authenticator app, or a recovery code.")
    token = serializers.CharField(max_length=200, required=False, help_text="As it came with the options.")
    credential = serializers.DictField(required=False, help_text="What the platform answered, in WebAuthn's JSON form.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(attrs) - {"session_token"} not in ({"code"}, {"token", "credential"}):
            raise serializers.ValidationError(_("Give either a code, or a passkey's token and credential."), code="invalid")
        return attrs


class OptionsAnswer(serializers.Serializer[dict[str, object]]):
    """What a passkey is asked."""

    options = serializers.DictField(help_text="In WebAuthn's JSON form, under `publicKey`.")


class ChallengeAnswer(OptionsAnswer):
    """What a passkey is asked, and the name of the question."""

    token = serializers.CharField(help_text="Comes back with the answer.")
