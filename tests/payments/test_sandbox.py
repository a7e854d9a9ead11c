"""The sandbox processor keeps its books, and its documents are true."""

import csv
import datetime as dt
import json
import re
import zoneinfo
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from payments.checks import check_providers
from payments.models import SandboxOrder, Wallet
from payments.money import Money
from payments.operations import refund, transfer
from payments.providers.funding import (
    Declined,
    FundingProvider,
    FundingUnavailable,
    ProviderUnanswered,
    Succeeded,
    Underway,
    UnknownToken,
    funding_provider,
    moves_no_real_money,
)
from payments.providers.sandbox import TOKENS, Sandbox, SandboxMisuseError
from payments.queries import statement
from payments.statements.table import COLUMNS, csv_rows
from tests.threads import together

EUROS = Money(25_00, "EUR")
DOCS = settings.BASE_DIR / "docs"
pytestmark = pytest.mark.django_db


def collect(token: str, reference: object = None) -> object:
    return Sandbox().collect(reference or uuid4(), EUROS, token, 10)  # type: ignore[arg-type]


def test_answers_the_same_however_often_it_is_asked() -> None:
    for token, outcome in (("tok_success", Succeeded), ("tok_declined", Declined)):
        reference = uuid4()
        first = collect(token, reference)
        assert isinstance(first, outcome)
        assert [collect(token, reference) for _time in range(3)] == [first] * 3
        assert SandboxOrder.objects.get(pk=reference).times_asked == 4


def test_decides_before_it_loses_its_answer() -> None:
    reference = uuid4()
    with pytest.raises(ProviderUnanswered):
        collect("tok_unanswered_success", reference)
    assert SandboxOrder.objects.get(pk=reference).status == "succeeded"
    assert isinstance(collect("tok_unanswered_success", reference), Succeeded)


def test_takes_its_time_and_is_away_for_a_minute() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        slow, down = uuid4(), uuid4()
        assert collect("tok_slow", slow) == Underway()
        with pytest.raises(ProviderUnanswered):
            collect("tok_down", down)
        clock.shift(5)
        assert isinstance(collect("tok_slow", slow), Succeeded)
        clock.shift(54)
        with pytest.raises(ProviderUnanswered):
            collect("tok_down", down)
        clock.shift(1)
        assert isinstance(collect("tok_down", down), Succeeded)


def test_pays_out_as_it_collects() -> None:
    assert isinstance(Sandbox().pay_out(uuid4(), EUROS, "tok_success", 10), Succeeded)
    assert SandboxOrder.objects.get().direction == "pay_out"


def test_refuses_another_order_under_the_same_reference() -> None:
    reference = uuid4()
    collect("tok_success", reference)
    with pytest.raises(SandboxMisuseError):
        Sandbox().collect(reference, Money(1, "EUR"), "tok_success", 10)
    with pytest.raises(SandboxMisuseError):
        Sandbox().pay_out(reference, EUROS, "tok_success", 10)


def test_refuses_what_is_no_token_of_its() -> None:
    with pytest.raises(UnknownToken):
        collect("4242424242424242")
    assert not SandboxOrder.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_has_one_order_when_it_is_asked_at_the_same_moment() -> None:
    reference = uuid4()
    outcomes = together([lambda: collect("tok_success", reference)] * 5)
    assert outcomes == [Succeeded(f"sandbox_{reference.hex}")] * 5
    assert SandboxOrder.objects.get().times_asked == 5


def test_is_chosen_by_a_setting_and_says_that_it_is_a_sandbox(settings: Settings) -> None:
    provider: FundingProvider = funding_provider()
    assert (provider.name, provider.is_sandbox, moves_no_real_money()) == ("sandbox", True, True)
    assert list(check_providers(None)) == []
    settings.FUNDING_PROVIDER = "none"
    assert not moves_no_real_money()
    with pytest.raises(FundingUnavailable):
        funding_provider()
    settings.FUNDING_PROVIDER, settings.RATES_PROVIDER = "strype", "ecb"
    assert [message.id for message in check_providers(None)] == ["florin.E301", "florin.E301"]


def test_its_page_lists_its_tokens() -> None:
    listed = re.findall(r"^\| `(tok_\w+)` \|", (DOCS / "sandbox.md").read_text(), re.MULTILINE)
    assert listed == list(TOKENS)


def test_the_example_statements_are_what_is_written(alice: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet) -> None:
    at = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
    before = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    transfer(payer=alice_eur, payee=bruno_eur, amount=Money(80_00, "EUR"), actor=alice, key=None, now=before)
    lunch = transfer(payer=bruno_eur, payee=alice_eur, amount=Money(12_50, "EUR"), actor=bruno, key=None, notes="lunch", now=at)
    later = dt.datetime(2026, 3, 11, 9, 30, tzinfo=dt.UTC)
    refund(original=lunch, amount=Money(2_50, "EUR"), actor=alice, key=None, reason="one was missing", now=later)
    found = statement(bruno_eur, dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 31, 23, 0, tzinfo=dt.UTC))
    written = list(csv.DictReader("".join(csv_rows(found, zoneinfo.ZoneInfo("Europe/Lisbon"))).splitlines()))

    example = list(csv.DictReader((DOCS / "examples" / "statement.csv").read_text().splitlines()))

    for row in (*example, *written):
        for name in ("name", "confirmation_code", "transaction"):
            row.pop(name)
    assert example == written
    as_json = json.loads((DOCS / "examples" / "statement.json").read_text())
    assert Decimal(as_json["opening"]) + sum(Decimal(line["amount"]) for line in as_json["lines"]) == Decimal(
        as_json["closing"]
    )
    assert [line["balance"] for line in as_json["lines"]] == [row["balance"] for row in written[1:-1]]
    assert f"| `{COLUMNS[0]}` |" in (DOCS / "statements.md").read_text()
