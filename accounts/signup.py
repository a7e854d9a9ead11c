"""What sign-up asks beyond e-mail and password, in the portal and in the API.

A module of its own: allauth builds its sign-up forms on this class while they are being imported.
"""

import zoneinfo

from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.legal import Kind, text_in_force


def _version(kind: Kind) -> forms.CharField:
    return forms.CharField(required=False, max_length=40, widget=forms.HiddenInput, initial=lambda: text_in_force(kind).version)


class SignupDetails(forms.Form):
    """The optional name, the time zone that a browser tells, and the versions of the texts that were shown."""

    name = forms.CharField(
        label=_("Name (optional)"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("What people who pay you or whom you pay will see."),
    )
    timezone = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput(attrs={"data-timezone": ""}))

    terms_version = _version(Kind.TERMS)
    privacy_version = _version(Kind.PRIVACY)

    def clean_timezone(self) -> str:
        """A zone we don't know is no reason to refuse a customer."""
        named: str = self.cleaned_data["timezone"]
        return named if named in zoneinfo.available_timezones() else "UTC"

    def signup(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Nothing more to do: the adapter saved these values with the person."""
