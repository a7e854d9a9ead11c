"""Encrypts what must stay unreadable at rest for years, each value bound to the one place where it belongs.

AES-256-GCM with a random nonce. The key's name stands in front of the value, so that keys can change
(`manage.py rotate_keys`), and the place is authenticated with it: a value that was copied to another row,
column or table does not open there, whoever copied it.

`config.encrypted_fields` has the model fields. For what comes and goes within days, see `config.sealing`.
"""

import base64
import binascii
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
NONCE_BYTES = 12  # GCM's own; drawn at random it may be used for four thousand million values of one key
# A key's name, and at least a nonce and a tag. The columns' check constraints say the same.
SHAPE = "^[a-z0-9-]{1,16}:[A-Za-z0-9_-]{38,}$"
_SHAPE = re.compile(SHAPE)
_KEY_NAME = re.compile(r"[a-z0-9-]{1,16}")


class UnreadableValueError(ValueError):
    """An encrypted value does not open at its place. Names the place, never the value."""

    def __init__(self, place: "Place", reason: str) -> None:
        self.place = place
        super().__init__(f"{place}: {reason}")


class UnknownKeyError(UnreadableValueError):
    """The key it was encrypted with is not among `FIELD_ENCRYPTION_KEYS`."""


class TamperedValueError(UnreadableValueError):
    """It was changed, moved here from elsewhere, or encrypted with another key of that name."""


@dataclass(frozen=True, slots=True)
class Place:
    """The one place where a value opens."""

    table: str
    column: str
    row: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of row {self.row}"

    def as_bytes(self, key_name: str) -> bytes:
        """What is authenticated beside the value; as JSON no two places read the same."""
        return json.dumps(["florin-field", 1, key_name, self.table, self.column, self.row]).encode()


def encrypt(content: bytes, *, place: Place) -> str:
    """The content as text that opens at this place only. With today's key; twice the same content is two texts."""
    name, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    ciphertext = key.encrypt(nonce, content, place.as_bytes(name))
    return f"{name}:{base64.urlsafe_b64encode(nonce + ciphertext).rstrip(b'=').decode()}"


def decrypt(encrypted: str, *, place: Place) -> bytes:
    """What `encrypt` hid at this place.

    :raises UnknownKeyError: its key is gone from the settings.
    :raises TamperedValueError: it is not what was encrypted here.
    """
    if not is_encrypted(encrypted):
        raise TamperedValueError(place, "this is no encrypted value")
    name, _colon, packed = encrypted.partition(":")
    key = _keys().get(name)
    if key is None:
        raise UnknownKeyError(place, f"encrypted with the key {name!r}, which FIELD_ENCRYPTION_KEYS does not name")
    try:
        whole = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        return key.decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], place.as_bytes(name))
    except (binascii.Error, InvalidTag):
        raise TamperedValueError(place, "changed, moved from another place, or encrypted with another key") from None


def is_encrypted(text: str) -> bool:
    """Whether this text has the form that `encrypt` answers."""
    return _SHAPE.fullmatch(text) is not None


def current_key_name() -> str:
    """The key that encrypts from now on."""
    return next(iter(_keys()))


def parse_keys(settings_value: Sequence[str]) -> dict[str, bytes]:
    """Names and keys out of `name:base64` each, the current one first.

    :raises ImproperlyConfigured: one of them is no key of 32 bytes, or two have one name. Says no key.
    """
    keys: dict[str, bytes] = {}
    for number, each in enumerate(settings_value, start=1):
        name, _colon, encoded = each.strip().partition(":")
        try:
            key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        except binascii.Error:
            key = b""
        if not _KEY_NAME.fullmatch(name) or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(f"Key {number} of FIELD_ENCRYPTION_KEYS is not a name and 32 bytes: name:base64.")
        if name in keys:
            raise ImproperlyConfigured(f"Two keys of FIELD_ENCRYPTION_KEYS are named {name!r}.")
        keys[name] = key
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is empty: nothing personal could be stored.")
    return keys


def _keys() -> dict[str, AESGCM]:
    return _ciphers(tuple(settings.FIELD_ENCRYPTION_KEYS))


@lru_cache(maxsize=4)
def _ciphers(settings_value: tuple[str, ...]) -> dict[str, AESGCM]:
    return {name: AESGCM(key) for name, key in parse_keys(settings_value).items()}
