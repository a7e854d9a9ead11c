"""Builds the demo world through the real operations: people, stores and months of what they did."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.legal import edition
from accounts.models import User
from accounts.operations import suspend_user
from config import demo
from config.demo.cities import CITIES, City, Shop
from merchants.models import Charge, Store, StoreMember
from merchants.operations import cancel_charge, create_charge, open_store, pay_charge, pay_store, refund_payment
from payments.ledger import InsufficientFunds
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import (
    capture,
    close_wallet,
    complete_deposit,
    complete_withdrawal,
    convert,
    fail_deposit,
    fail_withdrawal,
    freeze_wallet,
    hold,
    open_wallet,
    quote_conversion,
    refund,
    release,
    start_deposit,
    start_withdrawal,
    transfer,
)  # fmt: skip
from payments.providers.rates import EcbHistory
from support.models import Agent

PROVIDER = "sandbox"
CARD, DESTINATION = "tok_success", "tok_success"
CENTS = 100
SECONDS_TO_SETTLE = 2
NOTES = ("", "", "", "Rent share", "Dinner", "Thank you!", "Concert tickets", "Birthday", "Groceries", "Aluguel", "La cena")
CHARGE_NOTES = ("", "", "Table 4", "To go", "Order 118")


@dataclass(slots=True)
class Customer:
    """A person with their wallets, by asset."""

    person: User
    city: City
    wallets: dict[str, Wallet] = field(default_factory=dict)

    @property
    def home(self) -> Wallet:
        return self.wallets[self.city.asset]


def _speak_english(person: User) -> None:
    """The named people of the demo read English, but for Bruno."""
    person.language = User.Language.ENGLISH
    person.save(update_fields=["language", "updated_at"])


@dataclass(slots=True)
class Trader:
    """A store with who sells there and what things cost."""

    store: Store
    city: City
    shop: Shop
    cashier: User


class World:
    """A small society. The same `seed` and `end` give the same one."""

    def __init__(self, *, customers: int, days: int, seed: int, end: dt.datetime) -> None:
        self.dice = random.Random(seed)  # noqa: S311 nothing here is secret
        self.count, self.days = customers, days
        self.end = end
        self.start = end - dt.timedelta(days=days)
        self.password = make_password(demo.PASSWORD)
        self.rates = EcbHistory()
        self.customers: list[Customer] = []
        self.traders: list[Trader] = []
        self.staff: dict[str, User] = {}

    def build(self, progress: Callable[[int], None]) -> None:
        """Make it; `progress` is called with the number of steps done since the last call."""
        with transaction.atomic():
            self._people()
            self._stores()
        progress(1)
        for day in range(self.days):
            with transaction.atomic():  # one commit a day of history
                for act in self._day(self.start + dt.timedelta(days=day)):
                    act()
            progress(1)
        with transaction.atomic():
            self._every_state()
        progress(1)

    @property
    def steps(self) -> int:
        """How many steps `build` reports."""
        return self.days + 2

    # --- who ---

    def _people(self) -> None:
        lisbon, sao_paulo = CITIES[0], CITIES[1]
        for email, name, city in (
            ("alice@florin.example", "Alice Moreau", lisbon),
            ("bruno@florin.example", "Bruno Alves", sao_paulo),
        ):
            self.customers.append(self._customer(email, name, city))
        _speak_english(self.customers[0].person)
        for number in range(max(0, self.count - len(self.customers))):
            city = CITIES[number % len(CITIES)]
            name = f"{self.dice.choice(city.first_names)} {self.dice.choice(city.last_names)}"
            self.customers.append(self._customer(f"customer{number + 1}@florin.example", name, city))
        self.staff = {
            "olivia": self._person("olivia@florin.example", "Olívia Tavares", lisbon),
            "carlos": self._person("carlos@florin.example", "Carlos Prado", lisbon),
            "agent": self._person("agent@florin.example", "Gil Amaral", lisbon, is_staff=True),
            "admin": self._person("admin@florin.example", "Ada Sousa", lisbon, is_staff=True, is_superuser=True),
        }
        for person in self.staff.values():
            _speak_english(person)
        agent = self.staff["agent"]
        Agent.objects.create(user=agent, username="gil", full_name=agent.name, email="agent@florin.example")

    def _person(self, email: str, name: str, city: City, **fields: bool) -> User:
        joined = self.start - dt.timedelta(days=self.dice.randint(1, 60), minutes=self.dice.randint(0, 1439))
        person = User.objects.create(
            email=email,
            name=name,
            password=self.password,
            language=city.language,
            timezone=city.timezone,
            agreed_edition=edition(),
            created_at=joined,
            last_active_at=self.end - dt.timedelta(minutes=self.dice.randint(1, 20_000)),
            **fields,
        )
        EmailAddress.objects.create(user=person, email=email, primary=True, verified=True)
        return person

    def _customer(self, email: str, name: str, city: City) -> Customer:
        person = self._person(email, name, city)
        number = len(self.customers) + 1
        person.phone = f"+{city.calling_code}{number:06d}"[:15]
        person.phone_verified_at = person.created_at
        person.save(update_fields=["phone", "phone_verified_at", "updated_at"])
        customer = Customer(person, city)
        others = [asset for asset in ("EUR", "USD", "GBP", "BRL", "JPY", "CHF") if asset != city.asset]
        for asset in (city.asset, *self.dice.sample(others, self.dice.choice((0, 1, 1, 2)))):
            name_of_it = {city.asset: "Main", "USD": "Dollars", "EUR": "Euros"}.get(asset, f"{asset} wallet")
            customer.wallets[asset] = open_wallet(
                user=person, asset=asset, name=name_of_it, actor=person, now=person.created_at
            )
        return customer

    # --- where ---

    def _stores(self) -> None:
        olivia, carlos = self.staff["olivia"], self.staff["carlos"]
        for city in CITIES:
            for shop in city.shops:
                owner = olivia if not self.traders else self._person(f"{shop.symbol.lower()}@florin.example", shop.name, city)
                store = open_store(
                    owner=owner,
                    name=shop.name,
                    symbol=shop.symbol,
                    category=shop.category,
                    city=city.name,
                    country=city.country,
                    address_line1=shop.street,
                    asset=city.asset,
                    now=self.start,
                )
                store.latitude, store.longitude = Decimal(shop.latitude), Decimal(shop.longitude)
                store.save(update_fields=["latitude", "longitude", "updated_at"])
                cashier = carlos if owner is olivia else owner
                self.traders.append(Trader(store, city, shop, cashier))
        first = self.traders[0].store
        invited = {"store": first, "invited_by": olivia, "invited_at": self.start}
        StoreMember.objects.create(user=carlos, role=StoreMember.Role.STAFF, accepted_at=self.start, **invited)

    # --- what ---

    def _day(self, day: dt.datetime) -> Iterator[Callable[[], None]]:
        """The day's acts in the order of their times."""
        acts: list[tuple[dt.datetime, Callable[[], None]]] = []
        for customer in self.customers:
            if day.day == 1 or day.date() == self.start.date():
                acts.append(self._at(day, 8, customer, self._salary))
            visits = range(self.dice.choice((0, 0, 1, 1, 2)))
            acts += [self._at(day, self.dice.randint(9, 20), customer, self._shopping) for _visit in visits]
            if self._one_in(8):
                acts.append(self._at(day, self.dice.randint(9, 21), customer, self._sending))
            if len(customer.wallets) > 1 and self._one_in(25):
                acts.append(self._at(day, self.dice.randint(9, 18), customer, self._exchanging))
            if self._one_in(60):
                acts.append(self._at(day, self.dice.randint(9, 18), customer, self._withdrawing))
        for _when, act in sorted(acts, key=lambda planned: planned[0]):
            yield act

    def _at(
        self, day: dt.datetime, hour: int, customer: Customer, act: Callable[[Customer, dt.datetime], None]
    ) -> tuple[dt.datetime, Callable[[], None]]:
        zone = ZoneInfo(customer.city.timezone)
        local = dt.datetime(day.year, day.month, day.day, hour, self.dice.randint(0, 59), tzinfo=zone)
        when = min(local.astimezone(dt.UTC), self.end)

        def run() -> None:
            try:
                with transaction.atomic():
                    act(customer, when)
            except InsufficientFunds:
                self._top_up(customer, when)  # people do, once a payment has been refused

        return when, run

    def _salary(self, customer: Customer, now: dt.datetime) -> None:
        self._deposit(customer.home, self._typical(customer.city, 90_000, 260_000), customer.person, now)

    def _top_up(self, customer: Customer, now: dt.datetime) -> None:
        self._deposit(customer.home, self._typical(customer.city, 10_000, 30_000), customer.person, now)

    def _shopping(self, customer: Customer, now: dt.datetime) -> None:
        near = [trader for trader in self.traders if trader.city is customer.city]
        trader = self.dice.choice(near)
        amount = self._typical(trader.city, trader.shop.low, trader.shop.high)
        payer, person = customer.home, customer.person
        if self._one_in(3):  # some type the store's code and the amount themselves
            paid = pay_store(store=trader.store, amount=amount, payer_wallet=payer, actor=person, key=None, now=now)
        else:
            asked = now - dt.timedelta(seconds=self.dice.randint(5, 50))
            charge = create_charge(
                store=trader.store,
                amount=amount,
                note=self.dice.choice(CHARGE_NOTES),
                terminal="Till 1",
                cashier=trader.cashier,
                now=asked,
            )
            paid = pay_charge(charge=charge, payer_wallet=payer, actor=person, key=None, now=now)
        if self._one_in(50):  # the odd thing comes back
            part = Money(max(1, amount.amount // self.dice.choice((1, 2, 3))), amount.asset)
            refund_payment(
                store=trader.store,
                original=paid,
                amount=part,
                actor=self.staff["olivia"] if trader is self.traders[0] else trader.cashier,
                key=None,
                reason="Returned",
                now=now + dt.timedelta(minutes=9),
            )

    def _sending(self, customer: Customer, now: dt.datetime) -> None:
        friends = [friend for friend in self.customers if friend is not customer and customer.city.asset in friend.wallets]
        if not friends:
            return
        friend = self.dice.choice(friends[:12])
        sent = transfer(
            payer=customer.home,
            payee=friend.wallets[customer.city.asset],
            amount=self._typical(customer.city, 500, 9_000),
            actor=customer.person,
            key=None,
            notes=self.dice.choice(NOTES),
            now=now,
        )
        if self._one_in(30):  # sent to the wrong person, and sent back
            refund(original=sent, amount=None, actor=friend.person, key=None, reason="Not for me", now=now)

    def _exchanging(self, customer: Customer, now: dt.datetime) -> None:
        target = self.dice.choice([wallet for asset, wallet in customer.wallets.items() if asset != customer.city.asset])
        rate = self.rates.rate(customer.city.asset, target.asset_id, now.date())
        amount = self._typical(customer.city, 2_000, 20_000)
        quote = quote_conversion(source=customer.home, target=target, amount=amount, rate=rate, actor=customer.person, now=now)
        if not self._one_in(7):  # some only look
            convert(quote=quote, actor=customer.person, key=None, now=now + dt.timedelta(seconds=20))

    def _withdrawing(self, customer: Customer, now: dt.datetime) -> None:
        withdrawal = start_withdrawal(
            wallet=customer.home,
            amount=self._typical(customer.city, 3_000, 20_000),
            provider=PROVIDER,
            destination=DESTINATION,
            actor=customer.person,
            key=None,
            now=now,
        )
        later = now + dt.timedelta(seconds=SECONDS_TO_SETTLE)
        if not self._one_in(7):  # the odd account number is wrong
            complete_withdrawal(withdrawal=withdrawal, provider_reference=f"demo-{withdrawal.pk}", now=later)
        else:
            fail_withdrawal(
                withdrawal=withdrawal,
                error_code="declined",
                error_message=gettext_noop("The bank returned the payment."),
                now=later,
            )

    def _deposit(self, wallet: Wallet, amount: Money, person: User, now: dt.datetime) -> Transaction:
        deposit = start_deposit(wallet=wallet, amount=amount, provider=PROVIDER, source=CARD, actor=person, key=None, now=now)
        later = now + dt.timedelta(seconds=SECONDS_TO_SETTLE)
        return complete_deposit(deposit=deposit, provider_reference=f"demo-{deposit.pk}", now=later)

    def _typical(self, city: City, low: int, high: int) -> Money:
        """An amount between two of euro cents, in the city's money; people pay 4.50 more often than 4.53."""
        cents = self.dice.randint(low, high)
        cents -= cents % self.dice.choice((1, 5, 10, 50))
        minor = max(cents, low) * city.scale // CENTS
        return Money(max(1, minor if city.asset != "JPY" else minor - minor % 10), city.asset)

    def _one_in(self, number: int) -> bool:
        return self.dice.randrange(number) == 0

    # --- so that every state can be seen ---

    def _every_state(self) -> None:
        alice, bruno = self.customers[0], self.customers[1]
        first, now = self.traders[0], self.end
        minutes = dt.timedelta(minutes=1)
        for customer in (alice, bruno):
            self._deposit(customer.home, self._typical(customer.city, 150_000, 150_000), customer.person, now - 90 * minutes)

        ask = partial(create_charge, store=first.store, terminal="Till 1", cashier=first.cashier)
        ask(amount=Money(1_850, "EUR"), note="Left the queue", now=now - 80 * minutes)  # expired by now
        mistyped = ask(amount=Money(990_000, "EUR"), note="", now=now - 50 * minutes)
        cancel_charge(charge=mistyped, actor=first.cashier, now=now - 49 * minutes)
        ask(amount=Money(1_240, "EUR"), note="Waiting", now=now)

        reserve = partial(hold, payer=alice.home, payee=first.store.settlement_wallet, actor=alice.person, key=None)
        held = reserve(amount=Money(5_000, "EUR"), notes="Deposit for a cake", now=now - 40 * minutes)
        capture(held=held, amount=Money(4_200, "EUR"), actor=first.cashier, now=now - 30 * minutes)
        let_go = reserve(amount=Money(2_000, "EUR"), notes="Reserved crate", now=now - 39 * minutes)
        release(held=let_go, actor=first.cashier, reason="Not collected", now=now - 20 * minutes)
        reserve(amount=Money(1_500, "EUR"), notes="Order for Saturday", now=now - 10 * minutes)

        card = partial(start_deposit, wallet=alice.home, provider=PROVIDER, actor=alice.person, key=None)
        bank = partial(start_withdrawal, wallet=alice.home, provider=PROVIDER, actor=alice.person, key=None)
        declined = card(amount=Money(7_500, "EUR"), source="tok_declined", now=now - 60 * minutes)
        fail_deposit(
            deposit=declined,
            error_code="declined",
            error_message="The card was declined.",
            now=now - 59 * minutes,
        )
        card(amount=Money(2_500, "EUR"), source="tok_down", now=now - 5 * minutes)
        bank(amount=Money(4_000, "EUR"), destination="tok_down", now=now - 4 * minutes)

        others = self.customers[2:]
        if len(others) >= 3:  # noqa: PLR2004 one for each state
            admin = self.staff["admin"]
            freeze_wallet(wallet=others[0].home, actor=admin, reason="Reported as lost", now=now - 30 * minutes)
            suspend_user(user=others[1].person, actor=admin, reason="Waiting for documents", now=now - 25 * minutes)
            spare = open_wallet(
                user=others[2].person, asset="CREDIT", name="Trial", actor=others[2].person, now=now - 24 * minutes
            )
            close_wallet(wallet=spare, actor=others[2].person, now=now - 23 * minutes)
        Store.objects.filter(pk=self.traders[-1].store.pk).update(status=Store.Status.INACTIVE)
        Store.objects.filter(pk=self.traders[-2].store.pk).update(status=Store.Status.SUSPENDED)
        Charge.objects.filter(status=Charge.Status.PENDING, expires_at__lt=now).update(status=Charge.Status.EXPIRED)
