"""What the API takes and gives about people and their tokens."""

import zoneinfo
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from accounts.devices import is_this, name_of
from accounts.identity import IdentityDetails, IdentityFaultsError, checked
from accounts.legal import Text, due
from accounts.models import Consent, IdentityProfile, Session, StepUpAct, StepUpMethod, User
from accounts.models.user import SUPPORTED_CHAINS
from accounts.phones import read_number
from accounts.providers.ethereum import UNKNOWN_CHAIN
from accounts.ways import Kind, Way
from config.api import StrictSerializer

NO_IDENTITY = "none"  # the status of somebody who has sent nothing
PROOF_FIELDS = {StepUpMethod.PASSWORD: "password", StepUpMethod.PASSKEY: "credential"}  # of other methods: `code`
PASSWORD_LIMIT = 1000  # far above what is accepted, so that the rule itself explains; far below what costs


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


class TextsInput(StrictSerializer):
    """The texts that were shown to somebody new, who agrees to them with it. Left out or old, they are asked for afterwards."""

    terms_version = serializers.CharField(
        max_length=10, required=False, help_text="The terms of use, of `GET /api/texts`; for a new account."
    )
    privacy_version = serializers.CharField(
        max_length=10, required=False, help_text="The privacy notice, of `GET /api/texts`; for a new account."
    )


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


class EthereumNonceInput(StrictSerializer):
    """Who will sign. The server writes the message for them."""

    address = serializers.RegexField(
        r"^0x[0-9a-fA-F]{40}\Z", trim_whitespace=False, help_text="In any case; the message has it with its checksum."
    )
    chain_id = serializers.ChoiceField(
        choices=SUPPORTED_CHAINS,
        error_messages={"invalid_choice": UNKNOWN_CHAIN},
        help_text="The network the wallet is on.",
    )


class EthereumInput(StrictSerializer):
    """A signed message of EIP-4361."""

    message = serializers.CharField(max_length=2000, trim_whitespace=False, help_text="Exactly as it was signed.")
    signature = serializers.RegexField(
        r"^0x[0-9a-fA-F]{130}\Z", trim_whitespace=False, help_text="65 bytes in hexadecimal, as `personal_sign` answers them."
    )


class EthereumSignInInput(EthereumInput, TextsInput):
    """A signed message of EIP-4361; an address that is new here opens an account."""


class EthereumNonceAnswer(serializers.Serializer[dict[str, object]]):
    """A message of EIP-4361, ready to be signed."""

    message = serializers.CharField()
    nonce = serializers.CharField(help_text="It is in the message; good for one sign-in.")
    expires_in = serializers.IntegerField(help_text="Seconds the nonce works.")


class ProviderNonceInput(StrictSerializer):
    """Where the person will sign in."""

    provider = serializers.SlugField(
        max_length=40, help_text="An OpenID Connect issuer that this installation knows, by its name."
    )


class ProviderInput(ProviderNonceInput):
    """An ID token that the issuer gave the app."""

    id_token = serializers.CharField(max_length=8000, help_text="As the issuer gave it, with the nonce from here.")


class ProviderSignInInput(ProviderInput, TextsInput):
    """An ID token that the issuer gave the app; somebody new here opens an account."""


class ProviderNonceAnswer(serializers.Serializer[dict[str, object]]):
    """What to send to the issuer."""

    nonce = serializers.CharField(help_text="Good for one sign-in.")
    client_id = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds the nonce works.")


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


class SessionTokenInput(StrictSerializer):
    """The sign-in to go on with."""

    session_token = serializers.CharField(
        max_length=200, help_text="Of the refusal `second_factor_required`, or of the sign-up that is to make its passkey."
    )


class PasskeyInput(StrictSerializer):
    """A passkey's answer."""

    token = serializers.CharField(max_length=200, help_text="As it came with the options.")
    credential = serializers.DictField(help_text="What the platform answered, in WebAuthn's JSON form.")


class FirstPasskeyInput(PasskeyInput):
    """The passkey of a new account."""

    session_token = serializers.CharField(max_length=200, help_text="From the answer to /api/auth/verify.")
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, help_text="What its owner calls it.")


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


class RefreshInput(StrictSerializer):
    """A refresh token, unless it travels in the cookie."""

    refresh_token = serializers.CharField(max_length=2000, required=False, help_text="Left out when it is in the cookie.")


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


class SessionNameInput(StrictSerializer):
    """What its owner calls a device."""

    device_name = serializers.CharField(max_length=60, allow_blank=True, help_text="Empty, it has the name it says of itself.")


class SessionAnswer(serializers.ModelSerializer[Session]):
    """A device that is, or was, signed in."""

    name = serializers.SerializerMethodField(help_text="What its owner calls it, or else what its user agent says.")
    current = serializers.SerializerMethodField(help_text="Whether it is the one that calls.")
    revoked_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was signed out; null while it is signed in, or when its time ran out."
    )

    class Meta:
        model = Session
        fields = [
            "id", "name", "device_name", "device_type", "auth_method", "site", "ip_address", "user_agent", "current",
            "created_at", "last_seen_at", "revoked_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_name(self, session: Session) -> str:
        return name_of(session)

    def get_current(self, session: Session) -> bool:
        return is_this(session)


class WayAnswer(serializers.Serializer[Way]):
    """A way in."""

    id = serializers.CharField(help_text="What `DELETE /api/ways/{way_id}` takes.")
    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    name = serializers.CharField(help_text="The address, the number, the passkey's name, the provider or the Ethereum address.")
    detail = serializers.CharField(help_text="The address that a provider has proven; else empty.")
    added_at = serializers.DateTimeField(allow_null=True)
    used_at = serializers.DateTimeField(allow_null=True)


class WaysAnswer(serializers.Serializer[dict[str, list[Way]]]):
    """Every way in of an account."""

    ways = WayAnswer(many=True)


class TextAnswer(serializers.Serializer[Text]):
    """A text that people agree to."""

    kind = serializers.ChoiceField(choices=Consent.Kind.choices)
    version = serializers.CharField(help_text="The day since which it is in force.")
    title = serializers.CharField()
    needed = serializers.BooleanField(source="is_required", help_text="Whether an account rests on it.")
    url = serializers.SerializerMethodField(help_text="Its page, in the reader's language.")

    def get_url(self, text: Text) -> str:
        return settings.PORTAL_ORIGIN + reverse("text", args=[text.kind, text.version])


class TextsAnswer(serializers.Serializer[dict[str, list[Text]]]):
    """Every text, in the version in force."""

    texts = TextAnswer(many=True)


class ConsentInput(StrictSerializer):
    """A text and the version of it that was shown."""

    kind = serializers.ChoiceField(choices=Consent.Kind.choices)
    text_version = serializers.CharField(max_length=10, help_text="Of `GET /api/texts`.")


class ConsentAnswer(serializers.ModelSerializer[Consent]):
    """A text in a version that the caller agreed to."""

    withdrawn_at = serializers.DateTimeField(allow_null=True, help_text="Null while it stands.")
    language = serializers.ChoiceField(choices=User.Language.choices, help_text="In which it was shown.")

    class Meta:
        model = Consent
        fields = ["id", "kind", "text_version", "language", "granted_at", "withdrawn_at"]
        read_only_fields = fields
