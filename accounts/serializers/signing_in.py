"""What the API takes and gives to sign up, in and out."""

import zoneinfo
from typing import Any

from rest_framework import serializers

from accounts.phones import read_number
from accounts.serializers.factors import PASSWORD_LIMIT
from accounts.serializers.identity import IDENTITY_FIELDS, IdentityInput
from accounts.serializers.people import Profile
from accounts.serializers.texts import TextsInput
from config.api import StrictSerializer


class RegisterInput(IdentityInput, TextsInput):
    """A new account. Who its owner is by law may come along, whole or not at all; it is reviewed once the address is proven."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(
        max_length=PASSWORD_LIMIT,
        trim_whitespace=False,
        required=False,
        help_text="15 to 128 characters. Left out, the account will have a passkey instead.",
    )
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    timezone = serializers.CharField(max_length=64, required=False, help_text="An IANA name; UTC when unknown.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Nobody has to say who they are by law to open an account."""
        fields = super().get_fields()
        for name in IDENTITY_FIELDS:
            fields[name].required = False
        return fields


class LoginInput(StrictSerializer):
    """E-mail and password."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_LIMIT, trim_whitespace=False)


class VerifyInput(StrictSerializer):
    """The mailed code, and which sign-up or sign-in it is for."""

    session_token = serializers.CharField(max_length=64, help_text="From the answer to register, or from `email_unverified`.")
    code = serializers.CharField(max_length=12, help_text="The six digits of the mail.")


class PhoneInput(TextsInput):
    """The phone to sign in with; a new one opens an account."""

    phone = serializers.CharField(max_length=40, help_text="Of a mobile phone, with its country code: +351912345678.")
    timezone = serializers.CharField(
        max_length=64, required=False, help_text="An IANA name, for a new account; UTC when unknown."
    )

    def validate_phone(self, typed: str) -> str:
        """In E.164; REST framework takes Django's errors as its own."""
        return read_number(typed)

    def validate_timezone(self, zone: str) -> str:
        """A zone we don't know is no reason to refuse a customer."""
        return zone if zone in zoneinfo.available_timezones() else "UTC"


class PhonePendingAnswer(serializers.Serializer[dict[str, object]]):
    """A code is on its way to the phone; the same answer for a new number and a known one."""

    next = serializers.ChoiceField(choices=["verify_phone"])
    session_token = serializers.CharField(help_text="Send it with the code to /api/auth/phone/verify.")
    expires_in = serializers.IntegerField(help_text="Seconds the code works.")


class PhoneVerifyInput(StrictSerializer):
    """The code of the message, and what it is for."""

    session_token = serializers.CharField(max_length=1000, help_text="From the answer to /api/auth/phone.")
    code = serializers.CharField(max_length=12, help_text="The six digits of the message.")


class RefreshInput(StrictSerializer):
    """A refresh token, unless it travels in the cookie."""

    refresh_token = serializers.CharField(max_length=2000, required=False, help_text="Left out when it is in the cookie.")


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


class PasskeyPendingAnswer(serializers.Serializer[dict[str, object]]):
    """The address is proven, and the account, which has no password, has no passkey yet."""

    next = serializers.ChoiceField(choices=["make_passkey"])
    session_token = serializers.CharField(help_text="Send it to /api/auth/register/passkey/options, and with what they make.")
