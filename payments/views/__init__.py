"""The portal's pages about wallets and money."""

from payments.views.account import AccountActivity
from payments.views.activity import Activity
from payments.views.exchange import Exchange, ExchangeQuote, RenewQuote
from payments.views.freeze import Freeze, Unfreeze
from payments.views.funding import TopUp, TopUpReview, Withdraw, WithdrawReview
from payments.views.home import home
from payments.views.limits import KeepLimit, LimitPage, Limits
from payments.views.refunds import Refund, RefundReview
from payments.views.send import Send, SendReview
from payments.views.statements import StatementFile, StatementPage
from payments.views.transactions import TransactionPage, TransactionReceipt
from payments.views.wallets import CloseWallet, MakeWalletPrimary, OpenWallet, RenameWallet, WalletPage, Wallets

__all__ = [
    "AccountActivity",
    "Activity",
    "CloseWallet",
    "Exchange",
    "ExchangeQuote",
    "Freeze",
    "KeepLimit",
    "LimitPage",
    "Limits",
    "MakeWalletPrimary",
    "OpenWallet",
    "Refund",
    "RefundReview",
    "RenameWallet",
    "RenewQuote",
    "Send",
    "SendReview",
    "StatementFile",
    "StatementPage",
    "TopUp",
    "TopUpReview",
    "TransactionPage",
    "TransactionReceipt",
    "Unfreeze",
    "WalletPage",
    "Wallets",
    "Withdraw",
    "WithdrawReview",
    "home",
]
