"""Paying out by Pix through a Brazilian bank's API: Efí's "Envio de Pix", v3 to send and v2 to ask.

An access token by OAuth 2.0 (RFC 6749, client credentials) over mutual TLS, as the Banco Central demands of Pix APIs;
`PUT /v3/gn/pix/{id}` sends, `GET /v2/gn/pix/enviados/id-envio/{id}` tells what became of it. The id is the payout's, so that
nothing is sent twice: what the bank knows already is only asked about.
"""

import re
import threading
import time
from http import HTTPStatus
from typing import Any
from uuid import UUID

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from merchants.destinations import Destination, Pix, Rail
from payments.money import Money
from payments.providers.funding import Declined, Outcome, ProviderUnanswered, Succeeded, Underway

TOKEN_PATH, SEND_PATH, SENT_PATH = "oauth/token", "v3/gn/pix", "v2/gn/pix/enviados/id-envio"
TOKEN_MARGIN_S = 60  # a token is not used in its last minute
TEXT_ROOM = 140  # of infoPagador
CODE = re.compile(r"[a-z0-9_]{1,60}")
# The bank has read the request and will not send; every other answer leaves open what happened.
REFUSED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY})


class PixApi:
    """The bank. Its settings are `PIX_API`."""

    name = "pix_api"
    title = "Pix"
    arrival = _("In a few seconds, at any hour")
    is_sandbox = False
    is_asked = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token, self._token_until = "", 0  # on this machine's clock

    def takes(self, destination: Destination, asset: str) -> bool:
        """Pix keys, in reais."""
        return destination.rail == Rail.PIX and asset == "BRL"

    def pay_out(self, reference: UUID, amount: Money, destination: Destination, text: str, timeout_s: int) -> Outcome:
        """Send it, unless the bank knows it already; then tell what became of it.

        :raises ProviderUnanswered: no answer, or none that says what happened.
        """
        assert isinstance(destination, Pix)  # noqa: S101 `takes` says so
        if known := self._known(reference, timeout_s):
            return known
        body = {
            "valor": amount.plain(),
            "pagador": {"chave": settings.PIX_API.key, "infoPagador": text[:TEXT_ROOM]},
            "favorecido": {"chave": destination.key},
        }
        answer = self._ask("PUT", f"{SEND_PATH}/{reference.hex}", timeout_s, json=body)
        if _worked(answer):
            return _outcome(_content(answer))
        if answer.status_code in REFUSED:
            # Another try of ours may have been faster, and its repetition is what was refused.
            return self._known(reference, timeout_s) or _refusal(_content(answer))
        if answer.status_code == HTTPStatus.CONFLICT:
            return self._known(reference, timeout_s) or Underway()
        raise ProviderUnanswered(f"status {answer.status_code}")

    def _known(self, reference: UUID, timeout_s: int) -> Outcome | None:
        """What became of it; None if the bank has never heard of it."""
        answer = self._ask("GET", f"{SENT_PATH}/{reference.hex}", timeout_s)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        if not _worked(answer):
            raise ProviderUnanswered(f"status {answer.status_code}")
        return _outcome(_content(answer))

    def _ask(self, method: str, path: str, timeout_s: int, **more: Any) -> requests.Response:
        """Ask with our token; with a new one if the bank has forgotten it."""
        for renew in (False, True):
            headers = {"Authorization": f"Bearer {self._access_token(timeout_s, renew=renew)}"}
            answer = _request(method, path, timeout_s, headers=headers, **more)
            if answer.status_code != HTTPStatus.UNAUTHORIZED:
                break
        return answer

    def _access_token(self, timeout_s: int, *, renew: bool) -> str:
        with self._lock:
            if renew or int(time.monotonic()) >= self._token_until:
                credentials = (settings.PIX_API.client_id, settings.PIX_API.client_secret)
                answer = _request("POST", TOKEN_PATH, timeout_s, auth=credentials, json={"grant_type": "client_credentials"})
                content = _content(answer)
                if not _worked(answer) or not isinstance(content.get("access_token"), str):
                    raise ProviderUnanswered(f"no token: status {answer.status_code}")
                self._token = content["access_token"]
                self._token_until = int(time.monotonic()) + int(content.get("expires_in", 0)) - TOKEN_MARGIN_S
            return self._token


def _request(method: str, path: str, timeout_s: int, **more: Any) -> requests.Response:
    """One request, over mutual TLS where a certificate is set.

    :raises ProviderUnanswered: no answer within `timeout_s`, for each wait.
    """
    url = f"{settings.PIX_API.url.rstrip('/')}/{path}"
    try:
        return requests.request(
            method,
            url,
            timeout=timeout_s,
            allow_redirects=False,
            cert=settings.PIX_API.certificate or None,
            verify=settings.PIX_API.authority or True,
            **more,
        )
    except (requests.RequestException, OSError) as error:
        raise ProviderUnanswered(type(error).__name__) from None  # its words hold the address


def _worked(answer: requests.Response) -> bool:
    """A 2xx; a redirect, which is not followed, says nothing."""
    return answer.status_code // 100 == HTTPStatus.OK // 100


def _content(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except requests.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _outcome(content: dict[str, Any]) -> Outcome:
    status = content.get("status")
    if status == "REALIZADO":
        return Succeeded(str(content.get("endToEndId") or content.get("e2eId") or content.get("idEnvio"))[:100])
    if status == "NAO_REALIZADO":
        error = content.get("gnExtras", {}).get("erro", {}) if isinstance(content.get("gnExtras"), dict) else {}
        return Declined("returned", _words(error.get("motivo") if isinstance(error, dict) else None))
    if status == "EM_PROCESSAMENTO":
        return Underway()
    raise ProviderUnanswered("an answer without a status we know")


def _refusal(content: dict[str, Any]) -> Declined:
    code = str(content.get("nome", ""))
    return Declined(code if CODE.fullmatch(code) else "refused", _words(content.get("mensagem")))


def _words(reason: object) -> str:
    """The bank's words, or ours."""
    return str(reason) if reason else str(_("The bank did not carry it out."))
