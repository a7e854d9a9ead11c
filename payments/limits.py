"""Whether a payment stays within the limits that its person has set."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from payments.errors import OverDailyLimit, OverPaymentLimit
from payments.models import SpendingLimit, Transaction, Wallet
from payments.models.limit import Caps
from payments.money import Money, show
from payments.proofs import is_own

DAY = dt.timedelta(hours=24)
LEFT = [Transaction.Status.COMPLETED, Transaction.Status.PENDING]  # what failed or was cancelled came back


@dataclass(frozen=True, slots=True)
class LimitView:
    """A limit as its person sees it: the caps in force, those to come, and what was `spent` of them (minor units)."""

    asset: str
    caps: Caps
    spent: int
    later: Caps | None = None
    raised_at: dt.datetime | None = None

    @property
    def per_payment(self) -> Money | None:
        return self._money(self.caps.per_payment)

    @property
    def per_day(self) -> Money | None:
        return self._money(self.caps.per_day)

    @property
    def later_per_payment(self) -> Money | None:
        return self._money(self.later.per_payment if self.later else None)

    @property
    def later_per_day(self) -> Money | None:
        return self._money(self.later.per_day if self.later else None)

    @property
    def spent_money(self) -> Money:
        return Money(self.spent, self.asset)

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self.asset)


def limits_of(user: User, *, now: dt.datetime) -> list[LimitView]:
    """Every limit this person has set."""
    kept = SpendingLimit.objects.filter(user=user).order_by("asset")
    return [_view(limit, spent(user, limit.asset_id, now=now), now) for limit in kept]


def limit_of(user: User, asset: str, *, now: dt.datetime) -> LimitView:
    """What this person lets leave of one asset: anything, if they have set nothing."""
    limit = SpendingLimit.objects.filter(user=user, asset=asset).first()
    return _view(limit or SpendingLimit(asset_id=asset), spent(user, asset, now=now), now)


def _view(limit: SpendingLimit, spent: int, now: dt.datetime) -> LimitView:
    later = limit.next_caps(now)
    return LimitView(limit.asset_id, limit.caps(now), spent, later, limit.raised_at if later else None)


def demand_room(*, payer: Wallet, payee: Wallet, amount: Money, actor: User, now: dt.datetime) -> None:
    """Refuse what takes its person over a limit of theirs. Called after the posting, which it counts.

    Costs nobody a statement who has set no limit: their own row, which says so, is at hand. The limit's row is locked,
    and as the last of all, so that two payments at once can't both take the same room.

    :raises OverPaymentLimit:
    :raises OverDailyLimit:
    """
    if payer.kind != Wallet.Kind.PERSONAL or is_own(payer, payee):
        return
    person = actor if actor.pk == payer.user_id else payer.user
    if person is None or not person.has_limits:
        return
    limit = SpendingLimit.objects.select_for_update(no_key=True).filter(user=person, asset=amount.asset).first()
    if limit is None:
        return
    most, most_a_day = limit.caps(now)
    if most is not None and amount.amount > most:
        raise OverPaymentLimit(
            _("You let at most %(limit)s leave at once. No money moved: pay less, or raise the limit under You.")
            % {"limit": _shown(most, amount.asset)},
            limit=Money(most, amount.asset).plain(),
        )
    if most_a_day is None:
        return
    left = max(most_a_day - spent(person, amount.asset, now=now) + amount.amount, 0)
    if amount.amount > left:
        raise OverDailyLimit(
            _("Of the %(limit)s that you let leave in 24 hours, %(left)s are left. No money moved: pay less, or wait.")
            % {"limit": _shown(most_a_day, amount.asset), "left": _shown(left, amount.asset)},
            limit=Money(most_a_day, amount.asset).plain(),
            left=Money(left, amount.asset).plain(),
        )


def spent(person: User, asset: str, *, now: dt.datetime) -> int:
    """What left this person's wallets in the last 24 hours, in minor units, without fees.

    Hours and not days: a day begins when the clock of the profile says so, and whoever holds the phone could set it.
    """
    leaving = Transaction.objects.filter(
        payer_wallet__in=list(Wallet.objects.owned_by(person).filter(asset=asset).values_list("pk", flat=True)),
        created_at__gt=now - DAY,
        status__in=LEFT,
    )
    # What went to oneself, exchanges too, has not left.
    total = leaving.exclude(payee_wallet__in=Wallet.objects.named_by(person).values("pk")).exclude(
        kind__in=[Transaction.Kind.CONVERSION, Transaction.Kind.REFUND]
    )
    return total.aggregate(total=Sum("amount"))["total"] or 0


def _shown(minor: int, asset: str) -> str:
    return str(show(Money(minor, asset), get_language() or "en"))
