"""Forms about keys and webhooks."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from config.outbound import AddressForbidden, check_url
from merchants.models import Scope, WebhookEndpoint
from merchants.webhooks.events import CATALOGUE


class KeyForm(forms.Form):
    """A key to make."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which program will use it."))
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple, choices=[])

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 declared above
        field.choices = [(value, label[:1].upper() + label[1:]) for value, label in Scope.choices]


class EndpointForm(forms.Form):
    """Where events are sent, and which."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("A public https address of your server."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(label=_("What it is for (optional)"), max_length=140, required=False)
    event_types = forms.MultipleChoiceField(
        label=_("Events"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, name) for name in CATALOGUE],
        help_text=_("All of them if none is chosen."),
    )
    is_enabled = forms.BooleanField(label=_("Send events there"), required=False, initial=True)

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "EndpointForm":
        """The form with what is now."""
        return cls(initial={name: getattr(endpoint, name) for name in cls.base_fields})

    def clean_url(self) -> str:
        typed: str = self.cleaned_data["url"]
        try:
            check_url(typed)
        except AddressForbidden as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from None
        return typed
