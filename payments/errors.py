"""Refusals of the payments operations; the ledger's own stand in `payments.ledger`."""

from django.utils.translation import gettext_lazy as _

from config.errors import Refused


class OwnWallet(Refused):
    """Payer and payee are the same wallet."""

    code = "own_wallet"
    field = "payee"
    message = _("This is the wallet the money comes from. No money moved: choose another one.")


class TooManyWallets(Refused):
    """The person has as many open wallets as the platform allows."""

    code = "too_many_wallets"
    status = 409
    message = _("You have as many wallets as one person may. Close one you don't use before opening another.")


class AccountFrozen(Refused):
    """The person froze their own account."""

    code = "account_frozen"
    status = 409
    message = _("You froze your account. Nothing was done: unfreeze it first.")


class OverPaymentLimit(Refused):
    """More than the person lets leave at once."""

    code = "over_payment_limit"
    status = 409
    field = "amount"
    message = _("This is more than you let leave at once. No money moved.")


class OverDailyLimit(Refused):
    """More than is left of what the person lets leave in 24 hours."""

    code = "over_daily_limit"
    status = 409
    field = "amount"
    message = _("This is more than you let leave in 24 hours. No money moved.")


class WalletNotEmpty(Refused):
    """A wallet with money in it can't be closed."""

    code = "wallet_not_empty"
    status = 409
    message = _("There is still money in this wallet. Send or exchange it, then close the wallet.")


class WalletBusy(Refused):
    """Something is still on its way into or out of the wallet."""

    code = "wallet_busy"
    status = 409
    message = _("A payment of this wallet is still on its way. Close the wallet when it has arrived.")


class QuoteExpired(Refused):
    """The quote's rate is no longer held."""

    code = "quote_expired"
    status = 409
    message = _("This rate has expired. No money moved: ask for a new one.")


class QuoteUsed(Refused):
    """The quote was already exchanged."""

    code = "quote_used"
    status = 409
    message = _("This exchange was already made. Nothing moved a second time.")


class AmountTooSmall(Refused):
    """The amount is worth less than the smallest unit of the target asset."""

    code = "amount_too_small"
    field = "amount"
    message = _("This is worth less than the smallest amount of the other currency. No money moved.")


class RateUnavailable(Refused):
    """No rate is known between the two assets."""

    code = "rate_unavailable"
    message = _("There is no exchange rate between these two currencies. No money moved.")


class NotAHold(Refused):
    """The transaction holds no money that could be captured or released."""

    code = "not_a_hold"
    status = 409
    message = _("There is nothing on hold here. No money moved.")


class WalletNotFound(Refused):
    """The caller has no wallet with this id; whether anybody else has is not said."""

    code = "wallet_not_found"
    status = 404
    field = "wallet"
    message = _("You have no such wallet. No money moved.")


class QuoteNotFound(Refused):
    """The caller was given no quote with this id."""

    code = "quote_not_found"
    status = 404
    field = "quote"
    message = _("You have no such quote. No money moved: ask for a new one.")


class NotPayee(Refused):
    """Only whoever owns the wallet that was paid can give the money back."""

    code = "not_payee"
    status = 403
    message = _("Only whoever got this money can give it back. No money moved.")


class StatementTooLong(Refused):
    """More lines than this form of a statement can carry."""

    code = "statement_too_long"
    message = _("There are too many movements for this. Choose a shorter time, or CSV, which has no limit.")
