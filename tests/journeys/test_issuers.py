"""Signing in with an account elsewhere in a real browser: there, and back."""

import environ
import pytest
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import Session, User
from config.issuers import social_providers
from tests.accounts.issuers import Peer, running_issuer
from tests.journeys.conftest import DESK, PHONE, Door, Visitor, barriers, overflow
from tests.journeys.test_factors import confirm_by_password, press

pytestmark = pytest.mark.django_db(transaction=True)


def configure(issuer: Peer, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Offer this issuer, where Zoe has an account."""
    issuer.put("zoe", email="zoe@example.com", email_verified=True, name="Zoe Quist")
    named = {"OIDC_PROVIDERS": "neon", "OIDC_NEON_NAME": "Neon Auth", "OIDC_NEON_CLIENT_ID": "florin"}
    for name, value in {**named, "OIDC_NEON_ISSUER": issuer.url}.items():
        monkeypatch.setenv(name, value)
    settings.SOCIALACCOUNT_PROVIDERS = social_providers(environ.Env())


def allow_there(page: Page) -> None:
    """Sign in at the issuer's own page."""
    page.locator("[name=sub]").first.fill("zoe")
    page.keyboard.press("Enter")


def forget_its_style(visitor: Visitor) -> None:
    """The issuer's page asks for a stylesheet from elsewhere, which is not there."""
    visitor.complaints[:] = [each for each in visitor.complaints if "ERR_NAME_NOT_RESOLVED" not in each]


@pytest.mark.parametrize(
    ("viewport", "scripts"), [(PHONE, True), (DESK, True), (PHONE, False)], ids=["phone", "desk", "without scripts"]
)
def test_goes_there_and_comes_back(
    door: Door, settings: Settings, monkeypatch: pytest.MonkeyPatch, viewport: dict[str, int], scripts: bool
) -> None:
    with running_issuer() as issuer:
        configure(issuer, monkeypatch, settings)
        visitor = door.visitor(viewport=viewport, java_script_enabled=scripts)
        page = visitor.open("/signin/?next=/profile/")
        if scripts:
            assert barriers(page) == []
        page.get_by_role("button", name="Continue with Neon Auth").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{issuer.url}/**")
        allow_there(page)
        page.wait_for_url(f"{door.origin}/profile/")
        expect(page.get_by_role("heading", level=1)).to_have_text("You")
        forget_its_style(visitor)
    assert User.objects.get().email == "zoe@example.com"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_links_it_signs_in_and_takes_it_away_by_keyboard(
    door: Door, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, viewport: dict[str, int]
) -> None:
    with running_issuer() as issuer:
        configure(issuer, monkeypatch, settings)
        visitor = door.visitor(alice, viewport=viewport, reduced_motion="reduce")
        page = visitor.open("/profile/")
        press(page.get_by_role("link", name="Ways to sign in"))
        assert barriers(page) == []
        assert overflow(page) == 0
        press(page.get_by_role("button", name="Link Neon Auth"))
        assert barriers(page) == []
        confirm_by_password(page)
        press(page.get_by_role("button", name="Link Neon Auth"))
        page.wait_for_url(f"{issuer.url}/**")
        allow_there(page)
        expect(page.get_by_text("You can sign in with it from now on.")).to_be_visible()
        assert barriers(page) == []

        elsewhere = door.visitor(viewport=viewport)
        other = elsewhere.open("/signin/?next=/profile/")
        press(other.get_by_role("button", name="Continue with Neon Auth"))
        other.wait_for_url(f"{issuer.url}/**")
        allow_there(other)
        expect(other.get_by_role("heading", level=1)).to_have_text("You")
        assert Session.objects.filter(user=alice, auth_method="oidc").count() == 1

        press(page.get_by_role("button", name="Take away Neon Auth"))
        confirm_by_password(page)
        press(page.get_by_role("button", name="Take away Neon Auth"))
        expect(page.get_by_text("It can't be used to sign in any more.")).to_be_visible()
        assert overflow(page) == 0
        for each in (visitor, elsewhere):
            forget_its_style(each)
    assert not SocialAccount.objects.exists()
