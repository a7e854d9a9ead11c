"""Programs with a store's key: what it opens, and what it never does."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import AuditEntry
from merchants.models import ApiKey, Charge, Scope, Store
from merchants.operations import make_api_key, pay_store, revoke_api_key, rotate_api_key
from merchants.webhooks.sending import place_events
from payments.models import Transaction, Wallet
from payments.money import Money
from tests.factories import open_store_for, open_wallet_for

type Browser = Callable[[User], Client]

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)


def key_for(store: Store, *scopes: str) -> tuple[ApiKey, APIClient]:
    owner = store.members.get(role="owner").user
    key, text = make_api_key(store=store, name="Shop floor", scopes=scopes, actor=owner, now=timezone.now())
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return key, client


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=100_000)


@pytest.fixture
def payment(greengrocer: Store, alice: User, wallet: Wallet) -> Transaction:
    amount, now = Money(2_000, "EUR"), timezone.now()
    return pay_store(store=greengrocer, amount=amount, payer_wallet=wallet, actor=alice, key=None, now=now)


def post(client: APIClient, address: str, body: dict[str, Any], key: str = "program-key-1") -> Any:  # an answer
    return client.post(address, body, headers={"Idempotency-Key": key})


def test_takes_payments_for_its_store(greengrocer: Store) -> None:
    key, program = key_for(greengrocer, Scope.CHARGES)
    charges = f"/api/stores/{greengrocer.pk}/charges"
    made = program.post(charges, {"amount": "12.50", "asset": "EUR", "terminal": "Web"})
    assert made.status_code == 201, made.content
    charge = Charge.objects.get()
    assert (charge.cashier, charge.amount) == (None, 1250)
    entry = AuditEntry.objects.get(action="charge.created")
    assert (entry.actor, entry.metadata) == (None, {"api_key": str(key.pk)})
    assert program.get(f"/api/charges/{charge.pk}").json()["status"] == "pending"
    assert program.post(f"/api/charges/{charge.pk}/cancellations").json()["status"] == "cancelled"
    key.refresh_from_db()
    assert key.last_used_at


def test_gives_back_once_for_each_key(greengrocer: Store, payment: Transaction) -> None:
    _key, program = key_for(greengrocer, Scope.REFUNDS)
    _other, another = key_for(greengrocer, Scope.REFUNDS)
    address, body = (
        f"/api/stores/{greengrocer.pk}/payments/{payment.pk}/refunds",
        {"amount": "5.00", "asset": "EUR", "reason": "x"},
    )
    first, again, other = post(program, address, body), post(program, address, body), post(another, address, body)
    assert (first.status_code, first.json()) == (201, again.json())
    assert other.json()["id"] != first.json()["id"]  # R3: its own effect
    back = Transaction.objects.filter(kind="refund")
    assert (back.count(), {each.initiated_by for each in back}) == (2, {None})
    assert AuditEntry.objects.filter(action="refund.by_program").count() == 2


OPENS = {
    Scope.STORE_READ: [("get", "")],
    Scope.CHARGES: [("post", "/charges")],
    Scope.PAYMENTS_READ: [("get", "/payments"), ("get", "")],
    Scope.REFUNDS: [("post", "/payments/{payment}/refunds")],
    Scope.BALANCE_READ: [("get", "")],
    Scope.STATISTICS_READ: [],
    Scope.PAYOUTS_READ: [("get", "/payouts")],
    Scope.EVENTS_READ: [("get", "events")],
    Scope.WEBHOOKS: [("get", "/webhooks"), ("post", "/webhooks")],
}
BODIES = {
    "/charges": {"amount": "1.00", "asset": "EUR"},
    "/webhooks": {"url": "https://example.com/"},
    "/payments/{payment}/refunds": {"amount": "1.00", "asset": "EUR", "reason": ""},
}


@pytest.mark.parametrize("scope", Scope.values)
def test_each_scope_opens_what_it_says_and_nothing_else(scope: str, greengrocer: Store, payment: Transaction) -> None:
    _key, program = key_for(greengrocer, scope)
    for method, end in dict.fromkeys(each for opened in OPENS.values() for each in opened):
        address = "/api/events" if end == "events" else f"/api/stores/{greengrocer.pk}{end}".format(payment=payment.pk)
        answer = program.get(address) if method == "get" else post(program, address, BODIES[end], f"{scope}{end}-key")
        opened = (method, end) in OPENS[Scope(scope)]
        assert answer.status_code == ((200 if method == "get" else 201) if opened else 403), (method, end, answer.content)
        if not opened:
            assert answer.json()["code"] == "scope_missing"


def test_opens_no_other_store_and_nothing_of_a_persons(greengrocer: Store, mallory: User, wallet: Wallet) -> None:
    other = open_store_for(mallory, symbol="OTHER")
    _key, program = key_for(greengrocer, *Scope.values)
    assert program.get(f"/api/stores/{other.pk}").status_code == 404
    assert program.post(f"/api/stores/{other.pk}/charges", {"amount": "1.00", "asset": "EUR"}).status_code == 404
    assert program.get("/api/events", {"store": str(other.pk)}).status_code == 404
    for address in ("/api/me", "/api/wallets", f"/api/stores/{greengrocer.pk}/members", "/api/me/stores"):
        answer = program.get(address)
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid"), address
    body = {"wallet": str(wallet.pk), "amount": "1.00", "asset": "EUR"}
    assert post(program, f"/api/stores/{greengrocer.pk}/payments", body).status_code == 401
    payout = {"amount": "1.00", "asset": "EUR", "destination": str(wallet.pk)}
    assert post(program, f"/api/stores/{greengrocer.pk}/payouts", payout).json()["code"] == "scope_missing"


def test_the_balance_is_told_to_its_scope_alone(greengrocer: Store, payment: Transaction) -> None:
    address = f"/api/stores/{greengrocer.pk}"
    assert key_for(greengrocer, Scope.BALANCE_READ)[1].get(address).json()["balance"] == "20.00"
    assert key_for(greengrocer, Scope.STORE_READ)[1].get(address).json()["balance"] is None


def test_is_replaced_with_a_day_of_both_and_revoked_at_once(greengrocer: Store, olivia: User) -> None:
    key, old = key_for(greengrocer, Scope.STORE_READ)
    address = f"/api/stores/{greengrocer.pk}"
    replaced, text = rotate_api_key(key=key, actor=olivia, now=timezone.now())
    new = APIClient()
    new.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert (old.get(address).status_code, new.get(address).status_code) == (200, 200)
    assert (replaced.name, replaced.scopes) == (key.name, key.scopes)
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    assert old.get(address).json()["code"] == "api_key_refused"
    revoke_api_key(key=replaced, actor=olivia, now=timezone.now())
    assert new.get(address).status_code == 401


@pytest.mark.parametrize("text", ["flk_", "flk_x", "flk_" + "A" * 43, "flk_é", "flk_a b"])
def test_refuses_what_is_no_key(text: str, greengrocer: Store) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}".encode().decode("latin-1"))
    assert client.get(f"/api/stores/{greengrocer.pk}").status_code == 401


def test_is_shown_once_and_kept_as_a_digest(greengrocer: Store, olivia: User, client_for: Browser) -> None:
    _key, text = make_api_key(store=greengrocer, name="Web", scopes=["events:read"], actor=olivia, now=timezone.now())
    kept = ApiKey.objects.get()
    assert text not in str(kept.__dict__)
    assert kept.hint == text[:12]
    shown = client_for(olivia).get(reverse("developers", args=[greengrocer.pk])).content.decode()
    assert text not in shown
    assert kept.hint in shown


def test_catches_up_without_a_gap_or_a_double(greengrocer: Store, alice: User, wallet: Wallet) -> None:
    _key, program = key_for(greengrocer, Scope.EVENTS_READ)
    for minor in range(1, 8):
        amount = Money(minor, "EUR")
        pay_store(store=greengrocer, amount=amount, payer_wallet=wallet, actor=alice, key=None, now=timezone.now())
    assert program.get("/api/events").json() == {"results": [], "next_after": 0, "has_more": False}  # not placed yet
    place_events(now=timezone.now())
    found, after, more = [], 0, True
    while more:
        page = program.get("/api/events", {"after": after, "limit": 3}).json()
        found += [event["data"]["amount"] for event in page["results"]]
        after, more = page["next_after"], page["has_more"]
    assert found == [f"0.0{minor}" for minor in range(1, 8)]
    assert program.get("/api/events", {"after": after}).json()["results"] == []
    for wrong in ({"after": "-1"}, {"after": "x"}, {"limit": "501"}, {"type": "x"}, {"since": "1"}):
        assert program.get("/api/events", wrong).status_code == 400
