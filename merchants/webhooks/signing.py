"""Secrets of endpoints and the signatures made with them: Standard Webhooks 1.0 (standardwebhooks.com), symmetric."""

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

SECRET_PREFIX = "whsec_"  # noqa: S105 what the standard begins secrets with
SECRET_BYTES = 32
VERSION = "v1"


@dataclass(frozen=True, slots=True)
class Secret:
    """What both sides of an endpoint know; `expires_at` once a newer one has taken its place."""

    text: str
    expires_at: dt.datetime | None = None

    @classmethod
    def new(cls) -> Self:
        """A random one."""
        return cls(SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_json` kept."""
        return cls(kept["text"], dt.datetime.fromisoformat(kept["expires_at"]) if kept["expires_at"] else None)

    def as_json(self) -> dict[str, str | None]:
        """What is kept, encrypted."""
        return {"text": self.text, "expires_at": self.expires_at.isoformat() if self.expires_at else None}

    def sign(self, message: bytes) -> str:
        """HMAC-SHA256 of the message, in base64, after the version."""
        key = base64.b64decode(self.text.removeprefix(SECRET_PREFIX))
        return f"{VERSION},{base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()}"


def signed_headers(message_id: str, body: bytes, living: Sequence[Secret], *, now: dt.datetime) -> dict[str, str]:
    """The headers of one try: id, Unix time and a signature by each secret that lives."""
    timestamp = int(now.timestamp())
    message = f"{message_id}.{timestamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": "Florin-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(secret.sign(message) for secret in living),
    }
