"""What the API takes and gives about the texts people agree to."""

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from accounts.legal import Text
from accounts.models import Consent, User
from config.api import StrictSerializer


class TextsInput(StrictSerializer):
    """The texts that were shown to somebody new, who agrees to them with it. Left out or old, they are asked for afterwards."""

    terms_version = serializers.CharField(
        max_length=10, required=False, help_text="The terms of use, of `GET /api/texts`; for a new account."
    )
    privacy_version = serializers.CharField(
        max_length=10, required=False, help_text="The privacy notice, of `GET /api/texts`; for a new account."
    )


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
