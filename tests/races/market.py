"""A few wallets, one busy store, and clients who trade there all at once."""

import functools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from payments import ledger, operations
from payments.ledger import AlreadySettled, CaptureExceedsHold, InsufficientFunds, NotRefundable, RefundExceedsPayment
from payments.models import Transaction, Wallet
from payments.money import Money
from tests.threads import together

# What a client may be told; anything else is an error.
EXPECTED = (InsufficientFunds, RefundExceedsPayment, NotRefundable, AlreadySettled, CaptureExceedsHold)

FEES, HOLDS = "platform:fees:EUR", "platform:holds:EUR"
RECENT = 100  # what is chosen among, so that clients meet at the same transactions

type Effects = Counter[str]  # cents by the name of the wallet


@dataclass
class Market:
    """The wallets all clients share, and what they have begun."""

    people: list[Wallet]
    store: Wallet
    payments: list[UUID] = field(default_factory=list)
    holds: list[UUID] = field(default_factory=list)
    withdrawals: list[tuple[UUID, int]] = field(default_factory=list)  # and their fees
    payouts: list[tuple[UUID, int]] = field(default_factory=list)  # and theirs

    @property
    def wallets(self) -> list[Wallet]:
        return [*self.people, self.store]

    def balances(self) -> dict[str, int]:
        pks = [wallet.pk for wallet in self.wallets]
        rows = Wallet.objects.with_balance()
        return {row.name: row.available for row in rows.filter(pk__in=pks) | rows.filter(kind=Wallet.Kind.SYSTEM)}


@dataclass
class Client:
    """Somebody with a connection of their own, who adds up what they were told has happened."""

    market: Market
    chance: random.Random
    to_store: float
    effects: Effects = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)

    def run(self, count: int) -> "Client":
        """Each act once, so that rare ones happen too, and the rest by their weights."""
        acts = self.acts
        turns = [*acts, *self.chance.choices(list(acts), list(acts.values()), k=count - len(acts))]
        self.chance.shuffle(turns)
        for act in turns:
            try:
                act()
                self.done[act.__name__] += 1
            except EXPECTED as refusal:
                self.done[refusal.code] += 1
        return self

    @property
    def acts(self) -> dict[Callable[[], None], int]:
        """What a client does, and how often of a hundred times."""
        return {
            self.pay: 48, self.refund: 10, self.hold: 8, self.capture: 5, self.release: 3, self.top_up: 10,
            self.withdraw: 4, self.finish_withdrawal: 3, self.fail_withdrawal: 1, self.fold: 8,
            self.ask_payout: 6, self.finish_payout: 4, self.fail_payout: 1, self.return_payout: 2,
        }  # fmt: skip

    def top_up(self) -> None:
        """People come with money, so that the market never runs dry."""
        wallet, amount = self.chance.choice(self.market.people), self._some(4_000)
        begun = deposit(wallet, amount)
        self._note({wallet: amount}, **{begun.payer_wallet.name: -amount})

    def pay(self) -> None:
        payer, payee = self._parties()
        kind, amount = self.chance.choice([Transaction.Kind.PAYMENT, Transaction.Kind.TRANSFER]), self._some(900)
        paid = pay(payer, payee, amount, kind=kind)
        self._note({payer: -amount - paid.fee, payee: amount}, **{FEES: paid.fee})
        self.market.payments.append(paid.pk)

    def refund(self) -> None:
        if original := self._one_of(self.market.payments):
            amount = self._some(500)
            refund(original, amount)
            self._note({original.payee_wallet: -amount, original.payer_wallet: amount})

    def hold(self) -> None:
        payer, amount = self.chance.choice(self.market.people), self._some(600)
        self.market.holds.append(hold(payer, self.market.store, amount).pk)
        self._note({payer: -amount}, **{HOLDS: amount})

    def capture(self) -> None:
        if held := self._one_of(self.market.holds):
            on_hold, amount = held.amount, self._some(600)
            operations.capture(held=held, amount=Money(amount, "EUR"), actor=None, now=timezone.now())
            self._note({held.payee_wallet: amount, held.payer_wallet: on_hold - amount}, **{HOLDS: -on_hold})

    def release(self) -> None:
        if held := self._one_of(self.market.holds):
            operations.release(held=held, actor=None, reason="", now=timezone.now())
            self._note({held.payer_wallet: held.amount}, **{HOLDS: -held.amount})

    def withdraw(self) -> None:
        amount = self._some(1_500)
        begun = withdraw(self.market.store, amount)
        self._note({self.market.store: -amount - begun.fee}, **{HOLDS: amount + begun.fee})
        self.market.withdrawals.append((begun.pk, begun.fee))

    def finish_withdrawal(self) -> None:
        if self.market.withdrawals:
            pk, fee = self.chance.choice(self.market.withdrawals[-RECENT:])
            begun = as_it_is(pk)
            operations.complete_withdrawal(withdrawal=begun, provider_reference="any", now=timezone.now())
            self._note({begun.payee_wallet: begun.amount}, **{HOLDS: -begun.amount - fee, FEES: fee})

    def fail_withdrawal(self) -> None:
        if self.market.withdrawals:
            pk, fee = self.chance.choice(self.market.withdrawals[-RECENT:])
            begun = as_it_is(pk)
            operations.fail_withdrawal(withdrawal=begun, error_code="no", error_message="", now=timezone.now())
            self._note({begun.payer_wallet: begun.amount + fee}, **{HOLDS: -begun.amount - fee})

    def ask_payout(self) -> None:
        """To a bank, or into somebody's wallet."""
        amount, target = self._some(1_500), self.chance.choice([None, *self.market.people])
        begun = ask_payout(self.market.store, target, amount)
        self._note({self.market.store: -amount - begun.fee}, **{HOLDS: amount + begun.fee})
        self.market.payouts.append((begun.pk, begun.fee))

    def finish_payout(self) -> None:
        if self.market.payouts:
            pk, fee = self.chance.choice(self.market.payouts[-RECENT:])
            begun = as_it_is(pk)
            operations.complete_payout(payout=begun, provider_reference="any", now=timezone.now())
            self._note({begun.payee_wallet: begun.amount}, **{HOLDS: -begun.amount - fee, FEES: fee})

    def fail_payout(self) -> None:
        if self.market.payouts:
            pk, fee = self.chance.choice(self.market.payouts[-RECENT:])
            begun = as_it_is(pk)
            operations.fail_payout(payout=begun, error_code="no", error_message="", now=timezone.now())
            self._note({begun.payer_wallet: begun.amount + fee}, **{HOLDS: -begun.amount - fee})

    def return_payout(self) -> None:
        if self.market.payouts:
            paid = as_it_is(self.chance.choice(self.market.payouts[-RECENT:])[0])
            operations.return_payout(payout=paid, reason="", now=timezone.now())
            self._note({paid.payee_wallet: -paid.amount, paid.payer_wallet: paid.amount})

    def fold(self) -> None:
        ledger.fold()

    def _parties(self) -> tuple[Wallet, Wallet]:
        """Mostly a person and the store; the store pays too."""
        if self.chance.random() < self.to_store:
            return self.chance.choice(self.market.people), self.market.store
        payer, payee = self.chance.sample(self.market.wallets, 2)
        return payer, payee

    def _note(self, effects: dict[Wallet, int], **of_platform: int) -> None:
        self.effects.update({wallet.name: amount for wallet, amount in effects.items()})
        self.effects.update(of_platform)

    def _some(self, most: int) -> int:
        return self.chance.randint(1, most)

    def _one_of(self, pks: list[UUID]) -> Transaction | None:
        """A recent one, as it is now; somebody else may settle it first."""
        return as_it_is(self.chance.choice(pks[-RECENT:])) if pks else None


def trade(market: Market, clients: int, operations_each: int, to_store: float) -> list[Client]:
    """Let the clients loose. Their chances are seeded, what they meet is not."""
    crowd = [Client(market, random.Random(f"florin {number}"), to_store) for number in range(clients)]
    results = together([functools.partial(client.run, operations_each) for client in crowd])
    assert results == crowd, [result for result in results if isinstance(result, Exception)]
    return crowd


# --- the operations, by whoever owns the wallet; amounts in cents ---


def as_it_is(pk: UUID) -> Transaction:
    """The transaction as it is now, with its wallets."""
    return Transaction.objects.with_parties().get(pk=pk)


def owner_of(wallet: Wallet) -> User:
    """Whoever acts for the wallet: for the store, anybody."""
    return wallet.user or User.objects.earliest("created_at")


def pay(
    payer: Wallet, payee: Wallet, cents: int, *, key: str | None = None, kind: Transaction.Kind = Transaction.Kind.PAYMENT
) -> Transaction:
    actor, amount = owner_of(payer), Money(cents, "EUR")
    return operations.transfer(payer=payer, payee=payee, amount=amount, actor=actor, key=key, now=timezone.now(), kind=kind)


def refund(original: Transaction, cents: int | None) -> Transaction:
    amount = Money(cents, "EUR") if cents else None
    actor = owner_of(original.payee_wallet)
    return operations.refund(original=original, amount=amount, actor=actor, key=None, reason="", now=timezone.now())


def hold(payer: Wallet, payee: Wallet, cents: int) -> Transaction:
    amount = Money(cents, "EUR")
    return operations.hold(payer=payer, payee=payee, amount=amount, actor=owner_of(payer), key=None, now=timezone.now())


def deposit(wallet: Wallet, cents: int) -> Transaction:
    begun = operations.start_deposit(
        wallet=wallet, amount=Money(cents, "EUR"), provider="sandbox", source="any", actor=owner_of(wallet), key=None,
        now=timezone.now(),
    )  # fmt: skip
    return operations.complete_deposit(deposit=begun, provider_reference="any", now=timezone.now())


def withdraw(wallet: Wallet, cents: int) -> Transaction:
    return operations.start_withdrawal(
        wallet=wallet, amount=Money(cents, "EUR"), provider="sandbox", destination="any", actor=owner_of(wallet), key=None,
        now=timezone.now(),
    )  # fmt: skip


def ask_payout(store: Wallet, target: Wallet | None, cents: int) -> Transaction:
    payee = target or Wallet.objects.system("external:sandbox", "EUR")
    return operations.start_payout(
        payer=store, payee=payee, amount=Money(cents, "EUR"), actor=owner_of(store), key=None, now=timezone.now()
    )


def close(wallet: Wallet) -> Wallet:
    return operations.close_wallet(wallet=wallet, actor=owner_of(wallet), now=timezone.now())
