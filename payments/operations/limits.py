"""Setting limits: lowered at once, raised later and only with a fresh proof."""

import datetime as dt

from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts import notices
from accounts.models import StepUpAct, User
from accounts.stepup import demand_step_up
from audit import trail
from config.database import operation
from payments.assets import ASSETS
from payments.models import SpendingLimit
from payments.models.limit import Caps
from payments.money import Money, UnknownAsset, show

RAISED = gettext_lazy("Your limits will be raised")
WAITING = gettext_lazy("The higher limits wait before they are in force. If it was not you, cancel it under You, Limits.")


@operation
def set_limit(*, user: User, asset: str, caps: Caps, now: dt.datetime) -> SpendingLimit:
    """Let no more than `caps` (minor units of `asset`; None is no limit) leave this person's wallets.

    What is lower than before holds at once, what is higher after `LIMIT_RAISE_DELAY_H` hours; a raise that was under way
    is replaced. Wanting what holds now cancels it. Sent again, it changes nothing.

    :raises UnknownAsset: no such asset.
    :raises StepUpRequired: it is a raise.
    """
    if asset not in ASSETS:
        raise UnknownAsset
    # Whoever sets a first limit at the same time waits here: there is no row of the limit yet to lock.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    limit = SpendingLimit.objects.select_for_update(no_key=True).filter(user=user, asset=asset).first()
    limit = limit or SpendingLimit(user=user, asset_id=asset, created_at=now)
    current = limit.caps(now)
    if caps == (limit.next_caps(now) or current):
        return limit
    lowered = current.lowered_to(caps)
    raised = lowered != caps
    if raised:
        _demand_proof(user, asset, caps, now=now)
    limit.per_payment, limit.per_day = lowered
    limit.next_per_payment, limit.next_per_day = caps if raised else Caps()
    limit.raised_at = now + dt.timedelta(hours=settings.LIMIT_RAISE_DELAY_H) if raised else None
    limit.save()
    user.has_limits = True
    user.save(update_fields=["has_limits"])
    _record(limit, user, current, caps, now=now)
    return limit


def _demand_proof(user: User, asset: str, caps: Caps, *, now: dt.datetime) -> None:
    demand_step_up(
        user=user,
        act=StepUpAct.RAISE_LIMIT,
        subject={"asset": asset, "per_payment": caps.per_payment, "per_day": caps.per_day},
        words=_("Raise your limits in %(asset)s: %(per_payment)s at once, %(per_day)s in 24 hours")
        % {"asset": asset, "per_payment": _shown(caps.per_payment, asset), "per_day": _shown(caps.per_day, asset)},
        now=now,
    )


def _record(limit: SpendingLimit, user: User, old: Caps, new: Caps, *, now: dt.datetime) -> None:
    raised = limit.raised_at is not None
    trail.record(
        "limit.raised" if raised else "limit.set",
        actor=user,
        resource=limit,
        customer_id=user.pk,
        old={"asset": limit.asset_id, **old._asdict()},
        new={"asset": limit.asset_id, **new._asdict()},
        now=now,
    )
    if raised:
        notices.tell(user, title=RAISED, text=WAITING, now=now)


def _shown(minor: int | None, asset: str) -> str:
    return _("no limit") if minor is None else str(show(Money(minor, asset), get_language() or "en"))
