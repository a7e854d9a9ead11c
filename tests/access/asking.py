"""Asking a route as somebody, and reading what became of it."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import resolve, reverse

from accounts.models import User
from config.hosts import ADMIN, AGENT, PORTAL, Site
from config.models import uuid7
from config.problems import API_PREFIX
from config.sessions import cookie_name
from tests.access.policy import Anyone, Case, Named, Outcome, Person, Staff
from tests.access.routes import Route
from tests.access.world import World

NOWHERE = "/there/is/nothing/here/"
HOSTS = {PORTAL: "localhost", AGENT: "agent.localhost", ADMIN: "admin.localhost"}
SIGN_IN_PAGES = {PORTAL: "/signin/", AGENT: "/login/", ADMIN: "/login/"}
# What is new each time: nonces, form tokens, the request's number, the address that was asked, the time of day.
CHANGING = (r'nonce="[^"]*"', r'value="[A-Za-z0-9]{64}"', r"<code>[0-9a-f]{32}</code>", r'value="/[^"]*"', r"[0-9a-f-]{36}")


@dataclass(frozen=True)
class Answer:
    """What came back, and what was asked for it."""

    status: int
    text: str
    location: str
    asked: str

    def outcome(self, site: Site) -> Outcome | None:
        """What it amounts to; None for an answer that nobody should get."""
        if self.status == 401 or urlsplit(self.location).path == SIGN_IN_PAGES[site]:
            return Outcome.SIGN_IN
        if self.status in {403, 404}:
            return Outcome.FORBIDDEN if self.status == 403 else Outcome.NOT_FOUND
        if self.status == 409:
            return Outcome.CONFLICT
        return Outcome.DONE if self.status < 400 else Outcome.REFUSED if self.status < 500 else None

    def essence(self) -> tuple[int, str, str]:
        """The answer without what is new each time: two of these are the same for whoever compares them."""
        try:
            problem = json.loads(self.text)
        except ValueError:
            text = self.text
            for changing in CHANGING:
                text = re.sub(changing, "", text)
            return self.status, re.sub(CHANGING[-1], "", self.location), text
        return self.status, self.location, str({key: problem[key] for key in problem if key not in {"instance", "request_id"}})

    def leaks(self, secrets: list[str]) -> list[str]:
        """The secrets it tells, beside those that the asker named."""
        return [secret for secret in secrets if secret in self.text + self.location and secret not in self.asked]

    def __str__(self) -> str:
        place = f" → {self.location}" if self.location else ""
        return f"{self.status}{place} {self.text[:300]!r}"


@dataclass(frozen=True)
class Asker:
    """Asks one route of the world."""

    world: World
    route: Route

    def ask(
        self,
        case: Case,
        person: Anyone,
        *,
        missing: bool = False,
        method: str = "",
        csrf: bool = False,
        sent: tuple[str | bytes, str] | None = None,
    ) -> Answer:
        """Ask as this person; with `missing` for a thing that does not exist, with `csrf` as a form of another site.

        `sent` goes in place of the case's body: the content, and the media type it claims to be.
        """
        at, query, body = self._missing(case) if missing else self._values(case)
        path = self._path(at)
        is_api = path.startswith(API_PREFIX)
        client = Client(enforce_csrf_checks=csrf, headers={"host": HOSTS[self.route.site], **self._headers(person, is_api)})
        if key := self._cookie(person, is_api):
            client.cookies[cookie_name(self.route.site)] = key
        method = method or case.method
        data, content_type = sent or self._encoded(method, body, is_api)
        with _own_transaction():
            response = client.generic(
                method, path, data, content_type, query_params=dict(query), headers={"idempotency-key": str(uuid7())}
            )
        asked = f"{path}{query}{body}"
        return Answer(
            response.status_code, response.getvalue().decode(errors="replace"), response.headers.get("Location", ""), asked
        )

    def names_something(self, case: Case) -> bool:
        """Whether asking for something that does not exist is another request."""
        return self._missing(case) != self._values(case)

    def _values(self, case: Case) -> list[Mapping[str, Any]]:
        return [case.at(self.world), case.query(self.world), case.body(self.world)]

    def _missing(self, case: Case) -> list[Mapping[str, Any]]:
        """The same request for something that does not exist: what is sent along names it, or else the address does."""
        at, query, body = self._values(case)
        sent = [_nowhere(query), _nowhere(body)]
        return [_nowhere(at), query, body] if sent == [query, body] else [at, *sent]

    def _path(self, at: Mapping[str, Any]) -> str:
        site, route = self.route.site, self.route
        if route.view_name.endswith(route.key) and "<" not in route.key and route.key:
            path = reverse(route.view_name, urlconf=site.urlconf, kwargs=dict(at))
        elif at:
            path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(at[found[1]]), route.pattern)
        else:
            path = NOWHERE
        assert resolve(path, site.urlconf).route == route.pattern, f"{path} is another route than {route}"
        return path

    def _encoded(self, method: str, body: Mapping[str, Any], is_api: bool) -> tuple[str | bytes, str]:
        if method in {"GET", "HEAD", "OPTIONS"}:
            return b"", "application/octet-stream"
        if is_api:
            return json.dumps(dict(body), cls=DjangoJSONEncoder), "application/json"
        return encode_multipart(BOUNDARY, {"idempotency_key": str(uuid7()), **body}), MULTIPART_CONTENT

    def _headers(self, person: Anyone, is_api: bool) -> dict[str, str]:
        if isinstance(person, Staff) or person is Person.ANONYMOUS:
            return {}
        if is_api == (person is Person.WRONG_DOOR):
            return {}
        return {"authorization": f"Bearer {self.world.tokens[_name(person)]}"}

    def _cookie(self, person: Anyone, is_api: bool) -> str:
        if person in {Person.ANONYMOUS, Staff.ANONYMOUS}:
            return ""
        if isinstance(person, Person):
            return self.world.cookies[_name(person), PORTAL] if is_api == (person is Person.WRONG_DOOR) else ""
        made_on = {Staff.PORTAL_SESSION: PORTAL, Staff.OTHER_CONSOLE: AGENT if self.route.site is ADMIN else ADMIN}
        return self.world.cookies[_name(person), made_on.get(person, self.route.site)]


def _own_transaction() -> transaction.Atomic:
    """A block in which an operation that refuses undoes itself, as it does in a request.

    Keyed requests want a transaction of their own; this one stands around all of them, as a test case's does.
    """
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    return block


@contextmanager
def undone(world: World | None = None, person: Anyone | None = None) -> Iterator[None]:
    """A block whose writes are rolled back; in it, whoever is to be suspended is."""
    with _own_transaction():
        if world and person in {Person.SUSPENDED, Staff.SUSPENDED}:
            User.objects.filter(pk=world.people[_name(person)].pk).update(status=User.Status.SUSPENDED)
        yield
        transaction.set_rollback(True)


def _name(person: Anyone) -> str:
    """What the world calls whoever asks."""
    if person in {Person.WRONG_DOOR, Person.SUSPENDED, Staff.CUSTOMER}:
        return "alice"
    return "both" if person in {Staff.SUSPENDED, Staff.PORTAL_SESSION, Staff.OTHER_CONSOLE} else person.name.lower()


def _nowhere(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values, but what names a thing of the world names nothing."""
    return {name: _nothing(value) for name, value in values.items()}


def _nothing(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return uuid7()
    if isinstance(value, Named):
        return type(value)("Z" * len(value))
    if isinstance(value, int):
        return 2**31 - 1
    return _nowhere(value) if isinstance(value, dict) else value
