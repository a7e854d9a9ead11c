"""Signing in with an Ethereum wallet in a real browser."""

import pytest
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import expect

from accounts.models import Session, User
from tests.accounts.ethereum import WALLET
from tests.journeys.conftest import DESK, PHONE, Door
from tests.journeys.wallet import DECLINES, install_wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_opens_an_account_and_comes_back(door: Door, viewport: dict[str, int]) -> None:
    visitor = door.visitor(viewport=viewport)
    asked = install_wallet(visitor.context, chain_id=10)
    page = visitor.open("/signup/")
    page.get_by_role("button", name="Continue with an Ethereum wallet").click()
    expect(page.get_by_role("heading", name="Home")).to_be_attached()
    user = User.objects.get()
    assert SocialAccount.objects.get(user=user).uid == WALLET.address
    assert f"\n{WALLET.address}\n" in asked[0]

    visitor.context.clear_cookies()
    page.goto(f"{door.origin}/signin/?next=/profile/devices/")
    button = page.get_by_role("button", name="Continue with an Ethereum wallet")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Devices")
    assert [session.user for session in Session.objects.filter(auth_method="wallet")] == [user, user]


def test_says_so_when_the_owner_declines(door: Door, db: None) -> None:
    visitor = door.visitor()
    install_wallet(visitor.context)
    visitor.context.add_init_script(DECLINES)
    page = visitor.open("/signin/")
    button = page.get_by_role("button", name="Continue with an Ethereum wallet")
    button.click()
    expect(page.get_by_text("You did not sign, so nothing happened.")).to_be_visible()
    expect(button).to_be_enabled()
    assert not User.objects.exists()


def test_says_so_on_a_network_that_we_do_not_know(door: Door, db: None) -> None:
    visitor = door.visitor()
    asked = install_wallet(visitor.context, chain_id=137)
    page = visitor.open("/signin/")
    page.get_by_role("button", name="Continue with an Ethereum wallet").click()
    expect(page.get_by_text("Choose a network in your wallet that we know, then try again.")).to_be_visible()
    assert asked == []


def test_offers_nothing_where_no_wallet_is(door: Door, db: None) -> None:
    page = door.visitor().open("/signin/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Continue with an Ethereum wallet")).to_be_hidden()
    expect(page.get_by_role("button", name="Continue with a passkey")).to_be_visible()
