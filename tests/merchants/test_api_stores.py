"""The API about stores, and what strangers see of them."""

import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from config.limits import Limit, network_of
from config.models import Tally
from merchants import guesses
from merchants.models import Store
from merchants.operations import pay_store
from payments.money import CODE_ALPHABET, Money
from tests.factories import open_store_for, open_wallet_for
from tests.merchants.test_pay_charge import NOON
from tests.unchanged import nothing_changes

type Api = Callable[[User], APIClient]

NEW = {"name": "Olivia's Greens", "symbol": "GREENS", "category": "grocery", "asset": "EUR"}


def codes_of(answer: Any) -> set[str]:
    """Where the input was wrong, by the problem's pointers."""
    return {f"{error.get('pointer', error.get('parameter'))} {error['code']}" for error in answer.json()["errors"]}


def test_opens_a_store(api_for: Api, olivia: User) -> None:
    answer = api_for(olivia).post(
        "/api/stores", {**NEW, "city": "Lisbon", "country": "PT", "latitude": "38.7", "longitude": "-9.1"}
    )

    assert answer.status_code == 201, answer.json()
    store = Store.objects.get()
    assert answer.json() == {
        "id": str(store.pk), "name": "Olivia's Greens", "symbol": "GREENS", "category": "grocery", "description": "",
        "address_line1": "", "address_line2": "", "city": "Lisbon", "state": "", "postal_code": "", "country": "PT",
        "latitude": "38.700000", "longitude": "-9.100000", "email": "", "phone": "", "website": "", "instagram": "",
        "timezone": "UTC", "offers_tips": False, "code": store.short_code, "asset": "EUR", "status": "active", "role": "owner",
        "pay_url": f"http://localhost:8000/pay/{store.short_code}", "created_at": answer.json()["created_at"],
        "balance": "0.00",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": ""}, "#/name blank"),
        ({"name": "x" * 81}, "#/name max_length"),
        ({"symbol": "greens"}, "#/symbol invalid"),
        ({"symbol": "G"}, "#/symbol invalid"),
        ({"category": "casino"}, "#/category invalid_choice"),
        ({"country": "XX"}, "#/country unknown_country"),
        ({"country": "pt"}, "#/country unknown_country"),
        ({"latitude": "38.7"}, "# half_a_place"),
        ({"latitude": "91", "longitude": "0"}, "#/latitude max_value"),
        ({"website": "javascript:alert(1)"}, "#/website invalid"),
        ({"email": "not an address"}, "#/email invalid"),
        ({"status": "suspended"}, "#/status unknown_field"),
        ({"short_code": "AAAAAA"}, "#/short_code unknown_field"),
        ({"settlement_wallet": str(uuid.uuid4())}, "#/settlement_wallet unknown_field"),
    ],
)
def test_refuses_a_store_with_something_wrong(change: dict[str, str], wrong: str, api_for: Api, olivia: User) -> None:
    api = api_for(olivia)
    with nothing_changes():
        answer = api.post("/api/stores", {**NEW, **change})

    assert (answer.status_code, answer.json()["code"], codes_of(answer)) == (400, "invalid_input", {wrong})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [({"asset": "XXX"}, 400, "unknown_asset"), ({"asset": "CREDIT"}, 400, "unknown_asset"), ({}, 409, "symbol_taken")],
)
def test_refuses_what_the_operation_refuses(
    change: dict[str, str], status: int, code: str, api_for: Api, olivia: User, greengrocer: Store
) -> None:
    api = api_for(olivia)
    with nothing_changes():
        answer = api.post("/api/stores", {**NEW, **change})

    assert (answer.status_code, answer.json()["code"], answer.json()["money_moved"]) == (status, code, False)


def test_lists_the_stores_where_one_works(api_for: Api, olivia: User, carlos: User, mallory: User, greengrocer: Store) -> None:
    open_store_for(carlos, name="Carlos Bakes", symbol="BREAD")

    assert [row["role"] for row in api_for(olivia).get("/api/me/stores").json()["results"]] == ["owner"]
    listed = api_for(carlos).get("/api/me/stores").json()["results"]
    assert [(row["name"], row["role"]) for row in listed] == [("Carlos Bakes", "owner"), ("Olivia's Greens", "staff")]
    assert api_for(mallory).get("/api/me/stores").json()["results"] == []


@pytest.mark.parametrize(("role", "balance"), [("olivia", "7.50"), ("amara", "7.50"), ("carlos", None)])
def test_shows_the_balance_to_those_who_may_see_it(
    role: str, balance: str | None, api_for: Api, greengrocer: Store, alice: User, request: pytest.FixtureRequest
) -> None:
    wallet = open_wallet_for(alice, minor=1000)
    pay_store(store=greengrocer, amount=Money(750, "EUR"), payer_wallet=wallet, actor=alice, key=None, now=NOON)

    answer = api_for(request.getfixturevalue(role)).get(f"/api/stores/{greengrocer.pk}").json()

    assert answer["balance"] == balance


def test_hides_everything_of_a_store_from_strangers(api_for: Api, greengrocer: Store, carlos: User, mallory: User) -> None:
    from merchants.operations import create_charge

    charge = create_charge(store=greengrocer, amount=Money(100, "EUR"), cashier=carlos, now=NOON)
    store = f"/api/stores/{greengrocer.pk}"
    api = api_for(mallory)

    with nothing_changes():
        answers = [
            api.get(store),
            api.get(f"{store}/qr.svg"),
            api.get(f"{store}/payments"),
            api.post(f"{store}/charges", {"amount": "1.00", "asset": "EUR"}),
            api.get(f"/api/charges/{charge.pk}"),
            api.get(f"/api/charges/{charge.pk}/qr.png"),
            api.post(f"/api/charges/{charge.pk}/cancellations"),
        ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}


def test_asks_everybody_to_sign_in(client: Client, greengrocer: Store) -> None:
    for path in ("/api/stores", f"/api/stores/{greengrocer.pk}", f"/api/stores/by-code/{greengrocer.short_code}"):
        assert client.get(path).status_code == 401


def test_shows_payers_what_they_need_and_no_more(api_for: Api, greengrocer: Store, mallory: User) -> None:
    typed = f"{greengrocer.short_code[:3].lower()}-{greengrocer.short_code[3:]}"

    answer = api_for(mallory).get(f"/api/stores/by-code/{typed}")

    assert answer.json() == {
        "id": str(greengrocer.pk), "code": greengrocer.short_code, "name": "Olivia's Greens", "category": "grocery",
        "description": "", "address_line1": "", "city": "Lisbon", "country": "", "asset": "EUR", "takes_payments": True,
    }  # fmt: skip


@pytest.mark.parametrize("status", [Store.Status.SUSPENDED, Store.Status.INACTIVE])
def test_tells_payers_that_a_store_takes_no_payments_and_not_why(
    status: str, api_for: Api, greengrocer: Store, alice: User
) -> None:
    greengrocer.status = status
    greengrocer.save()

    answer = api_for(alice).get(f"/api/stores/by-code/{greengrocer.short_code}").json()

    assert answer["takes_payments"] is False
    assert "status" not in answer


@pytest.mark.parametrize("code", ["ABC", "ABCDE0", "ABCDEFGHJK", "ÄÖÜABC", "%00%00%00AAA"])
def test_knows_what_can_be_no_code_without_looking_it_up(code: str, api_for: Api, alice: User) -> None:
    api = api_for(alice)
    for path in (f"/api/stores/by-code/{code}", f"/api/charges/by-code/{code}"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"], "errors" in answer.json()) == (404, "code_unknown", False)
    assert not Tally.objects.exists()


def guess_codes(length: int) -> itertools.chain[str]:
    letters = itertools.product(CODE_ALPHABET, repeat=2)
    return itertools.chain("".join(pair).rjust(length, "Z") for pair in letters)


@pytest.mark.parametrize(("kind", "length"), [("stores", 6), ("charges", 9)])
def test_stops_guessing_early_even_of_codes_that_exist(
    kind: str, length: int, api_for: Api, greengrocer: Store, mallory: User, alice: User
) -> None:
    api, tried = api_for(mallory), guess_codes(length)
    answers = [api.get(f"/api/{kind}/by-code/{next(tried)}").json()["code"] for _guess in range(guesses.OF_A_PERSON.most)]
    assert set(answers) == {"code_unknown"}

    for path in (f"/api/{kind}/by-code/{next(tried)}", f"/api/stores/by-code/{greengrocer.short_code}"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_guesses")
        assert answer.json()["retry_after"] == 600
    assert api_for(alice).get(f"/api/stores/by-code/{greengrocer.short_code}").status_code == 200


def test_never_stops_somebody_who_pays_all_day(api_for: Api, greengrocer: Store, alice: User) -> None:
    api = api_for(alice)
    for _look in range(guesses.OF_A_PERSON.most * 2):
        assert api.get(f"/api/stores/by-code/{greengrocer.short_code}").status_code == 200


def test_stops_many_people_who_guess_from_one_address(
    api_for: Api, greengrocer: Store, alice: User, mallory: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "OF_AN_ADDRESS", Limit(2, guesses.WINDOW_S))
    tried = guess_codes(6)
    for person in (mallory, alice):
        assert api_for(person).get(f"/api/stores/by-code/{next(tried)}").status_code == 404

    assert api_for(alice).get(f"/api/stores/by-code/{greengrocer.short_code}").status_code == 429


def test_counts_the_addresses_of_one_network_together() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::2")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
