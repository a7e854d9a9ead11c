"""Which tables and columns a person takes away, and which they don't.

A new table that leads to a person is a line here: in `TAKEN` with its columns, those in `withheld` left out, or in `LEFT`
with the reason. tests/config/test_takeout.py finds tables and columns that are in neither.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from merchants.models import StoreMember
from payments.models import Wallet

type Whose = Callable[[User], Q]


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a table that are somebody's, what is taken of each, and what is not."""

    whose: Whose
    columns: str
    withheld: str = ""  # secrets, and what is about somebody else


def _by(path: str) -> Whose:
    return lambda user: Q(**{path: user.pk})


def _own_acts(user: User) -> Q:
    return Q(actor=user, customer=user)


def _own_stores(user: User) -> Q:
    return Q(pk__in=StoreMember.objects.filter(user=user, role=StoreMember.Role.OWNER).values("store"))


def _moved(user: User) -> Q:
    """As ids: the planner then finds either side by its index."""
    wallets = list(Wallet.objects.filter(user=user).values_list("pk", flat=True))
    return Q(payer_wallet__in=wallets) | Q(payee_wallet__in=wallets)


TAKEN: Mapping[str, Part] = {
    "accounts.User": Part(
        _by("pk"),
        "id created_at updated_at email phone phone_verified_at name avatar status language timezone preferred_chain"
        " last_login last_active_at is_staff customer_number",
        withheld="has_limits agreed_edition password is_superuser is_active groups user_permissions",
    ),
    "account.EmailAddress": Part(_by("user"), "id user email verified primary"),
    "socialaccount.SocialAccount": Part(_by("user"), "id user provider uid last_login date_joined extra_data"),
    "mfa.Authenticator": Part(_by("user"), "id user type created_at last_used_at", withheld="data"),
    "accounts.IdentityProfile": Part(
        _by("user"),
        "id created_at updated_at user first_name last_name phone date_of_birth ssn_last4 address_line1 address_line2 city"
        " state postal_code country kyc_status submitted_at reviewed_at grounds reason",
        withheld="reviewed_by",
    ),
    "accounts.Consent": Part(_by("user"), "id created_at user kind text_version language granted_at withdrawn_at ip_address"),
    "accounts.Session": Part(
        _by("user"),
        "id created_at user site auth_method device_type device_name device_info device_id user_agent ip_address last_seen_at"
        " revoked_at",
        withheld="session_key password_mark",
    ),
    "accounts.StepUp": Part(_by("user"), "id created_at user session act method expires_at used_at", withheld="digest"),
    "accounts.RecoveryContact": Part(_by("user"), "id created_at updated_at user phone verified_at requested_at activated_at"),
    "accounts.DeviceLink": Part(
        _by("user"),
        "id created_at user maker session_data ip_family user_agent expires_at opened_at used_at cancelled_at session",
        withheld="digest",
    ),
    "audit.Event": Part(_by("user"), "id created_at name properties user session_id device_id ip_address user_agent"),
    "audit.SyncLog": Part(
        _by("user"),
        "id created_at user event_id event_type event_source data success error_message session_id client_ip user_agent",
    ),
    # What staff did is theirs, and some of it the person must not learn.
    "audit.AuditEntry": Part(
        _own_acts,
        "id created_at actor customer action resource_type resource_id old_values new_values metadata ip_address user_agent",
    ),
    "payments.Wallet": Part(
        _by("user"),
        "id created_at updated_at kind user name address asset balance buffered may_overdraw opening_balance is_primary status"
        " auth_server resource_server last_used_at",
    ),
    # The other side of a transaction is named as on its receipt (`config.takeout.archive`); nothing else of it is told.
    "payments.Transaction": Part(
        _moved,
        "id created_at updated_at kind rail status amount asset refund_of confirmation_code error_code error_message notes"
        " completed_at",
        withheld="initiated_by payer_wallet payee_wallet idempotency_key metadata",
    ),
    "payments.Posting": Part(_by("wallet__user"), "id transaction wallet amount balance_after created_at"),
    "payments.ConversionQuote": Part(
        _by("user"),
        "id created_at updated_at user source_wallet target_wallet source_amount fee target_amount rate rate_source rate_date"
        " expires_at transaction",
    ),
    "payments.AccountFreeze": Part(_by("user"), "id created_at user wallets ended_at"),
    "payments.SpendingLimit": Part(
        _by("user"),
        "id created_at user asset per_payment per_day next_per_payment next_per_day raised_at",
    ),
    "payments.ReceiptMail": Part(_by("user"), "id created_at transaction user"),
    "payments.ImportedClient": Part(
        _by("user"), "id created_at updated_at source_id user wallet grant_expires_at invited_at", withheld="grant_token"
    ),
    "merchants.Store": Part(
        _own_stores,
        "id created_at updated_at name symbol category description latitude longitude address_line1 address_line2 city state"
        " postal_code country email phone website instagram logo short_code settlement_wallet timezone offers_tips"
        " status has_listeners active_since deployment_status",
    ),
    "merchants.StoreMember": Part(
        _by("user"), "id created_at updated_at store user role invited_at accepted_at", withheld="invited_by"
    ),
    "merchants.StoreBackupOwner": Part(
        _by("user"), "id created_at updated_at store user requested_at activated_at", withheld="named_by"
    ),
    "merchants.StoreInvitation": Part(
        _by("accepted_by"),
        "id created_at updated_at store role expires_at accepted_by accepted_at withdrawn_at",
        withheld="email phone digest invited_by",
    ),
    "merchants.Charge": Part(
        _by("cashier"),
        "id created_at updated_at store code terminal cashier shift amount tip note status expires_at",
        withheld="transaction",
    ),
    "merchants.ApiKey": Part(
        _by("created_by"),
        "id created_at updated_at store name hint scopes created_by last_used_at expires_at revoked_at",
        withheld="digest",
    ),
    "merchants.WebhookEndpoint": Part(
        _by("created_by"),
        "id created_at updated_at store url description event_types created_by is_enabled failures rests_until removed_at",
        withheld="secrets",
    ),
    "merchants.Dispute": Part(
        _by("customer"),
        "id created_at updated_at payment store customer reason note status due_at answer ended_at refund",
        withheld="reminded_at ended_by",
    ),
    "merchants.Payout": Part(
        _by("requested_by"),
        "id created_at updated_at store requested_by amount fee payout_type hint provider status revision needs_approval"
        " approved_at asked_at processed_at external_id error_code error_message",
        withheld="destination approved_by transaction bank_file",
    ),
    "merchants.PayoutDestination": Part(
        _by("added_by"), "id created_at updated_at store payout_type hint added_by at_till removed_at", withheld="details"
    ),
    "merchants.Shift": Part(
        _by("cashier"),
        "id created_at updated_at store cashier terminal closed_at payment_count paid tips refunded",
        withheld="closed_by",
    ),
    "support.Agent": Part(_by("user"), "id created_at updated_at user username full_name email phone is_active"),
}

LEFT: Mapping[str, str] = {
    "account.EmailConfirmation": "a key that is being mailed; codes took its place",
    "accounts.Closure": "who closed an account, when its person is gone",
    "accounts.FactorSecret": "secrets of second factors: who has them signs in",
    "accounts.TokenFamily": "identifiers of refresh tokens",
    "accounts.User_groups": "rights of staff",
    "accounts.User_user_permissions": "rights of staff",
    "admin.LogEntry": "what staff changed in a console",
    "merchants.BankFile": "what staff handed to a bank and got back: payouts are taken themselves",
    "merchants.StoreDailyStats": "sums of a store's payments",
    "merchants.StoreEvent": "what a store's programs are told, which the store's own rows say as well",
    "merchants.StoreMovement": "a view of payments, which are taken themselves",
    "merchants.WebhookAttempt": "what a store's server answered",
    "merchants.WebhookDelivery": "events of a store on their way to its server",
    "payments.AccountFreeze_wallets": "the wallets of a freeze, taken with it",
    "payments.Inflow": "postings of stores' and the platform's wallets, which are no person's",
    "socialaccount.SocialToken": "keys to an account elsewhere",
}
