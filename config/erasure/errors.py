"""Why an account can't be closed yet, or at all."""

from django.utils.translation import gettext_lazy as _

from config.errors import Refused


class AccountClosed(Refused):
    """It is closed already."""

    code = "account_closed"
    status = 409
    message = _("This account is closed already.")


class StaffAccount(Refused):
    """Somebody works here with it."""

    code = "staff_account"
    status = 409
    message = _("Somebody works for Florin with this account. Nothing is closed: an admin has to take that access away first.")


class ClosingFrozenAccount(Refused):
    """Its owner froze it."""

    code = "closing_frozen_account"
    status = 409
    message = _("The account is frozen by its owner. Nothing is closed: unfreeze it first.")


class ClosingFrozenWallet(Refused):
    """Staff froze one of its wallets."""

    code = "closing_frozen_wallet"
    status = 409
    message = _("Florin has frozen a wallet of this account. Nothing is closed: ask support what it is about.")


class MoneyLeft(Refused):
    """There is money in a wallet."""

    code = "money_left"
    status = 409
    message = _("There is still money in a wallet. Nothing is closed: send it, withdraw it or spend it first.")


class MoneyUnderWay(Refused):
    """A transaction is pending."""

    code = "money_under_way"
    status = 409
    message = _("A payment is still on its way. Nothing is closed: wait until it has arrived, or has come back.")


class DisputeOpen(Refused):
    """A store has not answered yet, and what it may give back needs the wallet that paid."""

    code = "dispute_open"
    status = 409
    message = _("A store has not answered your question about a payment yet. Nothing is closed: wait for its answer, or take"
                " the question back.")  # fmt: skip


class OnlyOwner(Refused):
    """A store would be nobody's."""

    code = "only_owner"
    status = 409
    message = _("A store has no other owner. Nothing is closed: ask support to hand the store over or to close it.")
