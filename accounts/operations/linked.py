"""Accounts elsewhere and Ethereum addresses: signing up with one, linking one, taking one away."""

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import notices
from accounts.errors import AddressTaken, AlreadyLinked, LinkedElsewhere, ProofOver, WayNotRemovable
from accounts.legal import Shown
from accounts.models import User
from accounts.nonces import spend_nonce
from accounts.operations.consents import grant_consents
from accounts.operations.people import release_email
from accounts.operations.phone import remove_phone
from accounts.providers.identity import Identity, label_of
from accounts.stepup import demand_change_of_way
from accounts.ways import LINKED, Kind, Way, demand_another_way, linked_way
from audit import trail
from config.database import operation
from config.problems import NotFound


@operation
def sign_up_linked(*, identity: Identity, user: User, texts: Shown, now: dt.datetime) -> User:
    """Open the account of somebody who came from a provider; `user` is new, in their language and time zone.

    An address that the provider has proven becomes theirs. If somebody here has proven the same one, nothing is
    opened and nobody is signed in: whoever controls an account at a provider is not therefore the one who is here.
    They agree to `texts`, which were shown to them.

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
    grant_consents(user=user, versions=texts, now=now)
    return user


@operation
def allow_link(*, user: User, provider: str, now: dt.datetime) -> None:
    """Whether somebody may leave for a provider to link an account there. Whoever only holds the signed-in device may not.

    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    words = _("Sign in with %(name)s from now on") % {"name": label_of(provider, "")}
    demand_change_of_way(user=user, subject={"link": provider}, words=words, now=now)


@operation
def link_account(*, user: User, identity: Identity, now: dt.datetime) -> Way:
    """Let somebody sign in with an account elsewhere from now on; `allow_link` let them leave for it.

    The person is told at every place they can be reached at.

    :raises AlreadyLinked: they can already.
    :raises LinkedElsewhere: somebody else here can.
    """
    way = linked_way(_link(user, identity))
    notices.tell_everywhere(
        user, title=gettext_lazy("A way to sign in was added"), text=format_lazy(ADDED, name=identity.label), now=now
    )
    trail.record("user.way_added", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"way": identity.provider})
    return way


@operation
def link_by_nonce(*, user: User, identity: Identity, nonce: str, purpose: str, now: dt.datetime) -> Way:
    """As `link_account`, for a signature or an ID token that was brought to us.

    Its nonce is spent last: while the act is not confirmed yet, the proof stays good for when it is.

    :raises StepUpRequired, SignInAgain: not confirmed yet.
    :raises ProofOver: the nonce is spent, or too old.
    :raises AlreadyLinked, LinkedElsewhere: as `link_account`.
    """
    words = _("Sign in with %(name)s from now on") % {"name": identity.label}
    subject = {"link": identity.provider, "uid": identity.uid}
    demand_change_of_way(user=user, subject=subject, words=words, now=now)
    if not spend_nonce(nonce, purpose, now=now):
        raise ProofOver
    return link_account(user=user, identity=identity, now=now)


@operation
def remove_way(*, user: User, way: Way, now: dt.datetime) -> None:
    """Take one of a person's ways in away. They are told at every place they could be reached at.

    :raises NotFound: another request was faster.
    :raises WayNotRemovable: it is a password or a passkey.
    :raises LastWayIn: they could not sign in any more.
    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    if way.kind == Kind.PHONE:
        remove_phone(user=user, now=now)
    elif way.kind in LINKED and way.key is not None:
        unlink_account(user=user, account_id=way.key, now=now)
    else:
        raise WayNotRemovable


@operation
def unlink_account(*, user: User, account_id: int, now: dt.datetime) -> Way:
    """Take an account elsewhere, or an Ethereum address, from the ways in of this person. Answers what it was.

    :raises NotFound: it is none of theirs.
    :raises LastWayIn: they could not sign in any more.
    :raises StepUpRequired, SignInAgain: not confirmed yet.
    """
    account = SocialAccount.objects.filter(user=user, pk=account_id).first()
    if account is None:
        raise NotFound
    way = linked_way(account)
    demand_another_way(user, without={way.id})
    words = _("Take %(name)s away as a way to sign in") % {"name": way.label}
    demand_change_of_way(user=user, subject={"remove": way.id}, words=words, now=now)
    if not SocialAccount.objects.filter(pk=account_id).delete()[0]:
        raise NotFound  # another request took it away while this one waited
    notices.tell_everywhere(
        user, title=gettext_lazy("A way to sign in was taken away"), text=format_lazy(REMOVED, name=way.label), now=now
    )
    trail.record(
        "user.way_removed", actor=user, resource=user, customer_id=user.pk, now=now, metadata={"way": account.provider}
    )
    return way


ADDED = gettext_lazy("Whoever holds “{name}” can sign in with it. If it was not you, sign in now and take it away.")
REMOVED = gettext_lazy("“{name}” can't be used to sign in any more. If it was not you, sign in now and add it again.")


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
