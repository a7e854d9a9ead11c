"""What a bank says about payments: status reports (pain.002) and statements (camt.053), of any version.

Versions differ in what surrounds them; what is read here stands at the same place in all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext_lazy as _

from config.errors import Refused

NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(pain\.002|camt\.053)\.001\.\d\d\}Document")
SETTLED = frozenset({"ACSC", "ACCC"})  # on the debtor's account, on the creditor's
REFUSED = "RJCT"
BOOKED = "BOOK"
WHY = "StsRsnInf/AddtlInf"


class NoBankAnswer(Refused):
    """The file is neither a status report nor a statement, or is cut off."""

    code = "no_bank_answer"
    status = 400
    field = "answer"
    message = _("This is no pain.002 or camt.053 file that we can read. Nothing was changed.")


class Said(Enum):
    """What became of a payment."""

    PAID = "paid"
    REFUSED = "refused"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about one payment, by its `reference` (EndToEndId), or about all of the file `message`.

    `amount` and `asset` are None where the bank names none.
    """

    said: Said
    reference: str = ""
    message: str = ""
    code: str = ""
    words: str = ""
    amount: Decimal | None = None
    asset: str | None = None


def read_answers(content: bytes) -> list[Answer]:
    """Everything final that the file says; what is still under way it leaves out.

    :raises NoBankAnswer:
    """
    try:
        root: Element = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
        found = NAMESPACE.fullmatch(root.tag)
        if found is None:
            raise NoBankAnswer
        prefix = root.tag.removesuffix("Document")
        for element in root.iter():
            element.tag = element.tag.removeprefix(prefix)
        return list(_report(root) if found[1] == "pain.002" else _statement(root))
    except (ParseError, DefusedXmlException, InvalidOperation, ValueError, LookupError) as error:
        raise NoBankAnswer from error


def _report(root: Element) -> Iterator[Answer]:
    whole = root.find("CstmrPmtStsRpt/OrgnlGrpInfAndSts")
    if whole is None:
        raise NoBankAnswer
    message = _text(whole, "OrgnlMsgId")
    parts = root.findall("CstmrPmtStsRpt/OrgnlPmtInfAndSts")
    if _text(whole, "GrpSts") == REFUSED or any(_text(part, "PmtInfSts") == REFUSED for part in parts):
        # One payment information in each of our files: refusing it refuses all.
        source = whole if _text(whole, "GrpSts") == REFUSED else parts[0]
        yield Answer(Said.REFUSED, message=message, code=_code(source), words=_words(source, WHY))
    for each in (line for part in parts for line in part.findall("TxInfAndSts")):
        status, reference = _text(each, "TxSts"), _text(each, "OrgnlEndToEndId")
        if status == REFUSED:
            yield Answer(Said.REFUSED, reference=reference, code=_code(each), words=_words(each, WHY))
        elif status in SETTLED:
            yield Answer(Said.PAID, reference=reference)


def _statement(root: Element) -> Iterator[Answer]:
    for entry in root.findall("BkToCstmrStmt/Stmt/Ntry"):
        if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) != BOOKED:
            continue
        details = entry.findall("NtryDtls/TxDtls")
        for each in details:
            direction = _text(each, "CdtDbtInd") or _text(entry, "CdtDbtInd")
            amount = _amount_of(each) or (_amount_in(entry, "Amt") if len(details) == 1 else (None, None))
            returned = direction == "CRDT"
            yield Answer(
                Said.RETURNED if returned else Said.PAID,
                reference=_text(each, "Refs/EndToEndId"),
                code=_text(each, "RtrInf/Rsn/Cd"),
                words=_words(each, "RtrInf/AddtlInf"),
                amount=amount[0],
                asset=amount[1],
            )


def _amount_of(details: Element) -> tuple[Decimal, str] | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        if details.find(path) is not None:
            return _amount_in(details, path)
    return None


def _amount_in(element: Element, path: str) -> tuple[Decimal, str]:
    found = element.find(path)
    if found is None:
        raise NoBankAnswer
    return Decimal(found.text or ""), found.attrib["Ccy"]


def _code(element: Element) -> str:
    return _text(element, "StsRsnInf/Rsn/Cd") or _text(element, "StsRsnInf/Rsn/Prtry")


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _words(element: Element, path: str) -> str:
    return " ".join((each.text or "").strip() for each in element.findall(path))
