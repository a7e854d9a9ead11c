"""Notices about an account: by whatever the person can be reached by, in their language."""

from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.models import User
from tests.factories import UserFactory
from tests.mailbox import Mailbox
from tests.texts import Phones

NUMBER = "+351912345678"
TITLE, TEXT = _("Your account is frozen"), _("Money can leave your wallets again.")


def somebody(*, email: str | None = None, verified: bool = True, phone: str | None = None, proven: bool = True) -> User:
    return UserFactory.create(
        email=email,
        email_verified=verified,
        phone=phone,
        phone_verified_at=timezone.now() if phone and proven else None,
        language=User.Language.PORTUGUESE,
    )


@pytest.mark.parametrize(
    ("reached", "mails", "texts"),
    [
        ({"email": "a@example.com", "phone": NUMBER}, 1, 0),
        ({"email": "a@example.com"}, 1, 0),
        ({"phone": NUMBER}, 0, 1),
        ({"email": "a@example.com", "verified": False, "phone": NUMBER}, 0, 1),
        ({"email": "a@example.com", "verified": False}, 0, 0),
        ({"phone": NUMBER, "proven": False}, 0, 0),
        ({}, 0, 0),
    ],
)
def test_reaches_people_by_what_they_have_proven(
    db: None, mailbox: Mailbox, phones: Phones, reached: dict[str, Any], mails: int, texts: int
) -> None:
    notices.tell(somebody(**reached), title=TITLE, text=TEXT, now=timezone.now())
    assert (len(mailbox()), len(phones())) == (mails, texts)


def test_everywhere_is_by_mail_and_by_sms(db: None, mailbox: Mailbox, phones: Phones) -> None:
    notices.tell_everywhere(somebody(email="a@example.com", phone=NUMBER), title=TITLE, text=TEXT, now=timezone.now())
    (mail,), (text,) = mailbox(), phones()
    assert mail.to == ["a@example.com"]
    assert text.phone == NUMBER


def test_speaks_the_readers_language(db: None, phones: Phones) -> None:
    notices.tell(somebody(phone=NUMBER), title=TITLE, text=TEXT, now=timezone.now())
    assert phones()[0].text == "Florin: Sua conta está bloqueada. O dinheiro pode sair das suas carteiras de novo."
