"""Mails about accounts: plain, in the reader's language, whole without pictures, and unreadable while they wait."""

import re

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from config.mail import send_later
from config.sealing import BrokenSealError, seal, unseal
from config.tasks import deliver_mail
from tests.factories import PASSWORD, UserFactory
from tests.jobs import JobRunner
from tests.mailbox import Mailbox, code_in, link_in


@pytest.fixture
def letters(client: Client, mailbox: Mailbox) -> list[EmailMultiAlternatives]:
    """One of each mail a person gets when they sign up, sign up again, forget and change."""
    alice = UserFactory.create(email="alice@example.com")
    Client().post("/signup/", {"email": "nova@example.com", "password1": PASSWORD})
    Client().post("/signup/", {"email": alice.email, "password1": PASSWORD})
    Client().post("/reset/", {"email": "nobody@example.com"})
    client.post("/reset/", {"email": alice.email})
    page = client.get(link_in(mailbox()[-1])).headers["Location"]
    client.post(page, {"password1": "velvet quarry thimble nine"})
    client.force_login(User.objects.get(pk=alice.pk))
    client.post("/profile/password/", {"oldpassword": "velvet quarry thimble nine", "password1": PASSWORD})
    client.post("/confirm/", {"password": PASSWORD, "next": "/profile/email/"})
    client.post("/profile/email/", {"email": "new@example.com", "action_add": "1"})
    client.post("/verify/", {"code": code_in(mailbox()[-1])})
    return mailbox()


def test_each_has_a_clear_subject_and_two_parts_that_say_the_same(letters: list[EmailMultiAlternatives]) -> None:
    assert [re.sub(r"\d{6}", "000000", str(letter.subject)) for letter in letters] == [
        "000000 is your code for Florin",
        "You have an account at Florin already",
        "There is no account with this address",
        "Set a new password for Florin",
        "Your password was changed",
        "Your password was changed",
        "000000 is your code for Florin",
        "Your e-mail address was changed",
    ]
    for letter in letters:
        ((html, media_type),) = letter.alternatives
        assert media_type == "text/html"
        words = set(re.findall(r"[A-Za-z]{4,}", str(letter.body))) - {"http", "localhost", "reset", "signup"}
        assert words <= set(re.findall(r"[A-Za-z]{4,}", str(html)))


def test_none_loads_anything_from_elsewhere(letters: list[EmailMultiAlternatives]) -> None:
    for letter in letters:
        html = str(letter.alternatives[0][0])
        assert not re.search(r"<(img|script|link|iframe)|url\(|@import", html)
        assert all(link.startswith("http://localhost:8000/") for link in re.findall(r'(?:href|src)="([^"]*)"', html))


def test_each_asks_for_one_act_at_most(letters: list[EmailMultiAlternatives]) -> None:
    for letter in letters:
        html = str(letter.alternatives[0][0])
        assert len(re.findall(r"<a ", html)) + len(re.findall('class="code"', html)) <= 1


def test_a_letter_waits_in_the_queue_and_leaves_once(db: None, run_jobs: JobRunner) -> None:
    message = EmailMultiAlternatives("Subject", "Text", "from@example.com", ["to@example.com"])
    message.attach_alternative("<p>Text</p>", "text/html")
    send_later(message)
    assert mail.outbox == []
    assert run_jobs() == ["config.tasks.deliver_mail"]
    (sent,) = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.subject, sent.body, sent.from_email, sent.to) == ("Subject", "Text", "from@example.com", ["to@example.com"])
    assert list(sent.alternatives) == [("<p>Text</p>", "text/html")]
    assert run_jobs() == []


def test_a_letter_is_taken_back_with_the_commit_it_tells_of(transactional_db: None, run_jobs: JobRunner) -> None:
    with transaction.atomic():
        send_later(EmailMultiAlternatives("Subject", "Text", "from@example.com", ["to@example.com"]))
        transaction.set_rollback(True)
    assert run_jobs() == []


@pytest.mark.parametrize(
    "sealed",
    ["", "x", seal(b"{}", purpose="session"), seal(b"{}", purpose="mail")[:-2]],
    ids=["nothing", "no seal", "sealed for a session", "cut off"],  # a seal differs each time
)
def test_opens_nothing_that_was_not_sealed_as_a_letter(sealed: str) -> None:
    with pytest.raises(BrokenSealError):
        deliver_mail(sealed=sealed)
    assert mail.outbox == []


def test_an_old_key_still_opens_what_it_sealed(settings: Settings) -> None:
    sealed = seal(b"content", purpose="mail")
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [old]
    assert unseal(sealed, purpose="mail") == b"content"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(BrokenSealError):
        unseal(sealed, purpose="mail")


def test_mails_speak_the_readers_language(client: Client, bruno: User, mailbox: Mailbox) -> None:
    client.post("/reset/", {"email": bruno.email}, headers={"Accept-Language": "es"})
    assert '<html lang="pt-br">' in str(mailbox()[-1].alternatives[0][0])
