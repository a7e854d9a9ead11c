"""Which payments want a fresh proof of who pays, and what is confirmed of them (R23)."""

import datetime as dt
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import StepUpAct, User
from accounts.stepup import demand_step_up
from payments.assets import ASSETS
from payments.errors import RateUnavailable
from payments.models import Transaction, Wallet
from payments.money import Money, from_decimal, show
from payments.parties import name_of
from payments.providers.rates import EcbHistory

SAME_WORTH = {"USDC": "USD"}  # a stablecoin has the rate of its currency
# No currency's unit is worth more than three and a third euros (the Kuwaiti dinar comes near): one without a known
# rate is taken for that much, so that it never asks later than it should.
UNKNOWN_PER_EURO = Decimal("0.3")


def demand_proof_of_sending(
    *, payer: Wallet, payee: Wallet, amount: Money, kind: Transaction.Kind, actor: User, now: dt.datetime
) -> None:
    """Refuse a large amount that leaves its person, unless they confirmed this amount from here to there.

    :raises StepUpRequired:
    """
    if not is_large(amount) or is_own(payer, payee):
        return
    demand_step_up(
        user=actor,
        act=StepUpAct.SEND_MONEY,
        subject={"payer": str(payer.pk), "payee": str(payee.pk), "amount": amount.amount, "asset": amount.asset},
        words=(_("Pay %(amount)s to %(name)s") if kind == Transaction.Kind.PAYMENT else _("Send %(amount)s to %(name)s"))
        % {"amount": _shown(amount), "name": name_of(payee)},
        now=now,
    )


def demand_proof_of_withdrawing(
    *, wallet: Wallet, amount: Money, provider: str, destination: str, actor: User, now: dt.datetime
) -> None:
    """Refuse a large withdrawal, unless they confirmed this amount from this wallet to this destination.

    :raises StepUpRequired:
    """
    if not is_large(amount):
        return
    demand_step_up(
        user=actor,
        act=StepUpAct.WITHDRAW_MONEY,
        subject={
            "wallet": str(wallet.pk),
            "amount": amount.amount,
            "asset": amount.asset,
            "provider": provider,
            "destination": destination,
        },
        words=_("Withdraw %(amount)s from %(wallet)s") % {"amount": _shown(amount), "wallet": wallet.name},
        now=now,
    )


def is_own(payer: Wallet, payee: Wallet) -> bool:
    """Whether the money stays with its person."""
    return payer.user_id is not None and payer.user_id == payee.user_id


def is_large(amount: Money) -> bool:
    """Whether it is worth `STEP_UP_FROM` or more. Costs no query: what each asset asks from is worked out once."""
    return amount.amount >= large_from(amount.asset, tuple(settings.STEP_UP_FROM))


@lru_cache(maxsize=256)
def large_from(asset: str, configured: tuple[str, ...]) -> int:
    """The first large amount of an asset, in its minor units.

    By the rates that ship with the platform: what is large need not be exact to the day, and asking nobody keeps it
    out of the payment's way.
    """
    stated = [_amount(text) for text in configured]
    for money in stated:
        if money.asset == asset:
            return money.amount
    worth = stated[0].decimal * _units_per(stated[0].asset, asset)
    return int(worth.scaleb(ASSETS[asset].scale).to_integral_value(ROUND_DOWN))


def _units_per(source: str, target: str) -> Decimal:
    """How many units of `target` one of `source` is worth."""
    today, rates = dt.datetime.now(dt.UTC).date(), EcbHistory()
    source, target = SAME_WORTH.get(source, source), SAME_WORTH.get(target, target)
    try:
        return rates.rate(source, target, today).value
    except RateUnavailable:
        return rates.rate(source, "EUR", today).value * UNKNOWN_PER_EURO


def _amount(text: str) -> Money:
    amount, _space, asset = text.strip().partition(" ")
    return from_decimal(Decimal(amount), asset.strip())


def _shown(amount: Money) -> str:
    return str(show(amount, get_language() or "en"))
