"""Asking for agreement to a new version, and to people who never agreed; nobody's money is locked in by it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.legal import VERSIONS, as_fields, required_texts
from accounts.models import Consent, User
from config.idempotency import FORM_KEY
from config.models import uuid7
from merchants.models import Charge, Store
from merchants.operations import create_charge
from payments.models import Transaction, Wallet
from payments.money import Money
from tests.factories import UserFactory, open_wallet_for
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "2027-02-01"
SESSIONS = ("django_session",)
HTML = {"Accept": "text/html,application/xhtml+xml"}

type Browser = Callable[[User], Client]
type Api = Callable[[User], APIClient]


@pytest.fixture
def zoe(db: None) -> User:
    """A customer with money, who came from somewhere where nobody asked her."""
    zoe = UserFactory.create(name="Zoe Quist", email="zoe@example.com")
    open_wallet_for(zoe, minor=50_000)
    open_wallet_for(zoe, "USD")
    zoe.agreed_edition = ""
    zoe.save()
    return zoe


@pytest.fixture
def new_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer version of the terms of use comes out; its words don't matter here."""
    versions = {**VERSIONS, Consent.Kind.TERMS: (*VERSIONS[Consent.Kind.TERMS], NEW)}
    monkeypatch.setattr("accounts.legal.VERSIONS", versions)
    monkeypatch.setattr("accounts.legal.Text.template", "texts/marketing/2026-11-26.html")


def wallet_of(user: User, asset: str = "EUR") -> Wallet:
    return Wallet.objects.get(user=user, asset=asset)


def question(path: str, **more: str) -> str:
    """Where the question is, on the way to this path."""
    return reverse("agree", query={"next": path, **more})


def shown_now() -> dict[str, str]:
    return as_fields({text.kind: text.version for text in required_texts()})


class TestAsking:
    """At the next page."""

    def test_leads_from_any_page_to_the_question_and_back(self, zoe: User, client_for: Browser) -> None:
        client = client_for(zoe)
        asked = client.get("/wallets/?sort=name", headers=HTML)
        assert asked.headers["Location"] == question("/wallets/?sort=name")
        page = client.get(asked.headers["Location"]).content.decode()
        assert "<h2>Terms of use</h2>" in page
        assert "<h2>Privacy notice</h2>" in page
        answer = client.post(asked.headers["Location"], {"action": "agree", "next": "/wallets/?sort=name", **shown_now()})
        assert answer.headers["Location"] == "/wallets/?sort=name"
        assert client.get("/wallets/?sort=name").status_code == 200
        assert {each.kind for each in Consent.objects.filter(user=zoe)} == {"terms", "privacy"}

    def test_asks_nobody_who_has_agreed(self, alice: User, client_for: Browser) -> None:
        client = client_for(alice)
        assert client.get("/wallets/").status_code == 200
        assert client.get("/agree/?next=/wallets/").headers["Location"] == "/wallets/"

    def test_asks_again_for_a_new_version_of_what_is_new_only(self, alice: User, client_for: Browser, new_terms: None) -> None:
        Consent.objects.create(
            user=alice, kind="privacy", text_version=VERSIONS[Consent.Kind.PRIVACY][-1], language="en",
            granted_at=alice.created_at,
        )  # fmt: skip
        client = client_for(alice)
        assert client.get("/").headers["Location"] == question("/")
        page = client.get("/agree/?next=/").content.decode()
        assert "A new version of what your account rests on is in force" in page
        assert "<h2>Terms of use</h2>" in page
        assert "<h2>Privacy notice</h2>" not in page
        client.post("/agree/", {"action": "agree", **shown_now()})
        alice.refresh_from_db()
        assert alice.agreed_edition == NEW
        assert client.get("/").status_code == 200

    def test_does_not_ask_whoever_agreed_at_a_process_with_a_newer_release(self, alice: User, client_for: Browser) -> None:
        User.objects.filter(pk=alice.pk).update(agreed_edition=NEW)
        assert client_for(alice).get("/wallets/").status_code == 200

    def test_leaves_people_alone_after_not_now_until_the_next_sign_in(self, zoe: User, client_for: Browser) -> None:
        client = client_for(zoe)
        with nothing_changes(*SESSIONS):
            assert client.post("/agree/", {"action": "later", "next": "/wallets/"}).headers["Location"] == "/wallets/"
        assert client.get("/wallets/").status_code == 200
        assert client_for(zoe).get("/wallets/").status_code == 302

    def test_takes_no_agreement_to_a_version_that_is_over(self, zoe: User, client_for: Browser) -> None:
        client = client_for(zoe)
        with nothing_changes(*SESSIONS):
            answer = client.post("/agree/?next=/", {"action": "agree", **dict.fromkeys(shown_now(), "2020-01-01")})
        assert answer.headers["Location"] == "/agree/?next=/"
        assert "There is a newer version by now" in client.get("/agree/?next=/").content.decode()

    @pytest.mark.parametrize("next_url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
    @pytest.mark.parametrize("action", ["agree", "later"])
    def test_never_leads_to_another_site(self, zoe: User, client_for: Browser, next_url: str, action: str) -> None:
        answer = client_for(zoe).post("/agree/", {"action": action, "next": next_url, **shown_now()})
        assert answer.headers["Location"] == "/"

    @pytest.mark.parametrize("path", ["/terms/", "/privacy/", "/profile/consents/", "/texts/terms/2026-11-26/"])
    def test_lets_people_read_before_they_answer(self, zoe: User, client_for: Browser, path: str) -> None:
        assert client_for(zoe).get(path).status_code == 200

    def test_lets_people_sign_out_instead(self, zoe: User, client_for: Browser) -> None:
        client = client_for(zoe)
        client.post("/signout/")
        assert client.get("/wallets/").headers["Location"].startswith("/signin/")

    @pytest.mark.parametrize("headers", [{"Accept": "image/svg+xml,*/*"}, {"HX-Request": "true"}])
    def test_asks_in_no_image_and_no_part_of_a_page(self, zoe: User, client_for: Browser, headers: dict[str, str]) -> None:
        assert client_for(zoe).get("/wallets/", headers=headers).status_code == 200


class TestMoney:
    """Is never locked in, and never leaves in a new way without agreement."""

    @pytest.fixture
    def unasked(self, zoe: User, client_for: Browser) -> Client:
        """Zoe's browser after "Not now"."""
        client = client_for(zoe)
        client.post("/agree/", {"action": "later"})
        return client

    @pytest.mark.parametrize("what", ["send", "topup", "pay"])
    def test_a_payment_asks_and_is_made_from_where_it_was_left(
        self, unasked: Client, zoe: User, bruno: User, greengrocer: Store, what: str
    ) -> None:
        open_wallet_for(bruno)
        form = {"amount": "5.00", "wallet": str(wallet_of(zoe).pk), "note": ""}
        path, more = {
            "send": ("/send/", {"payee": "bruno@example.com"}),
            "topup": ("/topup/", {"instrument": "tok_success"}),
            "pay": (f"/pay/{greengrocer.short_code}", {}),
        }[what]
        review = unasked.post(path, {**form, **more}).headers["Location"]
        assert unasked.get(review, headers=HTML).status_code == 200
        with nothing_changes(*SESSIONS):
            asked = unasked.post(review).headers["Location"]
        assert asked == question(review, needed="1")
        assert "no money moved" in unasked.get(asked).content.decode()
        assert unasked.post(asked, {"action": "agree", "next": review, **shown_now()}).headers["Location"] == review
        assert "/activity/" in unasked.post(review).headers["Location"]

    @pytest.mark.parametrize("what", ["exchange", "wallet", "store"])
    def test_what_is_opened_or_exchanged_asks(self, unasked: Client, zoe: User, what: str) -> None:
        eur, usd = wallet_of(zoe), wallet_of(zoe, "USD")
        path, form = {
            "exchange": ("/exchange/", {"wallet": str(eur.pk), "target": str(usd.pk), "amount": "5.00"}),
            "wallet": ("/wallets/open/", {"asset": "CHF", "name": "Francs", FORM_KEY: str(uuid7())}),
            "store": (
                "/stores/new/",
                {"name": "Zoe's", "symbol": "ZOES", "category": "grocery", "city": "Lisbon", "country": "PT", "asset": "EUR"},
            ),
        }[what]
        with nothing_changes(*SESSIONS):
            assert unasked.post(path, form).headers["Location"] == question(path, needed="1")
        unasked.post("/agree/", {"action": "agree", **shown_now()})
        answer = unasked.post(path, form)
        assert (answer.status_code, "/agree/" in answer.headers["Location"]) == (302, False)

    def test_not_now_leads_home_and_not_back_to_what_needs_it(self, unasked: Client) -> None:
        asked = question("/send/", needed="1")
        assert unasked.post(asked, {"action": "later", "next": "/send/"}).headers["Location"] == "/"

    @pytest.mark.parametrize("path", ["/", "/activity/", "/wallets/", "/withdraw/", "/profile/data/", "/profile/freeze/"])
    def test_can_be_seen_and_taken_out(self, unasked: Client, path: str) -> None:
        assert unasked.get(path, headers=HTML).status_code == 200

    def test_is_taken_out_to_the_end(self, unasked: Client, zoe: User) -> None:
        form = {"amount": "40.00", "wallet": str(wallet_of(zoe).pk), "instrument": "tok_success", "note": ""}
        review = unasked.post("/withdraw/", form).headers["Location"]
        assert "/activity/" in unasked.post(review).headers["Location"]
        assert Transaction.objects.filter(kind="withdrawal", initiated_by=zoe).count() == 1


def attempts(zoe: User, bruno_wallet: Wallet, charge: Charge) -> dict[str, tuple[str, dict[str, Any]]]:
    """By API: what begins something new."""
    eur, usd = wallet_of(zoe), wallet_of(zoe, "USD")
    five = {"amount": "5.00", "asset": "EUR"}
    return {
        "transfer": ("/api/transfers", {"wallet": eur.pk, "payee": {"address": bruno_wallet.address}, **five}),
        "deposit": ("/api/deposits", {"wallet": eur.pk, "source": "tok_success", **five}),
        "quote": ("/api/conversions/quotes", {"source_wallet": eur.pk, "target_wallet": usd.pk, **five}),
        "wallet": ("/api/wallets", {"asset": "CHF", "name": "Francs"}),
        "store": ("/api/stores", {"name": "Zoe's", "symbol": "ZOES", "category": "grocery", "city": "Lisbon", "asset": "EUR"}),
        "charge": (f"/api/charges/{charge.pk}/payments", {"wallet": eur.pk}),
        "store payment": (f"/api/stores/{charge.store_id}/payments", {"wallet": eur.pk, **five}),
    }


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    """Twelve euros and thirty-four cents at the greengrocer's."""
    return create_charge(store=greengrocer, amount=Money(1_234, "EUR"), cashier=carlos, note="", now=timezone.now())


class TestApi:
    """The same for programs: a stable code, and only where something new is begun."""

    @pytest.mark.parametrize("what", ["transfer", "deposit", "quote", "wallet", "store", "charge", "store payment"])
    def test_refuses_what_begins_something_until_it_is_agreed(
        self, zoe: User, bruno: User, charge: Charge, api_for: Api, what: str
    ) -> None:
        path, body = attempts(zoe, open_wallet_for(bruno), charge)[what]
        api, key = api_for(zoe), str(uuid7())
        with nothing_changes():
            answer = api.post(path, body, headers={"Idempotency-Key": key})
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["money_moved"]) == (403, "agreement_needed", False)
        assert problem["texts"] == ["terms", "privacy"]
        for kind, version in (("terms", shown_now()["terms_version"]), ("privacy", shown_now()["privacy_version"])):
            assert api.post("/api/consents", {"kind": kind, "text_version": version}).status_code == 201
        assert api.post(path, body, headers={"Idempotency-Key": key}).status_code == 201

    def test_lets_money_be_seen_and_taken_out(self, zoe: User, api_for: Api) -> None:
        api = api_for(zoe)
        for path in ("/api/wallets", "/api/transactions", "/api/me", "/api/consents"):
            assert api.get(path).status_code == 200
        body = {"wallet": wallet_of(zoe).pk, "destination": "tok_success", "amount": "40.00", "asset": "EUR"}
        answer = api.post("/api/withdrawals", body, headers={"Idempotency-Key": str(uuid7())})
        assert answer.status_code == 201, answer.content

    def test_answers_a_repeated_request_as_it_did_whatever_came_out_since(self, alice: User, bruno: User, api_for: Api) -> None:
        wallet, other = open_wallet_for(alice, minor=50_000), open_wallet_for(bruno)
        body = {"wallet": wallet.pk, "payee": {"address": other.address}, "amount": "5.00", "asset": "EUR"}
        api, headers = api_for(alice), {"Idempotency-Key": str(uuid7())}
        first = api.post("/api/transfers", body, headers=headers)
        User.objects.filter(pk=alice.pk).update(agreed_edition="2020-01-01")
        with nothing_changes():
            again = api.post("/api/transfers", body, headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())

    def test_says_at_sign_in_what_is_due(self, zoe: User, alice: User, api_for: Api) -> None:
        assert api_for(zoe).get("/api/me").json()["texts_due"] == ["terms", "privacy"]
        assert api_for(alice).get("/api/me").json()["texts_due"] == []
