"""A wire to the database that can be held at a named statement, so that a process can be killed exactly there."""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

CHUNK = 65536
LIMIT_S = 60


class Wire:
    """Passes everything on between processes of ours and PostgreSQL, until it holds.

    `hold_before` and `hold_after` name texts that must be sent one after the other on one connection: the
    last of them is then not passed on, or its answer is not. What is held is never passed on later, also
    when the process is dead.
    """

    def __init__(self, parameters: dict[str, Any]) -> None:
        self._parameters = parameters  # of psycopg, to the real database
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._texts: Sequence[bytes] = ()
        self._holds_answer = False
        self._held = threading.Event()
        self._let_go = threading.Event()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The database's address over this wire."""
        port = self._listener.getsockname()[1]
        user, name = self._parameters["user"], self._parameters["dbname"]
        return f"postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable&gssencmode=disable"

    def hold_before(self, *texts: bytes) -> None:
        """Do not let the last of these statements through."""
        self._texts, self._holds_answer = texts, False

    def hold_after(self, *texts: bytes) -> None:
        """Let the last of these statements through, and not its answer."""
        self._texts, self._holds_answer = texts, True

    def wait(self) -> None:
        """Until it holds."""
        assert self._held.wait(LIMIT_S), f"nobody sent {self._texts!r}"

    def let_go(self) -> None:
        """Drop what is held, and pass everything on again."""
        self._texts = ()
        self._let_go.set()
        self._held, self._let_go = threading.Event(), threading.Event()

    def close(self) -> None:
        """End all connections."""
        self.let_go()
        for each in (self._listener, *self._open):
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            server = self._connect()
            self._open += [client, server]
            answer_is_held = threading.Event()
            threading.Thread(target=self._pass_on, args=(client, server, answer_is_held), daemon=True).start()
            threading.Thread(target=self._pass_back, args=(server, client, answer_is_held), daemon=True).start()

    def _connect(self) -> socket.socket:
        host, port = str(self._parameters["host"]), int(self._parameters.get("port") or 5432)
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        return socket.create_connection((host, port))

    def _pass_on(self, client: socket.socket, server: socket.socket, answer_is_held: threading.Event) -> None:
        seen = 0
        with suppress(OSError):
            while sent := client.recv(CHUNK):
                texts, let_go = self._texts, self._let_go
                while seen < len(texts) and texts[seen] in sent:
                    seen += 1
                if texts and seen == len(texts):
                    if not self._holds_answer:
                        self._held.set()
                        let_go.wait()
                        break
                    answer_is_held.set()
                server.sendall(sent)
        _shut(client, server)

    def _pass_back(self, server: socket.socket, client: socket.socket, answer_is_held: threading.Event) -> None:
        with suppress(OSError):
            while answer := server.recv(CHUNK):
                if answer_is_held.is_set():
                    let_go = self._let_go
                    self._held.set()
                    let_go.wait()
                    break
                client.sendall(answer)
        _shut(client, server)


def _shut(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
