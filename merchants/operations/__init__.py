"""Every write of stores, one function each. Money moves through payments.operations, in the same commit."""

from merchants.operations.charges import cancel_charge, check_payable, create_charge, expire_charges
from merchants.operations.paying import pay_charge, pay_store, refund_payment
from merchants.operations.stores import StoreDetails, open_store

__all__ = [
    "StoreDetails",
    "cancel_charge",
    "check_payable",
    "create_charge",
    "expire_charges",
    "open_store",
    "pay_charge",
    "pay_store",
    "refund_payment",
]
