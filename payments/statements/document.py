"""A wallet's statement as PDF."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf.enums import Align

from payments.errors import StatementTooLong
from payments.queries import Line, Statement, Totals, totals_of
from payments.statements.paper import MARGIN_MM, SOFT, Paper, day, drawable, sentence

MAX_LINES = 2000
ROW_MM = 11
DATE_MM, AMOUNT_MM = 33, 34
SECOND = dt.timedelta(seconds=1)


def statement_pdf(statement: Statement, zone: dt.tzinfo) -> bytes:
    """The statement in the active language, with times of `zone`.

    :raises StatementTooLong: more than `MAX_LINES` movements.
    """
    if statement.count > MAX_LINES:
        raise StatementTooLong
    lines = list(statement.lines())
    totals = totals_of(statement.totals.opening, lines)
    paper = Paper(title=_("Statement"), language=get_language() or "en")
    paper.add_page()
    _head(paper, statement, zone)
    _summary(paper, totals, statement)
    _columns(paper, statement)
    for line in lines:
        if paper.get_y() + ROW_MM > paper.bottom:
            paper.add_page()
            _columns(paper, statement)
        _row(paper, line, zone)
    if not lines:
        paper.type(10, colour=SOFT)
        paper.cell(0, ROW_MM, _("Nothing moved in this time."))
    return bytes(paper.output())


def _head(paper: Paper, statement: Statement, zone: dt.tzinfo) -> None:
    wallet, owner = statement.wallet, statement.wallet.user
    period = {"start": day(statement.start, zone), "end": day(statement.end - SECOND, zone)}
    paper.title_block(_("Statement"), _("%(start)s to %(end)s") % period)
    if owner:
        paper.fact(_("Name"), drawable(owner.name, owner.email or wallet.address))
    paper.fact(_("Wallet"), f"{drawable(wallet.name, wallet.asset_id)} ({wallet.asset_id})")
    paper.fact(_("Wallet address"), wallet.address)
    paper.fact(_("Time zone"), str(zone))
    paper.ln(5)


def _summary(paper: Paper, totals: Totals, statement: Statement) -> None:
    """Four figures side by side."""
    figures = [
        (_("Opening balance"), totals.opening), (_("Money in"), totals.money_in),
        (_("Money out"), totals.money_out), (_("Closing balance"), totals.closing),
    ]  # fmt: skip
    width, top = paper.epw / len(figures), paper.get_y()
    paper.rule()
    for index, (label, amount) in enumerate(figures):
        paper.set_xy(MARGIN_MM + index * width, top + 3)
        paper.type(9, colour=SOFT)
        paper.cell(width, 5, paper.fit(label, width - 2))
        paper.set_xy(MARGIN_MM + index * width, top + 8)
        paper.type(12, bold=True)
        paper.cell(width, 6, paper.fit(paper.number(amount), width - 2))
    paper.set_xy(MARGIN_MM, top + 16)
    paper.rule()
    paper.ln(6)


def _columns(paper: Paper, statement: Statement) -> None:
    asset = statement.wallet.asset_id
    details = paper.epw - DATE_MM - 2 * AMOUNT_MM
    paper.type(9, colour=SOFT)
    paper.cell(DATE_MM, 6, _("Date"))
    paper.cell(details, 6, _("Details"))
    paper.cell(AMOUNT_MM, 6, f"{_('Amount')} ({asset})", align=Align.R)
    paper.cell(AMOUNT_MM, 6, f"{_('Balance')} ({asset})", align=Align.R)
    paper.ln(7)
    paper.rule()


def _row(paper: Paper, line: Line, zone: dt.tzinfo) -> None:
    top, details = paper.get_y(), paper.epw - DATE_MM - 2 * AMOUNT_MM
    paper.set_xy(MARGIN_MM, top + 1)
    paper.type(10)
    paper.cell(DATE_MM, 5, day(line.at, zone))
    paper.cell(details, 5, paper.fit(drawable(line.name, line.address), details - 2))
    paper.cell(AMOUNT_MM, 5, paper.number(line.amount), align=Align.R)
    paper.cell(AMOUNT_MM, 5, paper.number(line.balance), align=Align.R)
    paper.set_xy(MARGIN_MM + DATE_MM, top + 6)
    paper.type(8, colour=SOFT)
    paper.cell(details, 3, paper.fit(" · ".join(_notes(line)), details - 2))
    paper.set_xy(MARGIN_MM, top + ROW_MM)
    paper.rule()


def _notes(line: Line) -> Sequence[str]:
    transaction = line.transaction
    kind = sentence(transaction.get_kind_display())
    said = [_("%(kind)s, returned") % {"kind": kind} if line.returned else kind, drawable(transaction.notes)]
    return [*(each for each in said if each), transaction.confirmation_code]
