"""Providers for tests: a real OpenID Connect issuer, which we make check PKCE (RFC 7636), and GitHub's three answers."""

import base64
import hashlib
import html
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import requests
from django.test import Client
from oidc_provider_mock import app
from werkzeug.serving import BaseWSGIServer, make_server

TIMEOUT_S = 10


def challenge_of(verifier: str) -> str:
    """S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Peer:
    """An issuer at `url`. `loose` stops it from checking PKCE; `meddle` changes what its user info says."""

    url: str = ""
    loose: bool = False
    meddle: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    challenges: dict[str, str] = field(default_factory=dict)

    def put(self, sub: str, **claims: Any) -> None:
        """Somebody who has an account there."""
        assert requests.put(f"{self.url}/users/{sub}", json=claims, timeout=TIMEOUT_S).ok

    def allow(self, address: str, sub: str, **form: str) -> str:
        """Somebody signs in there and allows it. Answers where they are sent back to: path and query."""
        answer = requests.post(address, data={"sub": sub, **form}, allow_redirects=False, timeout=TIMEOUT_S)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        if code := parse_qs(back.query).get("code"):
            self.asked.append({name: values[0] for name, values in parse_qs(urlsplit(address).query).items()})
            self.challenges[code[0]] = self.asked[-1].get("code_challenge", "")
        return f"{back.path}?{back.query}"

    def id_token(self, sub: str, *, nonce: str, client_id: str = "florin") -> str:
        """As an app of ours gets it, by the code flow of its own."""
        query = f"response_type=code&scope=openid+email+profile&redirect_uri=app://back&client_id={client_id}&nonce={nonce}"
        back = self.allow(f"{self.url}/oauth2/authorize?{query}", sub)
        code = parse_qs(urlsplit(back).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "app://back"}
        answer = requests.post(f"{self.url}/oauth2/token", data=form, auth=(client_id, "secret"), timeout=TIMEOUT_S)
        return str(answer.json()["id_token"])


@contextmanager
def running_issuer() -> Iterator[Peer]:
    """The issuer on a port of its own."""
    peer, issuer = Peer(), app()

    @issuer.before_request
    def check_pkce() -> Any:  # an answer of Flask, or none
        form = flask.request.form
        if flask.request.path != "/oauth2/token" or peer.loose or not (asked := peer.challenges.get(form.get("code", ""))):
            return None
        if challenge_of(form.get("code_verifier", "")) != asked:
            return flask.jsonify({"error": "invalid_grant"}), 400
        return None

    @issuer.after_request
    def change_user_info(answer: flask.Response) -> flask.Response:
        if flask.request.path == "/userinfo" and peer.meddle:
            answer.set_data(json.dumps({**answer.get_json(), **peer.meddle}))
        return answer

    server: BaseWSGIServer = make_server("localhost", 0, issuer, threaded=True)
    peer.url = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def set_out(client: Client, provider: str, path: str = "/signin/with/{}/", **form: str) -> str:
    """Press the button. Answers the address at the provider that the page leads to."""
    page = client.post(path.format(provider), form)
    assert page.status_code == 200, page.content
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
    assert found
    return html.unescape(found.group(1))


class GitHub(BaseHTTPRequestHandler):
    """What GitHub's API answers about one person."""

    ANSWERS = {
        "/login/oauth/access_token": {"access_token": "gho_1", "token_type": "bearer", "scope": "read:user,user:email"},
        "/api/v3/user": {"id": 583231, "login": "octocat", "name": "Mona Octocat", "email": None},
        "/api/v3/user/emails": [
            {"email": "mona@example.com", "primary": True, "verified": True},
            {"email": "old@example.com", "primary": False, "verified": False},
        ],
    }

    def do_GET(self) -> None:
        content = json.dumps(self.ANSWERS[self.path]).encode()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 the base class's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 the base class's name
        """Quietly."""


@contextmanager
def running_github() -> Iterator[str]:
    """GitHub's answers at the address that is given."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
