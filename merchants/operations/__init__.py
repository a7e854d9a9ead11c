"""Every write of stores, one function each. Money moves through payments.operations, in the same commit."""

from merchants.operations.backup import (
    claim_store,
    name_backup_owner,
    remove_backup_owner,
    stop_store_claim,
    take_store_over,
)
from merchants.operations.charges import cancel_charge, check_payable, create_charge, expire_charges
from merchants.operations.paying import pay_charge, pay_store, refund_payment
from merchants.operations.shifts import close_shift, open_shift
from merchants.operations.stores import (
    StoreChanges,
    StoreDetails,
    close_idle_stores,
    close_store,
    edit_store,
    open_store,
    reopen_store,
    set_logo,
)
from merchants.operations.team import accept_invitation, change_role, invite_member, remove_member, withdraw_invitation

__all__ = [
    "StoreChanges",
    "StoreDetails",
    "accept_invitation",
    "cancel_charge",
    "change_role",
    "check_payable",
    "claim_store",
    "close_idle_stores",
    "close_shift",
    "close_store",
    "create_charge",
    "edit_store",
    "expire_charges",
    "invite_member",
    "name_backup_owner",
    "open_shift",
    "open_store",
    "pay_charge",
    "pay_store",
    "refund_payment",
    "remove_backup_owner",
    "remove_member",
    "reopen_store",
    "set_logo",
    "stop_store_claim",
    "take_store_over",
    "withdraw_invitation",
]
