"""Refusals of the merchants operations, and of looking a code up."""

from django.utils.translation import gettext_lazy as _

from config.errors import Refused


class NotInYourRole(Refused):
    """The person works in the store, but not in a role that may do this."""

    code = "not_in_your_role"
    status = 403
    message = _("Your role in this store does not include this. Nothing was done: ask the owner or an administrator.")


class SymbolTaken(Refused):
    """Another store has this symbol."""

    code = "symbol_taken"
    status = 409
    field = "symbol"
    message = _("Another store has this symbol. Choose a different one.")


class StoreClosed(Refused):
    """The store is inactive or suspended."""

    code = "store_closed"
    status = 409
    message = _("This store takes no payments at the moment. No money moved.")


class WrongCurrency(Refused):
    """The payer's wallet, or the amount, is not in what the store is paid in; `asset` names that."""

    code = "wrong_currency"
    field = "wallet"
    message = _("This store is paid in another currency. No money moved: choose another wallet, or exchange first.")

    def __init__(self, asset: str, *, field: str | None = None) -> None:
        needed = _("This store is paid in %(asset)s. No money moved: choose a wallet in %(asset)s, or exchange first.")
        super().__init__(needed % {"asset": asset}, field=field, asset=asset)


class ChargePaid(Refused):
    """Somebody has paid it, the same person included."""

    code = "charge_paid"
    status = 409
    message = _("This was already paid. No money moved a second time.")


class ChargeExpired(Refused):
    """Its time has passed."""

    code = "charge_expired"
    status = 409
    message = _("The time to pay this has passed. No money moved: ask at the till for a new code.")


class ChargeCancelled(Refused):
    """The till has taken it back."""

    code = "charge_cancelled"
    status = 409
    message = _("The till has cancelled this. No money moved: ask there for a new code.")


class CodeUnknown(Refused):
    """No store and no charge has this code."""

    code = "code_unknown"
    status = 404
    message = _("Nothing has this code. Compare it with the one at the till.")


class TooManyGuesses(Refused):
    """So many codes were tried that nothing has, that it looks like guessing; `retry_after` is seconds."""

    code = "too_many_guesses"
    status = 429
    message = _("Too many codes were tried that nothing has. Wait a few minutes, or scan the QR code at the till.")


class LastOwner(Refused):
    """A store always has an owner."""

    code = "last_owner"
    status = 409
    message = _("A store needs an owner, and this is the only one. Make somebody else an owner first.")


class AlreadyInTeam(Refused):
    """The person works in the store already."""

    code = "already_in_team"
    status = 409
    message = _("They work in this store already. Change their role on the team's page.")


class InvitationOver(Refused):
    """The invitation was accepted, taken back or is too old; or there never was one."""

    code = "invitation_over"
    status = 404
    message = _("This invitation is over: it works once, and for a week. Ask in the store for a new one.")


class TooManyInvitations(Refused):
    """So many invitations wait that it looks like sending messages to strangers."""

    code = "too_many_invitations"
    status = 429
    message = _("Too many invitations of this store wait for an answer. Take some back, or wait until they are over.")


class NoBackupOwner(Refused):
    """The person is not the store's backup owner, or not any more."""

    code = "no_backup_owner"
    status = 409
    message = _("You are not the backup owner of this store. Nothing was changed.")


class OwnersAreHere(Refused):
    """An owner was there not long ago, or the claim has not waited long enough."""

    code = "owners_are_here"
    status = 409
    message = _("An owner of this store was here not long ago, so nobody can claim it. Nothing was changed.")


class ClaimStillWaits(Refused):
    """The claim has not waited long enough; `opens_at` says when it has."""

    code = "claim_still_waits"
    status = 409
    message = _("The owners have some days to answer before the store is yours. Nothing was changed.")


class StoreSuspended(Refused):
    """The platform has closed the store; only the platform opens it again."""

    code = "store_suspended"
    status = 409
    message = _("This store was suspended by Florin and can't be opened again from here. Write to support.")


class ShiftRuns(Refused):
    """The cashier has a shift open in this store."""

    code = "shift_runs"
    status = 409
    message = _("You have a shift open in this store. Close it before you begin another.")


class ShiftClosed(Refused):
    """The shift was closed before."""

    code = "shift_closed"
    status = 409
    message = _("This shift is closed, and its totals stay as they are.")


class DestinationGone(Refused):
    """The place was removed."""

    code = "destination_gone"
    status = 409
    field = "destination"
    message = _("This place was removed from the store. No money moved: choose another.")


class NoSuchWallet(Refused):
    """No wallet with this address takes money of the store's currency."""

    code = "no_such_wallet"
    status = 422
    field = "address"
    message = _("No wallet in the store's currency has this address. No money moved.")


class PayoutUnderway(Refused):
    """The payout has left, or is over."""

    code = "payout_underway"
    status = 409
    message = _("This payout has left already, so it can't be changed any more. Look at what became of it.")


class PayoutChanged(Refused):
    """The payout is not what the approver looked at."""

    code = "payout_changed"
    status = 409
    message = _("This payout was changed since you looked at it. Nothing was approved: look at it again.")


class OwnApproval(Refused):
    """Nobody approves their own payout."""

    code = "own_approval"
    status = 403
    message = _("You asked for this payout yourself. Somebody else has to approve it.")


class NotAwaitingApproval(Refused):
    """The payout needs no approval, or has one, or is over."""

    code = "not_awaiting_approval"
    status = 409
    message = _("This payout does not wait for an approval. Look at what became of it.")


class NotDisputable(Refused):
    """It is no payment of the caller's to a store, too old, all given back, or was asked about before."""

    code = "not_disputable"
    status = 409
    message = _("The store can't be asked about this payment: it is too old, was given back, or was asked about before.")


class DisputeOver(Refused):
    """The store has answered, or the customer has taken it back."""

    code = "dispute_over"
    status = 409
    message = _("This question is answered already, or was taken back. Look at what became of it.")


class ScopeMissing(Refused):
    """The key does not include this."""

    code = "scope_missing"
    status = 403
    message = _("This key may not do that. Nothing was done: an owner of the store makes keys with other scopes.")


class ApiKeyRefused(Refused):
    """The key is none of ours, was revoked, or is over."""

    code = "api_key_refused"
    status = 401
    message = _("This key opens nothing: it was revoked, has been replaced, or never was one. Nothing was done.")


class TooManyEndpoints(Refused):
    """A store has so many endpoints already."""

    code = "too_many_endpoints"
    status = 409
    message = _("This store has as many webhooks as a store can have. Remove one first.")
