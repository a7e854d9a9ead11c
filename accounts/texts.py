"""Text messages leave through the queue, as mails do: they commit or roll back with what they tell.

A message waits sealed, because codes in it open accounts. Its id is chosen when it is queued, so that a gateway which did
not answer is asked again about the same message.
"""

import datetime as dt
import json
import uuid
from dataclasses import asdict
from typing import NamedTuple

from accounts.providers.sms import Text
from config.sealing import seal, unseal

PURPOSE = "sms"


class WaitingText(NamedTuple):
    """A message as it waits. After `good_until` (Unix time) it is not worth sending; None: it always is."""

    message: Text
    good_until: float | None


def send_text_later(phone: str, text: str, *, good_until: dt.datetime | None = None) -> None:
    """Queue a message to this number (E.164), in the caller's transaction."""
    from accounts.tasks import deliver_text  # which imports this module

    waiting = {
        **asdict(Text(id=str(uuid.uuid4()), phone=phone, text=text)),
        "good_until": good_until.timestamp() if good_until else None,
    }
    deliver_text.defer(sealed=seal(json.dumps(waiting).encode(), purpose=PURPOSE))


def open_text(sealed: str) -> WaitingText:
    """The message that `send_text_later` queued.

    :raises BrokenSealError: it was queued by another installation, or its key is gone.
    """
    waiting = json.loads(unseal(sealed, purpose=PURPOSE))
    good_until = waiting.pop("good_until")
    return WaitingText(Text(**waiting), good_until)
