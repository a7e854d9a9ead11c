"""A browser at the door of a running portal, and people in front of it.

The portal runs in threads of this process; a page talks to it over a socket as from anywhere else.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests import chromium
from tests.doors import open_key

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PATIENCE_MS = 20_000  # the machine may have other work
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}  # all levels that make up WCAG 2.2 AA
REFUSED = "the server responded with a status of 4"  # Chromium's note on a form that was refused, which is no fault


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the journeys of one module."""
    path = chromium.executable()
    if path is None:
        pytest.skip(chromium.MISSING)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, and Django takes that for a reason not to ask the database.
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE_MS)
        started = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield started
        started.close()


@dataclass
class Visitor:
    """Somebody at a browser. Whatever the browser complains about fails the journey at its end."""

    context: BrowserContext
    origin: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "/") -> Page:
        """A page in a tab of its own."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._note_server_error)
        page.goto(self.origin + path)
        return page

    def sign_in_as(self, user: User) -> None:
        """Signed in without asking for the password; journeys about signing in type it."""
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": open_key(user), "url": self.origin}])

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and REFUSED not in message.text:
            self.complaints.append(message.text)

    def _note_server_error(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")


def barriers(page: Page) -> list[str]:
    """C19: where the page keeps somebody out, by axe's rules for WCAG 2.2 AA; the address, the rule and the element."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{page.url}: {each['help']}: {node['html']}" for each in found for node in each["nodes"]]


def overflow(page: Page) -> int:
    """C19: how many pixels the page is wider than its window; people then scroll both ways."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide


class Door:
    """Lets visitors in: `door.visitor(alice)`."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self.browser, self.origin = browser, origin
        self.visitors: list[Visitor] = []

    def visitor(self, user: User | None = None, **options: Any) -> Visitor:
        """Somebody with a browser of their own, on a phone unless `options` of Playwright's context say otherwise."""
        context = self.browser.new_context(**{"viewport": PHONE, "locale": "en-GB", **options})
        visitor = Visitor(context, self.origin)
        if user:
            visitor.sign_in_as(user)
        self.visitors.append(visitor)
        return visitor

    def close(self) -> list[str]:
        """Send everybody home; answers what their browsers complained about."""
        for visitor in self.visitors:
            with suppress(Error):  # a journey that failed may have left a page in the middle of something
                visitor.context.close()
        return [complaint for visitor in self.visitors for complaint in visitor.complaints]


@pytest.fixture
def door(browser: Browser, live_server: LiveServer) -> Iterator[Door]:
    """The way into the running portal."""
    entrance = Door(browser, live_server.url)
    yield entrance
    complaints = entrance.close()
    assert complaints == []


@pytest.fixture
def origin(door: Door, settings: Settings) -> str:
    """The portal where passkeys may come from, and where links lead: this one."""
    settings.PORTAL_ORIGIN = door.origin
    return door.origin
