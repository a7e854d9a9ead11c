"""Mails about money that has moved, to the people on both sides of it."""

import datetime as dt
import uuid
from collections.abc import Iterator

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction as database
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.middleware import zone_of
from accounts.models import User
from config.mail import send_later
from payments.models import ReceiptMail, Transaction
from payments.money import show
from payments.parties import Direction, View, view_for

FRESH = dt.timedelta(days=1)  # after that a mail would puzzle more than it tells
Kind = Transaction.Kind


def mail_receipts(*, transaction_id: uuid.UUID, now: dt.datetime) -> None:
    """Queue a mail to each person on either side who has a proven address, once per transaction and person.

    The mail's job and the row that remembers it are one commit. Handing the mail to a mail server is not:
    a worker that dies in that very moment hands it over again.
    """
    transaction = Transaction.objects.with_parties().with_fee().get(pk=transaction_id)
    if transaction.completed_at is None or now - transaction.completed_at > FRESH:
        return
    for reader, address in _readers(transaction):
        with database.atomic():
            _row, is_first = ReceiptMail.objects.get_or_create(transaction=transaction, user=reader)
            if is_first:
                send_later(receipt_mail(view_for(transaction, reader), reader, address))


def receipt_mail(view: View, reader: User, address: str) -> EmailMultiAlternatives:
    """The mail in its reader's language, with times of their zone."""
    transaction = view.transaction
    with translation.override(reader.language.lower()), timezone.override(zone_of(reader)):
        subject = headline(view)
        context = {
            "headline": subject,
            "view": view,
            "transaction": transaction,
            "is_payer": view.direction != Direction.INCOMING,
            "url": settings.PORTAL_ORIGIN + reverse("transaction", args=[transaction.pk]),
        }
        message = EmailMultiAlternatives(
            subject,
            render_to_string("emails/payments/receipt.txt", context),
            settings.DEFAULT_FROM_EMAIL,
            [address],
        )
        message.attach_alternative(render_to_string("emails/payments/receipt.html", context), "text/html")
    return message


def headline(view: View) -> str:
    """What happened, in one sentence to its reader. On one line, because it is a mail's subject."""
    said = {"amount": str(show(view.transaction.money, get_language() or "en")), "name": " ".join(view.name.split())}
    kind, incoming = view.transaction.kind, view.direction == Direction.INCOMING
    if kind == Kind.DEPOSIT:
        return _("Your top-up of %(amount)s has arrived") % said
    if kind == Kind.WITHDRAWAL:
        return _("Your withdrawal of %(amount)s was paid out") % said
    if kind == Kind.REFUND:
        return (_("%(name)s gave you %(amount)s back") if incoming else _("You gave %(amount)s back to %(name)s")) % said
    if incoming:
        return _("%(name)s sent you %(amount)s") % said
    return (_("You sent %(amount)s to %(name)s") if kind == Kind.TRANSFER else _("You paid %(amount)s to %(name)s")) % said


def _readers(transaction: Transaction) -> Iterator[tuple[User, str]]:
    """The people behind both wallets who may come in, each once, with the address they have proven."""
    owners = {wallet.user for wallet in (transaction.payer_wallet, transaction.payee_wallet) if wallet.user}
    active = {owner.pk: owner for owner in owners if owner.status == User.Status.ACTIVE}
    for proven in EmailAddress.objects.filter(user__in=active, primary=True, verified=True).order_by("user"):
        yield active[proven.user_id], proven.email
