"""No route knows somebody whose account is closed, not even with a session that was missed."""

from collections.abc import Callable, Iterator

import pytest

from accounts.models import User
from config.erasure.rows import erase_rows
from config.hosts import SITES, Site
from tests.access.asking import Answer, Asker, undone
from tests.access.policy import Outcome, Person, Staff
from tests.access.routes import Route
from tests.access.tables import KNOWN, TABLES
from tests.access.world import World


def as_closing_leaves_them(person: User) -> None:
    User.objects.filter(pk=person.pk).update(status=User.Status.DELETED)
    erase_rows(person)


def with_sessions_that_were_missed(person: User) -> None:
    User.objects.filter(pk=person.pk).update(status=User.Status.DELETED)


@pytest.mark.django_db
@pytest.mark.parametrize("leave", [as_closing_leaves_them, with_sessions_that_were_missed])
@pytest.mark.parametrize("site", SITES.values(), ids=str)
def test_no_route_knows_them_any_more(site: Site, leave: Callable[[User], None], world: World) -> None:
    """As test_access.py asks every route as somebody suspended: what is not for everybody leads to the sign-in."""
    anyone, name = (Staff.SUSPENDED, "both") if site.is_console else (Person.SUSPENDED, "alice")
    wrong: list[str] = []
    with undone():
        leave(world.people[name])
        for route in (route for route in KNOWN if route.site is site):
            for case in TABLES[site][route.key]:
                with undone():
                    answer = Asker(world, route).ask(case, anyone)
                wrong += [f"{case.method} {route}: {fault}" for fault in faults(answer, case.who.outcome(anyone), route, world)]
    assert wrong == []


def faults(answer: Answer, wanted: Outcome, route: Route, world: World) -> Iterator[str]:
    """What is wrong with it. What everybody may do may also be refused, as the world's own things are no more hers."""
    got = answer.outcome(route.site)
    if got is None or (got is not wanted and wanted not in {Outcome.DONE, Outcome.REFUSED}):
        yield f"{wanted.name} wanted, but {answer}"
    if wanted is not Outcome.DONE:
        yield from (f"tells {secret!r}" for secret in answer.leaks(world.secrets))
