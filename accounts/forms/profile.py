"""How a person is called and spoken to."""

import zoneinfo

from django import forms
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.signup import SignupDetails


def _zones() -> list[tuple[str, str]]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones()) if "/" in zone or zone == "UTC"]


class ProfileForm(forms.Form):
    """How a person is called and spoken to."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=SignupDetails.declared_fields["name"].help_text,
    )
    language = forms.ChoiceField(label=_("Language"), choices=User.Language.choices)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=lazy(_zones, list))
