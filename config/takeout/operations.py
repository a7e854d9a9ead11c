"""Letting somebody have everything the platform knows about a person: its person, or support on their request."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.models import StepUpAct, User
from accounts.stepup import demand_fresh_proof
from audit import trail
from config.database import operation

SAVED = _("Your data was saved to a file")
BY_ONESELF = _("Somebody who is signed in to your account saved a copy of everything Florin knows about you. If it was not you,"
               " change your password and sign out every device.")  # fmt: skip
BY_SUPPORT = _("Support saved a copy of everything Florin knows about you, to give it to you. If you did not ask for it,"
               " write to support.")  # fmt: skip


@operation
def allow_own_takeout(*, user: User, now: dt.datetime) -> None:
    """Let a person take their own data. They are told, in case it is not them.

    :raises StepUpRequired, SignInAgain: whoever only holds the signed-in device gets nothing.
    """
    demand_fresh_proof(user=user, act=StepUpAct.TAKE_DATA, subject={}, now=now)
    trail.record("user.data_taken", actor=user, resource=user, customer_id=user.pk, now=now)
    notices.tell(user, title=SAVED, text=BY_ONESELF, now=now)


@operation
def allow_takeout(*, user: User, actor: User, reason: str, now: dt.datetime) -> None:
    """Let an admin take a person's data, who asked support for it. They are told."""
    metadata = {"reason": reason}
    trail.record("user.data_taken", actor=actor, resource=user, customer_id=user.pk, metadata=metadata, now=now)
    notices.tell(user, title=SAVED, text=BY_SUPPORT, now=now)
