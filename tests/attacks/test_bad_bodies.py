"""Every write of the API, sent bodies that nobody should send: each refused by its own code, with nothing changed.

What a field must hold is proven beside its operation; this is about the body as a whole, wherever a new route comes from.
"""

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder

from tests.access.asking import Asker, undone
from tests.access.policy import Case, Person
from tests.access.routes import Route
from tests.access.tables import KNOWN, TABLES, is_api
from tests.access.world import World
from tests.unchanged import nothing_changes

JSON = "application/json"
BAD_BODIES = {
    "cut": (b"{", JSON, 400, "malformed_json"),
    "no UTF-8": (b"\xff", JSON, 400, "malformed_json"),
    "a key twice": (b'{"a": 1, "a": 2}', JSON, 400, "malformed_json"),
    "no number": (b'{"a": NaN}', JSON, 400, "malformed_json"),
    "deep": (b"[" * 100_000, JSON, 400, "malformed_json"),
    "large": (b'"' + b"x" * 300_000 + b'"', JSON, 413, "body_too_large"),
    "list": (b"[]", JSON, 400, "invalid_input"),
    "null": (b"null", JSON, 400, "invalid_input"),
    "text": (b'"text"', JSON, 400, "invalid_input"),
    "form": (b"amount=1.00", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    "XML": (b"<amount/>", "text/xml", 415, "unsupported_media_type"),
}
WRITES = [
    pytest.param(route, case, id=f"{case.method} {route.key}")
    for route in KNOWN
    if is_api(route)
    for case in TABLES[route.site][route.key]
    if case.method != "GET" and case.who.members
]


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "case"), WRITES)
def test_refuses_bodies_that_are_no_object(route: Route, case: Case, world: World) -> None:
    wrong = []
    for name, (content, media_type, status, code) in BAD_BODIES.items():
        with undone(), nothing_changes():
            answer = Asker(world, route).ask(case, _who_may(case), sent=(content, media_type))
        if (answer.status, code in answer.text) != (status, True):
            wrong.append(f"{name}: {status} {code} wanted, but {answer}")
    assert wrong == []


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "case"), WRITES)
def test_refuses_a_key_that_it_does_not_know(route: Route, case: Case, world: World) -> None:
    body = json.dumps({**case.body(world), "is_admin": True}, cls=DjangoJSONEncoder)
    with undone(), nothing_changes():
        answer = Asker(world, route).ask(case, _who_may(case), sent=(body, JSON))
    assert answer.status == 400, answer
    problem = json.loads(answer.text)
    assert (problem["code"], [error["pointer"] for error in problem["errors"]]) == ("invalid_input", ["#/is_admin"])


def _who_may(case: Case) -> Person:
    """Somebody whose good request would be done."""
    return min((person for person in case.who.members if isinstance(person, Person)), key=str)
