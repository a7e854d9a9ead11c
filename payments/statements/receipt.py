"""The receipt of one transaction as PDF."""

import datetime as dt
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fpdf import XPos, YPos
from fpdf.enums import Align

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.money import show, show_rate
from payments.parties import Direction, View, name_of
from payments.statements.paper import GOLD, LINE, SOFT, Paper, drawable, moment_text, sentence

CODE_GROUP = 3


def receipt_pdf(view: View, viewer: User, zone: dt.tzinfo) -> bytes:
    """The transaction in its viewer's eyes, in the active language, with times of `zone`."""
    transaction = view.transaction
    paper = Paper(title=_("Receipt"), language=get_language() or "en", sandbox=view.sandbox)
    paper.add_page()
    paper.title_block(_("Receipt"), moment_text(transaction.completed_at or transaction.created_at, zone))
    _amount(paper, view)
    for label, text in _facts(view, viewer):
        paper.fact(label, text)
    _code(paper, transaction)
    return bytes(paper.output())


def _amount(paper: Paper, view: View) -> None:
    paper.rule(colour=GOLD)
    paper.ln(4)
    paper.type(30, bold=True)
    paper.cell(0, 14, str(show(view.transaction.money, paper.language)), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.type(11, colour=SOFT)
    status = sentence(f"{view.transaction.get_kind_display()} · {view.transaction.get_status_display()}")
    paper.cell(0, 6, status, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(5)


def _facts(view: View, viewer: User) -> list[tuple[str, str]]:
    transaction, language = view.transaction, get_language() or "en"
    facts = [
        (_("From"), _party(transaction.payer_wallet, viewer)),
        (_("To"), _party(transaction.payee_wallet, viewer)),
    ]
    if view.exchange:
        target = view.exchange.target
        facts.append((_("Received"), str(show(target, language))))
        facts.append(
            (_("Rate"), f"1 {transaction.asset_id} = {show_rate(Decimal(view.exchange.rate), language)} {target.asset}")
        )
    if view.fee:
        facts.append((_("Fee"), str(show(view.fee, language))))
    if view.fee and view.direction != Direction.INCOMING:
        facts.append((_("Total"), str(show(-view.total, language))))
    if note := drawable(transaction.notes):
        facts.append((_("Note"), note))
    if transaction.refund_of_id:
        facts.append((_("Refund of"), str(transaction.refund_of_id)))
    if view.failure:
        facts.append((_("Why it failed"), drawable(transaction.reason_of_failure, transaction.error_code)))
    return [*facts, (_("Transaction"), str(transaction.pk))]


def _party(wallet: Wallet, viewer: User) -> str:
    """One's own side with the wallet's name, which is shown to nobody else."""
    name = drawable(name_of(wallet), wallet.address)
    if wallet.user_id == viewer.pk:
        return f"{name} ({drawable(wallet.name, wallet.asset_id)})"
    return name


def _code(paper: Paper, transaction: Transaction) -> None:
    """The confirmation code, large, in a frame."""
    paper.ln(8)
    top, code = paper.get_y(), transaction.confirmation_code
    paper.set_draw_color(*LINE)
    paper.rect(paper.l_margin, top, paper.epw, 26, round_corners=True, corner_radius=3)
    paper.set_y(top + 4)
    paper.type(9, colour=SOFT)
    paper.cell(0, 5, _("Confirmation code"), align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.type(24, bold=True)
    paper.cell(0, 12, f"{code[:CODE_GROUP]} {code[CODE_GROUP:]}", align=Align.C)
