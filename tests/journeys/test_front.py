"""The pages of everybody and of one's own account in a real browser, read for barriers."""

import uuid
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from payments.models import Wallet
from tests.factories import open_wallet_for
from tests.journeys.conftest import DESK, PHONE, Door, barriers, overflow

pytestmark = pytest.mark.django_db(transaction=True)

IN_FRONT = [
    "/",
    "/signup/",
    "/signin/",
    "/signin/?next=/send/",
    "/reset/",
    "/reset/sent/",
    "/suspended/",
    "/problems/",
    "/terms/",
    "/privacy/",
    "/nowhere/",
]
OWN = [
    "/profile/", "/profile/security/", "/profile/identity/", "/profile/email/", "/profile/password/", "/profile/devices/",
    "/profile/activity/", "/profile/consents/",
]  # fmt: skip


@pytest.fixture
def alice_eur(alice: User) -> Wallet:
    """100.00 EUR."""
    return open_wallet_for(alice, "EUR", minor=100_00)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keeps_nobody_out(door: Door, alice: User, alice_eur: Wallet, scheme: str) -> None:
    """C19, of strangers, of somebody signed in, and of somebody who has made a mistake."""
    look: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    stranger, person = door.visitor(**look).open("/"), door.visitor(alice, **look).open("/")
    found = []
    for page, addresses in ((stranger, IN_FRONT), (person, [*OWN, f"/activity/{uuid.uuid4()}/"])):
        for address in addresses:
            page.goto(door.origin + address)
            found += barriers(page)
    stranger.goto(door.origin + "/signin/")
    stranger.get_by_label("E-mail address").fill("alice@example.com")
    stranger.get_by_label("Password", exact=True).fill("not this one at all")
    stranger.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(stranger.get_by_role("alert")).to_be_visible()
    person.goto(door.origin + "/send/")
    person.get_by_label("Amount").fill("nothing")
    person.get_by_role("button", name="Review").click()
    expect(person.locator("[aria-invalid]").first).to_be_visible()
    assert found + barriers(stranger) + barriers(person) == []


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_fits_the_screen_on_every_page(door: Door, alice: User, alice_eur: Wallet, screen: dict[str, int]) -> None:
    alice.name = "Maria Fernanda de Albuquerque Cavalcanti e Vasconcelos"
    alice.save(update_fields=["name"])
    for user, addresses in ((None, IN_FRONT), (alice, OWN)):
        page = door.visitor(user, viewport=screen).open("/")
        for address in addresses:
            page.goto(door.origin + address)
            assert overflow(page) == 0, address
