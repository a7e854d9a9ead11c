"""Mail leaves through the queue: it commits or rolls back with what it tells, and a mail server may be down.

A mail waits sealed, because codes and links in it open accounts. It has its Message-ID from the start: if nobody knows
whether a server took it, it is handed over again, and whoever gets both copies sees that they are one (RFC 5322, 3.6.4).
"""

import json
import smtplib
from email.utils import make_msgid, parseaddr
from typing import TypedDict, cast

from django.core.mail import EmailMultiAlternatives, mailers

from config.sealing import seal, unseal

PURPOSE = "mail"
NEVER = 500  # answers from here on are final (RFC 5321, 4.2.1)


class MailUnansweredError(Exception):
    """No server took the letter, or nobody knows whether one did. Asking again is right."""


class MailRefusedError(Exception):
    """The server will never take this letter."""


class Letter(TypedDict):
    """One mail as it waits: Message-ID, addresses, subject, the text part and, when there is one, the HTML part."""

    id: str
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
        id=make_msgid(domain=parseaddr(message.from_email)[1].rpartition("@")[2]),
        to=list(message.to),
        sender=message.from_email,
        subject=str(message.subject),
        text=str(message.body),
        html=html,
    )
    deliver_mail.defer(sealed=seal(json.dumps(letter).encode(), purpose=PURPOSE))


def open_letter(sealed: str) -> EmailMultiAlternatives:
    """The message that `send_later` queued.

    :raises BrokenSealError: it was queued by another installation, or its key is gone.
    """
    letter = cast("Letter", json.loads(unseal(sealed, purpose=PURPOSE)))
    # Nobody's holiday answers a machine (RFC 3834).
    headers = {"Message-ID": letter["id"], "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(letter["subject"], letter["text"], letter["sender"], letter["to"], headers=headers)
    if letter["html"]:
        message.attach_alternative(letter["html"], "text/html")
    return message


def deliver(sealed: str) -> None:
    """Hand a waiting letter to the mail server. What is raised names nobody.

    :raises MailUnansweredError, MailRefusedError:
    """
    try:
        with mailers.default as server:  # which closes it however this ends
            server.send_messages([open_letter(sealed)])
    except (smtplib.SMTPException, OSError) as error:
        code = _final_answer(error)
        if code:
            raise MailRefusedError(f"status {code}") from None
        raise MailUnansweredError(type(error).__name__) from None


def _final_answer(error: Exception) -> int | None:
    """The code of an answer that is about this letter and final. A password that is wrong, say, is about all of them."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    else:
        codes = [error.smtp_code] if isinstance(error, smtplib.SMTPDataError) else []
    return codes[0] if codes and min(codes) >= NEVER else None
