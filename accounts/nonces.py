"""Nonces: handed out to whoever asks, good for one purpose, ten minutes, and once."""

import datetime as dt
import hashlib
import secrets

from accounts.models import Nonce

LIFETIME = dt.timedelta(minutes=10)


def issue_nonce(purpose: str, *, now: dt.datetime) -> str:
    """A new nonce: 32 letters and digits, 128 bits of chance."""
    nonce = secrets.token_hex(16)
    Nonce.objects.create(digest=_digest(nonce), purpose=purpose, expires_at=now + LIFETIME)
    return nonce


def spend_nonce(nonce: str, purpose: str, *, now: dt.datetime) -> bool:
    """Take the nonce out of the world. Of several tries at once one is answered True, the rest False."""
    spent, _by_model = Nonce.objects.filter(digest=_digest(nonce), purpose=purpose, expires_at__gt=now).delete()
    return spent == 1


def forget_old_nonces(*, now: dt.datetime) -> int:
    """Delete what nobody spent in time. Returns how many there were."""
    forgotten, _by_model = Nonce.objects.filter(expires_at__lte=now).delete()
    return forgotten


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
