"""Passkeys: what a browser or an app is asked to sign, and whether it did.

Always with user verification, for one domain and from exact origins. A challenge is good for five minutes, for one
purpose and one person, and for one answer: it is gone when the first one arrives, right or wrong. The challenge of an
act that is to be confirmed is not kept here: what is signed then is the act itself.
"""

import datetime as dt
import hashlib
import json
import secrets
import struct
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from allauth.mfa.models import Authenticator
from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.errors import PasskeyRefused
from accounts.models import User
from audit import trail
from config.hosts import site_of

type JSONObject = Mapping[str, Any]  # what WebAuthn's toJSON() makes of a credential

CHALLENGE_S = 300
MAX_CREDENTIAL_ID_BYTES = 1023  # WebAuthn's own limit
MAX_ATTESTATION_CHARACTERS = 8_000  # without a certificate, which nobody asked for, a tenth of it
ALGORITHMS = (-7, -8, -257)  # ES256, EdDSA, RS256
# What parsing bytes of a stranger's making raises: missing members, wrong types, broken CBOR, unknown keys.
MALFORMED = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, NotImplementedError, struct.error,
             UnsupportedAlgorithm)  # fmt: skip


class Purpose(StrEnum):
    """What an answer may be used for, and for nothing else."""

    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    ADD = "add"
    CONFIRM = "confirm"  # that it is still the person who signed in


@dataclass(frozen=True, slots=True)
class Challenge:
    """`options` go to `navigator.credentials`; whoever brings the answer brings `token` along."""

    token: str
    options: dict[str, Any]  # JSON values

    @property
    def json(self) -> str:
        """The options as text, for a page's script."""
        return json.dumps(self.options)


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that an authenticator has just made. `data` is what its row holds, but for the name."""

    credential_id: str
    data: dict[str, Any]  # JSON values


def origins_for(request: HttpRequest) -> frozenset[str]:
    """The exact origins that an answer to this request may come from. Its host is one of ours: config.hosts saw to it."""
    if site_of(request).is_console:
        return frozenset({f"{request.scheme}://{request.get_host()}"})
    return frozenset({settings.PORTAL_ORIGIN, *settings.PASSKEY_APP_ORIGINS})


def work_on(host: str) -> bool:
    """Whether browsers let pages of this host use our passkeys: on their domain and below it."""
    name = host.partition(":")[0]
    return name == settings.PASSKEY_DOMAIN or name.endswith(f".{settings.PASSKEY_DOMAIN}")


# --- making one ---------------------------------------------------------------------------------------------


def begin_adding(user: User) -> Challenge:
    """Ask for a passkey that can be found without typing a name."""
    options, state = _server().register_begin(
        user=PublicKeyCredentialUserEntity(
            id=str(user.pk).encode(), name=user.email or user.phone or str(user), display_name=str(user)
        ),
        credentials=_descriptors(user),  # an authenticator makes one for each account
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _remember(Purpose.ADD, user, state, dict(options))


def finish_adding(*, user: User, token: str, credential: JSONObject, origins: frozenset[str]) -> NewPasskey:
    """Check what the authenticator made.

    :raises PasskeyRefused: it is not the answer to this challenge, or not from here.
    """
    state = _take(Purpose.ADD, user, token)
    with _refusing():
        answer = RegistrationResponse.from_dict(credential)
        made = _server(origins).register_complete(state, answer)
        new = made.credential_data
        if new is None or new.credential_id != answer.raw_id or len(answer.raw_id) > MAX_CREDENTIAL_ID_BYTES:
            raise PasskeyRefused
        if new.public_key.ALGORITHM not in ALGORITHMS:
            raise PasskeyRefused
        _demand_own_page(answer.response.client_data)
        attestation = websafe_encode(answer.response.attestation_object)
        if len(attestation) > MAX_ATTESTATION_CHARACTERS:
            raise PasskeyRefused
    credential_id = websafe_encode(answer.raw_id)
    kept = {
        "type": "public-key",
        "id": credential_id,
        "rawId": credential_id,
        "response": {"clientDataJSON": websafe_encode(answer.response.client_data), "attestationObject": attestation},
    }
    data = {
        "credential": kept,
        "credential_id": credential_id,
        "sign_count": made.counter,
        "is_synced": made.is_backup_eligible(),
    }
    return NewPasskey(credential_id, data)


# --- using one ----------------------------------------------------------------------------------------------


def begin_proof(purpose: Purpose, user: User | None = None) -> Challenge:
    """Ask for a passkey: of this person's, or to sign in whichever one the device knows."""
    options, state = _server().authenticate_begin(
        credentials=_descriptors(user) if user else None, user_verification=UserVerificationRequirement.REQUIRED
    )
    return _remember(purpose, user, state, dict(options))


def finish_proof(
    *, purpose: Purpose, user: User | None, token: str, credential: JSONObject, origins: frozenset[str], now: dt.datetime
) -> Authenticator:
    """The passkey that signed the challenge, its counter moved on. Without `user` it says itself whose it is.

    Outside a transaction: an answer that is refused must spend its challenge, too.

    :raises PasskeyRefused: it is none, somebody else's, or a copy: its counter did not move.
    """
    return _signer(_take(purpose, user, token), user=user, credential=credential, origins=origins, now=now)


def begin_signing(user: User, nonce: bytes) -> Challenge:
    """Ask one of this person's passkeys to sign `nonce`, which stands for what they confirm. There is no token to it."""
    options, _state = _server().authenticate_begin(
        credentials=_descriptors(user), user_verification=UserVerificationRequirement.REQUIRED, challenge=nonce
    )
    return Challenge("", dict(options))


def finish_signing(
    *, user: User, nonce: bytes, credential: JSONObject, origins: frozenset[str], now: dt.datetime
) -> Authenticator:
    """The passkey of this person that signed `nonce`, its counter moved on. The caller sees to it that one nonce serves once.

    Outside a transaction, as above.

    :raises PasskeyRefused: as above.
    """
    _options, state = _server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED, challenge=nonce)
    return _signer(state, user=user, credential=credential, origins=origins, now=now)


def _signer(
    state: dict[str, Any], *, user: User | None, credential: JSONObject, origins: frozenset[str], now: dt.datetime
) -> Authenticator:
    """The passkey that answered what `state` remembers of the question.

    :raises PasskeyRefused:
    """
    with _refusing():
        answer = AuthenticationResponse.from_dict(credential)
        with transaction.atomic():
            passkey = _find(websafe_encode(answer.raw_id))
            owner = (answer.response.user_handle or b"").decode()
            if (user or owner) and str(passkey.user_id) != (str(user.pk) if user else owner):
                raise PasskeyRefused
            if user is None and not owner:
                raise PasskeyRefused
            _server(origins).authenticate_complete(state, [_credential_of(passkey)], answer)
            _demand_own_page(answer.response.client_data)
            has_moved = _move_counter(passkey, answer.response.authenticator_data.counter, now)
    if not has_moved:
        trail.record("passkey.copied", actor=None, resource=passkey, customer_id=passkey.user_id, now=now)
        raise PasskeyRefused
    return passkey


def _find(credential_id: str) -> Authenticator:
    """The row, locked, so that two answers of one passkey are counted one after the other."""
    rows = Authenticator.objects.select_for_update(of=("self",)).select_related("user")
    passkey = rows.filter(type=Authenticator.Type.WEBAUTHN, data__credential_id=credential_id).first()
    if passkey is None:
        raise PasskeyRefused
    return cast("Authenticator", passkey)


def _move_counter(passkey: Authenticator, count: int, now: dt.datetime) -> bool:
    """False: it did not move. Passkeys that are synced don't count and stay at nought; another one has been copied."""
    last = passkey.data["sign_count"]
    if (count or last) and count <= last:
        return False
    passkey.data["sign_count"] = count
    passkey.last_used_at = now
    passkey.save(update_fields=["data", "last_used_at"])
    return True


# --- what both have in common -------------------------------------------------------------------------------


def _server(origins: frozenset[str] = frozenset()) -> Fido2Server:
    party = PublicKeyCredentialRpEntity(id=settings.PASSKEY_DOMAIN, name="Florin")
    server = Fido2Server(party, verify_origin=lambda origin: origin in origins)
    server.timeout = CHALLENGE_S * 1000  # type: ignore[assignment]  # milliseconds; fido2 knows its type by the default only
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=algorithm) for algorithm in ALGORITHMS
    ]
    return server


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
    return [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(row.data["credential_id"]))
        for row in rows
    ]


def _credential_of(passkey: Authenticator) -> AttestedCredentialData:
    made = RegistrationResponse.from_dict(passkey.data["credential"]).response.attestation_object.auth_data
    return cast("AttestedCredentialData", made.credential_data)


def _demand_own_page(client_data: Any) -> None:  # fido2's CollectedClientData
    """Not from a frame inside somebody else's page."""
    if client_data.cross_origin:
        raise PasskeyRefused


@contextmanager
def _refusing() -> Iterator[None]:
    """What fido2 says of a wrong answer, and whatever parsing it stumbles over, is a refusal."""
    try:
        yield
    except MALFORMED as error:
        raise PasskeyRefused from error


def _remember(purpose: Purpose, user: User | None, state: dict[str, Any], options: dict[str, Any]) -> Challenge:
    token = secrets.token_urlsafe(32)
    cache.set(_key(purpose, user.pk if user else None, token), state, CHALLENGE_S)
    return Challenge(token, options)


def _take(purpose: Purpose, user: User | None, token: str) -> dict[str, Any]:
    """The state of a challenge, gone with this: of several answers at once, one deletes it."""
    key = _key(purpose, user.pk if user else None, token)
    state: dict[str, Any] | None = cache.get(key)
    if state is None or not cache.delete(key):
        raise PasskeyRefused
    return state


def _key(purpose: Purpose, user_id: uuid.UUID | None, token: str) -> str:
    """The cache's key. The token is hashed, so that what lies in the cache answers nothing."""
    digest = hashlib.sha256(f"{purpose}:{user_id}:{token}".encode()).hexdigest()
    return f"passkey:{digest}"
