"""What goes of a person when their account is closed, and what stays and why.

A new table that leads to a person is a line here: in `GONE` when its rows go, in `EMPTIED` when they stay without what they
said, in `KEPT` with the reason. tests/config/test_erasure.py finds tables, and columns that could tell about somebody, that
are in none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db.models import Case, CharField, F, Q, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from accounts.models import IdentityProfile, User
from payments.models import Wallet

type Whose = Callable[[User], Q]

OWN_KEY = Cast("pk", CharField())  # for what must not be empty, or only once
# An address here is chance and stands on other people's receipts; one elsewhere names its owner.
ADDRESS = Case(When(kind=Wallet.Kind.LINKED, then=OWN_KEY), default=F("address"))


@dataclass(frozen=True, slots=True)
class Emptied:
    """Rows that stay, as the tombstone does: `columns` are emptied, `replaced` get a value that tells nothing.

    Empty is NULL where the column may be, else its default. `kept` are the other columns that could tell something, and `why`
    says why they stay.
    """

    whose: Whose
    columns: str = ""
    replaced: Mapping[str, Callable[[], Combinable | str]] = field(default_factory=dict)
    kept: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows that stay as they are: `columns` are those that could tell something."""

    columns: str
    why: str


def _by(path: str) -> Whose:
    return lambda user: Q(**{path: user.pk})


def _about_agent(user: User) -> Q:
    """What a console has written down about the agent whom this person was."""
    agents = apps.get_model("support", "Agent").objects.filter(user=user.pk)  # by name: its app stands above this module
    keys = [str(key) for key in agents.values_list("pk", flat=True)]
    return Q(content_type__app_label="support", content_type__model="agent", object_id__in=keys)


# In this order: what refers to rows of another table goes before them.
GONE: Mapping[str, Whose] = {
    "account.EmailConfirmation": _by("email_address__user"),
    "account.EmailAddress": _by("user"),
    "socialaccount.SocialToken": _by("account__user"),
    "socialaccount.SocialAccount": _by("user"),
    "accounts.FactorSecret": _by("factor__user"),
    "mfa.Authenticator": _by("user"),
    "accounts.StepUp": _by("user"),
    "accounts.DeviceLink": _by("user"),
    "accounts.RecoveryContact": _by("user"),
    "accounts.TokenFamily": _by("session__user"),
    "accounts.Session": _by("user"),
    "accounts.User_groups": _by("user"),
    "accounts.User_user_permissions": _by("user"),
    # What was never accepted, nothing was built on.
    "accounts.IdentityProfile": lambda user: Q(user=user.pk) & ~Q(kyc_status=IdentityProfile.Status.APPROVED),
    "payments.SpendingLimit": _by("user"),
    "merchants.StoreBackupOwner": _by("user"),
    "merchants.StoreMember": _by("user"),
    "config.IdempotencyKey": _by("caller"),  # stored answers, which name people
}

FORGOTTEN = frozenset({"audit.Event", "audit.SyncLog"})  # by `audit.events.forget`: the application's role deletes none itself

EMPTIED: Mapping[str, Emptied] = {
    "merchants.StoreInvitation": Emptied(_by("invited_by"), "email phone", kept="digest", why="of a token that opens nothing"),
    "merchants.Dispute": Emptied(_by("customer"), "note", kept="answer", why="the store's answer about its payment"),
    "accounts.User": Emptied(
        _by("pk"),
        "email phone phone_verified_at name avatar language timezone preferred_chain last_login last_active_at has_limits"
        " agreed_edition",
        replaced={"password": lambda: make_password(None)},
        kept="customer_number",
        why="given once, so that no other person is taken for this one; names nobody without an identity",
    ),
    "accounts.Consent": Emptied(
        _by("user"), "ip_address", kept="text_version", why="proof that they agreed to what their account rested on"
    ),
    "payments.Wallet": Emptied(
        _by("user"),
        "auth_server resource_server",
        replaced={"name": lambda: ADDRESS, "address": lambda: ADDRESS},
    ),
    "payments.ImportedClient": Emptied(
        _by("user"),
        "grant_token grant_expires_at",
        kept="source_id",
        why="so that another import of the same file does not bring the person back",
    ),
    "support.Agent": Emptied(
        _by("user"), "email phone is_active", replaced={"username": lambda: OWN_KEY, "full_name": lambda: OWN_KEY}
    ),
    "admin.LogEntry": Emptied(_about_agent, "object_repr change_message", kept="object_id", why="the key of an agent's row"),
}

BOOKS = "the books: law keeps them for years, and they are the other side's as well"

KEPT: Mapping[str, Kept] = {
    "accounts.Closure": Kept("", "says that the account is closed"),
    "accounts.IdentityProfile": Kept(
        "first_name last_name phone date_of_birth ssn_last4 address_line1 address_line2 city state postal_code country reason",
        "an accepted one, for five years (IDENTITY_KEPT_YEARS): the law against money laundering",
    ),
    "audit.AuditEntry": Kept(
        "action resource_type resource_id old_values new_values metadata ip_address user_agent",
        "proof of who did what, for legal claims; names people by key, and where they acted from",
    ),
    "merchants.BankFile": Kept("reference content asset_id", BOOKS),
    "merchants.Charge": Kept("code terminal note", "the store's, about a sale"),
    "merchants.ApiKey": Kept("name hint digest scopes", "the store's, whose other owners go on; of the key only a digest"),
    "merchants.StoreDailyStats": Kept("pk date timezone", "sums of a store's payments"),
    "merchants.StoreEvent": Kept("type data", "the store's, whose payments and refunds name nobody in it; gone after a while"),
    "merchants.StoreMovement": Kept("date method", "a view of payments: keys, times and numbers"),
    "merchants.WebhookAttempt": Kept(
        "request_headers response_headers response_body error", "the store's: what its server answered"
    ),
    "merchants.WebhookDelivery": Kept("", "keys and times"),
    "merchants.WebhookEndpoint": Kept("url description event_types secrets", "the store's: where its events are sent"),
    "merchants.Payout": Kept("destination hint provider external_id error_code error_message", BOOKS),
    "merchants.PayoutDestination": Kept("details hint", "the store's: where it is paid out to"),
    "merchants.Shift": Kept("terminal", "the store's, about who was at its till and what came in"),
    "merchants.Store": Kept(
        "name symbol description latitude longitude address_line1 address_line2 city state postal_code country email phone"
        " website instagram logo short_code timezone",
        "the store's, whose other owners go on",
    ),
    "payments.AccountFreeze": Kept("", "keys and times"),
    "payments.AccountFreeze_wallets": Kept("", "keys"),
    "payments.ConversionQuote": Kept("rate rate_source rate_date", BOOKS),
    "payments.Inflow": Kept("", BOOKS),
    "payments.Posting": Kept("", BOOKS),
    "payments.ReceiptMail": Kept("", "keys and times"),
    "payments.Transaction": Kept("confirmation_code idempotency_key error_code error_message notes metadata", BOOKS),
}
