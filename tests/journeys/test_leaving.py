"""Closing one's account in a real browser (R47)."""

import pytest
from playwright.sync_api import expect

from accounts.models import Closure, User
from tests.factories import PASSWORD, open_wallet_for
from tests.journeys.conftest import PHONE, Door, barriers, overflow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_closes_an_account_once_nothing_stands_in_the_way(door: Door, alice: User, scripts: bool) -> None:
    wallet = open_wallet_for(alice)
    visitor = door.visitor(alice, viewport=PHONE, reduced_motion="reduce", java_script_enabled=scripts)
    page = visitor.open("/profile/")
    page.get_by_role("link", name="Close your account").click()
    expect(page.get_by_role("heading", name="What is erased")).to_be_visible()
    if scripts:
        assert (barriers(page), overflow(page)) == ([], 0)
    page.get_by_role("button", name="Close your account for good").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Close your account for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account is closed")
    if scripts:
        assert (barriers(page), overflow(page)) == ([], 0)
    assert Closure.objects.get().user == alice
    wallet.refresh_from_db()
    assert wallet.status == "closed"
    page.get_by_role("link", name="Open a new account").click()
    expect(page.get_by_label("E-mail address")).to_be_visible()
