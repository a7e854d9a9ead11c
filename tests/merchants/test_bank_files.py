"""Payouts by files to the bank and back: made by sepaxml, answered by what pyiso20022 writes."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pyiso20022.camt import camt_053_001_08 as camt
from pyiso20022.pain import pain_002_001_03 as pain
from pytest_django.fixtures import Settings
from xsdata.formats.dataclass.serializers import XmlSerializer

from accounts.models import User
from audit.models import AuditEntry
from config.banks import BankAccount
from merchants import tasks
from merchants.bank_answers import Answer, NoBankAnswer, Said, read_answers
from merchants.destinations import read_iban, read_us_account
from merchants.models import BankFile, Payout, PayoutDestination, Store
from merchants.operations import make_bank_file, pay_store, read_bank_file, request_payout
from merchants.operations.bank_files import NothingToPay, ReadBefore
from merchants.providers.payouts import PayoutsUnavailable, provider_for
from merchants.queries import balance_of
from payments.money import Money
from payments.verification import faults
from tests.factories import UserFactory, open_wallet_for
from tests.threads import together
from tests.unchanged import refused

NS = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
REPORT, STATEMENT = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.03", "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
HOST = "admin.localhost"
IBAN = "PT50000201231234567890154"
NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(settings: Settings) -> None:
    settings.PAYOUT_BANK_PROVIDER = "bank_file"
    settings.BANK_FILE = BankAccount(name="Florin", iban="DE89370400440532013000", bic="COBADEFFXXX")


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory.create(name="Ada Min", is_staff=True, is_superuser=True)


@pytest.fixture
def store(greengrocer: Store) -> Store:
    payer = open_wallet_for(UserFactory.create(), minor=1_000_00)
    assert payer.user
    pay_store(
        store=greengrocer, amount=Money(1_000_00, "EUR"), payer_wallet=payer, actor=payer.user, key=None, now=timezone.now()
    )
    return greengrocer


def ask(store: Store, minor: int, holder: str = "Olivia Prado") -> Payout:
    owner = store.members.filter(role="owner").earliest("created_at").user
    destination = PayoutDestination(store=store, added_by=owner, created_at=timezone.now())
    destination.place = read_iban(IBAN, holder)
    destination.save()
    payout = request_payout(
        store=store, destination=destination, amount=Money(minor, "EUR"), actor=owner, key=None, now=timezone.now()
    )
    tasks.send_payout(str(payout.pk))
    return payout


def make(admin: User) -> BankFile:
    return make_bank_file(actor=admin, now=timezone.now())


def read(content: bytes, admin: User) -> dict[str, int]:
    _file, found = read_bank_file(content=content, actor=admin, now=timezone.now())
    return {name: count for name, count in found.items() if count}


def status_of(payout: Payout) -> tuple[str, str]:
    payout.refresh_from_db()
    return payout.status, payout.error_code


def report(message: str, *lines: tuple[str, str, str], group: str | None = None) -> bytes:
    """A status report: EndToEndId, status and reason of each payment; or of the whole group."""
    parts = [
        pain.PaymentTransactionInformation25(
            orgnl_end_to_end_id=reference,
            tx_sts=pain.TransactionIndividualStatus3Code(status),
            sts_rsn_inf=[pain.StatusReasonInformation8(rsn=pain.StatusReason6Choice(cd=code), addtl_inf=["Account", "closed"])]
            if code
            else [],
        )
        for reference, status, code in lines
    ]
    whole = pain.OriginalGroupInformation20(
        orgnl_msg_id=message,
        orgnl_msg_nm_id="pain.001.001.09",
        grp_sts=pain.TransactionGroupStatus3Code(group) if group else None,
    )
    body = pain.CustomerPaymentStatusReportV03(
        grp_hdr=pain.GroupHeader36(msg_id="BANK-1", cre_dt_tm="2026-11-28T08:00:00"),
        orgnl_grp_inf_and_sts=whole,
        orgnl_pmt_inf_and_sts=[pain.OriginalPaymentInformation1(orgnl_pmt_inf_id="P1", tx_inf_and_sts=parts)] if parts else [],
    )
    document = pain.Document(cstmr_pmt_sts_rpt=body)
    return XmlSerializer().render(document, ns_map={None: REPORT}).encode()


def booked(*lines: tuple[str, str, str], status: str = "BOOK") -> bytes:
    """A statement: EndToEndId, amount and direction of each payment."""
    entries = [
        camt.ReportEntry10(
            amt=camt.ActiveOrHistoricCurrencyAndAmount(value=Decimal(amount), ccy="EUR"),
            cdt_dbt_ind=camt.CreditDebitCode(direction),
            sts=camt.EntryStatus1Choice(cd=status),
            bk_tx_cd=camt.BankTransactionCodeStructure4(),
            ntry_dtls=[
                camt.EntryDetails9(
                    tx_dtls=[
                        camt.EntryTransaction10(
                            refs=camt.TransactionReferences6(end_to_end_id=reference),
                            rtr_inf=camt.PaymentReturnReason5(rsn=camt.ReturnReason5Choice(cd="AC04"))
                            if direction == "CRDT"
                            else None,
                        )
                    ]
                )
            ],
        )
        for reference, amount, direction in lines
    ]
    statement = camt.AccountStatement9(
        id="S1", cre_dt_tm="2026-11-28T08:00:00", acct=camt.CashAccount39(id=camt.AccountIdentification4Choice(iban=IBAN)),
        ntry=entries,
    )  # fmt: skip
    header = camt.GroupHeader81(msg_id="B2", cre_dt_tm="2026-11-28T08:00:00")
    document = camt.Document(bk_to_cstmr_stmt=camt.BankToCustomerStatementV08(grp_hdr=header, stmt=[statement]))
    return XmlSerializer().render(document, ns_map={None: STATEMENT}).encode()


def text(element: Element, *path: str) -> str | None:
    return element.findtext("/".join(f"{NS}{part}" for part in path))


def test_a_file_pays_what_waits_and_adds_up(store: Store, admin: User) -> None:
    payouts = [ask(store, minor, holder) for minor, holder in [(12_34, "Olivia Prado"), (100_00, "José Ñandú & Filhos")]]
    file = make(admin)

    root = defusedxml.ElementTree.fromstring((file.content or "").encode())
    (part,) = root.iter(f"{NS}PmtInf")
    lines = list(part.iter(f"{NS}CdtTrfTxInf"))
    assert {text(line, "PmtId", "EndToEndId") for line in lines} == {payout.pk.hex for payout in payouts}
    assert sum(Decimal(text(line, "Amt", "InstdAmt") or "") for line in lines) == Decimal("112.34")
    assert text(root, "CstmrCdtTrfInitn", "GrpHdr", "CtrlSum") == "112.34"
    assert text(root, "CstmrCdtTrfInitn", "GrpHdr", "MsgId") == file.reference
    assert text(part, "DbtrAcct", "Id", "IBAN") == "DE89370400440532013000"
    assert (file.count, file.total) == (2, 112_34)
    assert AuditEntry.objects.get(action="bank_file.made").actor == admin


def test_each_payout_is_in_one_file_only(store: Store, admin: User) -> None:
    first = ask(store, 1_00)
    file = make(admin)
    with refused(NothingToPay):
        make(admin)
    second = ask(store, 2_00)
    other = make(admin)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.bank_file, second.bank_file) == (file, other)


@pytest.mark.django_db(transaction=True)
def test_files_made_at_once_share_no_payout(store: Store, admin: User) -> None:
    for _number in range(5):
        ask(store, 1_00)
    outcomes = together([lambda: make(admin)] * 4)
    files = [each for each in outcomes if isinstance(each, BankFile)]
    assert sum(file.count for file in files) == 5
    assert all(isinstance(each, (BankFile, NothingToPay)) for each in outcomes)


def test_a_file_holds_no_more_than_it_may(store: Store, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merchants.operations.bank_files.MOST", 2)
    for _number in range(3):
        ask(store, 1_00)
    assert [make(admin).count, make(admin).count] == [2, 1]


def test_is_not_asked_about(store: Store) -> None:
    payout = ask(store, 1_00)
    Payout.objects.filter(pk=payout.pk).update(asked_at=NOW - dt.timedelta(days=30))
    tasks.resolve_payouts(0)
    assert status_of(payout) == ("processing", "")


def test_a_status_report_completes_and_returns(store: Store, admin: User) -> None:
    paid, bad, slow = ask(store, 10_00), ask(store, 20_00), ask(store, 30_00)
    file = make(admin)
    before = balance_of(store)
    found = read(
        report(file.reference, (paid.pk.hex, "ACSC", ""), (bad.pk.hex, "RJCT", "AC04"), (slow.pk.hex, "ACSP", "")), admin
    )
    assert found == {"paid": 1, "refused": 1}
    assert (status_of(paid), status_of(bad), status_of(slow)) == (("completed", ""), ("failed", "ac04"), ("processing", ""))
    assert (paid.external_id, bad.error_message) == (file.reference, "Account closed")
    assert balance_of(store) == before + bad.total
    assert not list(faults())


def test_a_file_that_is_refused_whole_returns_all_of_it(store: Store, admin: User) -> None:
    payouts = [ask(store, 1_00), ask(store, 2_00)]
    file, other = make(admin), ask(store, 3_00)
    assert read(report(file.reference, group="RJCT"), admin) == {"refused": 2}
    assert [status_of(payout)[0] for payout in [*payouts, other]] == ["failed", "failed", "processing"]


def test_a_statement_completes_and_what_comes_back_later_is_the_stores_again(store: Store, admin: User) -> None:
    payout = ask(store, 50_00)
    make(admin)
    before = balance_of(store)
    assert read(booked((payout.pk.hex, "50.00", "DBIT"), ("NOTPROVIDED", "7.00", "DBIT")), admin) == {"paid": 1, "unknown": 1}
    assert status_of(payout) == ("completed", "")
    assert read(booked((payout.pk.hex, "50.00", "CRDT")), admin) == {"returned": 1}
    assert status_of(payout) == ("failed", "ac04")
    assert balance_of(store) == before + Money(50_00, "EUR")  # the fee stays with the platform
    assert not list(faults())


def test_the_same_again_changes_nothing(store: Store, admin: User) -> None:
    payout = ask(store, 50_00)
    make(admin)
    content = booked((payout.pk.hex, "50.00", "DBIT"))
    read(content, admin)
    with refused(ReadBefore):
        read(content, admin)
    assert read(content + b"\n", admin) == {"known": 1}


@pytest.mark.parametrize("line", [("49.99", "DBIT"), ("50.01", "CRDT")])
def test_another_amount_is_left_for_people(line: tuple[str, str], store: Store, admin: User) -> None:
    payout = ask(store, 50_00)
    make(admin)
    assert read(booked((payout.pk.hex, *line)), admin) == {"odd": 1}
    assert status_of(payout) == ("processing", "")


def test_what_is_not_booked_yet_is_not_final(store: Store, admin: User) -> None:
    payout = ask(store, 50_00)
    make(admin)
    assert read(booked((payout.pk.hex, "50.00", "DBIT"), status="PDNG"), admin) == {}


def test_names_a_payout_that_was_in_no_file(store: Store, admin: User) -> None:
    payout = ask(store, 50_00)
    assert read(booked((payout.pk.hex, "50.00", "DBIT")), admin) == {"unknown": 1}
    assert status_of(payout) == ("processing", "")


def test_reads_other_versions(store: Store) -> None:
    older = booked(("x", "1.00", "DBIT")).replace(b"camt.053.001.08", b"camt.053.001.02").replace(b"<Cd>BOOK</Cd>", b"BOOK")
    assert read_answers(older) == [Answer(Said.PAID, reference="x", amount=Decimal("1.00"), asset="EUR")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"<html/>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE x [<!ENTITY a "b">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">&a;</Document>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"/>',
        booked(("x", "1.00", "DBIT")).replace(b"1.00", b"much"),
        booked(("x", "1.00", "DBIT"))[:-20],
    ],
)
def test_refuses_what_is_no_answer(content: bytes, admin: User) -> None:
    with refused(NoBankAnswer):
        read(content, admin)


def test_takes_ibans_in_euros_only() -> None:
    assert provider_for(read_iban(IBAN, "Olivia"), "EUR").name == "bank_file"
    with pytest.raises(PayoutsUnavailable):
        provider_for(read_iban(IBAN, "Olivia"), "USD")
    with pytest.raises(PayoutsUnavailable):
        provider_for(read_us_account("021000021", "1234567", "checking", "Olivia"), "USD")


class TestConsole:
    """An admin makes a file, downloads it, and uploads what the bank answers."""

    @pytest.mark.django_db(transaction=True)
    def test_from_the_button_to_the_answer(self, store: Store, console: Callable[[User, str], Client], admin: User) -> None:
        payout, browser = ask(store, 50_00), console(admin, HOST)
        made = "/merchants/bankfile/make/"
        assert "1 payout waits for a file" in browser.get(made).text
        assert "hand it to the bank" in browser.post(made, follow=True).text
        file = BankFile.objects.get()
        download = browser.get(f"/merchants/bankfile/{file.pk}/download/")
        assert download.content.decode() == file.content
        assert AuditEntry.objects.filter(action="bank_file.downloaded", actor=admin).exists()

        answer = SimpleUploadedFile("answer.xml", booked((payout.pk.hex, "50.00", "DBIT")))
        page = browser.post("/merchants/bankfile/read/", {"answer": answer}, follow=True)
        assert "paid: 1" in page.text
        assert status_of(payout) == ("completed", "")
        wrong = browser.post("/merchants/bankfile/read/", {"answer": SimpleUploadedFile("a.xml", b"<a/>")})
        assert "no pain.002 or camt.053" in wrong.text

    def test_where_nothing_leaves_by_file_there_is_no_button(
        self, console: Callable[[User, str], Client], admin: User, settings: Settings
    ) -> None:
        settings.PAYOUT_BANK_PROVIDER = "sandbox"
        assert console(admin, HOST).post("/merchants/bankfile/make/").status_code == 403
