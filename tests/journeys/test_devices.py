"""Devices in two real browsers: seen, named, signed out in one and out at once in the other (R24)."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from tests.factories import PASSWORD
from tests.journeys.conftest import DESK, PHONE, Door, barriers, overflow
from tests.journeys.test_factors import press

pytestmark = pytest.mark.django_db(transaction=True)

DEVICES = "/profile/devices/"


def type_password(page: Page, email: str) -> None:
    """Sign in by keyboard, from the address field on."""
    page.get_by_label("E-mail address").focus()
    page.keyboard.type(email)
    page.get_by_label("Password", exact=True).focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home")).to_be_attached()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_signs_another_browser_out_at_once(door: Door, alice: User, viewport: dict[str, int]) -> None:
    here = door.visitor(viewport=viewport, reduced_motion="reduce").open("/signin/")
    there = door.visitor(viewport=viewport).open("/signin/")
    for page in (here, there):
        type_password(page, alice.email or "")
    here.goto(door.origin + DEVICES)
    expect(here.get_by_text("This device")).to_have_count(1)
    assert barriers(here) == []
    assert overflow(here) == 0

    press(here.get_by_role("main").get_by_role("listitem").filter(has_not_text="This device").get_by_role("link").first)
    assert barriers(here) == []
    assert overflow(here) == 0
    here.get_by_label("Name").focus()
    here.keyboard.type("The library's computer")
    here.keyboard.press("Enter")
    expect(here.get_by_role("link", name="The library's computer")).to_be_visible()

    there.goto(f"{door.origin}/wallets/")
    expect(there.get_by_role("heading", level=1)).to_have_text("Wallets")
    press(here.get_by_role("button", name=re.compile("Sign out.*library")))
    expect(here.get_by_role("button", name=re.compile("Sign out"))).to_have_count(0)
    there.reload()
    expect(there.get_by_role("heading", level=1)).to_have_text("Sign in")
    here.goto(f"{door.origin}/wallets/")
    expect(here.get_by_role("heading", level=1)).to_have_text("Wallets")


def test_signs_all_the_others_out_without_javascript(door: Door, alice: User) -> None:
    here = door.visitor(alice, java_script_enabled=False).open(DEVICES)
    others = [door.visitor(alice, java_script_enabled=False).open("/") for _each in range(2)]
    here.reload()
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(here.get_by_role("heading", name="Signed out", exact=True)).to_be_visible()
    for other in others:
        other.reload()
        expect(other.get_by_role("heading", level=1)).not_to_have_text("Home")
        other.goto(f"{door.origin}/profile/")
        expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert Session.objects.filter(user=alice, revoked_at=None).count() == 1
