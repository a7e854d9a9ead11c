"""Identities: sent, approved with a customer number, or rejected, by one admin once."""

import datetime as dt
import itertools
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.errors import CustomerNumbersExhausted, IdentityApproved, IdentityChanged, IdentityDecided, ReviewingOneself
from accounts.models import CustomerNumberYear, IdentityProfile, User
from accounts.operations import approve_identity, reject_identity, submit_identity, take_customer_number
from audit.models import AuditEntry
from tests.factories import UserFactory
from tests.people import CANARIES, DETAILS, identify
from tests.threads import together
from tests.unchanged import refused

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
Status = IdentityProfile.Status


@pytest.fixture
def ada(db: None) -> User:
    """An admin."""
    return UserFactory.create(name="Ada Admin", email="ada@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def grace(db: None) -> User:
    """Another admin."""
    return UserFactory.create(name="Grace Admin", email="grace@example.com", is_staff=True, is_superuser=True)


def approve(identity: IdentityProfile, actor: User, now: dt.datetime = NOW) -> IdentityProfile:
    return approve_identity(identity=identity, submitted_at=identity.submitted_at, actor=actor, now=now)


def reject(identity: IdentityProfile, actor: User) -> IdentityProfile:
    return reject_identity(
        identity=identity,
        submitted_at=identity.submitted_at,
        grounds="address",
        reason="We can't find it.",
        actor=actor,
        now=NOW,
    )


class PowerCutError(Exception):
    """Ends an approval before its commit."""


def approve_in_vain(identity: IdentityProfile, actor: User) -> None:
    with transaction.atomic():
        approve(identity, actor)
        raise PowerCutError


def trail_of(identity: IdentityProfile) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(resource_id=str(identity.pk)).order_by("pk"))


# --- sending ---


def test_puts_what_a_person_sent_up_for_review(alice: User) -> None:
    identity = identify(alice, now=NOW)

    assert (identity.kyc_status, identity.submitted_at, identity.first_name) == (Status.PENDING, NOW, "Alice")
    assert alice.customer_number is None
    entry = trail_of(identity)[0]
    assert (entry.action, entry.actor, entry.customer) == ("identity.submitted", alice, alice)
    assert entry.new_values == {"kyc_status": "pending"}


def test_replaces_what_was_sent_before(alice: User) -> None:
    first = identify(alice, now=NOW)
    second = identify(alice, now=NOW + dt.timedelta(minutes=1), address_line2="", last_name="Moreau-Alves")

    assert first.pk == second.pk
    assert IdentityProfile.objects.get().address_line2 is None
    assert IdentityProfile.objects.get().last_name == "Moreau-Alves"


def test_may_be_sent_again_after_a_rejection(alice: User, ada: User) -> None:
    rejected = reject(identify(alice), ada)
    assert (rejected.kyc_status, rejected.grounds, rejected.reason) == (Status.REJECTED, "address", "We can't find it.")

    again = identify(alice)

    assert (again.kyc_status, again.reviewed_by, again.grounds, again.reason) == (Status.PENDING, None, "", "")
    assert [entry.action for entry in trail_of(again)] == ["identity.submitted", "identity.rejected", "identity.submitted"]
    assert trail_of(again)[2].old_values == {"kyc_status": "rejected"}


def test_can_not_be_changed_once_approved(alice: User, ada: User) -> None:
    approve(identify(alice), ada)

    with refused(IdentityApproved):
        submit_identity(user=alice, details=DETAILS, now=NOW)


# --- deciding ---


def test_gives_a_customer_number_with_the_approval(alice: User, bruno: User, ada: User) -> None:
    approved = approve(identify(alice), ada)
    approve(identify(bruno), ada)

    alice.refresh_from_db()
    bruno.refresh_from_db()
    assert (alice.customer_number, bruno.customer_number) == ("CUS-2026-000001", "CUS-2026-000002")
    assert (approved.kyc_status, approved.reviewed_by, approved.reviewed_at) == (Status.APPROVED, ada, NOW)
    assert [(entry.action, entry.actor) for entry in trail_of(approved)][1:] == [("identity.approved", ada)]


def test_leaves_a_number_that_somebody_has(alice: User, ada: User) -> None:
    User.objects.filter(pk=alice.pk).update(customer_number="CUS-2019-000042")
    approve(identify(alice), ada)

    assert User.objects.get(pk=alice.pk).customer_number == "CUS-2019-000042"
    assert not CustomerNumberYear.objects.exists()


def test_gives_no_number_with_a_rejection(alice: User, ada: User) -> None:
    reject(identify(alice), ada)

    assert User.objects.get(pk=alice.pk).customer_number is None
    assert not CustomerNumberYear.objects.exists()


@pytest.mark.parametrize("decide", [approve, reject])
def test_lets_nobody_decide_about_themselves(decide: Callable[..., IdentityProfile], ada: User) -> None:
    identity = identify(ada)

    with refused(ReviewingOneself):
        decide(identity, ada)


@pytest.mark.parametrize(("first", "second"), list(itertools.product([approve, reject], repeat=2)))
def test_takes_one_decision(
    first: Callable[..., IdentityProfile], second: Callable[..., IdentityProfile], alice: User, ada: User, grace: User
) -> None:
    identity = identify(alice)
    first(identity, ada)

    with refused(IdentityDecided):
        second(identity, grace)


@pytest.mark.parametrize("decide", [approve, reject])
def test_decides_about_what_was_seen(decide: Callable[..., IdentityProfile], alice: User, ada: User) -> None:
    seen = identify(alice, now=NOW)
    identify(alice, now=NOW + dt.timedelta(seconds=1), last_name="Mallory")

    with refused(IdentityChanged):
        decide(seen, ada)


def test_keeps_personal_values_out_of_the_trail(alice: User, ada: User) -> None:
    reject(identify(alice), ada)
    approve(identify(alice), ada)

    written = [str(vars(entry)) for entry in AuditEntry.objects.all()]
    assert len(written) == 4
    words = [*CANARIES.values(), "Oakland", "94607", "Moreau", "We can't find it."]
    assert not any(word in text for word in words for text in written)


# --- what the database keeps ---


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ("kyc_status = 'verified'", "identity_status_valid"),
        ("kyc_status = 'approved'", "identity_status_valid"),
        ("kyc_status = 'rejected', reviewed_at = now()", "identity_status_valid"),
        ("reason = 'because'", "identity_status_valid"),
        ("kyc_status = 'approved', reviewed_by_id = user_id, reviewed_at = now()", "identity_not_reviewed_by_its_person"),
        ("country = 'us'", "identity_country_two_letters"),
    ],
)
def test_the_database_keeps_the_rules(columns: str, rule: str, alice: User) -> None:
    identify(alice)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"update accounts_identityprofile set {columns}")


# --- customer numbers ---


def test_counts_each_year_by_itself(db: None) -> None:
    eve = dt.datetime(2026, 12, 31, 23, 59, 59, tzinfo=dt.UTC)

    given = [take_customer_number(now=each) for each in (eve, eve, eve + dt.timedelta(seconds=1), eve)]

    assert given == ["CUS-2026-000001", "CUS-2026-000002", "CUS-2027-000001", "CUS-2026-000003"]


def test_counts_the_year_in_utc(db: None) -> None:
    in_tokyo = dt.datetime(2027, 1, 1, 5, 0, tzinfo=dt.timezone(dt.timedelta(hours=9)))

    assert take_customer_number(now=in_tokyo) == "CUS-2026-000001"


def test_ends_with_six_nines(alice: User, bruno: User, ada: User) -> None:
    CustomerNumberYear.objects.create(year=2026, last_number=999_998)
    approve(identify(alice), ada)
    assert User.objects.get(pk=alice.pk).customer_number == "CUS-2026-999999"
    identity = identify(bruno)

    with refused(CustomerNumbersExhausted):
        approve(identity, ada)


def test_leaves_out_no_number_when_an_approval_fails(alice: User, bruno: User, ada: User) -> None:
    identities = [identify(alice), identify(bruno)]
    with pytest.raises(PowerCutError):
        approve_in_vain(identities[0], ada)
    approve(identities[1], ada)

    assert User.objects.get(pk=bruno.pk).customer_number == "CUS-2026-000001"
    assert User.objects.get(pk=alice.pk).customer_number is None


@pytest.mark.django_db(transaction=True)
def test_counts_without_gaps_or_doubles_when_everybody_approves_at_once() -> None:
    """Eight reviewers, 120 identities, a third of the approvals undone at the last moment, some tried twice (R4)."""
    admins = [UserFactory.create(is_staff=True, is_superuser=True) for _ in range(8)]
    identities = [identify(UserFactory.create()) for _ in range(120)]

    def work(admin: User, mine: list[IdentityProfile]) -> None:
        for place, identity in enumerate(mine):
            with suppress(PowerCutError, IdentityDecided):
                approve_in_vain(identity, admin) if place % 3 == 0 else approve(identity, admin)

    shares = [identities[number % 4 :: 4] for number in range(8)]  # two admins for each quarter, who meet at each row
    outcomes = together([partial(work, admin, mine) for admin, mine in zip(admins, shares, strict=True)])

    assert outcomes == [None] * 8
    numbered = User.objects.filter(customer_number__isnull=False).order_by("customer_number")
    given = list(numbered.values_list("customer_number", flat=True))
    approved = IdentityProfile.objects.filter(kyc_status=Status.APPROVED).count()
    assert given == [f"CUS-2026-{number:06d}" for number in range(1, approved + 1)]
    assert approved == 80
    assert CustomerNumberYear.objects.get().last_number == 80
    assert AuditEntry.objects.filter(action="identity.approved").count() == 80


@pytest.mark.django_db(transaction=True)
def test_takes_one_of_two_decisions_made_at_once(alice: User, ada: User, grace: User) -> None:
    for _ in range(10):
        IdentityProfile.objects.all().delete()
        User.objects.filter(pk=alice.pk).update(customer_number=None)
        identity = identify(alice)

        outcomes = together([partial(approve, identity, ada), partial(reject, identity, grace)])

        refusals = [each for each in outcomes if isinstance(each, Exception)]
        assert [type(each) for each in refusals] == [IdentityDecided]
        decided = IdentityProfile.objects.get()
        number = User.objects.get(pk=alice.pk).customer_number
        assert (number is not None) == (decided.kyc_status == Status.APPROVED)


@pytest.mark.django_db(transaction=True)
def test_makes_one_identity_of_two_first_ones_sent_at_once(alice: User) -> None:
    outcomes = together([lambda: identify(alice), lambda: identify(alice, last_name="Other")])

    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert IdentityProfile.objects.count() == 1
    assert timezone.now() >= IdentityProfile.objects.get().submitted_at
