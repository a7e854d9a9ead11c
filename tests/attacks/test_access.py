"""Every route of the three sites, asked by everybody, for their own and for foreign things (R27).

The tables of tests/access say who may; a route that stands in none of them fails here.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from config.hosts import SITES, Site
from tests.access.asking import Answer, Asker, undone
from tests.access.policy import Anyone, Case, Outcome, Person, Staff
from tests.access.routes import Route
from tests.access.tables import KNOWN, ROUTES, TABLES, is_api
from tests.access.world import World
from tests.unchanged import nothing_changes

FORMS = [
    (route, case)
    for route in KNOWN
    if not is_api(route)
    for case in TABLES[route.site][route.key]
    if case.method == "POST" and case.who.members
]
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# The end of a console's session moves with each request; a page that leads elsewhere says why in a message.
SESSIONS = "django_session"


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_knows_who_may_ask(route: Route) -> None:
    if route not in KNOWN:
        pytest.fail(f"Name {route.key!r} ({route.pattern}) in tests/access/{route.table}.py: who may ask it?", pytrace=False)


@pytest.mark.parametrize("site", SITES.values(), ids=str)
def test_knows_no_route_that_is_gone(site: Site) -> None:
    names = Counter(route.key for route in ROUTES if route.site is site)
    assert set(TABLES[site]) - set(names) == set()
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.django_db
@pytest.mark.parametrize("route", KNOWN, ids=str)
def test_lets_in_who_may_and_nobody_else(route: Route, world: World) -> None:
    wrong: list[str] = []
    for case in TABLES[route.site][route.key]:
        for person in Staff if route.site.is_console else Person:
            with undone(world, person):
                wrong += [f"{case.method} as {person.name}: {fault}" for fault in faults(Asker(world, route), case, person)]
    report(wrong)


def report(wrong: list[str]) -> None:
    """Fail with a line for each wrong answer."""
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def faults(asker: Asker, case: Case, person: Anyone) -> Iterator[str]:
    """What is wrong with the answer that this person gets."""
    expected = case.who.outcome(person)
    if expected is Outcome.DONE:
        answer = asker.ask(case, person)
    else:
        with nothing_changes(*([SESSIONS] if asker.route.site.is_console or expected is Outcome.REFUSED else [])):
            answer = asker.ask(case, person)
    got = answer.outcome(asker.route.site)
    if got is not expected and not (expected is Outcome.REFUSED and got):
        yield f"{expected.name} wanted, but {answer}"
    if expected in {Outcome.NOT_FOUND, Outcome.REFUSED} and asker.names_something(case):
        nowhere = asker.ask(case, person, missing=True)
        if nowhere.essence() != answer.essence():
            yield f"{answer} is not what a thing that does not exist gets: {nowhere}"
    if person in {Person.ANONYMOUS, Person.MALLORY, Person.AGENT, Staff.ANONYMOUS, Staff.CUSTOMER}:
        yield from (f"tells {secret!r}" for secret in answer.leaks(asker.world.secrets))


@pytest.mark.django_db
@pytest.mark.parametrize("route", KNOWN, ids=str)
def test_takes_no_other_method(route: Route, world: World) -> None:
    cases = TABLES[route.site][route.key]
    person = min(cases[-1].who.members, default=Staff.ANONYMOUS if route.site.is_console else Person.ANONYMOUS, key=str)
    wrong: list[str] = []
    for method in sorted(METHODS - {case.method for case in cases}):
        with undone(world, person), nothing_changes(*([SESSIONS] if route.site.is_console else [])):
            answer = Asker(world, route).ask(cases[-1], person, method=method)
        if not refuses_method(answer, method, api=is_api(route)):
            wrong.append(f"{method} as {person.name}: {answer}")
    report(wrong)


def refuses_method(answer: Answer, method: str, *, api: bool) -> bool:
    """Whether the answer to a method that the table does not name is as it should be.

    Django's form views take PUT for POST without reading it, and its admin takes anything for GET: nothing changes, and
    that is enough.
    """
    if api:
        return answer.status in {401, 405}
    return answer.status < 500 and (method != "GET" or answer.status >= 300)


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "case"), [pytest.param(*form, id=str(form[0])) for form in FORMS])
def test_takes_no_form_of_another_site(route: Route, case: Case, world: World) -> None:
    person = min(case.who.members, key=str)
    with undone(world, person), nothing_changes(*([SESSIONS] if route.site.is_console else [])):
        answer = Asker(world, route).ask(case, person, csrf=True)
    assert answer.status == 403
