"""A BR Code at the tills of stores in reais: customers of any bank pay straight to the store's own Pix key."""

from collections.abc import Callable
from io import BytesIO

import pytest
import zxingcpp
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import User
from config import qr
from merchants.brcode import BRCode, parse_brcode, pix_code
from merchants.destinations import Destination, read_iban, read_pix_key
from merchants.errors import DestinationGone, NotInYourRole
from merchants.models import Charge, PayoutDestination, Store, StoreMember
from merchants.operations import create_charge, remove_destination, show_at_till
from payments.money import Money
from tests.factories import hire, open_store_for
from tests.payments.pages.reading import words
from tests.unchanged import refused

type Api = Callable[[User], APIClient]
type Browser = Callable[[User], Client]


@pytest.fixture
def padaria(olivia: User) -> Store:
    return open_store_for(olivia, name="Padaria São João", symbol="PADARIA", asset="BRL")


def place(store: Store, where: Destination, owner: User) -> PayoutDestination:
    destination = PayoutDestination(store=store, added_by=owner, created_at=timezone.now())
    destination.place = where
    destination.save()
    return destination


@pytest.fixture
def key(padaria: Store, olivia: User) -> PayoutDestination:
    return place(padaria, read_pix_key("email", "caixa@padaria.example"), olivia)


def show(destination: PayoutDestination, actor: User, *, shown: bool = True) -> None:
    show_at_till(destination=destination, shown=shown, actor=actor, now=timezone.now())


def ask(store: Store, cashier: User) -> Charge:
    return create_charge(store=store, amount=Money(12_50, "BRL"), cashier=cashier, now=timezone.now())


def test_a_banks_app_reads_the_charge_off_the_till(padaria: Store, key: PayoutDestination, olivia: User) -> None:
    show(key, olivia)
    charge = ask(padaria, olivia)
    with Image.open(BytesIO(qr.png(pix_code(charge)))) as picture:
        (found,) = zxingcpp.read_barcodes(picture)
    assert parse_brcode(found.text) == BRCode(
        name="Padaria Sao Joao",
        city=charge.store.city,
        key="caixa@padaria.example",
        amount=Money(12_50, "BRL"),
        txid=charge.code,
    )


def test_the_page_shows_it_while_the_charge_waits_and_says_what_it_is(
    padaria: Store, key: PayoutDestination, olivia: User, client_for: Browser
) -> None:
    browser = client_for(olivia)
    charge = ask(padaria, olivia)
    page = reverse("till_charge", args=[padaria.pk, charge.pk])
    assert "Pix from another bank" not in words(browser.get(page))
    browser.post(reverse("payout_destination_till", args=[padaria.pk, key.pk]), {"shown": "1"})
    shown = browser.get(page)
    assert "Florin does not see it" in words(shown)
    assert pix_code(charge) in shown.text
    Charge.objects.filter(pk=charge.pk).update(status="cancelled")
    assert "Pix from another bank" not in words(browser.get(page))


def test_one_key_is_shown_at_a_time(padaria: Store, key: PayoutDestination, olivia: User) -> None:
    other = place(padaria, read_pix_key("phone", "+5511912345678"), olivia)
    show(key, olivia)
    show(other, olivia)
    show(other, olivia)
    assert list(padaria.destinations.filter(at_till=True)) == [other]
    show(other, olivia, shown=False)
    assert pix_code(ask(padaria, olivia)) == ""


def test_a_key_that_is_removed_is_shown_no_longer(padaria: Store, key: PayoutDestination, olivia: User) -> None:
    show(key, olivia)
    remove_destination(destination=key, actor=olivia, now=timezone.now())
    assert pix_code(ask(padaria, olivia)) == ""
    with refused(DestinationGone):
        show(key, olivia)


def test_only_pix_keys_are_shown_and_only_by_owners(padaria: Store, key: PayoutDestination, olivia: User, amara: User) -> None:
    account = place(padaria, read_iban("PT50000201231234567890154", "Olivia"), olivia)
    hire(padaria, amara, role=StoreMember.Role.ADMIN)
    with refused(DestinationGone):
        show(account, olivia)
    with refused(NotInYourRole):
        show(key, amara)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutDestination.objects.filter(pk=account.pk).update(at_till=True)


def test_stores_of_other_currencies_have_none(greengrocer: Store, olivia: User) -> None:
    charge = create_charge(store=greengrocer, amount=Money(12_50, "EUR"), cashier=olivia, now=timezone.now())
    assert pix_code(charge) == ""


def test_the_api_shows_the_same(padaria: Store, key: PayoutDestination, olivia: User, api_for: Api) -> None:
    api = api_for(olivia)
    changed = api.patch(f"/api/stores/{padaria.pk}/destinations/{key.pk}", {"at_till": True}, format="json")
    assert (changed.status_code, changed.json()["at_till"]) == (200, True)
    charge = ask(padaria, olivia)
    assert api.get(f"/api/charges/{charge.pk}").json()["pix_code"] == pix_code(charge) != ""
