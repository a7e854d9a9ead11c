"""Text messages: what carries them to a phone, and which of these this installation has."""

import datetime as dt
import http.client
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONE = "none"
ASK_AGAIN = frozenset({408, 425, 429})  # refused for now; every other 4xx is refused for good


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """One message. `id` stays the same however often it is sent, so that it arrives once. Has no `repr`: it holds codes."""

    id: str
    phone: str  # E.164
    text: str


class SmsUnanswered(Exception):  # noqa: N818 what it says may still turn out well
    """Whether the message left is unknown: send it again, with the same id."""


class SmsRefused(Exception):  # noqa: N818 as above
    """The message will not be carried, for good. Says neither number nor words."""


class SmsProvider(Protocol):
    """Carries messages. Sent twice under one id, a message arrives once. Never called inside a transaction of ours."""

    @property
    def is_sandbox(self) -> bool:
        """Whether nothing reaches a phone."""

    def send(self, message: Text) -> None:
        """Hand the message over.

        :raises SmsUnanswered: no answer in time, or none that says what happened.
        :raises SmsRefused: it will not be carried.
        """


class Outbox:
    """The sandbox: a file for each message, and no phone rings."""

    is_sandbox = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Text) -> None:
        """Write the message, once for each id."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {"sandbox": "no phone rang", **asdict(message), "at": dt.datetime.now(dt.UTC).isoformat()}
        waiting = self.folder / f".{message.id}"
        waiting.write_text(json.dumps(content, ensure_ascii=False))
        waiting.rename(self.folder / f"{message.id}.json")


class _NoRedirect(HTTPRedirectHandler):
    """The address is configured; a message and the token go nowhere else."""

    def redirect_request(self, *_arguments: object) -> None:
        """None: a redirect is an error."""


class Gateway:
    """Any gateway that takes `{"id", "from", "to", "text"}` as JSON, with a bearer token and an `Idempotency-Key`.

    Every 2xx says that it has the message. `timeout_s` limits each wait for the network.
    """

    is_sandbox = False

    def __init__(self, url: str, *, token: str, sender: str, timeout_s: int) -> None:
        self.url, self.token, self.sender, self.timeout_s = url, token, sender, timeout_s

    def send(self, message: Text) -> None:
        body = {"id": message.id, "from": self.sender, "to": message.phone, "text": message.text}
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": message.id,
            "User-Agent": "Florin",
        }
        request = Request(self.url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 a check demands http(s)
        try:
            build_opener(_NoRedirect).open(request, timeout=self.timeout_s).close()  # the status says all that we ask
        except HTTPError as error:
            error.close()
            if error.code // 100 == 4 and error.code not in ASK_AGAIN:  # noqa: PLR2004 the class of the status
                raise SmsRefused(f"status {error.code}") from None
            raise SmsUnanswered(f"status {error.code}") from None
        except (URLError, http.client.HTTPException, OSError) as error:
            raise SmsUnanswered(type(error).__name__) from None


def sms_provider() -> SmsProvider | None:
    """What carries messages here; None if nothing does."""
    if settings.SMS_PROVIDER == NONE:
        return None
    if settings.SMS_PROVIDER == "sandbox":
        return Outbox(settings.SMS_OUTBOX)
    if settings.SMS_PROVIDER == "gateway":
        limit_s = settings.PROVIDER_TIMEOUT_S
        return Gateway(settings.SMS_URL, token=settings.SMS_TOKEN, sender=settings.SMS_SENDER, timeout_s=limit_s)
    raise ImproperlyConfigured(f"SMS_PROVIDER is {settings.SMS_PROVIDER!r}; it can be gateway, sandbox, none.")
