"""Who may do what in a store: the one table, and the question."""

from enum import StrEnum, auto

from accounts.models import User
from merchants.errors import NotInYourRole
from merchants.models import Store, StoreMember

OWNER, ADMIN, STAFF = StoreMember.Role.OWNER, StoreMember.Role.ADMIN, StoreMember.Role.STAFF


class Act(StrEnum):
    """What somebody does for a store."""

    TAKE_PAYMENT = auto()  # ask for an amount at a till, and take it back
    SEE_PAYMENTS = auto()  # what was paid, one by one and as the day's takings
    SEE_BALANCE = auto()  # what lies in the settlement wallet
    REFUND = auto()


MAY: dict[Act, frozenset[str]] = {
    Act.TAKE_PAYMENT: frozenset({OWNER, ADMIN, STAFF}),
    Act.SEE_PAYMENTS: frozenset({OWNER, ADMIN, STAFF}),
    Act.SEE_BALANCE: frozenset({OWNER, ADMIN}),
    Act.REFUND: frozenset({OWNER, ADMIN}),
}


def may(role: str | None, act: Act) -> bool:
    """Whether the role includes the act; nobody's role (None) includes nothing."""
    return role in MAY[act]


def demand(act: Act, *, store: Store, person: User) -> None:
    """Refuse unless the person's role in the store includes the act, as the database knows it now.

    :raises NotInYourRole:
    """
    member = StoreMember.objects.filter(store=store, user=person, accepted_at__isnull=False)
    if not may(member.values_list("role", flat=True).first(), act):
        raise NotInYourRole
