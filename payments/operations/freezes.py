"""Freezing one's own account, and unfreezing it."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from accounts import notices
from accounts.models import StepUpAct, User
from accounts.stepup import demand_step_up
from audit import trail
from config.database import operation
from payments.models import AccountFreeze, Wallet
from payments.operations.wallets import freeze_wallet, unfreeze_wallet

BY_OWNER = "by its owner"  # why, in the trail
FROZEN = _("No money can leave your wallets until you unfreeze your account in your profile. Money can still come in.")


@operation
def freeze_account(*, user: User, now: dt.datetime) -> AccountFreeze:
    """Stop money from leaving any wallet of this person, at once; it can still come in. Done twice, it is done once.

    Nothing else ends: sessions, what is on hold, stores. Wallets that are frozen already stay with whoever froze them.
    """
    wallets = _locked(user)
    freeze, made = AccountFreeze.objects.get_or_create(user=user, ended_at=None, defaults={"created_at": now})
    if not made:
        return freeze
    active = [wallet for wallet in wallets if wallet.status == Wallet.Status.ACTIVE]
    for wallet in active:
        freeze_wallet(wallet=wallet, actor=user, reason=BY_OWNER, now=now)
    freeze.wallets.set(active)
    new = {"wallets": len(active)}
    trail.record("account.frozen", actor=user, resource=freeze, customer_id=user.pk, new=new, now=now)
    notices.tell(user, title=_("Your account is frozen"), text=FROZEN, now=now)
    return freeze


@operation
def unfreeze_account(*, user: User, now: dt.datetime) -> bool:
    """Let money leave again what the person froze themselves. False if nothing was.

    :raises StepUpRequired: whoever found the phone must not be able to.
    """
    _locked(user)
    freeze = AccountFreeze.objects.lasting().filter(user=user).first()
    if freeze is None:
        return False
    demand_step_up(user=user, act=StepUpAct.UNFREEZE_ACCOUNT, subject={"freeze": str(freeze.pk)}, now=now)
    frozen = list(freeze.wallets.filter(status=Wallet.Status.FROZEN).order_by("pk"))
    for wallet in frozen:
        unfreeze_wallet(wallet=wallet, actor=user, reason=BY_OWNER, now=now)
    freeze.ended_at = now
    freeze.save(update_fields=["ended_at"])
    new = {"wallets": len(frozen)}
    trail.record("account.unfrozen", actor=user, resource=freeze, customer_id=user.pk, new=new, now=now)
    notices.tell(user, title=_("Your account is unfrozen"), text=_("Money can leave your wallets again."), now=now)
    return True


def _locked(user: User) -> list[Wallet]:
    """The person's wallets as they are now, locked in the order in which payments lock them.

    The person's own row first: whoever opens a wallet holds it, and must not open one past the freeze.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    return list(Wallet.objects.select_for_update(no_key=True).owned_by(user).order_by("pk"))
