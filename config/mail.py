"""Mail leaves through the queue: it commits or rolls back with what it tells, and a mail server may be down.

A mail waits sealed, because codes and links in it open accounts.
"""

import json
from typing import TypedDict, cast

from django.core.mail import EmailMultiAlternatives

from config.sealing import seal, unseal

PURPOSE = "mail"


class Letter(TypedDict):
    """One mail as it waits: addresses, subject, the text part and, when there is one, the HTML part."""

    to: list[str]
    sender: str
    subject: str
    text: str
    html: str


def send_later(message: EmailMultiAlternatives) -> None:
    """Queue a finished message, in the caller's transaction."""
    from config.tasks import deliver_mail  # which imports this module

    html = next((str(content) for content, media_type in message.alternatives if media_type == "text/html"), "")
    letter = Letter(
        to=list(message.to), sender=message.from_email, subject=str(message.subject), text=str(message.body), html=html
    )
    deliver_mail.defer(sealed=seal(json.dumps(letter).encode(), purpose=PURPOSE))


def open_letter(sealed: str) -> EmailMultiAlternatives:
    """The message that `send_later` queued.

    :raises BrokenSealError: it was queued by another installation, or its key is gone.
    """
    letter = cast("Letter", json.loads(unseal(sealed, purpose=PURPOSE)))
    message = EmailMultiAlternatives(letter["subject"], letter["text"], letter["sender"], letter["to"])
    if letter["html"]:
        message.attach_alternative(letter["html"], "text/html")
    return message
