"""Every write about wallets and money, one function each. See the modules for their refusals."""

from payments.operations.conversions import convert, quote_conversion
from payments.operations.deposits import complete_deposit, fail_deposit, start_deposit
from payments.operations.freezes import freeze_account, unfreeze_account
from payments.operations.holds import capture, hold, release
from payments.operations.imports import import_clients, invite_clients
from payments.operations.limits import set_limit
from payments.operations.payouts import cancel_payout, complete_payout, fail_payout, return_payout, start_payout
from payments.operations.refunds import refund
from payments.operations.transfers import transfer
from payments.operations.wallets import close_wallet, freeze_wallet, make_primary, open_wallet, rename_wallet, unfreeze_wallet
from payments.operations.withdrawals import complete_withdrawal, fail_withdrawal, start_withdrawal

__all__ = [
    "cancel_payout",
    "capture",
    "close_wallet",
    "complete_deposit",
    "complete_payout",
    "complete_withdrawal",
    "convert",
    "fail_deposit",
    "fail_payout",
    "fail_withdrawal",
    "freeze_account",
    "freeze_wallet",
    "hold",
    "import_clients",
    "invite_clients",
    "make_primary",
    "open_wallet",
    "quote_conversion",
    "refund",
    "release",
    "rename_wallet",
    "return_payout",
    "set_limit",
    "start_deposit",
    "start_payout",
    "start_withdrawal",
    "transfer",
    "unfreeze_account",
    "unfreeze_wallet",
]
