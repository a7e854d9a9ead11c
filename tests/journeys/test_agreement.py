"""Somebody whom nobody has asked yet, in front of the texts, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from accounts.models import Consent, User
from tests.factories import open_wallet_for
from tests.journeys.conftest import DESK, PHONE, Door, barriers, overflow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("screen", "scheme"), [(PHONE, "dark"), (DESK, "light")], ids=["phone", "desk"])
def test_reads_agrees_and_goes_where_they_were_going(door: Door, alice: User, screen: dict[str, int], scheme: str) -> None:
    open_wallet_for(alice, minor=100_00)
    User.objects.filter(pk=alice.pk).update(agreed_edition="")
    page = door.visitor(alice, viewport=screen, color_scheme=scheme, reduced_motion="reduce").open("/wallets/")
    expect(page.get_by_role("heading", name="Before you go on")).to_be_visible()
    words = page.get_by_text("it earns no interest")
    expect(words).to_be_hidden()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(words).to_be_visible()
    assert (overflow(page), barriers(page)) == (0, [])
    page.get_by_role("button", name="I agree").press("Enter")
    expect(page).to_have_url(f"{door.origin}/wallets/")
    assert Consent.objects.filter(user=alice).count() == 2
