"""Seals short texts that must not be readable where they rest: sessions, mails that wait for the worker.

For fields of models, which are also bound to their row, see the encrypted fields; this is for values
that come and go within days, so the key is derived from `SECRET_KEY` and old keys open what they sealed.
"""

import base64
import json
from functools import lru_cache
from typing import Any, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class BrokenSealError(ValueError):
    """The text was not sealed by this platform for this purpose, or it was changed since."""


def seal(content: bytes, *, purpose: str) -> str:
    """Encrypt and authenticate `content`; only `unseal` with the same purpose opens it."""
    return _box(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS), purpose).encrypt(content).decode()


def unseal(sealed: str, *, purpose: str) -> bytes:
    """Open what `seal` closed.

    :raises BrokenSealError: it was not sealed here for this purpose.
    """
    try:
        return _box(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS), purpose).decrypt(sealed.encode())
    except InvalidToken as error:
        raise BrokenSealError(purpose) from error


class SealedSerializer:
    """Writes session content encrypted: it holds one-time codes and half-made sign-ins."""

    def dumps(self, content: dict[str, Any]) -> bytes:  # JSON values
        return seal(json.dumps(content, separators=(",", ":")).encode(), purpose="session").encode()

    def loads(self, sealed: bytes) -> dict[str, Any]:  # JSON values
        return cast("dict[str, Any]", json.loads(unseal(sealed.decode(), purpose="session")))


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose; knowing them says nothing about the secret or about other purposes."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"florin:{purpose}".encode()).derive(secret.encode())


@lru_cache(maxsize=16)
def _box(secret: str, former_secrets: tuple[str, ...], purpose: str) -> MultiFernet:
    keys = [derive_key(each, purpose) for each in (secret, *former_secrets)]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
