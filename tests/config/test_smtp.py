"""Mail to a real server on this machine: with STARTTLS, a password, and all that goes wrong there (R19)."""

import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from config.mail import MailRefusedError, MailUnansweredError, send_later
from config.mailers import mailer
from tests.factories import PASSWORD
from tests.jobs import JobRunner
from tests.shown import SHOWN
from tests.smtp import Server, mail_server

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNT = "florin:tall%20harbour%20bells"


@pytest.fixture
def server(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that this installation sends by."""
    with mail_server(tmp_path) as (started, authority):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        settings.MAILERS = {"default": mailer_at(started)}
        yield started


def mailer_at(server: Server, *, account: str = ACCOUNT, scheme: str = "smtp+tls") -> dict[str, Any]:
    return mailer(f"{scheme}://{account}@localhost:{server.port}")


def write(to: str = "ana@example.com") -> None:
    message = EmailMultiAlternatives("Olá", "Está feito.\n", "Florin <no-reply@localhost>", [to])
    message.attach_alternative("<p>Está feito.</p>", "text/html")
    send_later(message)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def waiting(owner: psycopg.Connection) -> list[tuple[str, bool]]:
    """The letters of the queue: their status, and whether their next time is still to come."""
    rows = owner.execute("select status::text, scheduled_at > now() from procrastinate_jobs where queue_name = 'mail'")
    return [(status, bool(later)) for status, later in rows.fetchall()]


def test_the_code_of_a_sign_up_arrives_and_opens_the_account(server: Server, run_jobs: JobRunner) -> None:
    browser = Client()
    browser.post("/signup/", {"email": "ana@example.com", "password1": PASSWORD, **SHOWN})
    run_jobs()
    (mail,) = server.received
    code = next(line.strip() for line in part(mail, "plain").splitlines() if line.strip().isdigit())
    assert browser.post("/verify/", {"code": code}).status_code == 302
    assert User.objects.get().email == mail["To"] == "ana@example.com"
    assert code in part(mail, "html")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_words_arrive_as_they_were_written(server: Server, run_jobs: JobRunner) -> None:
    write()
    run_jobs()
    (mail,) = server.received
    assert (mail["Subject"], part(mail, "plain").strip(), part(mail, "html").strip()) == (
        "Olá",
        "Está feito.",
        "<p>Está feito.</p>",
    )


@pytest.mark.parametrize("answer", ["451 Try later", "421 Too many"])
def test_a_server_that_is_busy_is_asked_again(
    server: Server, run_jobs: JobRunner, owner_connection: psycopg.Connection, answer: str
) -> None:
    server.answers = [answer]
    write()
    with pytest.raises(MailUnansweredError):
        run_jobs()
    assert (server.received, waiting(owner_connection)) == ([], [("todo", True)])
    come_due(owner_connection)
    run_jobs()
    assert (len(server.received), waiting(owner_connection)) == (1, [("succeeded", False)])


def test_a_letter_that_may_have_been_taken_comes_again_under_its_name(
    server: Server, run_jobs: JobRunner, owner_connection: psycopg.Connection
) -> None:
    server.answers = [""]
    write()
    with pytest.raises(MailUnansweredError):
        run_jobs()
    come_due(owner_connection)
    run_jobs()
    first, second = server.received
    assert first["Message-ID"] == second["Message-ID"]
    assert waiting(owner_connection) == [("succeeded", False)]


@pytest.mark.parametrize("at", ["recipient", "data"])
def test_a_final_no_is_one_and_names_nobody(
    server: Server,
    run_jobs: JobRunner,
    owner_connection: psycopg.Connection,
    caplog: pytest.LogCaptureFixture,
    at: str,
) -> None:
    if at == "recipient":
        server.recipient_answer = "550 <ana@example.com> lives here no more"
    else:
        server.answers = ["554 ana@example.com wants no such letters"]
    write()
    with pytest.raises(MailRefusedError) as refused:
        run_jobs()
    assert str(refused.value) in {"status 550", "status 554"}
    assert waiting(owner_connection) == [("failed", False)]
    assert "ana@example.com" not in caplog.text


def test_a_busy_mailbox_is_named_to_nobody(server: Server, run_jobs: JobRunner, caplog: pytest.LogCaptureFixture) -> None:
    server.recipient_answer = "452 <ana@example.com> is full"
    write()
    with pytest.raises(MailUnansweredError) as unanswered:
        run_jobs()
    assert str(unanswered.value) == "SMTPRecipientsRefused"
    assert "ana@example.com" not in caplog.text


def test_a_server_that_says_nothing_is_not_waited_for(
    settings: Settings, run_jobs: JobRunner, owner_connection: psycopg.Connection
) -> None:
    with socket.create_server(("localhost", 0)) as silent:
        config = mailer_at(Server(port=silent.getsockname()[1]))
        assert config["OPTIONS"]["timeout"] == 10
        config["OPTIONS"]["timeout"] = 0.2
        settings.MAILERS = {"default": config}
        write()
        with pytest.raises(MailUnansweredError, match="SMTPServerDisconnected"):
            run_jobs()
    assert waiting(owner_connection) == [("todo", True)]


class TestWhoIsAtTheOtherEnd:
    """No letter and no password goes to a server that can't prove its name."""

    def test_of_an_authority_nobody_trusts(
        self, server: Server, run_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch, owner_connection: psycopg.Connection
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        write()
        with pytest.raises(MailUnansweredError, match="SSLCertVerificationError"):
            run_jobs()
        assert (server.received, waiting(owner_connection)) == ([], [("todo", True)])

    def test_of_another_name(
        self, settings: Settings, tmp_path: Path, run_jobs: JobRunner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with mail_server(tmp_path, name="mail.example.com") as (impostor, authority):
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
            settings.MAILERS = {"default": mailer_at(impostor)}
            write()
            with pytest.raises(MailUnansweredError, match="SSLCertVerificationError"):
                run_jobs()
        assert impostor.received == []

    @pytest.mark.parametrize(
        ("account", "scheme", "error"),
        [
            ("florin:wrong", "smtp+tls", smtplib.SMTPAuthenticationError),
            (ACCOUNT, "smtp", smtplib.SMTPNotSupportedError),
        ],
        ids=["wrong password", "without TLS"],
    )
    def test_a_wrong_setting_loses_no_letter(
        self,
        server: Server,
        settings: Settings,
        run_jobs: JobRunner,
        owner_connection: psycopg.Connection,
        account: str,
        scheme: str,
        error: type[Exception],
    ) -> None:
        settings.MAILERS = {"default": mailer_at(server, account=account, scheme=scheme)}
        write()
        with pytest.raises(MailUnansweredError, match=error.__name__):
            run_jobs()
        assert (server.received, waiting(owner_connection)) == ([], [("todo", True)])


def come_due(owner: psycopg.Connection) -> None:
    """Let the time come at which letters are tried again."""
    owner.execute("update procrastinate_jobs set scheduled_at = %s where status = 'todo'", [timezone.now()])
