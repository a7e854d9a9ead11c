"""Forms for a phone number and the code that proves it."""

import zoneinfo

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.phones import read_number


class NumberForm(forms.Form):
    """A mobile phone number, in E.164 once it is cleaned."""

    phone = forms.CharField(
        label=_("Mobile phone"),
        max_length=40,
        help_text=_("With its country code: +351 912 345 678."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        """:raises ValidationError: we can't send codes there."""
        return read_number(self.cleaned_data["phone"])


class SignInByPhoneForm(NumberForm):
    """The number, and the time zone of the browser for an account that is new."""

    timezone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-timezone": ""}))

    def clean_timezone(self) -> str:
        """A zone we don't know is no reason to refuse a customer."""
        named: str = self.cleaned_data["timezone"]
        return named if named in zoneinfo.available_timezones() else "UTC"


class CodeForm(forms.Form):
    """The six digits of the message."""

    code = forms.CharField(
        label=_("Code from the message"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )
