"""Random histories through the real operations, held against plain Python after each step (R4, R1).

The suite tries a few of them, always the same; FLORIN_LONG=1 tries many.
"""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from accounts.models import User
from config.errors import Refused
from payments import ledger, operations
from payments.models import ConversionQuote, Transaction, Wallet
from payments.money import Money
from payments.providers.rates import Rate
from payments.verification import faults
from tests.factories import UserFactory, open_wallet_for
from tests.simulation.model import Account, Books, Fact, Quote, RefusesError

LONG = bool(os.environ.get("FLORIN_LONG"))
HISTORIES, STEPS = (300, 100) if LONG else (25, 30)
FEES = {"transfer": 100, "conversion": 50, "withdrawal": 25, "payout": 20}
OPENING = 10_000
# One yen is worth less than half a cent here, so that some exchanges are too small.
RATES = {("EUR", "JPY"): Decimal("211.7503"), ("JPY", "EUR"): Decimal("0.0047")}
DECIMALS = {"EUR": 2, "JPY": 0}

AMOUNTS = st.one_of(st.integers(1, 900), st.integers(1, 3_000), st.sampled_from([OPENING, OPENING + 1]))
SELDOM = st.sampled_from([False] * 9 + [True])
PARTS = st.none() | AMOUNTS
KINDS = st.sampled_from([Transaction.Kind.PAYMENT, Transaction.Kind.TRANSFER])
KEYS = st.none() | st.sampled_from(["one", "two", "three"])


@dataclass(frozen=True, slots=True)
class Known:
    """A transaction, and the fact that the model remembers of it."""

    fact: Fact
    pk: UUID

    @property
    def row(self) -> Transaction:
        return Transaction.objects.with_parties().get(pk=self.pk)


@dataclass(frozen=True, slots=True)
class Offer:
    """A quote, and the model's."""

    quote: Quote
    pk: UUID


class History(RuleBasedStateMachine):
    """Three people and a store, who do what comes to their minds."""

    wallets = Bundle[Account]("wallets")
    deposits = Bundle[Known]("deposits")
    holds = Bundle[Known]("holds")
    withdrawals = Bundle[Known]("withdrawals")
    payments = Bundle[Known]("payments")
    offers = Bundle[Offer]("offers")
    payouts = Bundle[Known]("payouts")

    def __init__(self) -> None:
        super().__init__()
        self.now = timezone.now()
        self.books = Books(FEES)
        self.rows: dict[str, Wallet] = {}
        self.actors: dict[str, User] = {}
        self.known: list[Known] = []
        for wallet in Wallet.objects.with_balance().filter(kind=Wallet.Kind.SYSTEM):  # other histories used them too
            self.books.open(wallet.name, wallet.asset_id, wallet.available, may_overdraw=True)

        self._open_wallets()

    def _open_wallets(self) -> None:
        """Everybody but the store and the last person begins with some money."""
        people = UserFactory.create_batch(3)
        for place, asset in ((0, "EUR"), (0, "JPY"), (1, "EUR"), (2, "EUR")):
            person = people[place]
            account = self._know(f"{place} {asset}", open_wallet_for(person, asset, minor=0 if place == 2 else OPENING), person)
            if place < 2:
                self.books.complete_deposit(self.books.start_deposit(account, OPENING, None))
        store = Wallet.objects.create(kind=Wallet.Kind.STORE, name="store", asset_id="EUR", buffered=True)
        self._know("store", store, people[2])

    @initialize(target=wallets)
    def know_the_wallets(self) -> MultipleResults[Account]:
        return multiple(*(self.books.accounts[name] for name in self.rows))

    @initialize(target=payments, to=st.sampled_from(["1 EUR", "2 EUR", "store"]))
    def pay_first(self, to: str) -> Known | MultipleResults[Known]:
        accounts = self.books.accounts
        return self.transfer(accounts["0 EUR"], accounts[to], 1_000, None, Transaction.Kind.PAYMENT)

    @initialize(target=holds, to=st.sampled_from(["2 EUR", "store"]))
    def hold_first(self, to: str) -> Known | MultipleResults[Known]:
        return self.hold(self.books.accounts["1 EUR"], self.books.accounts[to], 800, None)

    @initialize(target=withdrawals)
    def withdraw_first(self) -> Known | MultipleResults[Known]:
        return self.start_withdrawal(self.books.accounts["0 JPY"], 600, None)

    @initialize(target=payouts)
    def pay_out_first(self) -> Known | MultipleResults[Known]:
        return self.start_payout(self.books.accounts["1 EUR"], None, 300, None)

    # --- money that moves at once ---

    @rule(target=payments, payer=wallets, payee=wallets, amount=AMOUNTS, key=KEYS, kind=KINDS)
    def transfer(
        self, payer: Account, payee: Account, amount: int, key: str | None, kind: Transaction.Kind
    ) -> Known | MultipleResults[Known]:
        return self._fact(
            lambda: self.books.transfer(payer, payee, amount, kind, self._key(payer, key)),
            lambda: operations.transfer(
                payer=self._wallet(payer), payee=self._wallet(payee), amount=Money(amount, payer.asset),
                actor=self.actors[payer.name], key=key, now=self.now, kind=kind,
            ),
        )  # fmt: skip

    @rule(target=payments, original=st.one_of(payments, holds, deposits), amount=PARTS)
    def refund(self, original: Known, amount: int | None) -> Known | MultipleResults[Known]:
        payee = original.fact.payee
        return self._fact(
            lambda: self.books.refund(original.fact, amount),
            lambda: operations.refund(
                original=original.row, amount=Money(amount, payee.asset) if amount else None,
                actor=self.actors.get(payee.name, self.someone), key=None, reason="", now=self.now,
            ),
        )  # fmt: skip

    @rule(target=offers, source=wallets, to=wallets, amount=AMOUNTS | st.just(1))
    def quote(self, source: Account, to: Account, amount: int) -> Offer | MultipleResults[Offer]:
        value = RATES.get((source.asset, to.asset), Decimal(1))
        exact = Fraction(value) * 10 ** DECIMALS[to.asset] / 10 ** DECIMALS[source.asset]
        until = self.now + dt.timedelta(seconds=settings.QUOTE_LIFETIME_S)
        rate = Rate(value, self.now.date(), "test")
        made = self._both(
            lambda: self.books.quote(source, to, amount, exact, until),
            lambda: operations.quote_conversion(
                source=self._wallet(source), target=self._wallet(to), amount=Money(amount, source.asset), rate=rate,
                actor=self.actors[source.name], now=self.now,
            ),
        )  # fmt: skip
        return Offer(made[0], made[1].pk) if made else multiple()

    @rule(target=payments, offer=offers)
    def convert(self, offer: Offer) -> Known | MultipleResults[Known]:
        row = ConversionQuote.objects.get(pk=offer.pk)
        return self._fact(
            lambda: self.books.convert(offer.quote, self.now),
            lambda: operations.convert(quote=row, actor=self.actors[offer.quote.source.name], key=None, now=self.now),
        )

    # --- money that waits for an answer ---

    @rule(target=deposits, wallet=wallets, amount=AMOUNTS, key=KEYS)
    def start_deposit(self, wallet: Account, amount: int, key: str | None) -> Known | MultipleResults[Known]:
        return self._fact(
            lambda: self.books.start_deposit(wallet, amount, self._key(wallet, key)),
            lambda: operations.start_deposit(
                wallet=self._wallet(wallet), amount=Money(amount, wallet.asset), provider="sandbox", source="any",
                actor=self.actors[wallet.name], key=key, now=self.now,
            ),
        )  # fmt: skip

    @rule(deposit=deposits)
    def complete_deposit(self, deposit: Known) -> None:
        self._both(
            lambda: self.books.complete_deposit(deposit.fact),
            lambda: operations.complete_deposit(deposit=deposit.row, provider_reference="any", now=self.now),
        )

    @rule(deposit=deposits)
    def fail_deposit(self, deposit: Known) -> None:
        self._both(
            lambda: self.books.fail_deposit(deposit.fact),
            lambda: operations.fail_deposit(deposit=deposit.row, error_code="no", error_message="", now=self.now),
        )

    @rule(target=holds, payer=wallets, payee=wallets, amount=AMOUNTS, key=KEYS)
    def hold(self, payer: Account, payee: Account, amount: int, key: str | None) -> Known | MultipleResults[Known]:
        return self._fact(
            lambda: self.books.hold(payer, payee, amount, self._key(payer, key)),
            lambda: operations.hold(
                payer=self._wallet(payer), payee=self._wallet(payee), amount=Money(amount, payer.asset),
                actor=self.actors[payer.name], key=key, now=self.now,
            ),
        )  # fmt: skip

    @rule(held=holds | deposits, amount=PARTS)
    def capture(self, held: Known, amount: int | None) -> None:
        part = Money(amount, held.fact.payee.asset) if amount else None
        self._both(
            lambda: self.books.capture(held.fact, amount),
            lambda: operations.capture(held=held.row, amount=part, actor=None, now=self.now),
        )

    @rule(held=holds | deposits)
    def release(self, held: Known) -> None:
        self._both(
            lambda: self.books.give_back(held.fact, "cancelled"),
            lambda: operations.release(held=held.row, actor=None, reason="", now=self.now),
        )

    @rule(target=withdrawals, wallet=wallets, amount=AMOUNTS, key=KEYS)
    def start_withdrawal(self, wallet: Account, amount: int, key: str | None) -> Known | MultipleResults[Known]:
        return self._fact(
            lambda: self.books.start_withdrawal(wallet, amount, self._key(wallet, key)),
            lambda: operations.start_withdrawal(
                wallet=self._wallet(wallet), amount=Money(amount, wallet.asset), provider="sandbox", destination="any",
                actor=self.actors[wallet.name], key=key, now=self.now,
            ),
        )  # fmt: skip

    @rule(withdrawal=withdrawals)
    def complete_withdrawal(self, withdrawal: Known) -> None:
        self._both(
            lambda: self.books.complete_withdrawal(withdrawal.fact),
            lambda: operations.complete_withdrawal(withdrawal=withdrawal.row, provider_reference="any", now=self.now),
        )

    @rule(withdrawal=withdrawals)
    def fail_withdrawal(self, withdrawal: Known) -> None:
        self._both(
            lambda: self.books.give_back(withdrawal.fact, "failed"),
            lambda: operations.fail_withdrawal(withdrawal=withdrawal.row, error_code="no", error_message="", now=self.now),
        )

    @rule(target=payouts, wallet=wallets, to=wallets | st.none(), amount=AMOUNTS, key=KEYS)
    def start_payout(self, wallet: Account, to: Account | None, amount: int, key: str | None) -> Known | MultipleResults[Known]:
        """Into a wallet, or to a bank."""
        payee = to or self.books.system("external:sandbox", wallet.asset)
        return self._fact(
            lambda: self.books.start_payout(wallet, payee, amount, self._key(wallet, key)),
            lambda: operations.start_payout(
                payer=self._wallet(wallet),
                payee=self._wallet(to) if to else Wallet.objects.system("external:sandbox", wallet.asset),
                amount=Money(amount, wallet.asset), actor=self.actors[wallet.name], key=key, now=self.now,
            ),
        )  # fmt: skip

    @rule(payout=payouts)
    def complete_payout(self, payout: Known) -> None:
        self._both(
            lambda: self.books.complete_withdrawal(payout.fact),
            lambda: operations.complete_payout(payout=payout.row, provider_reference="any", now=self.now),
        )

    @rule(payout=payouts, cancels=st.booleans())
    def end_payout(self, payout: Known, cancels: bool) -> None:
        self._both(
            lambda: self.books.give_back(payout.fact, "cancelled" if cancels else "failed"),
            lambda: (
                operations.cancel_payout(payout=payout.row, reason="changed", now=self.now)
                if cancels
                else operations.fail_payout(payout=payout.row, error_code="no", error_message="", now=self.now)
            ),
        )

    @rule(payout=payouts)
    def return_payout(self, payout: Known) -> None:
        self._fact(
            lambda: self.books.return_payout(payout.fact),
            lambda: operations.return_payout(payout=payout.row, reason="", now=self.now),
        )

    # --- wallets and time ---

    @rule(wallet=wallets, freezes=SELDOM)
    def freeze_or_unfreeze(self, wallet: Account, freezes: bool) -> None:
        act = operations.freeze_wallet if freezes else operations.unfreeze_wallet
        self._both(
            lambda: self.books.change_status(wallet, "frozen" if freezes else "active"),
            lambda: act(wallet=self._wallet(wallet), actor=self.someone, reason="", now=self.now),
        )

    @rule(wallet=wallets.filter(lambda account: account.name != "store"))
    def close(self, wallet: Account) -> None:
        self._both(
            lambda: self.books.close(wallet),
            lambda: operations.close_wallet(wallet=self._wallet(wallet), actor=self.actors[wallet.name], now=self.now),
        )

    @rule()
    def fold(self) -> None:
        ledger.fold()

    @rule(seconds=st.sampled_from([1, settings.QUOTE_LIFETIME_S]))
    def wait(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)

    # --- what must hold ---

    @invariant()
    def every_balance_is_the_models(self) -> None:
        mine = {wallet.pk: name for name, wallet in self.rows.items()}
        rows = Wallet.objects.with_balance().filter(pk__in=mine) | Wallet.objects.with_balance().filter(kind=Wallet.Kind.SYSTEM)
        found = {mine.get(row.pk, row.name): (row.available, row.status) for row in rows}
        assert found == {
            account.name: (account.balance, account.status)
            for account in self.books.accounts.values()
            if account.name in found or account.balance
        }

    def teardown(self) -> None:
        ends = {known.pk: (known.fact.status, known.fact.amount) for known in self.known}
        rows = Transaction.objects.filter(pk__in=ends).values_list("pk", "status", "amount")
        assert {pk: (status, amount) for pk, status, amount in rows} == ends
        assert list(faults(5)) == []

    # --- how both are asked ---

    @property
    def someone(self) -> User:
        return next(iter(self.actors.values()))

    def _know(self, name: str, wallet: Wallet, actor: User) -> Account:
        self.rows[name], self.actors[name] = wallet, actor
        return self.books.open(name, wallet.asset_id)

    def _wallet(self, account: Account) -> Wallet:
        return Wallet.objects.get(pk=self.rows[account.name].pk)

    def _key(self, payer: Account, key: str | None) -> tuple[str, str] | None:
        return (str(self.actors[payer.name].pk), key) if key else None

    def _both[Said, Made](self, say: Callable[[], Said], ask: Callable[[], Made]) -> tuple[Said, Made] | None:
        """What the model says and the operation makes; None when both refuse, for the same reason."""
        try:
            said = say()
        except RefusesError as no:
            expected = no.codes
        else:
            return said, ask()
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.code in expected
        return None

    def _fact(self, say: Callable[[], Fact], ask: Callable[[], Transaction]) -> Known | MultipleResults[Known]:
        made = self._both(say, ask)
        if not made:
            return multiple()
        fact, transaction = made
        row = Transaction.objects.with_fee().get(pk=transaction.pk)
        assert (row.kind, row.status, row.amount, row.fee) == (fact.kind, fact.status, fact.amount, fact.fee)
        known = Known(fact, row.pk)
        self.known.append(known)
        return known


@pytest.mark.django_db(transaction=True)
def test_any_history_leaves_what_plain_python_says(settings: Settings) -> None:
    settings.FEE_BASIS_POINTS = FEES
    run_state_machine_as_test(
        History,
        settings=effort(
            max_examples=HISTORIES, stateful_step_count=STEPS, derandomize=True, deadline=None, database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )  # fmt: skip
