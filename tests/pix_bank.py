"""A bank on this machine that pays by Pix: Efí's API as far as we ask it, over mutual TLS."""

import base64
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from pytest_django.fixtures import Settings

from config.banks import PixApi

type Answer = tuple[int, Any]  # a status and JSON

CLIENT, SECRET, TOKEN_TTL_S = "florin", "a secret of tests", 3600
POLL_S = 0.02
SEND, SENT = re.compile(r"/v3/gn/pix/(\w{1,35})"), re.compile(r"/v2/gn/pix/enviados/id-envio/(\w{1,35})")


@dataclass
class Bank:
    """What it knows, and how it behaves: `conduct` answers in place of the usual, `lose_answers` acts and says nothing."""

    url: str = ""
    tokens: list[str] = field(default_factory=list)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: str = "REALIZADO"
    lose_answers: bool = False
    conduct: Callable[[str], Answer | None] = lambda _request: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, headers: Any, body: dict[str, Any]) -> Answer:
        """What the bank says to a request."""
        self.asked.append(f"{method} {path}")
        if odd := self.conduct(f"{method} {path}"):
            return odd
        if (method, path) == ("POST", "/oauth/token"):
            return self._let_in(headers, body)
        if headers["Authorization"] not in {f"Bearer {token}" for token in self.tokens}:
            return 401, {"nome": "token_invalido"}
        if method == "PUT" and (found := SEND.fullmatch(path)):
            return self._send(found[1], body)
        found = SENT.fullmatch(path)
        known = self.sent.get(found[1]) if found else None
        return (200, known) if known else (404, {"nome": "envio_nao_encontrado", "mensagem": "Envio não encontrado"})

    def _let_in(self, headers: Any, body: dict[str, Any]) -> Answer:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if headers["Authorization"] != f"Basic {basic}" or body != {"grant_type": "client_credentials"}:
            return 401, {"error": "invalid_client"}
        self.tokens.append(f"token-{len(self.tokens)}")
        return 200, {"access_token": self.tokens[-1], "token_type": "Bearer", "expires_in": TOKEN_TTL_S, "scope": "pix.send"}

    def _send(self, reference: str, body: dict[str, Any]) -> Answer:
        with self.lock:
            if reference in self.sent:
                return 409, {"nome": "id_envio_duplicado", "mensagem": "idEnvio já utilizado"}
            if not re.fullmatch(r"\d{1,10}\.\d{2}", body["valor"]) or len(body["pagador"]["infoPagador"]) > 140:
                return 422, {"nome": "valor_invalido", "mensagem": "Valor inválido"}
            if body["favorecido"]["chave"] == "nobody@example.com":
                return 400, {"nome": "chave_favorecido_nao_encontrada", "mensagem": "A chave não existe."}
            self.sent[reference] = {
                "idEnvio": reference, "endToEndId": f"E{len(self.sent):031d}", "valor": body["valor"],
                "chave": body["pagador"]["chave"], "status": self.status, "favorecido": body["favorecido"],
                "infoPagador": body["pagador"]["infoPagador"],
            }  # fmt: skip
        return 201, self.sent[reference]


@contextmanager
def banking(folder: Path, settings: Settings) -> Iterator[Bank]:
    """The bank, which the settings lead to. It wants a certificate of its own authority from whoever asks."""
    bank, authority = Bank(), trustme.CA()
    server = _Server(("127.0.0.1", 0), _handler(bank))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=[POLL_S], daemon=True).start()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert("florin.example").private_key_and_cert_chain_pem.write_to_path(str(folder / "us.pem"))
    bank.url = f"https://localhost:{server.server_address[1]}"
    settings.PIX_API = PixApi(
        url=bank.url,
        client_id=CLIENT,
        client_secret=SECRET,
        key="payouts@florin.example",
        certificate=str(folder / "us.pem"),
        authority=str(folder / "authority.pem"),
    )
    settings.PAYOUT_PIX_PROVIDER = "pix_api"
    yield bank
    server.shutdown()
    server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who does not shake hands is not spoken to."""


def _handler(bank: Bank) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            status, content = bank.answer(self.command, self.path, self.headers, json.loads(self.rfile.read(length) or b"{}"))
            if bank.lose_answers and self.command == "PUT":
                self.close_connection = True
                return
            said = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def log_message(self, *_arguments: Any) -> None:
            """Nothing."""

    return Handler
