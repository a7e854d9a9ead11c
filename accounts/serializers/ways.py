"""What the API takes and gives about the ways into an account."""

from rest_framework import serializers

from accounts.models.user import SUPPORTED_CHAINS
from accounts.providers.ethereum import UNKNOWN_CHAIN
from accounts.serializers.texts import TextsInput
from accounts.ways import Kind, Way
from config.api import StrictSerializer


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
