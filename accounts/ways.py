"""The ways in that an account has, and the rule that nobody may take away the last one.

A way in is what somebody can sign in with from nothing: no second factor counts, and neither does a password
without a proven address to type it beside.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.transaction import get_connection

from accounts.errors import LastWayIn
from accounts.models import User
from accounts.phones import spaced
from accounts.providers.identity import ETHEREUM, label_of
from config.problems import NotFound


class Kind(StrEnum):
    """What kinds of ways in there are."""

    PASSWORD = "password"  # noqa: S105 a word, no secret
    PHONE = "phone"
    PASSKEY = "passkey"
    ACCOUNT = "account"  # at Google, at GitHub or at another issuer
    ETHEREUM = "ethereum"


LINKED = frozenset({Kind.ACCOUNT, Kind.ETHEREUM})


@dataclass(frozen=True, slots=True)
class Way:
    """One way in. `key` names the row behind it, where an account may have several of a kind."""

    kind: Kind
    key: int | None = None
    name: str = ""  # an address, a number, a device, an issuer: what its owner knows it by
    detail: str = ""
    added_at: dt.datetime | None = None
    used_at: dt.datetime | None = None

    @property
    def id(self) -> str:
        """Its name in addresses, in the API and in `demand_another_way`."""
        return way_id(self.kind, self.key)

    @property
    def label(self) -> str:
        """What its owner knows it by, on pages and in notices."""
        if self.kind in LINKED:
            return label_of(ETHEREUM if self.kind == Kind.ETHEREUM else self.name, self.name)
        return spaced(self.name) if self.kind == Kind.PHONE else self.name


def way_id(kind: Kind, key: int | None = None) -> str:
    """`password`, `phone`, `passkey-7`, `account-12` or `ethereum-3`."""
    return kind.value if key is None else f"{kind.value}-{key}"


def ways_of(user: User) -> list[Way]:
    """Every way in of this account, those of one kind together, in a fixed order. Three queries."""
    ways = []
    if user.has_usable_password() and EmailAddress.objects.filter(user=user, verified=True).exists():
        ways.append(Way(Kind.PASSWORD, name=user.email or ""))
    if user.phone and user.phone_verified_at:
        ways.append(Way(Kind.PHONE, name=user.phone, added_at=user.phone_verified_at))
    for passkey in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk"):
        if passkey.wrap().is_passwordless is not False:  # None: the browser did not say, and we ask for one that is
            name = str(passkey.wrap().name)
            ways.append(Way(Kind.PASSKEY, passkey.pk, name, added_at=passkey.created_at, used_at=passkey.last_used_at))
    return ways + [linked_way(account) for account in SocialAccount.objects.filter(user=user).order_by("pk")]


def way_named(user: User, name: str) -> Way:
    """The way in that has this id.

    :raises NotFound: it is none of this account's.
    """
    for way in ways_of(user):
        if way.id == name:
            return way
    raise NotFound


def linked_way(account: SocialAccount) -> Way:
    """The way in that is an account elsewhere, or an Ethereum address."""
    is_address = account.provider == ETHEREUM
    return Way(
        Kind.ETHEREUM if is_address else Kind.ACCOUNT,
        account.pk,
        name=account.uid if is_address else account.provider,
        detail="" if is_address else account.extra_data.get("email", ""),
        added_at=account.date_joined,
        used_at=account.last_login,
    )


def demand_another_way(user: User, *, without: Collection[str]) -> User:
    """Make sure that the account can still be signed in to without these ways, by their ids.

    Call it inside the operation that takes them away: the person's row stays locked until it commits, so that two
    removals at once can't each leave the other's way as the last one. Answers the locked row.

    :raises LastWayIn: nothing would be left.
    """
    if not get_connection().in_atomic_block:
        raise RuntimeError("The lock would end at once: call this inside the operation that removes the way in.")
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if all(way.id in without for way in ways_of(locked)):
        raise LastWayIn
    return locked
