"""A statement as banks send it: ISO 20022 camt.053.001.08, for accounting programs."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from pyiso20022.camt import camt_053_001_08 as camt
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.config import SerializerConfig
from xsdata.models.datatype import XmlDateTime

from config.errors import Refused
from payments.assets import ASSETS
from payments.errors import StatementTooLong
from payments.models import Asset
from payments.money import Money
from payments.queries import Line, Statement, totals_of

MAX_LINES = 10_000
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
SHORT_TEXT, TEXT = 70, 140  # Max70Text, Max140Text
OPENING, CLOSING, BOOKED = "OPBD", "CLBD", "BOOK"
CREDIT, DEBIT = camt.CreditDebitCode.CRDT, camt.CreditDebitCode.DBIT
ISSUER = "Florin"


class NoBankStatement(Refused):
    """The standard knows currencies of ISO 4217 alone."""

    code = "no_bank_statement"
    status = 400
    field = "format"
    message = _("Only currencies of ISO 4217 have statements in this format. Choose CSV or PDF.")


def has_camt(asset: str) -> bool:
    """Whether there can be such a file about this asset."""
    return ASSETS[asset].kind == Asset.Kind.FIAT


def statement_camt(statement: Statement, *, now: dt.datetime) -> bytes:
    """The statement as XML; its entries and opening balance make its closing balance.

    :raises NoBankStatement: of an asset that is no currency of ISO 4217.
    :raises StatementTooLong: more than `MAX_LINES` movements.
    """
    if not has_camt(statement.wallet.asset_id):
        raise NoBankStatement
    if statement.count > MAX_LINES:
        raise StatementTooLong
    document = camt.Document(bk_to_cstmr_stmt=_message(statement, list(statement.lines()), now))
    return XmlSerializer(config=SerializerConfig(indent="  ")).render(document, ns_map={None: NAMESPACE}).encode()


def _message(statement: Statement, lines: list[Line], now: dt.datetime) -> camt.BankToCustomerStatementV08:
    wallet, totals = statement.wallet, totals_of(statement.totals.opening, lines)
    span = f"{statement.start:%Y%m%d%H%M}-{statement.end:%Y%m%d%H%M}"
    account = camt.CashAccount39(
        id=camt.AccountIdentification4Choice(othr=camt.GenericAccountIdentification1(id=wallet.pk.hex, issr=ISSUER)),
        ccy=wallet.asset_id,
        nm=wallet.name[:SHORT_TEXT] or None,
    )
    own = camt.AccountStatement9(
        id=span,
        cre_dt_tm=_time(now),
        fr_to_dt=camt.DateTimePeriod1(fr_dt_tm=_time(statement.start), to_dt_tm=_time(statement.end)),
        acct=account,
        bal=[_balance(OPENING, totals.opening, statement.start), _balance(CLOSING, totals.closing, statement.end)],
        txs_summry=_sums(lines, totals.money_in, -totals.money_out),
        ntry=[_entry(line, number) for number, line in enumerate(lines, start=1)],
    )
    header = camt.GroupHeader81(msg_id=f"{wallet.pk.hex[-8:]}-{now:%Y%m%d%H%M%S%f}", cre_dt_tm=_time(now))
    return camt.BankToCustomerStatementV08(grp_hdr=header, stmt=[own])


def _balance(kind: str, amount: Money, at: dt.datetime) -> camt.CashBalance8:
    return camt.CashBalance8(
        tp=camt.BalanceType13(cd_or_prtry=camt.BalanceType10Choice(cd=kind)),
        amt=_amount(amount),
        cdt_dbt_ind=_direction(amount),
        dt=camt.DateAndDateTime2Choice(dt_tm=_time(at)),
    )


def _sums(lines: Iterable[Line], money_in: Money, money_out: Money) -> camt.TotalTransactions6:
    amounts = [line.amount.amount for line in lines]
    came, went = sum(each > 0 for each in amounts), sum(each <= 0 for each in amounts)
    return camt.TotalTransactions6(
        ttl_cdt_ntries=camt.NumberAndSumOfTransactions1(nb_of_ntries=str(came), sum=money_in.decimal),
        ttl_dbt_ntries=camt.NumberAndSumOfTransactions1(nb_of_ntries=str(went), sum=money_out.decimal),
    )


def _entry(line: Line, number: int) -> camt.ReportEntry10:
    transaction = line.transaction
    booked = camt.DateAndDateTime2Choice(dt_tm=_time(line.at))
    code = camt.ProprietaryBankTransactionCodeStructure1(cd=transaction.kind, issr=ISSUER)
    details = camt.EntryTransaction10(
        refs=camt.TransactionReferences6(acct_svcr_ref=transaction.pk.hex, end_to_end_id=transaction.confirmation_code),
        rltd_pties=_other_side(line),
        rmt_inf=camt.RemittanceInformation16(ustrd=_pieces(transaction.notes)) if transaction.notes.strip() else None,
    )
    return camt.ReportEntry10(
        ntry_ref=str(number),
        amt=_amount(line.amount),
        cdt_dbt_ind=_direction(line.amount),
        rvsl_ind=True if line.returned else None,
        sts=camt.EntryStatus1Choice(cd=BOOKED),
        bookg_dt=booked,
        val_dt=booked,
        acct_svcr_ref=transaction.pk.hex,
        bk_tx_cd=camt.BankTransactionCodeStructure4(prtry=code),
        ntry_dtls=[camt.EntryDetails9(tx_dtls=[details])],
    )


def _other_side(line: Line) -> camt.TransactionParties6:
    party = camt.Party40Choice(pty=camt.PartyIdentification135(nm=line.name[:TEXT]))
    return camt.TransactionParties6(dbtr=party) if line.amount.amount > 0 else camt.TransactionParties6(cdtr=party)


def _pieces(text: str) -> list[str]:
    return [text[start : start + TEXT] for start in range(0, len(text), TEXT)]


def _amount(money: Money) -> camt.ActiveOrHistoricCurrencyAndAmount:
    return camt.ActiveOrHistoricCurrencyAndAmount(value=Decimal(abs(money.decimal)), ccy=money.asset)


def _direction(money: Money) -> camt.CreditDebitCode:
    return CREDIT if money.amount >= 0 else DEBIT


def _time(moment: dt.datetime) -> XmlDateTime:
    return XmlDateTime.from_datetime(moment.astimezone(dt.UTC))
