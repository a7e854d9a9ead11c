"""What people are written about the stores they work in, in their own language and in the caller's transaction."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from accounts import notices as account_notices
from accounts.middleware import zone_of
from accounts.models import User
from accounts.texts import send_text_later
from config.mail import send_later
from merchants.models import Dispute, Payout, PayoutDestination, Store, StoreInvitation, StoreMember
from merchants.models.team import owners_of
from payments.money import show


@dataclass(frozen=True, slots=True)
class Note:
    """A mail: what happened, what it means, and the one next act."""

    headline: str
    text: str
    action: str
    url: str


def invite(invitation: StoreInvitation, token: str) -> None:
    """Send the link to join, in the language of who invites: the reader's is not known yet."""
    inviter, store = invitation.invited_by, invitation.store
    url = address("join", token)
    with override(inviter.language.lower()):
        said = {"who": str(inviter), "store": store.name}
        if invitation.phone:
            text = _("%(who)s asks you to work with %(store)s on Florin. Join within a week: %(url)s") % {**said, "url": url}
            send_text_later(invitation.phone, f"Florin: {text}", good_until=invitation.expires_at)
            return
        _mail(
            invitation.email,
            Note(
                headline=_("%(who)s asks you to work with %(store)s") % said,
                text=_("The link works once, until %(day)s. Whoever opens it joins: do not pass it on.")
                % {"day": date_format(timezone.localtime(invitation.expires_at, zone_of(inviter)), "DATE_FORMAT")},
                action=_("Look at the invitation"),
                url=url,
            ),
            reason=_("You got this mail because somebody typed your address. If you don't know them, do nothing."),
        )


def tell_joined(member: StoreMember, *, to: User) -> None:
    """Tell whoever invited that somebody joined, by name."""
    with override(to.language.lower()):
        said = {"who": str(member.user), "store": member.store.name, "role": member.get_role_display()}
        tell(
            [to],
            Note(
                headline=_("%(who)s works with %(store)s now") % said,
                text=_("They joined as %(role)s. If you don't know them, take them out of the team.") % said,
                action=_("Look at the team"),
                url=address("store_team", member.store_id),
            ),
        )


def tell_claimed(store: Store, claimer: User, *, now: dt.datetime) -> None:
    """Tell the owners that the backup owner asks for the store, and by when they have to be here."""
    opens = now + dt.timedelta(days=settings.RECOVERY_WAIT_DAYS)
    for owner in owners_of(store):
        with override(owner.language.lower()):
            said = {"who": str(claimer), "store": store.name}
            day = date_format(timezone.localtime(opens, zone_of(owner)), "DATE_FORMAT")
            tell(
                [owner],
                Note(
                    headline=_("%(who)s asks to own %(store)s") % said,
                    text=_("You named them backup owner, and no owner was here for long. Unless one signs in before %(day)s,"
                           " they become an owner as well.") % {"day": day},
                    action=_("Sign in"),
                    url=address("store_team", store.pk),
                ),
            )  # fmt: skip


def tell_taken_over(store: Store, claimer: User) -> None:
    """Tell the owners that the backup owner is one of them now."""
    for owner in owners_of(store).exclude(pk=claimer.pk):
        with override(owner.language.lower()):
            said = {"who": str(claimer), "store": store.name}
            tell(
                [owner],
                Note(
                    headline=_("%(who)s owns %(store)s now") % said,
                    text=_("Nobody answered their claim. You are still an owner: if this is wrong, take it from them."),
                    action=_("Look at the team"),
                    url=address("store_team", store.pk),
                ),
            )


def tell_idle(store: Store, owners: Iterable[User]) -> None:
    """Tell the owners that their store takes no payments any more, because nobody made any."""
    for owner in owners:
        with override(owner.language.lower()):
            tell(
                [owner],
                Note(
                    headline=_("%(store)s takes no payments any more") % {"store": store.name},
                    text=_(
                        "Nobody has paid there for 90 days, so we closed it. Open it again whenever you like: nothing is lost."
                    ),
                    action=_("Open it again"),
                    url=address("store", store.pk),
                ),
            )


def tell_destination(store: Store, destination: PayoutDestination) -> None:
    """Tell the owners that their store can be paid out to another place."""
    for owner in owners_of(store):
        with override(owner.language.lower()):
            said = {"store": store.name, "place": destination.hint, "who": str(destination.added_by)}
            tell(
                [owner],
                Note(
                    headline=_("%(store)s can be paid out to another place") % said,
                    text=_("%(who)s added %(place)s. If you don't know it, remove it now and look at the team.") % said,
                    action=_("Look at the places"),
                    url=address("payout_destinations", store.pk),
                ),
            )


def tell_approval_needed(payout: Payout) -> None:
    """Tell those who may approve a payout, but not who asked for it, that it waits."""
    for reader in managers_of(payout.store_id):
        if reader.pk == payout.requested_by_id:
            continue
        with override(reader.language.lower()):
            amount = str(show(payout.money, reader.language.lower()))
            said = {"who": str(payout.requested_by), "amount": amount, "store": payout.store.name}
            tell(
                [reader],
                Note(
                    headline=_("A payout of %(amount)s waits for your approval") % said,
                    text=_("%(who)s asked for it from %(store)s. Nothing leaves before somebody else says yes.") % said,
                    action=_("Look at the payout"),
                    url=address("payout", payout.store_id, payout.pk),
                ),
            )


def tell_payout_failed(payout: Payout) -> None:
    """Tell whoever asked for a payout that it did not arrive."""
    reader = payout.requested_by
    with override(reader.language.lower()):
        said = {"amount": str(show(payout.money, reader.language.lower())), "place": payout.hint}
        tell(
            [reader],
            Note(
                headline=_("The payout of %(amount)s did not arrive") % said,
                text=_("The bank of %(place)s returned it. The money is in the store's wallet again.") % said,
                action=_("Look at the payout"),
                url=address("payout", payout.store_id, payout.pk),
            ),
        )


def tell_disputed(dispute: Dispute) -> None:
    """Tell those who may answer that a customer asks about a payment, and by when."""
    for reader in managers_of(dispute.store_id):
        with override(reader.language.lower()):
            said = {
                "amount": str(show(dispute.payment.money, reader.language.lower())),
                "store": dispute.store.name,
                "code": dispute.payment.confirmation_code,
                "day": date_format(timezone.localtime(dispute.due_at, dispute.store.zone), "DATE_FORMAT"),
            }
            tell(
                [reader],
                Note(
                    headline=_("A customer asks about a payment of %(amount)s") % said,
                    text=_("It was paid to %(store)s, code %(code)s. Give it back or say why not by %(day)s: after that it is"
                           " given back.") % said,
                    action=_("Answer"),
                    url=address("store_dispute", dispute.store_id, dispute.pk),
                ),
            )  # fmt: skip


def tell_dispute_ended(dispute: Dispute, *, now: dt.datetime) -> None:
    """Tell the customer what became of their question."""
    said = {"store": dispute.store.name, "answer": dispute.answer, "code": dispute.payment.confirmation_code}
    if dispute.status == Dispute.Status.REJECTED:
        title = gettext_lazy("{store} did not give your payment back")
        text = gettext_lazy("You asked about the payment {code}. The store says: {answer}")
    else:
        title = gettext_lazy("{store} gave your payment back")
        text = gettext_lazy("You asked about the payment {code}. The money is in your wallet again.")
    account_notices.tell(dispute.customer, title=format_lazy(title, **said), text=format_lazy(text, **said), now=now)


def managers_of(store_id: uuid.UUID) -> list[User]:
    """Those who manage the store: owners and administrators."""
    managers = [StoreMember.Role.OWNER, StoreMember.Role.ADMIN]
    members = StoreMember.objects.filter(store=store_id, role__in=managers, accepted_at__isnull=False)
    return [member.user for member in members.select_related("user")]


def tell(people: Iterable[User], note: Note) -> None:
    """Mail a note to those of them who may come in and have proven an address."""
    active = [person.pk for person in people if person.status == User.Status.ACTIVE]
    proven = EmailAddress.objects.filter(user__in=active, primary=True, verified=True)
    for email in proven.values_list("email", flat=True):
        _mail(email, note, reason=_("You got this mail because you work in this store."))


def address(name: str, *names: object) -> str:
    """A page of the portal, for somebody who is elsewhere."""
    return f"{settings.PORTAL_ORIGIN}{reverse(name, urlconf=settings.ROOT_URLCONF, args=names)}"


def _mail(email: str, note: Note, *, reason: str) -> None:
    subject = " ".join(note.headline.split())
    context = {"headline": subject, "text": note.text, "action": note.action, "url": note.url, "reason": reason}
    message = EmailMultiAlternatives(
        subject, render_to_string("emails/merchants/note.txt", context), settings.DEFAULT_FROM_EMAIL, [email]
    )
    message.attach_alternative(render_to_string("emails/merchants/note.html", context), "text/html")
    send_later(message)
