"""Paying a store out.

An owner asks; amount and fee go on hold with the request. A large payout waits for the approval of a second person, which
any change takes away. A job then asks the provider outside any transaction and notes what it says; while nobody knows, the
payout stays in processing and is asked about again.
"""

import datetime as dt

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import StepUpAct, User
from accounts.stepup import demand_fresh_proof, demand_step_up
from audit import trail
from config.database import operation
from merchants import notices
from merchants.destinations import Destination, WalletAddress, as_json
from merchants.errors import (
    DestinationGone,
    NoSuchWallet,
    NotAwaitingApproval,
    OwnApproval,
    PayoutChanged,
    PayoutUnderway,
    StoreSuspended,
)
from merchants.models import Payout, PayoutDestination, PayoutType, Store
from merchants.models.payout import CANCELLED
from merchants.providers.payouts import provider_for
from merchants.queue import enqueue
from merchants.roles import Act, demand
from merchants.webhooks import payloads
from merchants.webhooks.events import CATALOGUE, publish
from payments import operations as money
from payments.fees import fee_for
from payments.models import Transaction, Wallet
from payments.money import AssetMismatch, Money, show
from payments.proofs import is_large, large_from

ERROR_ROOM = 300


@operation
def add_destination(*, store: Store, place: Destination, actor: User, now: dt.datetime) -> PayoutDestination:
    """Let the store be paid out to this place. Its owners are told.

    :raises NotInYourRole: the actor is no owner.
    :raises PayoutsUnavailable: nobody pays the store's currency there.
    :raises NoSuchWallet: no wallet of this currency has the address.
    :raises StepUpRequired, SignInAgain: the actor has not just confirmed this very place.
    """
    demand(Act.REQUEST_PAYOUT, store=store, person=actor)
    provider_for(place, store.asset)
    if isinstance(place, WalletAddress):
        _wallet_at(place, store)
    subject = {"store": str(store.pk), "place": as_json(place)}
    words = _("Pay %(store)s out to %(place)s") % {"store": store.name, "place": place.grouped()}
    demand_fresh_proof(user=actor, act=StepUpAct.ADD_DESTINATION, subject=subject, words=words, now=now)
    destination = PayoutDestination(store=store, added_by=actor, created_at=now)
    destination.place = place
    destination.save()
    notices.tell_destination(store, destination)
    _record("destination.added", destination, actor=actor, now=now, new={"type": destination.payout_type})
    return destination


@operation
def remove_destination(*, destination: PayoutDestination, actor: User, now: dt.datetime) -> None:
    """Pay nothing out there any more. Payouts that were asked for go on.

    :raises NotInYourRole: the actor is no owner.
    """
    demand(Act.REQUEST_PAYOUT, store=destination.store, person=actor)
    living = PayoutDestination.objects.filter(pk=destination.pk, removed_at__isnull=True)
    if living.update(removed_at=now, at_till=False):
        _record("destination.removed", destination, actor=actor, now=now, old={"type": destination.payout_type})


@operation
def show_at_till(*, destination: PayoutDestination, shown: bool, actor: User, now: dt.datetime) -> None:
    """Have tills show this Pix key, and no other, to customers of other banks; or no longer.

    :raises NotInYourRole: the actor is no owner.
    :raises DestinationGone: it was removed, or is no Pix key.
    """
    store = Store.objects.select_for_update(of=("self",), no_key=True).get(pk=destination.store_id)
    demand(Act.REQUEST_PAYOUT, store=store, person=actor)
    place = store.destinations.filter(pk=destination.pk, removed_at__isnull=True, payout_type=PayoutType.PIX).first()
    if place is None:
        raise DestinationGone
    if place.at_till != shown:
        store.destinations.filter(at_till=True).update(at_till=False)
        store.destinations.filter(pk=place.pk).update(at_till=shown)
        _record("destination.shown" if shown else "destination.hidden", place, actor=actor, now=now)


@operation
def request_payout(
    *, store: Store, destination: PayoutDestination, amount: Money, actor: User, key: str | None, now: dt.datetime
) -> Payout:
    """Ask for `amount` to be paid out of the store's wallet, which pays the fee beside it.

    :raises NotInYourRole: the actor is no owner.
    :raises StoreSuspended: the platform has closed the store.
    :raises DestinationGone: it was removed, or is another store's.
    :raises AssetMismatch: the amount is not in the store's currency.
    :raises PayoutsUnavailable, NoSuchWallet: nobody pays there any more.
    :raises InsufficientFunds: the wallet holds less than amount and fee.
    :raises StepUpRequired: the amount is large, and the actor has not just confirmed it.
    """
    demand(Act.REQUEST_PAYOUT, store=store, person=actor)
    _check(store, destination, amount)
    payout = Payout(store=store, requested_by=actor, created_at=now)
    _fill(payout, destination, amount, actor=actor, key=key, now=now)
    _demand_proof(payout, actor, now)
    payout.save(force_insert=True)
    _record("payout.requested", payout, actor=actor, now=now, new=_facts(payout))
    _go_on(payout, now)
    return payout


@operation
def change_payout(*, payout: Payout, destination: PayoutDestination, amount: Money, actor: User, now: dt.datetime) -> Payout:
    """Change a payout that nobody was asked to pay yet. Whatever approval it had is void.

    :raises NotInYourRole: the actor is no owner.
    :raises PayoutUnderway: it has left, or is over.
    :raises InsufficientFunds: and the other refusals of `request_payout`.
    """
    payout = _locked(payout)
    demand(Act.REQUEST_PAYOUT, store=payout.store, person=actor)
    if not payout.waits_for_approval:
        raise PayoutUnderway
    _check(payout.store, destination, amount)
    money.cancel_payout(payout=payout.transaction, reason="changed", now=now)
    old = _facts(payout)
    payout.revision += 1
    payout.requested_by = actor
    _fill(payout, destination, amount, actor=actor, key=None, now=now)
    _demand_proof(payout, actor, now)
    payout.save()
    _record("payout.changed", payout, actor=actor, now=now, old=old, new=_facts(payout))
    _go_on(payout, now)
    return payout


@operation
def approve_payout(*, payout: Payout, revision: int, actor: User, now: dt.datetime) -> Payout:
    """Say yes to a payout that somebody else asked for, as it was at that `revision`.

    :raises NotInYourRole: the actor may approve nothing here.
    :raises OwnApproval: they asked for it themselves.
    :raises NotAwaitingApproval: it waits for none.
    :raises PayoutChanged: it is not what the actor looked at any more.
    :raises StepUpRequired: the actor has not just confirmed it.
    """
    payout = _locked(payout)
    demand(Act.APPROVE_PAYOUT, store=payout.store, person=actor)
    if not payout.waits_for_approval:
        raise NotAwaitingApproval
    if payout.requested_by_id == actor.pk:
        raise OwnApproval
    if payout.revision != revision:
        raise PayoutChanged
    _demand_proof(payout, actor, now)
    payout.approved_by, payout.approved_at = actor, now
    payout.save(update_fields=["approved_by", "approved_at", "updated_at"])
    _record("payout.approved", payout, actor=actor, now=now, new={"revision": revision})
    _go_on(payout, now)
    return payout


@operation
def cancel_payout(*, payout: Payout, actor: User, now: dt.datetime) -> Payout:
    """Take a payout back that nobody was asked to pay yet; all of it returns to the store's wallet.

    :raises NotInYourRole: the actor is no owner.
    :raises PayoutUnderway: it has left, or is over.
    """
    payout = _locked(payout)
    demand(Act.REQUEST_PAYOUT, store=payout.store, person=actor)
    if payout.status != Payout.Status.PENDING:
        raise PayoutUnderway
    money.cancel_payout(payout=payout.transaction, reason=CANCELLED, now=now)
    _end(payout, Payout.Status.FAILED, now, error_code=CANCELLED)
    _record("payout.cancelled", payout, actor=actor, now=now, old={"status": "pending"})
    return payout


@operation
def begin_payout(*, payout_id: str, now: dt.datetime) -> Payout | None:
    """Note that the provider is about to be asked; from here on nothing can be changed. None if there is nothing to ask.

    Called again of one that is in processing, it answers that one: the provider is asked by the same reference.
    """
    payout = Payout.objects.select_for_update(of=("self",), no_key=True).select_related(*RELATED).get(pk=payout_id)
    if payout.status == Payout.Status.PENDING and not payout.waits_for_approval:
        payout.status, payout.asked_at = Payout.Status.PROCESSING, now
        payout.save(update_fields=["status", "asked_at", "updated_at"])
        _record("payout.sent", payout, actor=None, now=now, new={"provider": payout.provider})
    return payout if payout.status == Payout.Status.PROCESSING else None


@operation
def complete_payout(*, payout: Payout, external_id: str, now: dt.datetime) -> bool:
    """The provider has paid. False if it was known before, however it ended then."""
    payout = _locked(payout)
    if payout.status != Payout.Status.PROCESSING:
        return False
    money.complete_payout(payout=payout.transaction, provider_reference=external_id, now=now)
    payout.external_id = external_id
    _end(payout, Payout.Status.COMPLETED, now)
    _record("payout.completed", payout, actor=None, now=now, new={"external_id": external_id})
    return True


@operation
def fail_payout(*, payout: Payout, error_code: str, error_message: str, now: dt.datetime) -> bool:
    """The provider has refused: all of it returns to the store's wallet. False if it was known before."""
    payout = _locked(payout)
    if payout.status != Payout.Status.PROCESSING:
        return False
    money.fail_payout(payout=payout.transaction, error_code=error_code, error_message=error_message, now=now)
    _end(payout, Payout.Status.FAILED, now, error_code=error_code, error_message=error_message[:ERROR_ROOM])
    notices.tell_payout_failed(payout)
    _record("payout.failed", payout, actor=None, now=now, new={"error": error_code})
    return True


@operation
def return_payout(*, payout: Payout, error_code: str, error_message: str, now: dt.datetime) -> bool:
    """It had arrived, and the bank sends it back: the amount returns to the store's wallet. False if it is no completed one."""
    payout = _locked(payout)
    if payout.status != Payout.Status.COMPLETED:
        return False
    money.return_payout(payout=payout.transaction, reason=error_message[:ERROR_ROOM], now=now)
    _end(payout, Payout.Status.FAILED, now, error_code=error_code, error_message=error_message[:ERROR_ROOM])
    notices.tell_payout_failed(payout)
    _record("payout.failed", payout, actor=None, now=now, old={"status": "completed"}, new={"error": error_code})
    return True


def needs_approval(amount: Money) -> bool:
    """Whether a payout of this much waits for a second person."""
    return amount.amount >= large_from(amount.asset, tuple(settings.PAYOUT_APPROVAL_FROM))


RELATED = ("store__settlement_wallet", "transaction__payer_wallet", "transaction__payee_wallet")


def _locked(payout: Payout) -> Payout:
    """The payout as it is now, locked until the commit, with its store and transaction."""
    return Payout.objects.select_for_update(of=("self",), no_key=True).select_related(*RELATED).get(pk=payout.pk)


def _check(store: Store, destination: PayoutDestination, amount: Money) -> None:
    """Refuse what needs no look at the balance."""
    if store.status == Store.Status.SUSPENDED:
        raise StoreSuspended
    if destination.store_id != store.pk or destination.removed_at is not None:
        raise DestinationGone
    if amount.asset != store.asset:
        raise AssetMismatch


def _fill(
    payout: Payout, destination: PayoutDestination, amount: Money, *, actor: User, key: str | None, now: dt.datetime
) -> None:
    """Give the payout its amount and place, and put the money on hold."""
    store, place = payout.store, destination.place
    provider = provider_for(place, amount.asset)
    payee = _wallet_at(place, store) if isinstance(place, WalletAddress) else None
    payee = payee or Wallet.objects.system(f"external:{provider.name}", amount.asset)
    payout.transaction = money.start_payout(
        payer=store.settlement_wallet, payee=payee, amount=amount, actor=actor, key=key, now=now
    )
    payout.amount, payout.fee = amount.amount, fee_for(Transaction.Kind.PAYOUT, amount).amount
    payout.payout_type, payout.hint, payout.provider = place.rail, place.masked(), provider.name
    payout.destination = as_json(place)
    payout.needs_approval = needs_approval(amount)
    payout.approved_by = payout.approved_at = None


def _go_on(payout: Payout, now: dt.datetime) -> None:
    """Have the provider asked, or tell those who may approve."""
    if payout.waits_for_approval:
        notices.tell_approval_needed(payout)
    else:
        enqueue("send_payout", payout_id=str(payout.pk))


def _demand_proof(payout: Payout, actor: User, now: dt.datetime) -> None:
    """A large payout is confirmed by whoever asks for it and by whoever approves it: amount and place are what they confirm."""
    if not (is_large(payout.money) or payout.needs_approval):
        return
    subject = {
        "store": str(payout.store_id), "amount": payout.amount, "asset": payout.money.asset, "place": payout.destination,
        "approves": str(payout.pk) if payout.waits_for_approval and payout.requested_by_id != actor.pk else None,
    }  # fmt: skip
    said = {"amount": str(show(payout.money, get_language() or "en")), "place": payout.place.grouped()}
    words = _("Pay %(amount)s out to %(place)s") % said
    demand_step_up(user=actor, act=StepUpAct.PAY_OUT, subject=subject, words=words, now=now)


def _wallet_at(place: WalletAddress, store: Store) -> Wallet:
    """The wallet with this address, in the store's currency and able to be paid into.

    :raises NoSuchWallet:
    """
    payable = Wallet.objects.taking_money().filter(kind=Wallet.Kind.PERSONAL, asset=store.asset)
    found = payable.filter(address=place.address).select_related("user").first()
    if found is None:
        raise NoSuchWallet
    return found


def _end(payout: Payout, status: str, now: dt.datetime, *, error_code: str = "", error_message: str = "") -> None:
    payout.status, payout.processed_at = status, now
    payout.error_code, payout.error_message = error_code, error_message
    payout.save()


def _facts(payout: Payout) -> dict[str, object]:
    """What the trail says of a payout; where to, only by its type."""
    return {"amount": payout.amount, "fee": payout.fee, "type": payout.payout_type, "revision": payout.revision}


def _record(
    action: str,
    row: Payout | PayoutDestination,
    *,
    actor: User | None,
    now: dt.datetime,
    old: dict[str, object] | None = None,
    new: dict[str, object] | None = None,
) -> None:
    metadata = {"store": str(row.store_id)}
    if isinstance(row, Payout) and action in CATALOGUE:
        publish(row.store, action, resource_id=row.pk, data=payloads.payout(row), now=now)
    trail.record(action, actor=actor, resource=row, old=old, new=new, metadata=metadata, now=now)
