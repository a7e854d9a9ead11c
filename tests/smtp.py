"""A mail server on this machine: RFC 5321 with STARTTLS (RFC 3207) and a password (RFC 4954), as providers run them."""

import socket
import ssl
from asyncio import WriteTransport
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = b"florin", b"tall harbour bells"
TAKEN = "250 OK"


@dataclass
class Server:
    """What it was given, and how it answers: each letter takes the next of `answers`; after the last, all are taken.

    An answer that is empty hangs up instead, when the letter has been taken in: nobody knows what became of it.
    """

    port: int = 0
    answers: list[str] = field(default_factory=list)
    recipient_answer: str = TAKEN
    received: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 aiosmtpd's names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else TAKEN
        if not answer or answer == TAKEN:
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
        if not answer:
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return answer or TAKEN


@contextmanager
def mail_server(folder: Path, *, name: str = "localhost") -> Iterator[tuple[Server, Path]]:
    """A server whose certificate is for `name`, and the file of the authority that signed it."""
    authority, trusted = trustme.CA(), folder / "authority.pem"
    authority.cert_pem.write_to_path(trusted)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    server = Server()
    controller = Controller(
        server,
        hostname="localhost",
        port=_free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_authenticate,
    )
    controller.start()
    server.port = controller.port
    try:
        yield server, trusted
    finally:
        controller.stop()


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    known = isinstance(given, LoginPassword) and (given.login, given.password) == (USER, PASSWORD)
    return AuthResult(success=known, handled=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port: int = probe.getsockname()[1]
    return port
