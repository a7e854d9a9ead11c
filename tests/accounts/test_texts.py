"""Text messages: sealed while they wait, handed to a gateway by HTTP, asked about again under the same id."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.providers.sms import Gateway, SmsRefused, SmsUnanswered, Text, sms_provider
from accounts.tasks import PATIENCE, deliver_text
from accounts.texts import open_text, send_text_later
from config.sealing import BrokenSealError, seal
from tests.jobs import JobRunner
from tests.texts import Phones

ALICE = "+351912345678"
MESSAGE = Text(id="0b0f2c1e", phone=ALICE, text="Olá: 123456 é o seu código")


class Peer(ThreadingHTTPServer):
    """A gateway that speaks our protocol and sends one id once. `plan` is what it does with the next requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan: list[str] = []
        self.requests: list[dict[str, str]] = []
        self.sent: dict[str, dict[str, str]] = {}
        self.hold = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/messages"


class Handler(BaseHTTPRequestHandler):
    """One request of it."""

    server: Peer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(dict(self.headers))
        act = self.server.plan.pop(0) if self.server.plan else "202"
        if act in {"202", "late", "hang up"}:
            self.server.sent.setdefault(self.headers["Idempotency-Key"], body)
        if act == "late":
            self.server.hold.wait(5)
        if act == "hang up":
            self.connection.close()
            return
        self.send_response(int(act) if act.isdigit() else 202)
        if act == "307":
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def peer(settings: Settings) -> Iterator[Peer]:
    """A gateway on this machine, which the installation uses."""
    server = Peer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_PROVIDER, settings.SMS_URL, settings.SMS_TOKEN = "gateway", server.url, "secret-token"
    settings.PROVIDER_TIMEOUT_S = 1
    yield server
    server.hold.set()
    server.shutdown()
    server.server_close()


def gateway(peer: Peer) -> Gateway:
    return Gateway(peer.url, token="secret-token", sender="Florin", timeout_s=1)


def test_a_gateway_gets_the_message_and_who_sends_it(peer: Peer) -> None:
    gateway(peer).send(MESSAGE)
    assert peer.sent == {"0b0f2c1e": {"id": "0b0f2c1e", "from": "Florin", "to": ALICE, "text": MESSAGE.text}}
    assert peer.requests[0]["Authorization"] == "Bearer secret-token"


@pytest.mark.parametrize("act", ["500", "503", "408", "429", "307", "late", "hang up"])
def test_no_clear_answer_is_unknown_and_asked_again_under_the_same_id(peer: Peer, act: str) -> None:
    peer.plan = [act]
    with pytest.raises(SmsUnanswered):
        gateway(peer).send(MESSAGE)
    gateway(peer).send(MESSAGE)
    assert [request["Idempotency-Key"] for request in peer.requests] == ["0b0f2c1e", "0b0f2c1e"]
    assert list(peer.sent) == ["0b0f2c1e"]


@pytest.mark.parametrize("act", ["400", "401", "404", "422"])
def test_a_plain_refusal_is_one_and_says_neither_number_nor_words(peer: Peer, act: str) -> None:
    peer.plan = [act]
    with pytest.raises(SmsRefused) as caught:
        gateway(peer).send(MESSAGE)
    assert str(caught.value) == f"status {act}"
    assert peer.sent == {}


def test_a_gateway_that_is_not_there_is_unknown(peer: Peer) -> None:
    peer.shutdown()
    peer.server_close()
    with pytest.raises(SmsUnanswered):
        gateway(peer).send(MESSAGE)


def test_a_message_waits_in_the_queue_and_leaves_once(db: None, run_jobs: JobRunner, peer: Peer) -> None:
    send_text_later(ALICE, "Hello")
    assert peer.sent == {}
    assert run_jobs() == ["accounts.tasks.deliver_text"]
    assert [(body["to"], body["text"]) for body in peer.sent.values()] == [(ALICE, "Hello")]
    assert run_jobs() == []


def test_a_message_is_taken_back_with_the_commit_it_tells_of(transactional_db: None, run_jobs: JobRunner) -> None:
    with transaction.atomic():
        send_text_later(ALICE, "Hello")
        transaction.set_rollback(True)
    assert run_jobs() == []


def test_a_job_keeps_its_message_id_and_tries_again_only_what_is_unknown(db: None, run_jobs: JobRunner, peer: Peer) -> None:
    send_text_later(ALICE, "Hello")
    peer.plan = ["500"]
    with pytest.raises(SmsUnanswered):
        run_jobs()
    with connection.cursor() as cursor:
        cursor.execute("select status, attempts, args ->> 'sealed' from procrastinate_jobs")
        ((status, attempts, sealed),) = cursor.fetchall()
    assert (status, attempts) == ("todo", 1)
    deliver_text(sealed=sealed)
    assert list(peer.sent) == [open_text(sealed).message.id] == [peer.requests[0]["Idempotency-Key"]]
    assert SmsRefused not in (PATIENCE.retry_exceptions or ())


def test_neither_number_nor_words_can_be_read_where_they_wait(db: None) -> None:
    send_text_later(ALICE, "Your code is 918273")
    with connection.cursor() as cursor:
        cursor.execute("select args::text from procrastinate_jobs")
        ((waiting,),) = cursor.fetchall()
    assert "918273" not in waiting
    assert "912345678" not in waiting
    assert "918273" not in repr(open_text(json.loads(waiting)["sealed"]))


def test_a_code_that_ran_out_is_not_sent(db: None, run_jobs: JobRunner, peer: Peer) -> None:
    send_text_later(ALICE, "123456", good_until=timezone.now() - timedelta(seconds=1))
    assert run_jobs() == ["accounts.tasks.deliver_text"]
    assert peer.requests == []


@pytest.mark.parametrize("sealed", ["", "x", seal(b"{}", purpose="mail")], ids=["nothing", "no seal", "sealed as a mail"])
def test_opens_nothing_that_was_not_sealed_as_a_text(peer: Peer, sealed: str) -> None:
    with pytest.raises(BrokenSealError):
        deliver_text(sealed=sealed)
    assert peer.requests == []


def test_the_sandbox_writes_each_message_once_and_says_that_no_phone_rang(settings: Settings, phones: Phones) -> None:
    provider = sms_provider()
    assert provider is not None
    assert provider.is_sandbox
    provider.send(MESSAGE)
    provider.send(MESSAGE)
    assert phones() == [MESSAGE]
    (written,) = settings.SMS_OUTBOX.iterdir()
    assert json.loads(written.read_text())["sandbox"] == "no phone rang"


def test_an_installation_without_a_provider_sends_nothing(
    db: None, settings: Settings, run_jobs: JobRunner, phones: Phones
) -> None:
    settings.SMS_PROVIDER = "none"
    send_text_later(ALICE, "Hello")
    assert run_jobs() == ["accounts.tasks.deliver_text"]
    settings.SMS_PROVIDER = "sandbox"
    assert phones() == []
