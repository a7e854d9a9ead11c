"""Assets, rates, quotes and conversions."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from payments.models import ConversionQuote, Wallet
from payments.providers.rates import Rate
from tests.factories import open_wallet_for
from tests.payments.api.calls import ApiFor, codes_in, post
from tests.payments.balances import minor_in
from tests.unchanged import nothing_changes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """One euro is 1.0875 dollars, whatever the provider's newest day is."""
    rate = Rate(Decimal("1.0875"), dt.date(2026, 11, 20), "ECB")
    monkeypatch.setattr("payments.providers.rates.EcbHistory.rate", lambda *_arguments: rate)


@pytest.fixture
def alice_usd(alice: User) -> Wallet:
    return open_wallet_for(alice, "USD")


def quote_body(source: Wallet, target: Wallet, amount: str = "40.00", asset: str = "EUR") -> dict[str, str]:
    return {"source_wallet": str(source.pk), "target_wallet": str(target.pk), "amount": amount, "asset": asset}


def test_quotes_and_exchanges(api_for: ApiFor, alice: User, alice_eur: Wallet, alice_usd: Wallet) -> None:
    client = api_for(alice)
    quoted = client.post("/api/conversions/quotes", quote_body(alice_eur, alice_usd))
    assert quoted.status_code == 201
    offer = quoted.json()
    assert (offer["amount"], offer["fee"], offer["total"], offer["asset"]) == ("40.00", "0.20", "40.20", "EUR")
    assert (offer["target_amount"], offer["target_asset"], offer["rate"]) == ("43.50", "USD", "1.087500000000")
    assert (offer["rate_source"], offer["rate_date"], offer["transaction"]) == ("ECB", "2026-11-20", None)

    answer = post(client, "/api/conversions", {"quote": offer["id"]}, key="exchange-1")
    assert answer.status_code == 201
    done = answer.json()
    assert (done["kind"], done["direction"], done["amount"], done["fee"]) == ("conversion", "internal", "40.00", "0.20")
    assert done["exchange"] == {"rate": "1.087500000000", "target_amount": "43.50", "target_asset": "USD"}
    assert (minor_in(alice_eur), minor_in(alice_usd)) == (59_80, 43_50)
    with nothing_changes():
        assert post(client, "/api/conversions", {"quote": offer["id"]}, key="exchange-1").json() == done
        again = post(client, "/api/conversions", {"quote": offer["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "quote_used")
    assert client.get(f"/api/conversions/quotes/{offer['id']}").json()["transaction"] == done["id"]
    legs = client.get(f"/api/transactions/{done['id']}").json()["legs"]
    assert {(leg["wallet"], leg["amount"]) for leg in legs} == {(str(alice_eur.pk), "-40.20"), (str(alice_usd.pk), "43.50")}


def test_a_rate_is_held_for_a_minute(api_for: ApiFor, alice: User, alice_eur: Wallet, alice_usd: Wallet) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = api_for(alice)
        offer = client.post("/api/conversions/quotes", quote_body(alice_eur, alice_usd)).json()
        clock.shift(60)
        with nothing_changes():
            answer = post(client, "/api/conversions", {"quote": offer["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "quote_expired")


def test_a_strangers_quote_is_not_there(
    api_for: ApiFor, alice: User, alice_eur: Wallet, alice_usd: Wallet, mallory: User
) -> None:
    offer = api_for(alice).post("/api/conversions/quotes", quote_body(alice_eur, alice_usd)).json()
    client = api_for(mallory)
    for quote in (offer["id"], str(uuid.uuid4())):
        with nothing_changes():
            assert client.get(f"/api/conversions/quotes/{quote}").status_code == 404
            answer = post(client, "/api/conversions", {"quote": quote})
        assert (answer.status_code, answer.json()["code"]) == (404, "quote_not_found")


@pytest.mark.django_db(transaction=True)  # the refusal must undo a whole transaction, not the test's
def test_refuses_quotes_that_can_not_be(
    api_for: ApiFor, alice: User, alice_eur: Wallet, alice_usd: Wallet, bruno_eur: Wallet
) -> None:
    client = api_for(alice)
    credits_wallet = open_wallet_for(alice, "CREDIT")
    for body, status, code in (
        (quote_body(alice_eur, bruno_eur), 404, "wallet_not_found"),
        (quote_body(bruno_eur, alice_usd), 404, "wallet_not_found"),
        (quote_body(alice_eur, alice_eur), 422, "asset_mismatch"),
        (quote_body(alice_eur, alice_usd, asset="USD"), 422, "asset_mismatch"),
        (quote_body(alice_eur, alice_usd, amount="0.00"), 400, "invalid_amount"),
        (quote_body(alice_eur, alice_usd, amount="-1.00"), 400, "invalid_amount"),
        (quote_body(alice_eur, alice_usd, amount="1.001"), 400, "invalid_amount"),
        (quote_body(alice_eur, alice_usd, amount="92233720368547758.08"), 400, "invalid_amount"),
        (quote_body(alice_eur, alice_usd, asset="XXX"), 400, "unknown_asset"),
        ({**quote_body(alice_eur, alice_usd), "rate": "2"}, 400, "invalid_input"),
    ):
        with nothing_changes():
            answer = client.post("/api/conversions/quotes", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not ConversionQuote.objects.exists()
    assert credits_wallet.asset_id == "CREDIT"


def test_tells_rates_and_refuses_unknown_pairs(api_for: ApiFor, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    client = api_for(alice)
    answer = client.get("/api/rates", {"source": "EUR", "target": "USD"}).json()
    assert answer == {"source": "EUR", "target": "USD", "rate": "1.087500000000", "date": "2026-11-20", "provider": "ECB"}
    wrong = client.get("/api/rates", {"source": "EUR", "target": "XXX"})
    assert (wrong.status_code, codes_in(wrong)) == (400, ["unknown_asset"])
    monkeypatch.undo()
    none = client.get("/api/rates", {"source": "EUR", "target": "CREDIT"})
    assert (none.status_code, none.json()["code"]) == (422, "rate_unavailable")


def test_lists_assets_by_code_in_the_language_asked_for(api_for: ApiFor, alice: User) -> None:
    client = api_for(alice)
    assets = client.get("/api/assets", headers={"Accept-Language": "es"}).json()
    by_code = {asset["code"]: asset for asset in assets}
    assert list(by_code) == sorted(by_code)
    assert by_code["JPY"] == {"code": "JPY", "scale": 0, "name": "yen japonés", "kind": "fiat"}
    assert (by_code["KWD"]["scale"], by_code["USDC"]["scale"], by_code["CREDIT"]["kind"]) == (3, 6, "credit")
