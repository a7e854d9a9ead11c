"""What a page's script sends for somebody whose wallet has signed."""

import datetime as dt

from django import forms

from accounts.errors import EthereumProofRefused
from accounts.providers.ethereum import prove_address, verify_address
from accounts.providers.identity import Identity
from accounts.signup import SignupDetails


class EthereumForm(SignupDetails):
    """A signed message of EIP-4361, and the time zone of the browser it was signed in."""

    message = forms.CharField(max_length=2100, strip=False)
    signature = forms.CharField(max_length=132)

    def clean_message(self) -> str:
        """As it was signed: browsers send the end of a line as two characters."""
        text: str = self.cleaned_data["message"]
        return text.replace("\r\n", "\n")

    def identity(self, *, now: dt.datetime) -> Identity:
        """Who signed, and their nonce is spent.

        :raises EthereumProofRefused: nobody whom we could let in.
        """
        return prove_address(**self.signed, now=now)

    def proof(self, *, now: dt.datetime) -> tuple[Identity, str]:
        """Who signed, and the nonce that is still to be spent.

        :raises EthereumProofRefused: nobody whom we could let in.
        """
        return verify_address(**self.signed, now=now)

    @property
    def signed(self) -> dict[str, str]:
        """The message and its signature."""
        if not self.is_valid():
            raise EthereumProofRefused(reason="malformed")
        return {name: self.cleaned_data[name] for name in ("message", "signature")}
