"""Statements as CSV and PDF, receipts as PDF, and the API that serves them."""

import csv
import datetime as dt
import io
import re
import zoneinfo
from collections.abc import Callable
from decimal import Decimal

import defusedxml.ElementTree
import pytest
from django.utils import timezone, translation
from pyiso20022.camt import camt_053_001_08 as camt
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from accounts.models import User
from payments.errors import StatementTooLong
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import start_deposit, transfer
from payments.parties import view_for
from payments.queries import activity, statement
from payments.statements import camt as camt_file
from payments.statements import document
from payments.statements.camt import NoBankStatement, statement_camt
from payments.statements.paper import Paper, drawable
from payments.statements.period import BadPeriod, Period
from payments.statements.receipt import receipt_pdf
from payments.statements.table import csv_rows
from tests.factories import UserFactory, open_wallet_for
from tests.payments.api.calls import ApiFor

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
END = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
LISBON = zoneinfo.ZoneInfo("Europe/Lisbon")
pytestmark = pytest.mark.django_db

type Drawn = list[str]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Every text that is put on paper, in its order; glyphs of the finished file can't be read back."""
    texts: Drawn = []

    def spying(name: str, position: int) -> Callable[..., object]:
        real = getattr(Paper, name)

        def spy(self: Paper, *arguments: object, **options: object) -> object:
            texts.extend(str(text) for text in arguments[position : position + 1])
            return real(self, *arguments, **options)

        return spy

    for name, position in (("cell", 2), ("multi_cell", 2), ("text", 2)):
        monkeypatch.setattr(Paper, name, spying(name, position))
    return texts


def send(payer: Wallet, payee: Wallet, minor: int, *, notes: str = "", at: dt.datetime = NOON) -> Transaction:
    assert payer.user
    return transfer(
        payer=payer, payee=payee, amount=Money(minor, payer.asset_id), actor=payer.user, key=None, notes=notes, now=at
    )


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", pdf))


def test_csv_leads_from_opening_to_closing(alice_eur: Wallet, bruno_eur: Wallet) -> None:
    send(alice_eur, bruno_eur, 1250_00 // 100, at=START - dt.timedelta(days=1))
    sent = send(bruno_eur, alice_eur, 2_50, notes='for "lunch", thanks')
    rows = list(csv.DictReader(io.StringIO("".join(csv_rows(statement(bruno_eur, START, END), LISBON)))))
    assert [(row["type"], row["amount"], row["balance"], row["asset"]) for row in rows] == [
        ("opening_balance", "", "12.50", "EUR"),
        ("transfer", "-2.50", "10.00", "EUR"),
        ("closing_balance", "", "10.00", "EUR"),
    ]
    assert rows[1]["date"] == "2026-03-10T12:00:00+00:00"
    assert rows[2]["date"] == "2026-04-01T01:00:00+01:00"  # summer time has begun
    assert (rows[1]["name"], rows[1]["note"]) == ("Alice Moreau", 'for "lunch", thanks')
    assert (rows[1]["transaction"], rows[1]["confirmation_code"]) == (str(sent.pk), sent.confirmation_code)


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(alice_eur: Wallet, bruno: User, bruno_eur: Wallet, formula: str) -> None:
    User.objects.filter(pk=bruno.pk).update(name=formula)
    send(alice_eur, bruno_eur, 1, notes=formula)
    rows = list(csv.DictReader(io.StringIO("".join(csv_rows(statement(alice_eur, START, END), LISBON)), newline="")))
    assert (rows[1]["name"], rows[1]["note"]) == (f"'{formula}", f"'{formula}")


def test_csv_is_written_while_it_is_read(alice_eur: Wallet, bruno_eur: Wallet) -> None:
    send(alice_eur, bruno_eur, 1)
    rows = csv_rows(statement(alice_eur, START, END), LISBON)
    assert next(rows).startswith("date,type")
    assert "opening_balance" in next(rows)


def test_pdf_shows_the_same_figures_in_the_readers_form(
    alice: User, alice_eur: Wallet, bruno_eur: Wallet, drawn: Drawn
) -> None:
    send(alice_eur, bruno_eur, 80_00, at=START - dt.timedelta(days=1))
    code = send(bruno_eur, alice_eur, 12_34, notes="lunch").confirmation_code
    with translation.override("pt-br"):
        pdf = document.statement_pdf(statement(bruno_eur, START, END), LISBON)
    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 1
    for text in ("Bruno Alves", "80,00", "\u221212,34", "67,66", "Alice Moreau", "10/03/2026", bruno_eur.address):
        assert text in drawn, text
    assert any("lunch" in text and code in text for text in drawn)


def test_pdf_repeats_its_columns_on_every_page(alice_eur: Wallet, bruno_eur: Wallet, drawn: Drawn) -> None:
    for _time in range(40):
        send(alice_eur, bruno_eur, 1)
    pdf = document.statement_pdf(statement(bruno_eur, START, END), LISBON)
    assert (pages_of(pdf), drawn.count("Details")) == (3, 3)
    assert drawn[-1].startswith("Page 3 of")


def test_pdf_of_nothing_says_so(bruno_eur: Wallet, drawn: Drawn) -> None:
    document.statement_pdf(statement(bruno_eur, START, END), LISBON)
    assert "Nothing moved in this time." in drawn


def test_pdf_refuses_more_than_it_can_carry(alice_eur: Wallet, bruno_eur: Wallet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_LINES", 1)
    send(alice_eur, bruno_eur, 1)
    send(alice_eur, bruno_eur, 1)
    with pytest.raises(StatementTooLong):
        document.statement_pdf(statement(bruno_eur, START, END), LISBON)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Łukasz Żółć", "Łukasz Żółć"),
        ("Ольга Γεωργίου", "Ольга Γεωργίου"),
        ("Nguyễn Thị Ệ", "Nguyễn Thị Ệ"),
        ("Zoë 🎉 Moreau", "Zoë Moreau"),
        ("two\nlines", "two lines"),
        ("李明", "address"),
        ("محمد", "address"),
        ("🎉", "address"),
        ("", "address"),
    ],
)
def test_draws_what_the_font_has_and_otherwise_the_address(name: str, shown: str) -> None:
    assert drawable(name, "address") == shown


@pytest.mark.parametrize("name", ["李明", "محمد بن سلمان", "x" * 100, "Maria " * 20, "\u202eevil", ""])
def test_any_name_and_note_can_be_printed(alice: User, alice_eur: Wallet, name: str, drawn: Drawn) -> None:
    payee = open_wallet_for(UserFactory.create(name=name))
    sent = send(alice_eur, payee, 1, notes=(name or "note") * 2)
    for wallet in (alice_eur, payee):
        assert document.statement_pdf(statement(wallet, START, END), LISBON)
    (seen,) = [each for each in activity(alice) if each.pk == sent.pk]
    assert receipt_pdf(view_for(seen, alice), alice, LISBON)


def test_a_receipt_says_who_how_much_and_what_for(alice: User, alice_eur: Wallet, bruno_eur: Wallet, drawn: Drawn) -> None:
    sent = send(alice_eur, bruno_eur, 1234_56 // 100, notes="lunch")
    (seen,) = [each for each in activity(alice) if each.pk == sent.pk]
    assert pages_of(receipt_pdf(view_for(seen, alice), alice, LISBON)) == 1
    for text in ("12.34 EUR", "Transfer · completed", "Alice Moreau (Alice's EUR)", "Bruno Alves", "lunch", str(sent.pk)):
        assert text in drawn, text
    assert f"{sent.confirmation_code[:3]} {sent.confirmation_code[3:]}" in drawn
    assert "Sandbox: no real money moved." not in drawn


def test_a_receipt_of_the_sandbox_says_that_it_is_one(alice: User, alice_eur: Wallet, drawn: Drawn) -> None:
    start_deposit(
        wallet=alice_eur, amount=Money(1, "EUR"), provider="sandbox", source="tok_success", actor=alice, key=None, now=NOON
    )
    (seen,) = [each for each in activity(alice) if each.status == "pending"]
    receipt_pdf(view_for(seen, alice), alice, LISBON)
    assert "Sandbox: no real money moved." in drawn


def test_a_period_is_whole_days_of_a_calendar_up_to_now() -> None:
    now = dt.datetime(2026, 3, 29, 12, 0, tzinfo=dt.UTC)
    start, end = Period.parse("2026-03-28", "2026-03-28").instants(LISBON, now=now)
    assert (start, end) == (dt.datetime(2026, 3, 28, tzinfo=dt.UTC), dt.datetime(2026, 3, 29, tzinfo=dt.UTC))
    _start, end = Period.parse("2026-03-29", "2026-03-31").instants(LISBON, now=now)
    assert end == now


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-03-02", "2026-03-01"), ("", "2026-03-01"), ("2026-02-30", "2026-03-01"), ("2999-01-01", "2999-01-02"), ("x", "y")],
)
def test_refuses_what_is_no_period(first: str, last: str) -> None:
    with pytest.raises(BadPeriod):
        Period.parse(first, last).instants(LISBON, now=NOON)


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", "9999-12-31"), ("2026-03-01", "9999-12-31")])
def test_takes_or_refuses_the_ends_of_the_calendar(first: str, last: str) -> None:
    with pytest.raises(BadPeriod):
        Period.parse(first, last).instants(zoneinfo.ZoneInfo("Asia/Tokyo"), now=NOON)


def test_serves_json_csv_and_pdf(api_for: ApiFor, alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    sent = send(alice_eur, bruno_eur, 2_50, at=timezone.now())
    client, today = api_for(alice), timezone.now().date()
    path, query = f"/api/wallets/{alice_eur.pk}/statement", {"from": str(today - dt.timedelta(days=1)), "to": str(today)}

    json = client.get(path, query).json()
    assert (json["opening"], json["money_in"], json["money_out"], json["closing"]) == ("0.00", "100.00", "-2.50", "97.50")
    assert [(line["amount"], line["balance"], line["name"]) for line in json["lines"]] == [
        ("100.00", "100.00", "Sandbox (no real money)"),
        ("-2.50", "97.50", "Bruno Alves"),
    ]
    assert json["lines"][1]["transaction"] == str(sent.pk)

    as_csv = client.get(path, {**query, "format": "csv"})
    assert as_csv.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert b"".join(as_csv.streaming_content).count(b"\r\n") == 5  # type: ignore[attr-defined]  # it streams

    as_pdf = client.get(path, {**query, "format": "pdf"})
    assert (as_pdf.headers["Content-Type"], as_pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert as_pdf.headers["Content-Disposition"].startswith('attachment; filename="florin-EUR-')


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "bad_period"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "bad_period"),
        ({"from": "2999-01-01", "to": "2999-01-01"}, "bad_period"),
        ({"from": "2026-03-01", "to": "2026-03-02", "format": "xlsx"}, "invalid_input"),
    ],
)
def test_refuses_statements_of_no_time_or_form(
    api_for: ApiFor, alice: User, alice_eur: Wallet, query: dict[str, str], code: str
) -> None:
    answer = api_for(alice).get(f"/api/wallets/{alice_eur.pk}/statement", query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


class TestCamt:
    """camt.053, read back by the classes that its schema makes: whatever they don't know is refused."""

    def read(self, xml: bytes) -> camt.AccountStatement9:
        defusedxml.ElementTree.fromstring(xml)
        parser = XmlParser(config=ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True))
        (found,) = parser.from_bytes(xml, camt.Document).bk_to_cstmr_stmt.stmt
        return found

    def test_opening_and_movements_make_the_closing_balance(self, alice_eur: Wallet, bruno_eur: Wallet) -> None:
        send(alice_eur, bruno_eur, 80_00, at=START - dt.timedelta(days=1))
        send(alice_eur, bruno_eur, 5)
        paid = send(bruno_eur, alice_eur, 12_34, notes="lunch & <dinner> " + "x" * 150)

        found = self.read(statement_camt(statement(bruno_eur, START, END), now=NOON))

        signed = [
            entry.amt.value if entry.cdt_dbt_ind == camt.CreditDebitCode.CRDT else -entry.amt.value for entry in found.ntry
        ]
        opening, closing = found.bal
        assert signed == [Decimal("0.05"), Decimal("-12.34")]
        assert (opening.tp.cd_or_prtry.cd, closing.tp.cd_or_prtry.cd) == ("OPBD", "CLBD")
        assert opening.amt.value + sum(signed) == closing.amt.value == Decimal("67.71")
        assert (found.acct.ccy, found.acct.id.othr.id) == ("EUR", bruno_eur.pk.hex)
        (details,) = found.ntry[1].ntry_dtls[0].tx_dtls
        assert (details.refs.acct_svcr_ref, "".join(details.rmt_inf.ustrd)) == (paid.pk.hex, paid.notes)
        assert details.rltd_pties.cdtr.pty.nm == "Alice Moreau"
        assert (found.txs_summry.ttl_cdt_ntries.nb_of_ntries, found.txs_summry.ttl_dbt_ntries.sum) == ("1", Decimal("12.34"))

    def test_of_nothing_has_no_entries(self, bruno_eur: Wallet) -> None:
        found = self.read(statement_camt(statement(bruno_eur, START, END), now=NOON))
        assert (found.ntry, [each.amt.value for each in found.bal]) == ([], [0, 0])

    def test_is_refused_for_what_is_no_currency_of_iso_4217(self, bruno: User) -> None:
        credited = open_wallet_for(bruno, "CREDIT")
        with pytest.raises(NoBankStatement):
            statement_camt(statement(credited, START, END), now=NOON)

    def test_is_refused_where_it_would_be_too_long(
        self, alice_eur: Wallet, bruno_eur: Wallet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(camt_file, "MAX_LINES", 1)
        send(alice_eur, bruno_eur, 1)
        send(alice_eur, bruno_eur, 1)
        with pytest.raises(StatementTooLong):
            statement_camt(statement(bruno_eur, START, END), now=NOON)

    def test_comes_by_api_and_from_the_page(self, alice: User, alice_eur: Wallet, api_for: ApiFor) -> None:
        answer = api_for(alice).get(
            f"/api/wallets/{alice_eur.pk}/statement", {"from": "2026-03-01", "to": "2026-03-31", "format": "camt053"}
        )
        assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
        assert answer.headers["Content-Disposition"].endswith('2026-03-31.camt053.xml"')
        assert self.read(answer.content).acct.nm == alice_eur.name
