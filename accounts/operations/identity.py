"""Verifying who people are: what they send, what the platform decides, and the numbers it gives."""

import datetime as dt

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection
from django.urls import reverse

from accounts.errors import (
    CustomerNumbersExhausted,
    IdentityApproved,
    IdentityChanged,
    IdentityDecided,
    ReviewingOneself,
)
from accounts.identity import IdentityDetails
from accounts.models import IdentityProfile, User
from accounts.models.identity import LAST_NUMBER
from audit import trail
from config.database import operation
from config.hosts import PORTAL
from config.models import uuid7

# One statement: whoever comes second waits for the first one's commit and counts on from it, or from where it was.
TAKE_NUMBER = """
insert into accounts_customernumberyear as given (id, created_at, updated_at, year, last_number) values (%s, %s, %s, %s, 1)
on conflict (year) do update set last_number = given.last_number + 1, updated_at = excluded.updated_at
 where given.last_number < %s
returning last_number
"""

Status = IdentityProfile.Status


@operation
def submit_identity(*, user: User, details: IdentityDetails, now: dt.datetime) -> IdentityProfile:
    """Put what a person says about who they are up for review, instead of what they sent before.

    `details` come out of `accounts.identity.checked`.

    :raises IdentityApproved: the person is verified; support changes what stands.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    identity = IdentityProfile.objects.filter(user=user).first() or IdentityProfile(user=user)
    if identity.kyc_status == Status.APPROVED:
        raise IdentityApproved
    before = identity.kyc_status if identity.reviewed_at else None
    identity.first_name, identity.last_name = details.first_name, details.last_name
    identity.phone = details.phone or None
    identity.date_of_birth = details.date_of_birth
    identity.ssn_last4 = details.ssn_last4 or None
    identity.address_line1, identity.address_line2 = details.address_line1, details.address_line2 or None
    identity.city, identity.state = details.city, details.state
    identity.postal_code, identity.country = details.postal_code, details.country
    identity.kyc_status, identity.submitted_at = Status.PENDING, now
    identity.reviewed_by = identity.reviewed_at = None
    identity.grounds = identity.reason = ""
    identity.save()
    _record("identity.submitted", identity, actor=user, before=before, now=now)
    return identity


@operation
def approve_identity(*, identity: IdentityProfile, submitted_at: dt.datetime, actor: User, now: dt.datetime) -> IdentityProfile:
    """Verify a person's identity and give them a customer number, in one commit.

    `submitted_at` is that of what the reviewer has seen.

    :raises ReviewingOneself: staff don't decide about themselves.
    :raises IdentityDecided: somebody has decided already.
    :raises IdentityChanged: the person has sent something else since.
    :raises CustomerNumbersExhausted: the year has given all of its numbers.
    """
    user, identity = _for_review(identity, submitted_at, actor)
    _decide(identity, Status.APPROVED, actor, now)
    if user.customer_number is None:
        user.customer_number = take_customer_number(now=now)
        user.save(update_fields=["customer_number", "updated_at"])
    _record("identity.approved", identity, actor=actor, before=Status.PENDING, now=now)
    _tell("account/email/identity_approved", identity, user)
    return identity


@operation
def reject_identity(
    *,
    identity: IdentityProfile,
    submitted_at: dt.datetime,
    grounds: str,
    reason: str,
    actor: User,
    now: dt.datetime,
) -> IdentityProfile:
    """Turn down what a person sent, and say why: `reason` is what they read. They may send it again.

    The trail keeps `grounds`, one of `IdentityProfile.Grounds`, and not the words, which may tell about the person.

    :raises ReviewingOneself, IdentityDecided, IdentityChanged: as for `approve_identity`.
    """
    user, identity = _for_review(identity, submitted_at, actor)
    identity.grounds, identity.reason = grounds, reason
    _decide(identity, Status.REJECTED, actor, now)
    _record("identity.rejected", identity, actor=actor, before=Status.PENDING, now=now, grounds=grounds)
    _tell("account/email/identity_rejected", identity, user)
    return identity


def take_customer_number(*, now: dt.datetime) -> str:
    """The next number of the year (in UTC). Given back when the caller's transaction fails, so no number is left out.

    :raises CustomerNumbersExhausted: the year has given all of its numbers.
    """
    year = now.astimezone(dt.UTC).year
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBER, [uuid7(), now, now, year, LAST_NUMBER])
        row = cursor.fetchone()
    if row is None:
        raise CustomerNumbersExhausted
    return f"CUS-{year}-{row[0]:06d}"


def _for_review(identity: IdentityProfile, submitted_at: dt.datetime, actor: User) -> tuple[User, IdentityProfile]:
    """The person and what they sent, both locked: the person's row first, as everywhere."""
    if identity.user_id == actor.pk:
        raise ReviewingOneself
    user = User.objects.select_for_update(no_key=True).get(pk=identity.user_id)
    identity = IdentityProfile.objects.select_for_update(no_key=True).get(pk=identity.pk)
    if identity.kyc_status != Status.PENDING:
        raise IdentityDecided
    if identity.submitted_at != submitted_at:
        raise IdentityChanged
    return user, identity


def _decide(identity: IdentityProfile, status: str, actor: User, now: dt.datetime) -> None:
    identity.kyc_status, identity.reviewed_by, identity.reviewed_at = status, actor, now
    identity.save(update_fields=["kyc_status", "reviewed_by", "reviewed_at", "grounds", "reason", "updated_at"])


def _tell(template: str, identity: IdentityProfile, user: User) -> None:
    """Queue the mail that says what was decided, to somebody who has a proven address."""
    address = EmailAddress.objects.filter(user=user, primary=True, verified=True).first()
    if address is not None:
        url = settings.PORTAL_ORIGIN + reverse("identity", urlconf=PORTAL.urlconf)
        get_adapter().send_mail(template, address.email, {"user": user, "identity": identity, "identity_url": url})


def _record(
    action: str, identity: IdentityProfile, *, actor: User, before: str | None, now: dt.datetime, grounds: str = ""
) -> None:
    trail.record(
        action,
        actor=actor,
        resource=identity,
        customer_id=identity.user_id,
        now=now,
        old={"kyc_status": before} if before else None,
        new={"kyc_status": identity.kyc_status},
        metadata={"grounds": grounds} if grounds else None,
    )
