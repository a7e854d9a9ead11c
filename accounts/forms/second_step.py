"""The forms of the second step: a typed code, or a passkey's answer."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.stepup import CODE_HELP, CredentialForm
from accounts.models import StepUpMethod
from config.forms import PasswordInput


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code: whichever of them the person has."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def __init__(self, methods: Collection[StepUpMethod], data: Any = None) -> None:  # a request's POST
        super().__init__(data)
        self.fields["code"].widget.attrs["autofocus"] = StepUpMethod.PASSKEY not in methods  # its button comes first
        self.fields["code"].help_text = CODE_HELP.get(frozenset(methods) - {StepUpMethod.PASSKEY}, "")


class PasskeyForm(CredentialForm):
    """A passkey's answer, and which challenge it is to."""

    token = forms.CharField(max_length=200, widget=forms.HiddenInput)


class TotpForm(forms.Form):
    """The first code that the app shows."""

    code = forms.CharField(
        label=_("Code"),
        max_length=12,
        help_text=_("The six digits that the app shows now."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )


class PasskeyNameForm(forms.Form):
    """What its owner calls a passkey."""

    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("So that you know it again: “Phone”, “Office”."))


class NewPasskeyForm(PasskeyForm, PasskeyNameForm):
    """A passkey that was just made, and its name."""

    field_order = ["name", "token", "credential"]


class RemoveFactorForm(forms.Form):
    """Nothing, unless the account hangs on its password afterwards."""

    def __init__(self, data: Any = None, *, with_password: bool) -> None:  # a request's POST
        super().__init__(data)
        if with_password:
            self.fields["password"] = forms.CharField(
                label=_("Password"), strip=False, widget=PasswordInput(attrs={"autocomplete": "current-password"})
            )
