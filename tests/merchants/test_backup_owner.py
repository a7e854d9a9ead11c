"""A store whose owners are gone for long, and its backup owner."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from merchants.errors import ClaimStillWaits, NoBackupOwner, NotInYourRole, OwnersAreHere
from merchants.models import Store, StoreBackupOwner
from merchants.operations import (
    claim_store,
    name_backup_owner,
    remove_backup_owner,
    remove_member,
    stop_store_claim,
    take_store_over,
)
from tests.mailbox import Mailbox
from tests.payments.pages.reading import words
from tests.refusals import refused

type Browser = Callable[[User], Client]

pytestmark = pytest.mark.django_db(transaction=True)

START = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
SILENT, WAIT = dt.timedelta(days=91), dt.timedelta(days=7)


@pytest.fixture
def backup(greengrocer: Store, olivia: User, amara: User) -> User:
    """Amara, whom Olivia named; Olivia is last seen at `START`."""
    User.objects.filter(pk=olivia.pk).update(last_active_at=START)
    member = greengrocer.members.select_related("user").get(user=amara)
    name_backup_owner(store=greengrocer, member=member, actor=olivia, now=START)
    return amara


def test_becomes_an_owner_after_silence_and_a_notice(greengrocer: Store, backup: User, olivia: User, mailbox: Mailbox) -> None:
    with refused(OwnersAreHere):
        claim_store(store=greengrocer, person=backup, now=START + SILENT - dt.timedelta(days=2))
    claim_store(store=greengrocer, person=backup, now=START + SILENT)
    (told,) = mailbox()
    assert (told.to, told.subject) == (["olivia@example.com"], "Amara Diallo asks to own Olivia's Greens")
    with refused(ClaimStillWaits):
        take_store_over(store=greengrocer, person=backup, now=START + SILENT + WAIT - dt.timedelta(seconds=1))

    take_store_over(store=greengrocer, person=backup, now=START + SILENT + WAIT)

    assert {member.user: member.role for member in greengrocer.members.all()} == {olivia: "owner", backup: "owner"}


def test_an_owner_who_comes_back_ends_it(greengrocer: Store, backup: User, olivia: User) -> None:
    claim_store(store=greengrocer, person=backup, now=START + SILENT)
    User.objects.filter(pk=olivia.pk).update(last_active_at=START + SILENT + dt.timedelta(days=1))
    with refused(OwnersAreHere):
        take_store_over(store=greengrocer, person=backup, now=START + SILENT + WAIT)


def test_an_owner_stops_a_claim(greengrocer: Store, backup: User, olivia: User) -> None:
    claim_store(store=greengrocer, person=backup, now=START + SILENT)
    assert stop_store_claim(store=greengrocer, actor=olivia, now=START + SILENT)
    with refused(NoBackupOwner):
        take_store_over(store=greengrocer, person=backup, now=START + SILENT + WAIT)


def test_a_claim_that_nobody_took_up_goes_stale(greengrocer: Store, backup: User) -> None:
    claim_store(store=greengrocer, person=backup, now=START + SILENT)
    with refused(NoBackupOwner):
        take_store_over(store=greengrocer, person=backup, now=START + SILENT + WAIT + dt.timedelta(days=30))


def test_is_for_nobody_else(greengrocer: Store, backup: User, carlos: User, olivia: User) -> None:
    with refused(NoBackupOwner):
        claim_store(store=greengrocer, person=carlos, now=START + SILENT)
    with refused(NotInYourRole):
        name_backup_owner(
            store=greengrocer, member=greengrocer.members.select_related("user").get(user=carlos), actor=backup, now=START
        )
    with refused(NotInYourRole):  # an owner is none already
        name_backup_owner(
            store=greengrocer, member=greengrocer.members.select_related("user").get(user=olivia), actor=olivia, now=START
        )


def test_ends_with_the_job_or_when_nobody_is_named(greengrocer: Store, backup: User, olivia: User) -> None:
    remove_member(member=greengrocer.members.get(user=backup), actor=olivia, now=START)
    assert not StoreBackupOwner.objects.exists()
    assert not remove_backup_owner(store=greengrocer, actor=olivia, now=START)


def test_is_claimed_in_the_portal(greengrocer: Store, backup: User, olivia: User, client_for: Browser) -> None:
    home = reverse("store", args=[greengrocer.pk])
    with time_machine.travel(START, tick=False):
        browser = client_for(backup)
        assert "Should its owners be gone for long, you can ask for it here." in words(browser.get(home))
    with time_machine.travel(START + SILENT, tick=False):
        browser = client_for(backup)
        assert "Ask for the store" in words(browser.get(home))
        browser.post(reverse("store_claim", args=[greengrocer.pk]))
    with time_machine.travel(START + SILENT + WAIT, tick=False):
        browser = client_for(backup)
        assert "Become an owner" in words(browser.get(home))
        browser.post(reverse("store_claim", args=[greengrocer.pk]))
    assert greengrocer.members.get(user=backup).role == "owner"
