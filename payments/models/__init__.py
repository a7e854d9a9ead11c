"""Wallets, the ledger's rows and what leads to them."""

from payments.models.conversion import ConversionQuote
from payments.models.freeze import AccountFreeze
from payments.models.imported import ImportedClient
from payments.models.limit import SpendingLimit
from payments.models.receipt import ReceiptMail
from payments.models.sandbox import SandboxOrder
from payments.models.transaction import Inflow, Posting, Transaction
from payments.models.wallet import Asset, Wallet

__all__ = [
    "AccountFreeze",
    "Asset",
    "ConversionQuote",
    "ImportedClient",
    "Inflow",
    "Posting",
    "ReceiptMail",
    "SandboxOrder",
    "SpendingLimit",
    "Transaction",
    "Wallet",
]
