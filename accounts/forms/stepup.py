"""The forms that confirm an act: a field for each kind of proof that is typed, and one for a passkey's answer."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import StepUpMethod
from config.forms import PasswordInput

TOTP_CODE = re.compile(r"[0-9]{6}", re.ASCII)
CODE_HELP = {
    frozenset({StepUpMethod.TOTP}): _("The six digits of your authenticator app."),
    frozenset({StepUpMethod.SMS}): _("The six digits of the message."),
    frozenset({StepUpMethod.RECOVERY_CODE}): _("One of your recovery codes. Each works once."),
    frozenset({StepUpMethod.TOTP, StepUpMethod.RECOVERY_CODE}): _(
        "The six digits of your authenticator app, or one of your recovery codes."
    ),
}
CODES = frozenset({StepUpMethod.TOTP, StepUpMethod.RECOVERY_CODE, StepUpMethod.SMS})
MAX_CREDENTIAL = 20_000  # characters; a large one has a tenth


class ProofForm(forms.Form):
    """One proof that is typed. `method` and `given` are what it is, once the form is valid."""

    method: StepUpMethod
    given: str

    def __init__(self, methods: Sequence[StepUpMethod], data: Any = None) -> None:  # a request's POST
        super().__init__(data)
        self.methods = methods  # passkeys too, which nobody types
        codes = frozenset(methods) & CODES
        if codes:
            by_hand = StepUpMethod.PASSKEY not in methods  # else its button comes first
            attrs = {"autocomplete": "one-time-code", "autofocus": by_hand, "spellcheck": "false"}
            self.fields["code"] = forms.CharField(
                label=_("Code"), max_length=40, help_text=CODE_HELP[codes], widget=forms.TextInput(attrs=attrs)
            )
        if StepUpMethod.PASSWORD in methods:
            self.fields["password"] = forms.CharField(
                label=_("Password"), strip=False, widget=PasswordInput(attrs={"autocomplete": "current-password"})
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "password" in cleaned:
            self.method, self.given = StepUpMethod.PASSWORD, cleaned["password"]
        elif "code" in cleaned:
            self.method, self.given = self._kind_of(cleaned["code"]), cleaned["code"]
        return cleaned

    def _kind_of(self, code: str) -> StepUpMethod:
        """Six digits are the app's; recovery codes are longer."""
        if StepUpMethod.SMS in self.methods:
            return StepUpMethod.SMS
        if StepUpMethod.TOTP not in self.methods:
            return StepUpMethod.RECOVERY_CODE
        if StepUpMethod.RECOVERY_CODE not in self.methods or TOTP_CODE.fullmatch(re.sub(r"\s", "", code)):
            return StepUpMethod.TOTP
        return StepUpMethod.RECOVERY_CODE


class CredentialForm(forms.Form):
    """What `navigator.credentials` answered, as the page's script writes it down."""

    credential = forms.CharField(max_length=MAX_CREDENTIAL, widget=forms.HiddenInput)

    def clean_credential(self) -> dict[str, Any]:
        try:
            credential = json.loads(self.cleaned_data["credential"])
        except (ValueError, RecursionError):
            credential = None
        if not isinstance(credential, dict):
            raise forms.ValidationError(_("This passkey was not accepted. Try again, or take another way."))
        return credential


class SignedProofForm(CredentialForm):
    """A passkey's answer as proof. `method` and `given` as in `ProofForm`."""

    method = StepUpMethod.PASSKEY

    @property
    def given(self) -> dict[str, Any]:
        """The answer, once the form is valid."""
        return dict(self.cleaned_data["credential"])
