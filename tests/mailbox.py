"""What arrived, and what it says."""

import re
from collections.abc import Callable

from django.core.mail import EmailMultiAlternatives

type Mailbox = Callable[[], list[EmailMultiAlternatives]]


def code_in(message: EmailMultiAlternatives) -> str:
    """The six digits of a mail."""
    found = re.search(r"^ +(\d{6})$", str(message.body), re.MULTILINE)
    assert found, message.body
    return found[1]


def wrong(code: str) -> str:
    """Six other digits."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


def link_in(message: EmailMultiAlternatives) -> str:
    """The path of the link in a mail."""
    found = re.search(r"^http://localhost:\d+(/\S+)$", str(message.body), re.MULTILINE)
    assert found, message.body
    return found[1]
