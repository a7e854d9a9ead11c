"""Signing in with an account elsewhere in a real browser: there, and back."""

import environ
import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from accounts.models import User
from config.issuers import social_providers
from tests.accounts.issuers import running_issuer
from tests.journeys.conftest import DESK, PHONE, Door, barriers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("viewport", "scripts"), [(PHONE, True), (DESK, True), (PHONE, False)], ids=["phone", "desk", "without scripts"]
)
def test_goes_there_and_comes_back(
    door: Door, settings: Settings, monkeypatch: pytest.MonkeyPatch, viewport: dict[str, int], scripts: bool
) -> None:
    with running_issuer() as issuer:
        issuer.put("zoe", email="zoe@example.com", email_verified=True, name="Zoe Quist")
        for name, value in {"OIDC_PROVIDERS": "neon", "OIDC_NEON_NAME": "Neon Auth", "OIDC_NEON_CLIENT_ID": "florin"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("OIDC_NEON_ISSUER", issuer.url)
        settings.SOCIALACCOUNT_PROVIDERS = social_providers(environ.Env())
        visitor = door.visitor(viewport=viewport, java_script_enabled=scripts)
        page = visitor.open("/signin/?next=/profile/")
        if scripts:
            assert barriers(page) == []
        page.get_by_role("button", name="Continue with Neon Auth").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{issuer.url}/**")
        page.locator("[name=sub]").first.fill("zoe")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{door.origin}/profile/")
        expect(page.get_by_role("heading", level=1)).to_have_text("You")
        visitor.complaints[:] = [each for each in visitor.complaints if "ERR_NAME_NOT_RESOLVED" not in each]  # its style
    assert User.objects.get().email == "zoe@example.com"
