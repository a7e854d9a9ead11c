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
from merchants.operations.payouts import (
    add_destination,
    approve_payout,
    begin_payout,
    cancel_payout,
    change_payout,
    complete_payout,
    fail_payout,
    remove_destination,
    request_payout,
)
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
    "add_destination",
    "approve_payout",
    "begin_payout",
    "cancel_charge",
    "cancel_payout",
    "change_payout",
    "change_role",
    "check_payable",
    "claim_store",
    "close_idle_stores",
    "close_shift",
    "close_store",
    "complete_payout",
    "create_charge",
    "edit_store",
    "expire_charges",
    "fail_payout",
    "invite_member",
    "name_backup_owner",
    "open_shift",
    "open_store",
    "pay_charge",
    "pay_store",
    "refund_payment",
    "remove_backup_owner",
    "remove_destination",
    "remove_member",
    "reopen_store",
    "request_payout",
    "set_logo",
    "stop_store_claim",
    "take_store_over",
    "withdraw_invitation",
]
