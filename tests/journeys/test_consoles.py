"""The consoles in a real browser, read for barriers."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from merchants.models import Store
from tests.factories import PASSWORD, open_wallet_for
from tests.journeys.conftest import DESK, PHONE, Door, barriers, overflow

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = [
    "accounts/user", "accounts/identityprofile", "payments/wallet", "payments/transaction", "payments/posting",
    "payments/conversionquote", "merchants/store", "merchants/charge", "support/agent", "audit/auditentry", "audit/synclog",
]  # fmt: skip


def at_the_console(door: Door, admin: User, **options: Any) -> tuple[Page, str]:
    """The overview, at which the admin has signed in, and the console's address."""
    visitor, console = door.visitor(**options), door.origin.replace("localhost", "admin.localhost")
    visitor.origin = console
    page = visitor.open()
    page.get_by_label("E-mail").fill(admin.email or "")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.locator(".overview")).to_be_visible()
    return page, console


@pytest.mark.parametrize(("screen", "scheme"), [(PHONE, "dark"), (DESK, "light")], ids=["phone", "desk"])
def test_keeps_no_staff_out(
    door: Door, admin: User, alice: User, greengrocer: Store, screen: dict[str, int], scheme: str
) -> None:
    """C19, of every list and of the pages behind them."""
    wallet = open_wallet_for(alice, minor=100_00)
    page, console = at_the_console(door, admin, viewport=screen, color_scheme=scheme)
    found, wide = barriers(page), [overflow(page)]
    pages = [
        f"accounts/user/{alice.pk}/change",
        f"payments/wallet/{wallet.pk}/change",
        f"merchants/store/{greengrocer.pk}/change",
    ]
    for address in [*LISTS, *pages]:
        page.goto(f"{console}/{address}/")
        found += barriers(page)
        wide.append(overflow(page))
    assert (found, max(wide)) == ([], 0)


def test_asks_before_it_acts_over_the_page(door: Door, admin: User, alice: User) -> None:
    page, console = at_the_console(door, admin, viewport=DESK)
    page.goto(f"{console}/accounts/user/{alice.pk}/change/")
    page.get_by_role("link", name="Suspend").click()
    expect(page.get_by_role("heading", name="Suspend this person?")).to_be_visible()
    assert barriers(page) == []
    page.get_by_label("Reason").fill("A stolen card, says the bank.")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("link", name="Reinstate")).to_be_visible()


def test_asks_on_a_page_of_its_own_in_another_tab(door: Door, admin: User, alice: User) -> None:
    page, console = at_the_console(door, admin, viewport=PHONE)
    page.goto(f"{console}/accounts/user/{alice.pk}/suspend/")
    assert (page.title().split(" | ")[0].strip(), barriers(page), overflow(page)) == ("Suspend", [], 0)
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("This field is required.")).to_be_visible()
    alice.refresh_from_db()
    assert alice.status == User.Status.ACTIVE

    page.get_by_label("Reason").fill("A stolen card, says the bank.")
    page.get_by_role("button", name="Submit").click()
    expect(page).to_have_url(f"{console}/accounts/user/{alice.pk}/change/")
    alice.refresh_from_db()
    assert alice.status == User.Status.SUSPENDED
