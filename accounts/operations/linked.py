"""Accounts elsewhere and Ethereum addresses: signing up with one, linking one, taking one away."""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

from accounts.errors import AddressTaken, AlreadyLinked, LinkedElsewhere
from accounts.models import User
from accounts.operations.people import release_email
from accounts.providers.identity import Identity
from accounts.ways import Way, demand_another_way, linked_way
from audit import trail
from config.database import operation
from config.problems import NotFound


@operation
def sign_up_linked(*, identity: Identity, user: User, now: dt.datetime) -> User:
    """Open the account of somebody who came from a provider; `user` is new, in their language and time zone.

    An address that the provider has proven becomes theirs. If somebody here has proven the same one, nothing is
    opened and nobody is signed in: whoever controls an account at a provider is not therefore the one who is here.

    :raises AddressTaken: an account here has this address.
    :raises LinkedElsewhere: another sign-up with the same identity was a moment faster.
    """
    user.name, user.email = identity.name[:120], identity.email.lower() or None
    user.set_unusable_password()
    if user.email:
        _demand_free(user.email)
        release_email(email=user.email, proven_by=user.pk, now=now)
    try:
        with transaction.atomic():
            user.save()
            if user.email:
                EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    except IntegrityError as error:
        raise AddressTaken from error  # proven here a moment earlier
    _link(user, identity)
    trail.record("user.signed_up", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"way": identity.provider})
    return user


@operation
def link_account(*, user: User, identity: Identity, now: dt.datetime) -> Way:
    """Let somebody sign in with an account elsewhere, or an Ethereum address, from now on.

    :raises AlreadyLinked: they can already.
    :raises LinkedElsewhere: somebody else here can.
    """
    account = _link(user, identity)
    way = linked_way(account)
    trail.record("user.way_added", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"way": identity.provider})
    return way


@operation
def unlink_account(*, user: User, account_id: int, now: dt.datetime) -> Way:
    """Take an account elsewhere, or an Ethereum address, from the ways in of this person. Answers what it was.

    :raises NotFound: it is none of theirs.
    :raises LastWayIn: they could not sign in any more.
    """
    account = SocialAccount.objects.filter(user=user, pk=account_id).first()
    if account is None:
        raise NotFound
    way = linked_way(account)
    demand_another_way(user, without={way.id})
    if not SocialAccount.objects.filter(pk=account_id).delete()[0]:
        raise NotFound  # another request took it away while this one waited
    trail.record(
        "user.way_removed", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"way": account.provider}
    )
    return way


def _link(user: User, identity: Identity) -> SocialAccount:
    extra = {"email": identity.email} if identity.email else {}
    try:
        with transaction.atomic():
            return SocialAccount.objects.create(user=user, provider=identity.provider, uid=identity.uid, extra_data=extra)
    except IntegrityError as error:
        own = SocialAccount.objects.filter(user=user, provider=identity.provider, uid=identity.uid).exists()
        raise (AlreadyLinked if own else LinkedElsewhere) from error


def _demand_free(email: str) -> None:
    """:raises AddressTaken: somebody has proven the address, or works here under it."""
    if (
        EmailAddress.objects.filter(email=email, verified=True).exists()
        or User.objects.filter(email=email, is_staff=True).exists()
    ):
        raise AddressTaken
