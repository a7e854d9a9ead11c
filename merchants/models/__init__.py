"""Who gets paid in a store. See the modules for each topic."""

from merchants.models.bank_file import BankFile
from merchants.models.charge import CHARGE_CODE_LENGTH, Charge, new_charge_code
from merchants.models.dispute import Dispute
from merchants.models.integration import (
    ApiKey,
    Scope,
    StoreEvent,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from merchants.models.payout import Payout, PayoutDestination, PayoutType
from merchants.models.shift import Shift
from merchants.models.statistics import StoreDailyStats, StoreMovement
from merchants.models.store import STORE_CODE_LENGTH, Store, new_short_code
from merchants.models.team import StoreBackupOwner, StoreInvitation, StoreMember

__all__ = [
    "CHARGE_CODE_LENGTH",
    "STORE_CODE_LENGTH",
    "ApiKey",
    "BankFile",
    "Charge",
    "Dispute",
    "Payout",
    "PayoutDestination",
    "PayoutType",
    "Scope",
    "Shift",
    "Store",
    "StoreBackupOwner",
    "StoreDailyStats",
    "StoreEvent",
    "StoreInvitation",
    "StoreMember",
    "StoreMovement",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "new_charge_code",
    "new_short_code",
]  # fmt: skip
