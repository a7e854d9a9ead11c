"""A browser lets an app in by the code it shows; the app's side speaks the API from a browser of its own (R24)."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import APIResponse, Page, expect

from accounts.models import DeviceLink, Session, StepUpAct, User
from tests.journeys.conftest import DESK, PHONE, Door, Visitor, barriers, overflow
from tests.journeys.test_factors import confirm_by_password, press
from tests.proving import proven
from tests.qr import read_qr

pytestmark = pytest.mark.django_db(transaction=True)

DEVICES = "/profile/devices/"
APP = {"User-Agent": "FlorinApp/2.1 (Android 16)", "X-Device-ID": "k3Vt9_Qm1xZ0aPbW"}


def send(app: Visitor, path: str, **body: str) -> APIResponse:
    """What the API answers the app."""
    return app.context.request.post(app.origin + path, headers=APP, data=body)


def read_me(app: Visitor, token: str) -> APIResponse:
    """What the API answers whoever this access token is of."""
    return app.context.request.get(f"{app.origin}/api/me", headers={**APP, "Authorization": f"Bearer {token}"})


def scan(page: Page) -> str:
    """What a camera reads off the screen."""
    return read_qr(page.get_by_role("img", name="QR code that signs an app in").screenshot())


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_lets_an_app_in_and_out_again_by_keyboard(door: Door, origin: str, alice: User, viewport: dict[str, int]) -> None:
    page = door.visitor(alice, viewport=viewport, reduced_motion="reduce").open(DEVICES)
    press(page.get_by_role("link", name="Sign an app in"))
    assert barriers(page) == []
    press(page.get_by_role("button", name="Show the code"))
    confirm_by_password(page)
    press(page.get_by_role("button", name="Show the code"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Scan this with the app")
    assert barriers(page) == []
    assert overflow(page) == 0

    app = door.visitor()
    address = scan(page)
    landing = app.open(address.removeprefix(origin))
    expect(landing.get_by_role("heading", level=1)).to_have_text("Open this in the app")
    assert barriers(landing) == []
    token = address.partition("#token=")[2]
    asked = send(app, "/api/auth/device-link/open", token=token)
    assert asked.json()["language"] == "en"
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm in the app")
    answer = send(app, "/api/auth/device-link", token=token, device_name="Pixel")
    assert answer.status == 200, answer.text()
    expect(page.get_by_role("heading", level=1)).to_have_text("The app is signed in")
    assert barriers(page) == []
    access = answer.json()["access_token"]
    assert read_me(app, access).json()["email"] == alice.email

    press(page.get_by_role("link", name="Devices").last)
    press(page.get_by_role("button", name=re.compile("Sign out.*Pixel")))
    expect(page.get_by_text("Pixel")).to_have_count(1)  # among those that were signed out
    refused = read_me(app, access)
    assert (refused.status, refused.json()["code"]) == (401, "session_ended")


def test_shows_what_became_of_the_code_without_javascript(door: Door, alice: User) -> None:
    visitor = door.visitor(alice, java_script_enabled=False)
    session = Session.objects.get(session_key=visitor.context.cookies()[0]["value"])
    page = visitor.open(f"{DEVICES}link/")
    for _ in range(2):
        proven(session, StepUpAct.LINK_DEVICE, {}, now=session.created_at)
    page.get_by_role("button", name="Show the code").click()
    expect(page.get_by_role("link", name="Open the app on this device")).to_have_attribute("href", re.compile("^florin://link"))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancelled")
    page.get_by_role("button", name="Show a new code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Scan this with the app")
    assert DeviceLink.objects.filter(cancelled_at__isnull=False).count() == 1
    assert settings.SESSION_COOKIE_NAME in {cookie["name"] for cookie in visitor.context.cookies()}
