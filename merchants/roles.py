"""Who may do what in a store: the one table, and the question.

The checks, the page that tells a team who may do what, and the tests of every role with every act read `MAY`.
"""

from enum import StrEnum, auto

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from merchants.errors import NotInYourRole, ScopeMissing
from merchants.models import ApiKey, Scope, Store, StoreMember

OWNER, ADMIN, STAFF = StoreMember.Role.OWNER, StoreMember.Role.ADMIN, StoreMember.Role.STAFF
EVERYBODY, MANAGERS, OWNERS = frozenset({OWNER, ADMIN, STAFF}), frozenset({OWNER, ADMIN}), frozenset({OWNER})


class Act(StrEnum):
    """What somebody does for a store."""

    TAKE_PAYMENT = auto()  # ask for an amount at a till, and take it back
    SEE_STORE = auto()  # what it says of itself, to those who work there
    SEE_TODAY = auto()  # today's payments and takings
    KEEP_SHIFT = auto()  # open and close a shift of one's own at the till
    SEE_PAYMENTS = auto()  # those of any day
    REFUND = auto()
    SEE_STATISTICS = auto()
    SEE_SHIFTS = auto()  # everybody's
    ANSWER_DISPUTE = auto()
    SEE_BALANCE = auto()  # what lies in the settlement wallet, and its statements
    EDIT_STORE = auto()  # what it says of itself
    MANAGE_TEAM = auto()  # invite, change and remove administrators and staff
    SEE_PAYOUTS = auto()
    APPROVE_PAYOUT = auto()  # somebody else's
    REQUEST_PAYOUT = auto()  # and keep the places that money is paid out to
    MANAGE_OWNERS = auto()  # invite, change and remove owners, and name the backup owner
    READ_EVENTS = auto()  # what happened, for programs
    INTEGRATE = auto()  # webhooks
    MANAGE_KEYS = auto()  # API keys, which no key makes
    CLOSE_STORE = auto()  # stop taking payments, and start again


MAY: dict[Act, frozenset[str]] = {
    Act.TAKE_PAYMENT: EVERYBODY,
    Act.SEE_STORE: EVERYBODY,
    Act.SEE_TODAY: EVERYBODY,
    Act.KEEP_SHIFT: EVERYBODY,
    Act.SEE_PAYMENTS: MANAGERS,
    Act.REFUND: MANAGERS,
    Act.SEE_STATISTICS: MANAGERS,
    Act.SEE_SHIFTS: MANAGERS,
    Act.ANSWER_DISPUTE: MANAGERS,
    Act.SEE_BALANCE: MANAGERS,
    Act.EDIT_STORE: MANAGERS,
    Act.MANAGE_TEAM: MANAGERS,
    Act.SEE_PAYOUTS: MANAGERS,
    Act.APPROVE_PAYOUT: MANAGERS,
    Act.REQUEST_PAYOUT: OWNERS,
    Act.MANAGE_OWNERS: OWNERS,
    Act.READ_EVENTS: OWNERS,
    Act.INTEGRATE: OWNERS,
    Act.MANAGE_KEYS: OWNERS,
    Act.CLOSE_STORE: OWNERS,
}

WORDS: dict[Act, Promise] = {
    Act.TAKE_PAYMENT: _("Take payments at a till"),
    Act.SEE_STORE: _("See the store's own pages"),
    Act.SEE_TODAY: _("See today's payments and takings"),
    Act.KEEP_SHIFT: _("Open and close a shift of their own"),
    Act.SEE_PAYMENTS: _("See the payments of any day"),
    Act.REFUND: _("Give payments back"),
    Act.SEE_STATISTICS: _("See the statistics"),
    Act.SEE_SHIFTS: _("See everybody's shifts"),
    Act.ANSWER_DISPUTE: _("Answer disputes"),
    Act.SEE_BALANCE: _("See the balance and the statements"),
    Act.EDIT_STORE: _("Change what the store says of itself"),
    Act.MANAGE_TEAM: _("Invite and remove administrators and staff"),
    Act.SEE_PAYOUTS: _("See payouts"),
    Act.APPROVE_PAYOUT: _("Approve a payout that somebody else asked for"),
    Act.REQUEST_PAYOUT: _("Pay out to a bank or a wallet"),
    Act.MANAGE_OWNERS: _("Invite and remove owners, and name the backup owner"),
    Act.READ_EVENTS: _("Read the events of the store by API"),
    Act.INTEGRATE: _("Set up webhooks"),
    Act.MANAGE_KEYS: _("Make API keys"),
    Act.CLOSE_STORE: _("Stop taking payments, and start again"),
}


# What a program may do with a key of each scope. No key pays out, changes the team or makes keys.
INCLUDES: dict[str, frozenset[Act]] = {
    Scope.STORE_READ: frozenset({Act.SEE_STORE}),
    Scope.CHARGES: frozenset({Act.TAKE_PAYMENT}),
    Scope.PAYMENTS_READ: frozenset({Act.SEE_STORE, Act.SEE_TODAY, Act.SEE_PAYMENTS}),
    Scope.REFUNDS: frozenset({Act.REFUND}),
    Scope.BALANCE_READ: frozenset({Act.SEE_STORE, Act.SEE_BALANCE}),
    Scope.STATISTICS_READ: frozenset({Act.SEE_STATISTICS}),
    Scope.PAYOUTS_READ: frozenset({Act.SEE_PAYOUTS}),
    Scope.EVENTS_READ: frozenset({Act.READ_EVENTS}),
    Scope.WEBHOOKS: frozenset({Act.INTEGRATE}),
}

type Actor = User | ApiKey


def may(role: str | None, act: Act) -> bool:
    """Whether the role includes the act; nobody's role (None) includes nothing."""
    return role in MAY[act]


def acts_of(role: str | None) -> frozenset[str]:
    """Everything that the role includes, by name."""
    return frozenset(str(act) for act in Act if may(role, act))


def role_of(person: User, store: Store) -> str | None:
    """The person's role in the store, as the database knows it now."""
    member = StoreMember.objects.filter(store=store, user=person, accepted_at__isnull=False)
    return member.values_list("role", flat=True).first()


def demand(act: Act, *, store: Store, person: Actor) -> None:
    """Refuse unless the person's role in the store, or the scopes of the key to it, include the act.

    :raises NotInYourRole:
    :raises ScopeMissing:
    """
    if isinstance(person, ApiKey):
        if person.store_id != store.pk or not opens(person, act):
            raise ScopeMissing
    elif not may(role_of(person, store), act):
        raise NotInYourRole


def opens(key: ApiKey, act: Act) -> bool:
    """Whether a scope of the key includes the act."""
    return any(act in INCLUDES[scope] for scope in key.scopes)


def by(actor: Actor) -> tuple[User | None, dict[str, str]]:
    """Who acted, for the trail: the person, or nobody and the key that a program used."""
    return (None, {"api_key": str(actor.pk)}) if isinstance(actor, ApiKey) else (actor, {})


def managing(role: str) -> Act:
    """What it takes to make somebody this, or to take it from them."""
    return Act.MANAGE_OWNERS if role == OWNER else Act.MANAGE_TEAM
