"""The two sides of a transaction as one of them sees it: which way it went, how much, and who the other is."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from accounts.models import User
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.providers.funding import is_sandbox, title_of

EXTERNAL = "external:"
FX = "platform:fx:"


class Direction(StrEnum):
    """Which way the money went for whoever looks; `internal` is between wallets of their own."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Exchange:
    """The rate of a conversion, as a decimal text, and what arrived."""

    rate: str
    target: Money


@dataclass(frozen=True, slots=True)
class View:
    """A transaction in its viewer's eyes.

    `counterparty` is the wallet on the other side, `name` how to call it. `amount` is signed: negative
    when it left, without the fee. `fee` is what the viewer paid beside it, zero for the payee.
    """

    transaction: Transaction
    direction: Direction
    counterparty: Wallet
    name: str
    amount: Money
    fee: Money

    @property
    def total(self) -> Money:
        """What the viewer's wallet lost or gained."""
        return self.amount - self.fee

    @property
    def wallet(self) -> Wallet:
        """The viewer's wallet; of two, the one that the money left."""
        transaction = self.transaction
        return transaction.payee_wallet if self.direction == Direction.INCOMING else transaction.payer_wallet

    @property
    def counterparty_address(self) -> str | None:
        """Where the other side can be paid; None for the platform's own wallets."""
        return None if self.counterparty.kind == Wallet.Kind.SYSTEM else self.counterparty.address

    @property
    def exchange(self) -> "Exchange | None":
        """What a conversion gave."""
        facts = self.transaction.metadata
        if self.transaction.kind != Transaction.Kind.CONVERSION:
            return None
        return Exchange(facts["rate"], Money(facts["target_amount"], facts["target_asset"]))

    @property
    def failure(self) -> Transaction | None:
        """The transaction, if it says why it failed."""
        return self.transaction if self.transaction.error_code else None

    @property
    def sandbox(self) -> bool:
        """Whether the outside was only played."""
        return is_sandbox(self.transaction.metadata.get("provider", ""))


def view_for(transaction: Transaction, viewer: User) -> View:
    """How `viewer` sees a transaction of theirs; wallets, their owners and `with_fee()` must be loaded."""
    payer, payee = transaction.payer_wallet, transaction.payee_wallet
    no_fee = Money(0, transaction.asset_id)
    if payer.user_id != viewer.pk:
        return View(transaction, Direction.INCOMING, payer, name_of(payer), transaction.money, no_fee)
    internal = payee.user_id == viewer.pk
    direction = Direction.INTERNAL if internal else Direction.OUTGOING
    # One's own wallet goes by the name one gave it; nobody else is shown that.
    name = payee.name if internal else name_of(payee)
    return View(transaction, direction, payee, name, -transaction.money, Money(transaction.fee, transaction.asset_id))


def name_of(wallet: Wallet) -> str:
    """How others see a wallet: a person's by their name, a store's by its own, the platform's by what it stands for.

    Needs the wallet's owner loaded. Somebody without a name is their wallet's address: an e-mail address is
    nobody else's business.
    """
    if wallet.kind == Wallet.Kind.STORE:
        return wallet.name
    if wallet.user:
        is_closed = wallet.user.status == User.Status.DELETED
        return str(wallet.user) if is_closed else wallet.user.name or wallet.address
    if wallet.name.startswith(EXTERNAL):
        provider, _colon, _asset = wallet.name.removeprefix(EXTERNAL).partition(":")
        return title_of(provider)
    if wallet.name.startswith(FX):
        return _("Exchange")
    return "Florin"
