"""Every role with every act: the table in code, and what the doors of the product do about it."""

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from config.hosts import PORTAL
from config.models import uuid7
from merchants.errors import NotInYourRole, ScopeMissing
from merchants.models import ApiKey, Scope, StoreMember
from merchants.roles import INCLUDES, MAY, WORDS, Act, acts_of, demand, may
from tests.access import merchants as tables
from tests.access.asking import Asker, undone
from tests.access.policy import NO_ONE, Case, Outcome, Person
from tests.access.routes import Route, routes_of
from tests.access.world import World, build_world

ROLES = {Person.OLIVIA: "owner", Person.AMARA: "admin", Person.CARLOS: "staff", Person.MALLORY: None}
# Where an act is asked for: the route, and how.
DOORS = {
    Act.TAKE_PAYMENT: ("api_store_charges", "POST"),
    Act.SEE_STORE: ("api_store", "GET"),
    Act.SEE_TODAY: ("store_payment", "GET"),
    Act.KEEP_SHIFT: ("api_store_shifts", "GET"),
    Act.SEE_PAYMENTS: ("store_payment", "GET"),  # of yesterday
    Act.REFUND: ("api_store_refunds", "POST"),
    Act.SEE_STATISTICS: ("api_store_statistics", "GET"),
    Act.SEE_SHIFTS: ("shift", "GET"),
    Act.ANSWER_DISPUTE: ("api_dispute_rejections", "POST"),
    Act.SEE_BALANCE: ("api_store_statement", "GET"),
    Act.EDIT_STORE: ("api_store", "PATCH"),
    Act.MANAGE_TEAM: ("api_store_invitations", "POST"),
    Act.SEE_PAYOUTS: ("api_payout", "GET"),
    Act.APPROVE_PAYOUT: ("api_payout_approvals", "POST"),
    Act.REQUEST_PAYOUT: ("api_payouts", "POST"),
    Act.MANAGE_OWNERS: ("api_store_backup_owner", "PUT"),
    Act.READ_EVENTS: ("api_events", "GET"),
    Act.INTEGRATE: ("api_webhooks", "POST"),
    Act.MANAGE_KEYS: ("api_key_revoke", "POST"),
    Act.CLOSE_STORE: ("api_store_closures", "POST"),
}
ROUTES = {route.key: route for route in routes_of(PORTAL)}


@pytest.fixture(scope="module")
def world(django_db_setup: psycopg.Connection, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One world for all tests of this module; each request on it is undone."""
    with django_db_blocker.unblock(), undone():
        yield build_world()


def door(act: Act) -> tuple[Route, Case]:
    """The route of the act, and the request that somebody of the store makes of it."""
    key, method = DOORS[act]
    cases = [*tables.API.get(key, []), *tables.PAGES.get(key, [])]
    return ROUTES[key], next(case for case in cases if case.method == method and case.who != NO_ONE)


def test_every_act_has_a_door_a_line_and_words() -> None:
    assert set(DOORS) == set(MAY) == set(WORDS) == set(Act)


@pytest.mark.parametrize("person", ROLES, ids=lambda person: person.name.lower())
@pytest.mark.parametrize("act", Act)
def test_a_door_opens_for_whose_role_includes_the_act(act: Act, person: Person, world: World) -> None:
    route, case = door(act)
    with undone(), time_machine.travel(timezone.now() + (Act.SEE_PAYMENTS is act) * dt.timedelta(days=1)):
        answer = Asker(world, route).ask(case, person)
    assert (answer.outcome(PORTAL) is Outcome.DONE) == may(ROLES[person], act), answer


@pytest.mark.parametrize("person", ROLES, ids=lambda person: person.name.lower())
def test_the_question_in_code_answers_as_the_table(person: Person, world: World) -> None:
    somebody = world.people[person.name.lower()]
    assert {act for act in Act if demanded(act, world, somebody)} == acts_of(ROLES[person])


def demanded(act: Act, world: World, who: object) -> bool:
    try:
        demand(act, store=world.store, person=who)  # type: ignore[arg-type]
    except (NotInYourRole, ScopeMissing):
        return False
    return True


@pytest.mark.parametrize("scope", Scope.values)
def test_a_key_may_do_what_its_scope_includes_in_its_own_store_only(scope: str, world: World) -> None:
    key = ApiKey(store=world.store, scopes=[scope])
    stranger = ApiKey(store_id=uuid7(), scopes=Scope.values)
    assert {act for act in Act if demanded(act, world, key)} == INCLUDES[scope]
    assert not any(demanded(act, world, stranger) for act in Act)


def test_no_key_pays_out_or_changes_the_team() -> None:
    owners = {
        Act.REQUEST_PAYOUT, Act.APPROVE_PAYOUT, Act.MANAGE_TEAM, Act.MANAGE_OWNERS, Act.MANAGE_KEYS, Act.CLOSE_STORE,
        Act.EDIT_STORE, Act.ANSWER_DISPUTE, Act.SEE_SHIFTS, Act.KEEP_SHIFT,
    }  # fmt: skip
    assert frozenset().union(*INCLUDES.values()) == set(Act) - owners


def test_an_invitation_that_was_not_accepted_is_no_role(world: World) -> None:
    with undone():
        StoreMember.objects.filter(store=world.store, user=world.people["olivia"]).update(accepted_at=None)
        assert not any(demanded(act, world, world.people["olivia"]) for act in Act)
