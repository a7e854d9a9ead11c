"""Every write about people, one function each. See the modules for their refusals."""

from accounts.operations.consents import grant_consents, withdraw_consent
from accounts.operations.factors import (
    activate_totp,
    add_first_passkey,
    add_passkey,
    allow_factor,
    remove_factor,
    rename_passkey,
    renew_recovery_codes,
)
from accounts.operations.identity import approve_identity, reject_identity, submit_identity, take_customer_number
from accounts.operations.linked import allow_link, link_account, link_by_nonce, remove_way, sign_up_linked, unlink_account
from accounts.operations.links import cancel_device_link, make_device_link, open_device_link, use_device_link
from accounts.operations.people import change_profile, reinstate_user, release_email, suspend_user
from accounts.operations.phone import allow_phone, remove_phone, set_phone, sign_up_by_phone
from accounts.operations.recovery import (
    allow_backup_phone,
    claim_account,
    meet_owner,
    remove_backup_phone,
    set_backup_phone,
    stop_claim,
    take_over_account,
)
from accounts.operations.sessions import name_device, sign_out, sign_out_devices
from accounts.operations.stepup import allow_new_way, confirm_step_up

__all__ = [
    "activate_totp",
    "add_first_passkey",
    "add_passkey",
    "allow_backup_phone",
    "allow_factor",
    "allow_link",
    "allow_new_way",
    "allow_phone",
    "approve_identity",
    "cancel_device_link",
    "change_profile",
    "claim_account",
    "confirm_step_up",
    "grant_consents",
    "link_account",
    "link_by_nonce",
    "make_device_link",
    "meet_owner",
    "name_device",
    "open_device_link",
    "reinstate_user",
    "reject_identity",
    "release_email",
    "remove_backup_phone",
    "remove_factor",
    "remove_phone",
    "remove_way",
    "rename_passkey",
    "renew_recovery_codes",
    "set_backup_phone",
    "set_phone",
    "sign_out",
    "sign_out_devices",
    "sign_up_by_phone",
    "sign_up_linked",
    "stop_claim",
    "submit_identity",
    "suspend_user",
    "take_customer_number",
    "take_over_account",
    "unlink_account",
    "use_device_link",
    "withdraw_consent",
]
