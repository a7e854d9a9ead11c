"""Sign-In with Ethereum: a message in the form of EIP-4361, signed in the way of EIP-191.

Whoever holds an address's key proves it by signing a text that names this site, a nonce of ours and the time.
A contract's wallet (EIP-1271) would have to be asked on its chain, which takes a node; it is not supported.
"""

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.errors import EthereumProofRefused
from accounts.models.user import SUPPORTED_CHAINS
from accounts.nonces import LIFETIME, spend_nonce
from accounts.providers.identity import ETHEREUM, Identity, short_address

STATEMENT = "Sign in to Florin."
CLOCK_SKEW = dt.timedelta(minutes=1)  # how far the clock of a person's device may be ahead of ours
MAX_MESSAGE = 2000
UNKNOWN_CHAIN = _("Choose a network in your wallet that we know, then try again.")
TOO_OLD = _("This message was used already, or it is too old. Sign a new one.")

# The rules of EIP-4361's grammar, with the character classes of RFC 3986 and the times of RFC 3339.
UNRESERVED = r"A-Za-z0-9\-._~"
SUB_DELIMS = r"!$&'()*+,;="
GEN_DELIMS = r":/?#\[\]@"
ESCAPED = "%[0-9A-Fa-f]{2}"
AUTHORITY = rf"(?:[{UNRESERVED}{SUB_DELIMS}:@\[\]]|{ESCAPED})+"
URI = rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:[{UNRESERVED}{SUB_DELIMS}{GEN_DELIMS}]|{ESCAPED})+"
PCHAR = rf"(?:[{UNRESERVED}{SUB_DELIMS}:@]|{ESCAPED})"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
GRAMMAR = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://)?(?P<domain>{AUTHORITY})"
    rf" wants you to sign in with your Ethereum account:\n(?P<address>0x[0-9A-Fa-f]{{40}})\n\n"
    rf"(?:(?P<statement>[{UNRESERVED}{SUB_DELIMS}{GEN_DELIMS} ]+)\n)?\n"
    rf"URI: (?P<uri>{URI})\nVersion: 1\nChain ID: (?P<chain_id>\d{{1,20}})\nNonce: (?P<nonce>[A-Za-z0-9]{{8,}})\n"
    rf"Issued At: (?P<issued_at>{TIME})(?:\nExpiration Time: (?P<expires_at>{TIME}))?(?:\nNot Before: (?P<not_before>{TIME}))?"
    rf"(?:\nRequest ID: {PCHAR}*)?(?:\nResources:(?:\n- {URI})*)?",
    re.ASCII,
)
SIGNATURE = re.compile(r"0x[0-9A-Fa-f]{130}", re.ASCII)
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # of secp256k1


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody signed."""

    scheme: str
    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: dt.datetime
    expires_at: dt.datetime | None
    not_before: dt.datetime | None


def write_message(*, address: str, chain_id: int, nonce: str, now: dt.datetime) -> str:
    """The message for this address to sign, in EIP-4361's form."""
    issued_at = now.astimezone(dt.UTC).replace(microsecond=0)
    domain = urlsplit(settings.PORTAL_ORIGIN).netloc
    return (
        f"{domain} wants you to sign in with your Ethereum account:\n{_checksummed(address)}\n\n"
        f"{STATEMENT}\n\nURI: {settings.PORTAL_ORIGIN}\nVersion: 1\nChain ID: {chain_id}\nNonce: {nonce}\n"
        f"Issued At: {issued_at:%Y-%m-%dT%H:%M:%SZ}\nExpiration Time: {issued_at + LIFETIME:%Y-%m-%dT%H:%M:%SZ}"
    )


def prove_address(*, message: str, signature: str, now: dt.datetime) -> Identity:
    """Who signed this message, and spend its nonce.

    :raises EthereumProofRefused: with the reason; the nonce of a refused message is not spent.
    """
    identity, nonce = verify_address(message=message, signature=signature, now=now)
    if not spend_nonce(nonce, ETHEREUM, now=now):
        raise EthereumProofRefused(TOO_OLD, reason="nonce_unknown")
    return identity


def verify_address(*, message: str, signature: str, now: dt.datetime) -> tuple[Identity, str]:
    """Who signed this message, and its nonce: it proves nothing until that is spent.

    The name is the address in short, until its owner says another.

    :raises EthereumProofRefused: with the reason.
    """
    read = read_message(message)
    _demand_this_site(read)
    _demand_this_time(read, now=now)
    if signer_of(message, signature) != read.address:
        raise EthereumProofRefused(_("Another address signed this message."), reason="other_signer")
    return Identity(ETHEREUM, read.address, name=short_address(read.address)), read.nonce


def read_message(text: str) -> Message:
    """The parts of a message.

    :raises EthereumProofRefused: it breaks the grammar, or the address has the wrong capitals.
    """
    found = GRAMMAR.fullmatch(text) if len(text) <= MAX_MESSAGE else None
    try:
        if found and _checksummed(found["address"]) == found["address"]:
            return Message(
                scheme=found["scheme"] or "",
                domain=found["domain"],
                address=found["address"],
                uri=found["uri"],
                chain_id=int(found["chain_id"]),
                nonce=found["nonce"],
                issued_at=dt.datetime.fromisoformat(found["issued_at"]),
                expires_at=_time(found["expires_at"]),
                not_before=_time(found["not_before"]),
            )
    except ValueError:
        pass  # the 30th of February
    raise EthereumProofRefused(_("This is not a message of Sign-In with Ethereum."), reason="malformed")


def signer_of(text: str, signature: str) -> str:
    """The address that signed the text as a personal message (EIP-191, version 0x45).

    :raises EthereumProofRefused: it is no signature, or one whose twin with the higher s would do as well.
    """
    from eth_keys.datatypes import Signature  # heavy, and most people never sign in so
    from eth_keys.exceptions import BadSignature
    from eth_utils.crypto import keccak
    from eth_utils.exceptions import ValidationError

    raw = bytes.fromhex(signature[2:]) if SIGNATURE.fullmatch(signature) else b""
    recovery = raw[-1] - 27 if raw and raw[-1] >= 27 else raw[-1] if raw else -1  # noqa: PLR2004 wallets say 27 or 0
    content = text.encode()
    if recovery in {0, 1} and int.from_bytes(raw[32:64]) <= HALF_ORDER:
        digest = keccak(b"\x19Ethereum Signed Message:\n%d%s" % (len(content), content))
        try:
            return Signature(raw[:64] + bytes([recovery])).recover_public_key_from_msg_hash(digest).to_checksum_address()
        except (BadSignature, ValidationError):
            pass
    raise EthereumProofRefused(_("This is no signature of that message."), reason="bad_signature")


def _demand_this_site(read: Message) -> None:
    origin = urlsplit(settings.PORTAL_ORIGIN)
    if read.domain != origin.netloc or read.scheme not in {"", origin.scheme}:
        raise EthereumProofRefused(_("This message signs in to another site."), reason="other_domain")
    if read.uri != settings.PORTAL_ORIGIN and not read.uri.startswith(f"{settings.PORTAL_ORIGIN}/"):
        raise EthereumProofRefused(_("This message signs in to another site."), reason="other_uri")
    if read.chain_id not in SUPPORTED_CHAINS:
        raise EthereumProofRefused(UNKNOWN_CHAIN, reason="unknown_chain")


def _demand_this_time(read: Message, *, now: dt.datetime) -> None:
    is_over = read.issued_at < now - LIFETIME or (read.expires_at is not None and read.expires_at <= now)
    if is_over:
        raise EthereumProofRefused(TOO_OLD, reason="expired")
    is_early = read.issued_at > now + CLOCK_SKEW or (read.not_before is not None and read.not_before > now)
    if is_early:
        raise EthereumProofRefused(
            _("This message is not valid yet. Look at the clock of your device, then sign a new one."), reason="not_yet_valid"
        )


def _checksummed(address: str) -> str:
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(address))


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
