"""The books in plain Python: one thread, whole numbers and no database, to hold against the real ones."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

REFUNDABLE = frozenset({"payment", "transfer"})
BASIS_POINTS = 10_000

type Legs = list[tuple["Account", int]]


class RefusesError(Exception):
    """The books say no, and nothing has changed. `codes` are the reasons, of which the ledger may give any."""

    def __init__(self, *codes: str) -> None:
        super().__init__(*codes)
        self.codes = frozenset(codes)


@dataclass(eq=False, slots=True)
class Account:
    """A wallet: minor units of one asset."""

    name: str
    asset: str
    balance: int = 0
    status: str = "active"
    may_overdraw: bool = False


@dataclass(eq=False, slots=True)
class Fact:
    """A transaction. `fee` is what its payer pays beside the amount, `held` what it has on hold now."""

    kind: str
    status: str
    payer: Account
    payee: Account
    amount: int
    fee: int = 0
    held: int = 0
    refunded: int = 0


@dataclass(eq=False, slots=True)
class Quote:
    """An offer to exchange `amount` and `fee` of source for `received` of target."""

    source: Account
    target: Account
    amount: int
    fee: int
    received: int
    expires_at: dt.datetime
    used: bool = False


@dataclass(slots=True)
class Books:
    """All wallets, and what every operation does to them."""

    fees: Mapping[str, int]
    accounts: dict[str, Account] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    keys: set[tuple[str, str]] = field(default_factory=set)

    def open(self, name: str, asset: str, balance: int = 0, *, may_overdraw: bool = False) -> Account:
        account = self.accounts[name] = Account(name, asset, balance, may_overdraw=may_overdraw)
        return account

    def system(self, name: str, asset: str) -> Account:
        full = f"{name}:{asset}"
        return self.accounts.get(full) or self.open(full, asset, may_overdraw=True)

    def fee(self, kind: str, amount: int) -> int:
        return -(-amount * self.fees.get(kind, 0) // BASIS_POINTS)

    # --- money that moves at once ---

    def transfer(self, payer: Account, payee: Account, amount: int, kind: str, key: tuple[str, str] | None) -> Fact:
        _parties(payer, payee)
        fee = self.fee(kind, amount)
        self._post([(payer, -amount - fee), (payee, amount), (self.system("platform:fees", payer.asset), fee)], key)
        return self._note(Fact(kind, "completed", payer, payee, amount, fee))

    def refund(self, original: Fact, amount: int | None) -> Fact:
        if original.kind not in REFUNDABLE:
            raise RefusesError("not_refundable")
        amount = original.amount - original.refunded if amount is None else amount
        if amount <= 0:
            raise RefusesError("refund_exceeds_payment")
        if original.status != "completed":
            raise RefusesError("not_refundable")
        if original.refunded + amount > original.amount:
            raise RefusesError("refund_exceeds_payment")
        self._post([(original.payee, -amount), (original.payer, amount)])
        original.refunded += amount
        return self._note(Fact("refund", "completed", original.payee, original.payer, amount))

    def quote(self, source: Account, target: Account, amount: int, rate: Fraction, expires_at: dt.datetime) -> Quote:
        """`rate` is minor units of the target for one minor unit of the source."""
        _both_active(source, target)
        if source.asset == target.asset:
            raise RefusesError("asset_mismatch")
        received = round(amount * rate)
        if not received:
            raise RefusesError("amount_too_small")
        return Quote(source, target, amount, self.fee("conversion", amount), received, expires_at)

    def convert(self, quote: Quote, now: dt.datetime) -> Fact:
        if quote.used:
            raise RefusesError("quote_used")
        if quote.expires_at <= now:
            raise RefusesError("quote_expired")
        source, target = quote.source, quote.target
        _both_active(source, target)
        self._post([
            (source, -quote.amount - quote.fee),
            (self.system("platform:fx", source.asset), quote.amount),
            (self.system("platform:fees", source.asset), quote.fee),
            (self.system("platform:fx", target.asset), -quote.received),
            (target, quote.received),
        ])  # fmt: skip
        quote.used = True
        return self._note(Fact("conversion", "completed", source, target, quote.amount, quote.fee))

    # --- money that waits for an answer ---

    def start_deposit(self, account: Account, amount: int, key: tuple[str, str] | None) -> Fact:
        _both_active(account)
        self._post([], key)
        return self._note(Fact("deposit", "pending", self.system("external:sandbox", account.asset), account, amount))

    def complete_deposit(self, deposit: Fact) -> None:
        _pending(deposit)
        self._post([(deposit.payer, -deposit.amount), (deposit.payee, deposit.amount)])
        deposit.status = "completed"

    def hold(self, payer: Account, payee: Account, amount: int, key: tuple[str, str] | None) -> Fact:
        _parties(payer, payee)
        return self._put_on_hold(Fact("payment", "pending", payer, payee, amount, held=amount), key)

    def start_withdrawal(self, account: Account, amount: int, key: tuple[str, str] | None) -> Fact:
        outside = self.system("external:sandbox", account.asset)
        _parties(account, outside)
        fee = self.fee("withdrawal", amount)
        return self._put_on_hold(Fact("withdrawal", "pending", account, outside, amount, fee, held=amount + fee), key)

    def start_payout(self, account: Account, to: Account, amount: int, key: tuple[str, str] | None) -> Fact:
        _parties(account, to)
        fee = self.fee("payout", amount)
        return self._put_on_hold(Fact("payout", "pending", account, to, amount, fee, held=amount + fee), key)

    def return_payout(self, payout: Fact) -> Fact:
        """All of it comes back, but for the fee."""
        if payout.status != "completed":
            raise RefusesError("not_refundable")
        if payout.refunded:
            raise RefusesError("refund_exceeds_payment")
        self._post([(payout.payee, -payout.amount), (payout.payer, payout.amount)])
        payout.refunded = payout.amount
        return self._note(Fact("refund", "completed", payout.payee, payout.payer, payout.amount))

    def capture(self, fact: Fact, amount: int | None = None) -> None:
        _holding(fact)
        amount = fact.held if amount is None else amount
        if amount > fact.held:
            raise RefusesError("capture_exceeds_hold")
        self._take_off_hold(fact, [(fact.payee, amount), (fact.payer, fact.held - amount)])
        fact.amount, fact.status = amount, "completed"

    def complete_withdrawal(self, fact: Fact) -> None:
        _holding(fact)
        fees = self.system("platform:fees", fact.payer.asset)
        self._take_off_hold(fact, [(fact.payee, fact.amount), (fees, fact.held - fact.amount)])
        fact.status = "completed"

    def give_back(self, fact: Fact, status: str) -> None:
        _holding(fact)
        self._take_off_hold(fact, [(fact.payer, fact.held)])
        fact.status = status

    def fail_deposit(self, deposit: Fact) -> None:
        _pending(deposit)
        deposit.status = "failed"

    # --- wallets ---

    def change_status(self, account: Account, status: str) -> None:
        if account.status == "closed":
            raise RefusesError("wallet_closed")
        account.status = status

    def close(self, account: Account) -> None:
        if account.status == "frozen":
            raise RefusesError("wallet_frozen")
        if account.balance:
            raise RefusesError("wallet_not_empty")
        if any(fact.status == "pending" and account in {fact.payer, fact.payee} for fact in self.facts):
            raise RefusesError("wallet_busy")
        self.change_status(account, "closed")

    # --- what they are made of ---

    def _note(self, fact: Fact) -> Fact:
        self.facts.append(fact)
        return fact

    def _put_on_hold(self, fact: Fact, key: tuple[str, str] | None) -> Fact:
        self._post([(fact.payer, -fact.held), (self.system("platform:holds", fact.payer.asset), fact.held)], key)
        return self._note(fact)

    def _take_off_hold(self, fact: Fact, legs: Legs) -> None:
        self._post([(self.system("platform:holds", fact.payer.asset), -fact.held), *legs])
        fact.held = 0

    def _post(self, legs: Legs, key: tuple[str, str] | None = None) -> None:
        troubles = {trouble for account, amount in legs if amount for trouble in _troubles(account, amount)}
        if key in self.keys:
            troubles.add("idempotency_key_reused")
        if troubles:
            raise RefusesError(*troubles)
        for account, amount in legs:
            account.balance += amount
        if key:
            self.keys.add(key)


def _parties(payer: Account, payee: Account) -> None:
    if payer is payee:
        raise RefusesError("own_wallet")
    if payer.asset != payee.asset:
        raise RefusesError("asset_mismatch")
    _both_active(payer, payee)


def _both_active(*accounts: Account) -> None:
    for status in ("closed", "frozen"):
        if any(account.status == status for account in accounts):
            raise RefusesError(f"wallet_{status}")


def _pending(fact: Fact) -> None:
    if fact.status != "pending":
        raise RefusesError("already_settled")


def _holding(fact: Fact) -> None:
    _pending(fact)
    if not fact.held:
        raise RefusesError("not_a_hold")


def _troubles(account: Account, amount: int) -> list[str]:
    if account.status == "closed" or (account.status == "frozen" and amount < 0):
        return [f"wallet_{account.status}"]
    if amount < 0 and not account.may_overdraw and account.balance + amount < 0:
        return ["insufficient_funds"]
    return []
