"""What the stores of the demo world did beside selling: teams, shifts, payouts, disputes, and the programs of one.

Made after everything else, because places and secrets are encrypted with this installation's own key. Through the operations,
which ask nobody for a proof where no request is served.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import User
from config import demo
from config.demo.consents import let_agree
from merchants.destinations import read_iban, read_pix_key
from merchants.models import Store, StoreMember
from merchants.operations import (
    add_destination,
    add_endpoint,
    begin_payout,
    change_endpoint,
    close_shift,
    complete_payout,
    create_charge,
    fail_payout,
    make_api_key,
    open_dispute,
    open_shift,
    pay_charge,
    pay_store,
    refund_payment,
    reject_dispute,
    request_payout,
    show_at_till,
)
from payments.models import Transaction, Wallet
from payments.money import Money
from payments.operations import complete_deposit, start_deposit

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
OWNER, CASHIER, CUSTOMER = "olivia@florin.example", "carlos@florin.example", "alice@florin.example"
MANAGER, MANAGERS_NAME = "marta@florin.example", "Marta Reis"
IBAN, PIX_KEY = "PT50000201231234567890154", "caixa@belavista.example"
CATERING = 6_200_00
TICKETS = ((1_250, 0), (4_300, 400), (890, 0), (2_675, 250))  # cents, and the tip in them


def do_business(now: dt.datetime) -> None:
    """Fill the first store, Olívia's, and show a Pix key at the bakery in São Paulo."""
    store = Store.objects.select_related("settlement_wallet").get(symbol="OLIVIA")
    owner, cashier = User.objects.get(email=OWNER), User.objects.get(email=CASHIER)
    alice = Wallet.objects.select_related("user").filter(user__email=CUSTOMER, asset="EUR").earliest("created_at")
    manager = _manager(store, now)
    _shifts(store, cashier, alice, now)
    _disputes(store, alice, manager, now)
    _payouts(store, owner, alice, now)
    make_api_key(store=store, name="Online shop", scopes=["charges:write", "payments:read"], actor=owner, now=now - 9 * DAY)
    endpoint, _secret = add_endpoint(
        store=store, url="https://shop.example/hooks/florin", description="Online shop", event_types=[], actor=owner,
        now=now - 9 * DAY,
    )  # fmt: skip
    # Switched off: nobody is at example addresses, and a demo should not knock there.
    change_endpoint(
        endpoint=endpoint, url=endpoint.url, description=endpoint.description, event_types=[], is_enabled=False, actor=owner,
        now=now - 8 * DAY,
    )  # fmt: skip
    bakery = Store.objects.select_related("settlement_wallet").filter(symbol="BELAVISTA").first()
    if bakery:
        baker = bakery.members.earliest("created_at").user
        place = add_destination(store=bakery, place=read_pix_key("email", PIX_KEY), actor=baker, now=now - 20 * DAY)
        show_at_till(destination=place, shown=True, actor=baker, now=now - 20 * DAY)


def _manager(store: Store, now: dt.datetime) -> User:
    """Somebody who may approve what the owner asks for."""
    joined = now - 60 * DAY
    manager = User.objects.create(
        email=MANAGER, name=MANAGERS_NAME, password=make_password(demo.PASSWORD), timezone="Europe/Lisbon",
        created_at=joined, last_active_at=now - HOUR,
    )  # fmt: skip
    EmailAddress.objects.create(user=manager, email=MANAGER, primary=True, verified=True)
    role = StoreMember.Role.ADMIN
    StoreMember.objects.create(store=store, user=manager, role=role, invited_at=joined, accepted_at=joined)
    let_agree(now)
    return manager


def _shifts(store: Store, cashier: User, wallet: Wallet, now: dt.datetime) -> None:
    """Yesterday's shift, which is closed, and one that runs."""
    for begun, ends in ((now - 26 * HOUR, now - 20 * HOUR), (now - 2 * HOUR, None)):
        shift = open_shift(store=store, cashier=cashier, terminal="Till 1", now=begun)
        for number, (cents, tip) in enumerate(TICKETS, start=1):
            at = begun + number * HOUR / 3
            charge = create_charge(
                store=store, amount=Money(cents, "EUR"), tip=Money(tip, "EUR") if tip else None, terminal="Till 1",
                cashier=cashier, now=at,
            )  # fmt: skip
            assert wallet.user  # noqa: S101 a customer's
            pay_charge(charge=charge, payer_wallet=wallet, actor=wallet.user, key=None, now=at + dt.timedelta(seconds=20))
        if ends:
            close_shift(shift=shift, actor=cashier, now=ends)


def _payouts(store: Store, owner: User, wallet: Wallet, now: dt.datetime) -> None:
    """One of each end, and a large one that waits for the manager."""
    assert wallet.user  # noqa: S101 a customer's
    when = now - 12 * DAY
    funded = start_deposit(
        wallet=wallet, amount=Money(CATERING, "EUR"), provider="sandbox", source="tok_success", actor=wallet.user, key=None,
        now=when - HOUR,
    )  # fmt: skip
    complete_deposit(deposit=funded, provider_reference=f"demo-{funded.pk}", now=when - HOUR)
    pay_store(
        store=store, amount=Money(CATERING, "EUR"), payer_wallet=wallet, actor=wallet.user, key=None, notes="Catering", now=when
    )
    bank = add_destination(store=store, place=read_iban(IBAN, "Olívia Tavares"), actor=owner, now=now - 30 * DAY)
    for cents, days, works in ((480_00, 9, True), (350_00, 5, False), (265_50, 2, True)):
        at = now - days * DAY
        payout = request_payout(store=store, destination=bank, amount=Money(cents, "EUR"), actor=owner, key=None, now=at)
        begin_payout(payout_id=str(payout.pk), now=at)
        if works:
            complete_payout(payout=payout, external_id=f"demo-{payout.pk}", now=at + HOUR)
        else:
            fail_payout(payout=payout, error_code="ac04", error_message="The account is closed.", now=at + HOUR)
    request_payout(store=store, destination=bank, amount=Money(5_000_00, "EUR"), actor=owner, key=None, now=now - 3 * HOUR)


def _disputes(store: Store, wallet: Wallet, manager: User, now: dt.datetime) -> None:
    """One of each end, and one that waits."""
    customer = wallet.user
    assert customer  # noqa: S101 a customer's
    paid = Transaction.objects.filter(
        payer_wallet=wallet, payee_wallet=store.settlement_wallet, kind=Transaction.Kind.PAYMENT, status="completed",
        created_at__gt=now - 40 * DAY, created_at__lt=now - DAY, refunds=None,
    )  # fmt: skip
    found = list(paid.select_related("payer_wallet", "payee_wallet").order_by("created_at")[:3])
    if len(found) < 3:  # noqa: PLR2004 a young world has not sold enough
        return
    given_back, kept, asked = found
    open_dispute(payment=given_back, reason="duplicate", actor=customer, now=now - 15 * DAY)
    at, sorry = now - 14 * DAY, "Charged twice, sorry."
    refund_payment(store=store, original=given_back, amount=None, actor=manager, key=None, reason=sorry, now=at)
    less, slip = "I thought it was less.", "Two baskets of strawberries, as on the slip."
    rejected = open_dispute(payment=kept, reason="wrong_amount", note=less, actor=customer, now=now - 12 * DAY)
    reject_dispute(dispute=rejected, answer=slip, actor=manager, now=now - 11 * DAY)
    elsewhere = "I was not in Lisboa that day."
    open_dispute(payment=asked, reason="unrecognised", note=elsewhere, actor=customer, now=now - 2 * DAY)
