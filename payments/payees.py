"""Finding whom to pay, without telling strangers more about people than that they can be paid."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config import limits
from config.errors import Refused
from config.limits import Limit
from payments.models import Wallet

MISSES = Limit(10, 3600)  # look-ups of nobody that one person may make
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
PUNCTUATION = re.compile(r"[\s().-]")


class PayeeNotFound(Refused):
    """Nobody who can be paid has this address; says no more than that."""

    code = "payee_not_found"
    field = "payee"
    message = _("We know nobody by this who can be paid. No money moved: check how you wrote it.")


class PayeeHasNoWalletInAsset(Refused):
    """The payee can be paid, but not in this asset."""

    code = "payee_has_no_wallet_in_asset"
    field = "payee"
    message = _("They have no wallet in this currency. No money moved: pay from a wallet in another currency.")


class TooManyLookUps(Refused):
    """Whoever looks for so many people that are not there is guessing."""

    code = "too_many_look_ups"
    status = 429
    message = _("You looked for too many people we don't know. No money moved: try again in an hour.")


def find_payee(*, identifier: str, asset: str) -> Wallet:
    """The wallet, with its owner, that a payment in `asset` to this e-mail address, phone number or wallet address goes to.

    Of several wallets in the asset the primary one, else the oldest. Only active people can be found, by
    what they have proven to be theirs, and only wallets that can be paid into. Call it within
    `limited_look_ups`.

    :raises PayeeNotFound: nobody to pay.
    :raises PayeeHasNoWalletInAsset: somebody, but not in this asset.
    """
    payable = Wallet.objects.taking_money().filter(kind=Wallet.Kind.PERSONAL, user__status=User.Status.ACTIVE)
    payable = payable.select_related("user")
    # Ordered here and not in SQL: a person has five at most.
    found = sorted(_named(payable, identifier.strip()), key=lambda wallet: (not wallet.is_primary, wallet.created_at))
    if not found:
        raise PayeeNotFound
    in_asset = [wallet for wallet in found if wallet.asset_id == asset]
    if not in_asset:
        raise PayeeHasNoWalletInAsset
    return in_asset[0]


def _named(wallets: QuerySet[Wallet], identifier: str) -> QuerySet[Wallet]:
    if "@" in identifier:
        return wallets.filter(user__emailaddress__email=identifier.lower(), user__emailaddress__verified=True)
    number = PUNCTUATION.sub("", identifier)
    if PHONE.fullmatch(number):
        return wallets.filter(user__phone=number, user__phone_verified_at__isnull=False)
    return wallets.filter(address=number.lower())


@contextmanager
def limited_look_ups(asker: User) -> Iterator[None]:
    """Within it, a payee that is not found counts against `asker`; after `MISSES` even hits are refused.

    Stands outside the transaction of the act: what it counts must survive the refusal.

    :raises TooManyLookUps:
    """
    with limits.counted(
        {f"payees:person:{asker.pk}": MISSES}, misses=(PayeeNotFound, PayeeHasNoWalletInAsset), refusal=TooManyLookUps()
    ):
        yield
