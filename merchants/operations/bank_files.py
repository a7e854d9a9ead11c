"""Payouts by bank file: making one of all that wait, and noting what the bank answers.

The caller knows that the actor is an admin.
"""

import datetime as dt
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit import trail
from config.database import operation
from config.errors import Refused
from merchants.bank_answers import Answer, Said, read_answers
from merchants.models import BankFile, Payout
from merchants.operations.payouts import RELATED, complete_payout, fail_payout, return_payout
from merchants.providers.bank_file import ASSET, BankFiles, payment_file

MOST = 1000  # payments in one file
ODD, UNKNOWN, KNOWN = "odd", "unknown", "known"


class NothingToPay(Refused):
    """No payout waits for a file."""

    code = "nothing_to_pay"
    status = 409
    message = _("No payout waits for a file.")


class ReadBefore(Refused):
    """The very same file was read before."""

    code = "read_before"
    status = 409
    field = "answer"
    message = _("This file was read before. Nothing was changed.")


def waiting_for_file() -> QuerySet[Payout]:
    """Payouts that the next file will hold, the oldest first."""
    return Payout.objects.unanswered().filter(provider=BankFiles.name, bank_file=None).order_by("asked_at", "pk")


@operation
def make_bank_file(*, actor: User, now: dt.datetime) -> BankFile:
    """Write a payment file of what waits, at most `MOST` payments. Each payout is in one file only.

    :raises NothingToPay:
    """
    payouts = list(waiting_for_file().select_for_update(of=("self",), no_key=True).select_related(*RELATED)[:MOST])
    if not payouts:
        raise NothingToPay
    message, content = payment_file(payouts, now.date())
    file = BankFile(
        created_at=now, kind=BankFile.Kind.PAYMENTS, reference=message, made_by=actor,
        count=len(payouts), total=sum(payout.amount for payout in payouts), asset_id=ASSET,
    )  # fmt: skip
    file.content = content
    file.save(force_insert=True)
    Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(bank_file=file)
    _record("bank_file.made", file, actor=actor, now=now)
    return file


@operation
def read_bank_file(*, content: bytes, actor: User, now: dt.datetime) -> tuple[BankFile, Mapping[str, int]]:
    """Note what the bank says about payouts that went to it by file; answers how often it said what.

    Beside the values of `Said`: "known" said what was known before; "odd" names a payout and does not fit it, and is left for
    people to look at; "unknown" is about something else.

    :raises NoBankAnswer: the file is none, or broken.
    :raises ReadBefore: the same file again.
    """
    answers = read_answers(content)
    digest = hashlib.sha256(content).hexdigest()
    if BankFile.objects.filter(kind=BankFile.Kind.ANSWERS, reference=digest).exists():
        raise ReadBefore
    counts: Counter[str] = Counter()
    total = 0
    for answer in answers:
        for payout in _about(answer):
            outcome = _note(payout, answer, now)
            counts[outcome] += 1
            total += payout.amount if outcome in {said.value for said in Said} else 0
        counts[UNKNOWN] += not _about(answer)
    file = BankFile(
        created_at=now, kind=BankFile.Kind.ANSWERS, reference=digest, made_by=actor,
        count=len(answers), total=total, asset_id=ASSET,
    )  # fmt: skip
    file.content = content.decode(errors="replace")
    file.save(force_insert=True)
    _record("bank_file.read", file, actor=actor, now=now, found=dict(counts))
    return file, counts


def _about(answer: Answer) -> Iterable[Payout]:
    """The payouts that are meant, which went to the bank by file."""
    sent = Payout.objects.filter(bank_file__isnull=False).select_related(*RELATED)
    if answer.message:
        return list(sent.filter(bank_file__kind=BankFile.Kind.PAYMENTS, bank_file__reference=answer.message).order_by("pk"))
    try:
        return list(sent.filter(pk=uuid.UUID(hex=answer.reference)))
    except ValueError:
        return []


def _note(payout: Payout, answer: Answer, now: dt.datetime) -> str:
    """Note one answer about one payout."""
    if answer.amount is not None and (answer.amount, answer.asset) != (payout.money.decimal, payout.money.asset):
        return ODD
    reference = payout.bank_file.reference if payout.bank_file else ""
    code, words = (answer.code or answer.said.value).lower()[:64], answer.words or str(_("The bank did not carry it out."))
    if payout.status == Payout.Status.PROCESSING:
        if answer.said is Said.PAID:
            complete_payout(payout=payout, external_id=reference, now=now)
        else:
            fail_payout(payout=payout, error_code=code, error_message=words, now=now)
    elif payout.status == Payout.Status.COMPLETED and answer.said is Said.RETURNED:
        return_payout(payout=payout, error_code=code, error_message=words, now=now)
    elif (payout.status == Payout.Status.COMPLETED) == (answer.said is Said.PAID):
        return KNOWN
    else:
        return ODD
    return answer.said.value


def _record(action: str, file: BankFile, *, actor: User, now: dt.datetime, found: Mapping[str, int] | None = None) -> None:
    facts = {"reference": file.reference, "count": file.count, "total": file.total, **(found or {})}
    trail.record(action, actor=actor, resource=file, new=facts, now=now)


def is_set_up() -> bool:
    """Whether this installation pays by file."""
    return BankFiles.name == settings.PAYOUT_BANK_PROVIDER
