"""One-time codes by SMS (R21): six digits, five minutes, five tries, good once, and for one thing only.

Whoever asks for a code is given its id and keeps it sealed, in a browser's session or in a token of the API; a code is nothing
without it. What is stored is a keyed digest of the code together with the id, the number, what it is for and for whom: a
code sent for one thing proves nothing else. Sending counts against number and address at whichever door it is asked for,
so that nobody's phone is flooded and no messages are farmed (R33); trying counts against the number, however many codes it has.
"""

import datetime as dt
import hmac
import re
import secrets
import uuid
from enum import StrEnum
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.attempts import count_attempt
from accounts.errors import CodeOver, WrongTextCode
from accounts.models import PhoneCode
from accounts.models.code import TRIES
from accounts.texts import send_text_later
from config.models import uuid7
from config.sealing import derive_key

LIFETIME = dt.timedelta(minutes=5)
SIX_DIGITS = re.compile(r"[0-9]{6}", re.ASCII)
NOT_IN_A_CODE = re.compile(r"[\s-]")


class Use(StrEnum):
    """What a code is for."""

    SIGN_IN = "sign in"
    SET_PHONE = "set phone"
    STEP_UP = "step up"
    SET_BACKUP = "set backup phone"
    RECOVER = "recover"


def send_code(
    request: HttpRequest, *, phone: str, use: Use, subject: str = "", code_id: uuid.UUID | None = None, now: dt.datetime
) -> uuid.UUID:
    """Send a new code to this number and answer its id. `subject` says for whom, or for which act, if there is one already.

    The same work whether anybody here has the number or not. With `code_id` it takes the place of the code that was sent
    under that id before.

    :raises TooManyAttempts: too many were sent to this number, or asked for from this address.
    """
    count_attempt(request, "send_code", key=phone)
    digits, expires_at = f"{secrets.randbelow(10**6):06d}", now + LIFETIME
    code = PhoneCode(pk=code_id or uuid7(), created_at=now, expires_at=expires_at)
    code.digest = _digest(code.pk, phone, use, subject, digits)
    with transaction.atomic():
        if code_id:
            PhoneCode.objects.filter(pk=code_id).delete()
        code.save(force_insert=True)
        send_text_later(phone, _words(digits), good_until=expires_at)
    return code.pk


def spend_code(
    request: HttpRequest, *, code_id: uuid.UUID, phone: str, use: Use, subject: str = "", typed: str, now: dt.datetime
) -> None:
    """Use the code up, if this is it.

    Outside any transaction: what is counted of a wrong one must stay.

    :raises WrongTextCode: it is not.
    :raises CodeOver: it was used, has run out or was guessed at too often.
    :raises TooManyAttempts: too many codes were tried for this number, or from this address.
    """
    count_attempt(request, "try_code", key=phone)
    # Each try takes its place before it is looked at, in one statement: many at once find no more places than there are.
    good = PhoneCode.objects.filter(pk=code_id, used_at__isnull=True, expires_at__gt=now)
    if not good.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        raise CodeOver
    digits = NOT_IN_A_CODE.sub("", typed)
    wanted = bytes(PhoneCode.objects.values_list("digest", flat=True).get(pk=code_id))
    if not SIX_DIGITS.fullmatch(digits) or not hmac.compare_digest(wanted, _digest(code_id, phone, use, subject, digits)):
        raise WrongTextCode
    if not good.update(used_at=now):
        raise CodeOver  # the same code, typed twice at once


def forget_old_codes(*, now: dt.datetime) -> int:
    """Delete the codes that have run out. Returns how many there were."""
    return PhoneCode.objects.filter(expires_at__lt=now).delete()[0]


def _digest(code_id: uuid.UUID, phone: str, use: Use, subject: str, digits: str) -> bytes:
    bound = "\n".join([str(code_id), phone, use, subject, digits])
    return hmac.digest(derive_key(settings.SECRET_KEY, "phone-code"), bound.encode(), "sha256")


def _words(digits: str) -> str:
    """The message. Its last line is for browsers, which type the code on this site and on no other that looks like it."""
    told = _("%(code)s is your code for Florin. It works for five minutes. Nobody of ours will ever ask you for it.")
    return f"{told % {'code': digits}}\n\n@{urlsplit(settings.PORTAL_ORIGIN).hostname} #{digits}"
