"""Every page and answer of the three sites, about a person who has a phone and neither name nor address."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from tests.access.asking import Asker, undone
from tests.access.policy import Anyone, Person, Staff
from tests.access.routes import Route
from tests.access.tables import KNOWN, TABLES, is_api
from tests.access.world import World, build_world

HIDDEN = re.compile(r"<(script|style|svg|template)\b.*?</\1>", re.DOTALL)
NOBODY_NAMED = re.compile(r"(?<!Fee )\bNone\b")  # a fee may be none
GETS = [(route, case) for route in KNOWN for case in TABLES[route.site][route.key] if case.method == "GET" and case.who.members]


@pytest.fixture(scope="module")
def world(django_db_setup: psycopg.Connection, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The world of the access tables, in which alice has nothing but a phone."""
    with django_db_blocker.unblock(), undone():
        world = build_world()
        EmailAddress.objects.filter(user=world.people["alice"]).delete()
        User.objects.filter(pk=world.people["alice"].pk).update(
            email=None, name="", phone="+351961234567", phone_verified_at=timezone.now()
        )
        yield world


@pytest.mark.django_db
@pytest.mark.parametrize("route", list(dict.fromkeys(route for route, _case in GETS)), ids=str)
def test_works_without_name_and_address(route: Route, world: World) -> None:
    asker: Anyone = (Staff.ADMIN if "admin" in route.site.name else Staff.AGENT) if route.site.is_console else Person.ALICE
    for case in (case for at, case in GETS if at is route and asker in case.who.members):
        with undone(world, asker):
            answer = Asker(world, route).ask(case, asker)
        assert answer.status < 400, str(answer)
        if not is_api(route):
            words = " ".join(re.sub(r"<[^>]+>", " ", HIDDEN.sub(" ", answer.text)).split())
            assert not NOBODY_NAMED.search(words), NOBODY_NAMED.split(words)[0][-200:]
