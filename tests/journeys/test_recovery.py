"""A lost account comes back by its backup phone, and its owner can say no, in real browsers."""

import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import RecoveryContact, User
from tests.factories import UserFactory
from tests.journeys.conftest import DESK, PHONE, Door, barriers, overflow
from tests.journeys.test_factors import confirm_by_password, press
from tests.mailbox import Mailbox, link_in
from tests.texts import Phones, code_in

pytestmark = pytest.mark.django_db(transaction=True)

BACKUP = "+351912345678"


def type_code(page: Page, phones: Phones) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Type the code")
    page.get_by_label("Code").focus()
    page.keyboard.type(code_in(phones()[-1]))
    page.keyboard.press("Enter")


def claim(page: Page, phones: Phones) -> None:
    """Prove the backup phone, by keyboard."""
    page.get_by_label("Phone").focus()
    page.keyboard.type(BACKUP)
    page.keyboard.press("Enter")
    type_code(page, phones)


def see(page: Page) -> None:
    assert barriers(page) == []
    assert overflow(page) == 0


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_names_a_backup_phone_by_keyboard(door: Door, alice: User, phones: Phones, viewport: dict[str, int]) -> None:
    page = door.visitor(alice, viewport=viewport, reduced_motion="reduce").open("/profile/")
    press(page.get_by_role("link", name="Backup phone"))
    see(page)
    page.get_by_label("Phone").fill(BACKUP)
    page.keyboard.press("Enter")
    confirm_by_password(page)
    expect(page.get_by_label("Phone")).to_have_value(BACKUP)  # typed once is enough
    press(page.get_by_role("button", name="Send the code"))
    see(page)
    type_code(page, phones)
    expect(page.get_by_text("+351 912 345 678", exact=True)).to_be_visible()
    see(page)
    assert RecoveryContact.objects.get(user=alice).phone == BACKUP


@pytest.mark.parametrize(("viewport", "scripts"), [(PHONE, True), (DESK, True), (PHONE, False)])
def test_hands_a_silent_account_over_after_the_wait(
    door: Door, phones: Phones, mailbox: Mailbox, viewport: dict[str, int], *, scripts: bool
) -> None:
    away = timezone.now() - dt.timedelta(days=settings.RECOVERY_SILENT_DAYS + 1)
    nora = UserFactory.create(email="nora@example.com", last_active_at=away, name="Nora Lind")
    RecoveryContact.objects.create(user=nora, phone=BACKUP, verified_at=away)
    visitor = door.visitor(viewport=viewport, reduced_motion="reduce", java_script_enabled=scripts)
    page = visitor.open("/signin/")
    press(page.get_by_role("link", name="Lost every way in?"))
    claim(page, phones)
    expect(page.get_by_role("heading", level=1)).to_have_text("We have told the owner")
    if scripts:
        see(page)
    assert mailbox()[-1].to == ["nora@example.com"]
    with time_machine.travel(timezone.now() + dt.timedelta(days=settings.RECOVERY_WAIT_DAYS, minutes=1), tick=True):
        page.goto(f"{door.origin}/recover/")
        claim(page, phones)
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Type the code")
        if scripts:
            see(page)
        nora.refresh_from_db()
        assert nora.phone == BACKUP


def test_the_owner_stops_it_from_the_mail(door: Door, phones: Phones, mailbox: Mailbox) -> None:
    away = timezone.now() - dt.timedelta(days=settings.RECOVERY_SILENT_DAYS + 1)
    nora = UserFactory.create(email="nora@example.com", last_active_at=away)
    RecoveryContact.objects.create(user=nora, phone=BACKUP, verified_at=away)
    page = door.visitor().open("/recover/")
    claim(page, phones)
    expect(page.get_by_role("heading", level=1)).to_have_text("We have told the owner")
    owner = door.visitor(reduced_motion="reduce").open(link_in(mailbox()[-1]).removeprefix(settings.PORTAL_ORIGIN))
    see(owner)
    press(owner.get_by_role("button", name="Stop it"))
    expect(owner.get_by_role("heading", level=1)).to_have_text("Nobody gets your account")
    see(owner)
    assert RecoveryContact.objects.get().requested_at is None
