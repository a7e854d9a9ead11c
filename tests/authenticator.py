"""An authenticator of our own making, which can do what no honest one would.

Journeys use the one in Chromium. This one signs for any origin and domain, without looking at its owner, and counts
as it is told.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

Flag = AuthenticatorData.FLAG
VERIFIED = Flag.UP | Flag.UV
PRESENT = Flag.UP


@dataclass
class Passkey:
    """One key pair. `count` is what its next signature says of its counter; None: it does not count."""

    credential_id: bytes
    user_handle: bytes = b""
    count: int | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.create` answers, as JSON."""
        asked = options["publicKey"]
        self.user_handle = websafe_decode(asked["user"]["id"])
        attested = AttestedCredentialData.create(
            b"\0" * 16, self.credential_id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = self._data(lies, Flag.AT, attested)
        client_data = _client_data("webauthn.create", asked["challenge"], lies)
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._credential(response)

    def sign(self, options: Mapping[str, Any], **lies: Any) -> dict[str, Any]:
        """What `navigator.credentials.get` answers, as JSON.

        `lies`: `origin`, `domain`, `flags`, `challenge`, `type`, `cross_origin`, `user_handle`, `key`.
        """
        data = self._data(lies)
        client_data = _client_data("webauthn.get", options["publicKey"]["challenge"], lies)
        signature = lies.get("key", self.key).sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        handle = lies.get("user_handle", self.user_handle)
        response = {
            "clientDataJSON": websafe_encode(client_data),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            **({"userHandle": websafe_encode(handle)} if handle else {}),
        }
        return self._credential(response)

    def _data(
        self, lies: Mapping[str, Any], also: int = 0, attested: AttestedCredentialData | None = None
    ) -> AuthenticatorData:
        domain = lies.get("domain", settings.PASSKEY_DOMAIN)
        count = self.count or 0
        if self.count is not None:
            self.count += 1
        return AuthenticatorData.create(
            sha256(domain.encode()).digest(), lies.get("flags", VERIFIED) | also, count, attested or b""
        )

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.credential_id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _client_data(kind: str, challenge: str, lies: Mapping[str, Any]) -> bytes:
    said = {
        "type": lies.get("type", kind),
        "challenge": lies.get("challenge", challenge),
        "origin": lies.get("origin", settings.PORTAL_ORIGIN),
        "crossOrigin": lies.get("cross_origin", False),
    }
    return json.dumps(said).encode()


def broken_bytes() -> list[bytes]:
    """Things that are no CBOR, or CBOR of the wrong kind."""
    return [b"", b"\xff", b"\xa1", cbor.encode({}), cbor.encode([1]), cbor.encode({"fmt": 1}), b"\xbf" * 40, b"\0" * 37]
