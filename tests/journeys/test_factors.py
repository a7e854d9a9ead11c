"""Second factors in a real browser: Chromium's own authenticator makes the passkeys and signs (R22)."""

from dataclasses import dataclass

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Locator, Page, expect

from accounts.models import Session, StepUp, User
from tests.factories import PASSWORD
from tests.journeys.conftest import DESK, PHONE, Door, Visitor, barriers
from tests.mailbox import Mailbox, code_in
from tests.proving import code_of

pytestmark = pytest.mark.django_db(transaction=True)

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Reader:
    """A fingerprint reader, say, that always knows its owner."""

    session: CDPSession
    key: str

    def is_touched(self, touched: bool) -> None:
        """Whether its owner's finger lies on it, so that it answers whatever is asked from now on."""
        self.session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self.key, "enabled": touched})


def give_authenticator(visitor: Visitor, page: Page) -> Reader:
    session = visitor.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return Reader(session, made["authenticatorId"])


def open_sign_in(page: Page, reader: Reader, address: str) -> None:
    """Look at the page first: it offers its owner's passkeys where the address is typed, and nobody takes one there."""
    reader.is_touched(False)
    page.goto(address, wait_until="networkidle")
    reader.is_touched(True)


def press(control: Locator) -> None:
    """As somebody does who has a keyboard only."""
    control.focus()
    control.press("Enter")


def confirm_by_password(page: Page) -> None:
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_makes_a_passkey_and_signs_in_with_it(door: Door, origin: str, alice: User, viewport: dict[str, int]) -> None:
    visitor = door.visitor(alice, viewport=viewport, reduced_motion="reduce")
    page = visitor.open("/profile/")
    reader = give_authenticator(visitor, page)
    page.get_by_role("link", name="Security").click()
    page.get_by_role("link", name="Add a passkey").click()
    confirm_by_password(page)
    page.get_by_label("Name").fill("Fingerprint")
    assert barriers(page) == []
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("You can sign in with this passkey from now on.")).to_be_visible()
    expect(page.get_by_role("link", name="Rename Fingerprint")).to_be_visible()
    assert barriers(page) == []
    assert Authenticator.objects.get(user=alice, type="webauthn").data["name"] == "Fingerprint"

    visitor.context.clear_cookies()
    open_sign_in(page, reader, f"{origin}/signin/?next=/profile/security/")
    assert barriers(page) == []
    page.get_by_role("button", name="Continue with a passkey").focus()
    page.keyboard.press("Enter")  # no name was typed
    expect(page.get_by_role("heading", level=1)).to_have_text("Security")
    assert Session.objects.filter(user=alice, auth_method="passkey").count() == 1

    page.get_by_role("link", name="10 codes left").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    expect(page.get_by_role("button", name="Confirm with a passkey")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Confirm with a passkey").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    assert StepUp.objects.latest("created_at").method == "passkey"

    visitor.context.clear_cookies()
    open_sign_in(page, reader, f"{origin}/signin/")
    page.get_by_label("E-mail address").fill(alice.email or "")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    assert barriers(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Home")).to_be_attached()


def test_opens_an_account_with_a_passkey_by_keyboard_alone(door: Door, origin: str, mailbox: Mailbox) -> None:
    visitor = door.visitor(reduced_motion="reduce")
    page = visitor.open("/signup/")
    reader = give_authenticator(visitor, page)
    press(page.get_by_role("link", name="Use a passkey instead of a password"))
    expect(page.get_by_label("Password")).to_have_count(0)
    assert barriers(page) == []
    page.get_by_label("E-mail address").fill("nova@example.com")
    page.get_by_label("E-mail address").press("Enter")
    page.get_by_label("Code from the mail").fill(code_in(mailbox()[-1]))
    page.get_by_label("Code from the mail").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make your passkey")
    assert barriers(page) == []
    press(page.get_by_role("button", name="Make a passkey"))
    expect(page.get_by_text("Your account is open.")).to_be_visible()
    nova = User.objects.get(email="nova@example.com")
    assert not nova.has_usable_password()

    visitor.context.clear_cookies()
    open_sign_in(page, reader, f"{origin}/signin/")
    press(page.get_by_role("button", name="Continue with a passkey"))
    expect(page.get_by_role("heading", name="Home")).to_be_attached()


def test_offers_a_passkey_where_the_browser_fills_in_the_address(door: Door, origin: str, alice: User) -> None:
    visitor = door.visitor(alice, reduced_motion="reduce")
    page = visitor.open("/profile/security/passkey/")
    give_authenticator(visitor, page)
    confirm_by_password(page)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("You can sign in with this passkey from now on.")).to_be_visible()

    visitor.context.clear_cookies()
    page.goto(f"{origin}/signin/?next=/profile/security/")  # nothing is typed or pressed: the touched reader is the choice
    expect(page.get_by_role("heading", level=1)).to_have_text("Security")
    assert Session.objects.filter(user=alice, auth_method="passkey").count() == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_sets_up_an_app_and_signs_in_with_its_code(door: Door, origin: str, alice: User, scripts: bool) -> None:
    visitor = door.visitor(alice, java_script_enabled=scripts)
    page = visitor.open("/profile/security/")
    page.get_by_role("link", name="Set up an authenticator app").click()
    confirm_by_password(page)
    secret = page.locator(".secret-key").inner_text()
    if scripts:
        assert barriers(page) == []
    page.get_by_label("Code", exact=True).fill(code_of(secret))
    page.get_by_label("Code", exact=True).press("Enter")
    page.get_by_label("Code", exact=True).fill(code_of(secret, steps=1))  # the recovery codes ask for a proof of their own
    page.get_by_role("button", name="Confirm").click()
    codes = page.locator(".recovery-codes li").all_inner_texts()
    assert len(codes) == 10
    if scripts:
        assert barriers(page) == []

    visitor.context.clear_cookies()
    page.goto(f"{origin}/signin/")
    page.get_by_label("E-mail address").fill(alice.email or "")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_label("Code", exact=True).fill("00000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is not right, or it was used before.")).to_be_visible()
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home")).to_be_attached()
