"""Bringing clients over from the system before this one, and telling them."""

import datetime as dt
from collections.abc import Sequence
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import Q

from accounts.models import User
from accounts.operations import release_email
from audit import trail
from config.database import operation
from payments.assets import ASSETS
from payments.imports import OldClient, RowFault
from payments.models import ImportedClient, Wallet

# Two imports at once take turns, batch by batch, and each sees what the other made.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtext('payments.import_clients'))"


@operation
def import_clients(*, clients: Sequence[OldClient], now: dt.datetime) -> list[ImportedClient | RowFault]:
    """Make a person and a wallet of each client. Answers for each, in their order, what it became or why it was left out.

    Nobody gets a password. An e-mail address or a phone counts as proven, because the system before has proven it, and by
    it a client comes in. What somebody here has proven is theirs, and the client is left out. `clients` come from
    `payments.imports.read_rows`, so no two of them share anything. A grant's token goes into its row, encrypted, and
    nowhere else.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
    faults = _faults(clients)
    made = {client.source_id: _draft(client, now) for client in clients if client.source_id not in faults}
    _release_emails(list(made.values()), now)
    _write(list(made.values()))
    for imported in made.values():
        _record(imported, now)
    return [faults.get(client.source_id) or made[client.source_id] for client in clients]


@operation
def invite_clients(*, most: int, now: dt.datetime) -> int:
    """Tell up to `most` imported clients who have an address and never came that their account is here, each once.

    Returns how many were told. The mail holds no secret: they ask for a link to a new password where everybody does.
    """
    waiting = ImportedClient.objects.filter(
        invited_at__isnull=True, user__email__isnull=False, user__last_login__isnull=True, user__status=User.Status.ACTIVE
    )
    invited = list(waiting.select_related("user").order_by("pk").select_for_update(of=("self",), skip_locked=True)[:most])
    for client in invited:
        get_adapter().send_mail("account/email/imported", client.user.email, {"user": client.user})
    ImportedClient.objects.filter(pk__in=[client.pk for client in invited]).update(invited_at=now, updated_at=now)
    return len(invited)


def _faults(clients: Sequence[OldClient]) -> dict[str, RowFault]:
    """Why a client, by their id, can't be made: they stand here already, or somebody has what is theirs."""
    made = set(
        ImportedClient.objects.filter(source_id__in=[each.source_id for each in clients]).values_list("source_id", flat=True)
    )
    wallets = set(
        Wallet.objects.filter(address__in=[each.wallet_address for each in clients]).values_list("address", flat=True)
    )
    emails = _proven_emails({each.email for each in clients})
    phones = set(User.objects.filter(phone__in={each.phone for each in clients}).values_list("phone", flat=True))
    faults = {}
    for client in clients:
        if client.source_id in made:
            faults[client.source_id] = RowFault("already_imported", "An earlier import made this client.")
        elif client.wallet_address in wallets:
            faults[client.source_id] = RowFault("wallet_taken", "Somebody here has a wallet with this address.")
        elif client.email in emails:
            faults[client.source_id] = RowFault("email_taken", "Somebody here has this e-mail address.")
        elif client.phone in phones:
            faults[client.source_id] = RowFault("phone_taken", "Somebody here has this phone.")
    return faults


def _proven_emails(emails: set[str]) -> set[str]:
    """Those that belong to somebody: proven here, or the address of staff."""
    proven = EmailAddress.objects.filter(email__in=emails, verified=True).values_list("email", flat=True)
    staff = User.objects.filter(email__in=emails, is_staff=True).values_list("email", flat=True)
    return {*proven, *(email for email in staff if email)}


def _draft(client: OldClient, now: dt.datetime) -> ImportedClient:
    """The rows of a client, not written yet."""
    user = User(
        name=client.name,
        email=client.email or None,
        phone=client.phone or None,
        phone_verified_at=now if client.phone else None,
        language=client.language,
        password=make_password(None),
        created_at=now,
    )
    is_ours = client.wallet_kind == Wallet.Kind.PERSONAL
    wallet = Wallet(
        kind=client.wallet_kind,
        user=user,
        name=ASSETS[client.asset].name if is_ours else str(urlsplit(client.wallet_address).hostname)[:120],
        address=client.wallet_address,
        asset_id=client.asset,
        is_primary=is_ours,
        auth_server=client.auth_server,
        resource_server=client.resource_server,
        created_at=now,
    )
    imported = ImportedClient(source_id=client.source_id, user=user, wallet=wallet, created_at=now)
    if client.grant_token:
        imported.grant_token = client.grant_token
        imported.grant_expires_at = client.grant_expires_at
    return imported


def _release_emails(drafts: Sequence[ImportedClient], now: dt.datetime) -> None:
    """Close accounts that claim an address of these clients and never proved it."""
    wanted = Q(email__in=[each.user.email for each in drafts if each.user.email])
    for email in User.objects.filter(wanted).values_list("email", flat=True):
        new_owner = next(each.user for each in drafts if each.user.email == email)
        release_email(email=str(email), proven_by=new_owner.pk, now=now)


def _write(drafts: Sequence[ImportedClient]) -> None:
    users = [each.user for each in drafts]
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users if user.email
    )
    Wallet.objects.bulk_create([each.wallet for each in drafts])
    ImportedClient.objects.bulk_create(drafts)


def _record(imported: ImportedClient, now: dt.datetime) -> None:
    user, wallet = imported.user, imported.wallet
    trail.record(
        "user.imported",
        actor=None,
        resource=user,
        customer_id=user.pk,
        now=now,
        metadata={"source_id": imported.source_id, "grant": imported.grant_token is not None},
    )
    action = "wallet.opened" if wallet.kind == Wallet.Kind.PERSONAL else "wallet.linked"
    trail.record(action, actor=None, resource=wallet, customer_id=user.pk, new={"asset": wallet.asset_id}, now=now)
