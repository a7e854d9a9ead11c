"""What a device is called."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Session

NAME_LIMIT = Session._meta.get_field("device_name").max_length  # noqa: SLF001 documented, whatever its name says


class DeviceForm(forms.Form):
    """The name its owner gives a device. Empty, it is called what it says of itself."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=NAME_LIMIT,
        help_text=_("So that you know it again: your phone, the tablet at home. Empty, it has the name of its browser."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
