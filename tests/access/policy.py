"""The words in which the tables say who may do what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from tests.access.world import World

type Values = Mapping[str, Any]  # of an address, a query or a body: JSON values and files, hence Any
type FromWorld = Callable[[World], Values]


class Named(str):
    """A text that names a thing of the world: a code. UUIDs and numbers in an address always do."""

    __slots__ = ()


class Person(Enum):
    """Whoever asks the portal or its API. All but the first three are signed in."""

    ANONYMOUS = auto()
    WRONG_DOOR = auto()  # alice's browser session at the API, her access token at a page
    SUSPENDED = auto()  # alice, suspended after she signed in
    ALICE = auto()  # whose wallets, payments and devices the world is about
    BRUNO = auto()  # whom she sent money
    MALLORY = auto()  # a stranger, who has things of her own
    OLIVIA = auto()  # owns the greengrocer's
    AMARA = auto()  # administers it
    CARLOS = auto()  # is at its till
    RITA = auto()  # owns another store
    AGENT = auto()  # staff, who are strangers to the portal as well
    ADMIN = auto()


class Staff(Enum):
    """Whoever asks a console. Only agents and admins have a session that is worth something."""

    ANONYMOUS = auto()
    CUSTOMER = auto()  # alice, with a session of the console that was made by no sign-in page
    DISMISSED = auto()  # was an agent when signing in
    SUSPENDED = auto()  # both agent and admin, suspended after signing in
    PORTAL_SESSION = auto()  # an agent and admin, with the session of the portal
    OTHER_CONSOLE = auto()  # an agent and admin, with the session of the other console
    AGENT = auto()
    ADMIN = auto()


type Anyone = Person | Staff


class Outcome(Enum):
    """What becomes of a request."""

    DONE = auto()
    SIGN_IN = auto()  # pages lead to the sign-in page, the API answers 401
    NOT_FOUND = auto()  # 404, word for word as for a thing that does not exist
    REFUSED = auto()  # 4xx, word for word as for a thing that does not exist: the thing is named in the body or the query
    CONFLICT = auto()  # 409: the person may do this, but not as things stand
    FORBIDDEN = auto()  # 403: the person may know of the thing, and may not do this


@dataclass(frozen=True)
class Audience:
    """Who gets in, and what becomes of the rest: those named in `instead`, those signed in, those outside."""

    members: frozenset[Anyone]
    others: Outcome = Outcome.NOT_FOUND
    outside: Outcome = Outcome.SIGN_IN
    instead: Mapping[Anyone, Outcome] = field(default_factory=dict)

    def outcome(self, person: Anyone) -> Outcome:
        """What this person gets."""
        if person in self.members:
            return Outcome.DONE
        return self.instead.get(person, self.outside if person in OUTSIDE else self.others)


@dataclass(frozen=True)
class Case:
    """One way to ask a route. `at` fills its address, `query` and `body` are sent along.

    A body is one that works: somebody who may not must not get away with 404 because a word was misspelt.
    """

    method: str
    who: Audience
    at: FromWorld
    query: FromWorld
    body: FromWorld


type Table = Mapping[str, list[Case]]  # by the name of the route, or its pattern if it has none

OUTSIDE: frozenset[Anyone] = frozenset({
    Person.ANONYMOUS, Person.WRONG_DOOR, Person.SUSPENDED,
    Staff.ANONYMOUS, Staff.CUSTOMER, Staff.DISMISSED, Staff.SUSPENDED, Staff.PORTAL_SESSION, Staff.OTHER_CONSOLE,
})  # fmt: skip

# --- audiences of the portal and its API ---------------------------------------------------------------------

EVERYBODY = Audience(frozenset(Person))
PEOPLE = Audience(frozenset(Person) - OUTSIDE)
NOBODY = Audience(frozenset(), outside=Outcome.NOT_FOUND)  # nothing is there, whoever asks
# Whoever holds what was mailed to somebody; nobody here does.
KEY_HOLDERS = Audience(frozenset(), others=Outcome.REFUSED, outside=Outcome.REFUSED)
# Alice's own things. `NAMED` when the body, the query or the browser's session names them and not the address.
OWNER = Audience(frozenset({Person.ALICE}))
RITA = Audience(frozenset({Person.RITA}))  # her second factors
OWNER_NAMED = Audience(frozenset({Person.ALICE}), others=Outcome.REFUSED)
# A transfer from alice to bruno.
PARTIES = Audience(frozenset({Person.ALICE, Person.BRUNO}))
# Only bruno may give it back; alice, who knows of it, gets what everybody gets.
PAYEE = Audience(frozenset({Person.BRUNO}))
PAYEE_NAMED = Audience(frozenset({Person.BRUNO}), instead={Person.ALICE: Outcome.FORBIDDEN})
# The greengrocer's.
TEAM = Audience(frozenset({Person.OLIVIA, Person.AMARA, Person.CARLOS}))
OWNERS = Audience(frozenset({Person.OLIVIA}), instead={Person.AMARA: Outcome.FORBIDDEN, Person.CARLOS: Outcome.FORBIDDEN})
MANAGERS = Audience(frozenset({Person.OLIVIA, Person.AMARA}), instead={Person.CARLOS: Outcome.FORBIDDEN})
# Whose account can be closed: people without money, without a store that is theirs alone, and without a job here.
LEAVING = Audience(frozenset({Person.AMARA, Person.CARLOS}), others=Outcome.REFUSED)
# Of things that do not belong together.
NO_ONE = Audience(frozenset())
# Alice's own, which she may know of and not use in this way.
OWNER_FORBIDDEN = Audience(frozenset(), others=Outcome.REFUSED, instead={Person.ALICE: Outcome.FORBIDDEN})

# What is asked of whoever has no second factor goes elsewhere at once.
WITHOUT_FACTORS = Audience(PEOPLE.members - {Person.RITA}, instead={Person.RITA: Outcome.REFUSED})

# --- audiences of a console, where whoever is not its staff is led to its sign-in page -----------------------

ANYBODY = Audience(frozenset(Staff))


def staff(person: Staff, outcome: Outcome = Outcome.DONE) -> Audience:
    """Only this person gets in, or is told that they may not either, or that there is nothing."""
    if outcome is Outcome.DONE:
        return Audience(frozenset({person}), others=Outcome.SIGN_IN)
    return Audience(frozenset(), others=Outcome.SIGN_IN, instead={person: outcome})


def nothing(_world: World) -> Values:
    """No values."""
    return {}


def get(who: Audience, *, at: FromWorld = nothing, query: FromWorld = nothing) -> Case:
    """Reading."""
    return Case("GET", who, at, query, nothing)


def post(who: Audience, *, at: FromWorld = nothing, body: FromWorld = nothing) -> Case:
    """Doing. An idempotency key goes along."""
    return Case("POST", who, at, nothing, body)


def put(who: Audience, *, at: FromWorld = nothing, body: FromWorld = nothing) -> Case:
    """Replacing."""
    return Case("PUT", who, at, nothing, body)


def patch(who: Audience, *, at: FromWorld = nothing, body: FromWorld = nothing) -> Case:
    """Changing."""
    return Case("PATCH", who, at, nothing, body)


def delete(who: Audience, *, at: FromWorld = nothing) -> Case:
    """Taking away."""
    return Case("DELETE", who, at, nothing, nothing)
