"""What a person lets leave: lowered at once, raised later and only with a fresh proof (R23)."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import StepUpRequired
from accounts.models import Session, StepUpAct, User
from audit.models import AuditEntry
from payments.errors import OverDailyLimit, OverPaymentLimit
from payments.limits import limit_of, spent
from payments.models import SpendingLimit, Transaction, Wallet
from payments.models.limit import Caps
from payments.money import Money, UnknownAsset
from payments.operations import hold, release, set_limit, start_withdrawal, transfer
from tests import doors
from tests.factories import open_wallet_for
from tests.mailbox import Mailbox
from tests.payments.balances import minor_in
from tests.proving import acting, confirm, proven
from tests.threads import together
from tests.unchanged import nothing_changes, refused

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
TIGHT = Caps(per_payment=20_00, per_day=50_00)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def session(alice: User) -> Session:
    return doors.open_session(alice)


@pytest.fixture
def limited(alice: User, alice_eur: Wallet) -> User:
    """Alice, who lets 20.00 EUR leave at once and 50.00 in 24 hours, of 100.00."""
    set_limit(user=alice, asset="EUR", caps=TIGHT, now=NOW)
    return alice


def pay(payer: Wallet, payee: Wallet, minor: int, actor: User, *, now: dt.datetime = NOW) -> Transaction:
    return transfer(payer=payer, payee=payee, amount=Money(minor, payer.asset_id), actor=actor, key=None, now=now)


def test_lets_as_much_leave_at_once_and_no_more(limited: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    pay(alice_eur, bruno_eur, 20_00, limited)
    with refused(OverPaymentLimit) as refusal:
        pay(alice_eur, bruno_eur, 20_01, limited)
    assert refusal.value.extra == {"limit": "20.00"}
    assert minor_in(bruno_eur) == 20_00


def test_lets_as_much_leave_in_24_hours_and_no_more(limited: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    pay(alice_eur, bruno_eur, 20_00, limited)
    pay(alice_eur, bruno_eur, 20_00, limited, now=NOW + HOUR)
    with refused(OverDailyLimit) as refusal:
        pay(alice_eur, bruno_eur, 10_01, limited, now=NOW + 23 * HOUR)
    assert refusal.value.extra == {"limit": "50.00", "left": "10.00"}
    pay(alice_eur, bruno_eur, 10_00, limited, now=NOW + 23 * HOUR)
    pay(alice_eur, bruno_eur, 20_00, limited, now=NOW + 24 * HOUR)


def test_holds_for_holds_and_withdrawals_too(limited: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    much = Money(20_01, "EUR")
    with refused(OverPaymentLimit):
        hold(payer=alice_eur, payee=bruno_eur, amount=much, actor=limited, key=None, now=NOW)
    with refused(OverPaymentLimit):
        start_withdrawal(
            wallet=alice_eur, amount=much, provider="sandbox", destination="tok_success", actor=limited, key=None, now=NOW
        )


def test_what_comes_back_has_not_left(limited: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    held = hold(payer=alice_eur, payee=bruno_eur, amount=Money(20_00, "EUR"), actor=limited, key=None, now=NOW)
    assert spent(limited, "EUR", now=NOW) == 20_00
    release(held=held, actor=limited, reason="not wanted", now=NOW)
    assert spent(limited, "EUR", now=NOW) == 0


def test_moves_between_own_wallets_are_free(limited: User, alice_eur: Wallet) -> None:
    pay(alice_eur, open_wallet_for(limited), 90_00, limited)
    assert spent(limited, "EUR", now=NOW) == 0


def test_holds_over_all_wallets_of_the_asset_and_no_other(
    limited: User, alice_eur: Wallet, bruno: User, bruno_eur: Wallet
) -> None:
    second, dollars = open_wallet_for(limited, minor=100_00), open_wallet_for(limited, "USD", minor=100_00)
    for wallet in (alice_eur, second):
        pay(wallet, bruno_eur, 20_00, limited)
    with refused(OverDailyLimit):
        pay(second, bruno_eur, 20_00, limited)
    pay(dollars, open_wallet_for(bruno, "USD"), 90_00, limited)


def test_the_person_counts_and_not_who_acts(limited: User, bruno: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    with refused(OverPaymentLimit):
        pay(Wallet.objects.get(pk=alice_eur.pk), bruno_eur, 20_01, bruno)


def test_costs_nobody_a_statement_who_has_none(alice: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    """P3: and looks for no limit at all."""
    with CaptureQueriesContext(connection) as captured:
        pay(alice_eur, bruno_eur, 5_00, alice)
    assert not [query for query in captured if "spendinglimit" in query["sql"] or "accounts_user" in query["sql"]]


def test_lowers_at_once_without_a_proof(session: Session, limited: User) -> None:
    with acting(session):
        limit = set_limit(user=limited, asset="EUR", caps=Caps(5_00, 50_00), now=NOW)
    assert (limit.caps(NOW), limit.next_caps(NOW)) == (Caps(5_00, 50_00), None)


@pytest.mark.parametrize("wanted", [Caps(20_01, 50_00), Caps(20_00, 50_01), Caps(None, 50_00), Caps(), Caps(1_00, None)])
def test_raises_only_with_a_proof(session: Session, limited: User, wanted: Caps) -> None:
    with acting(session), refused(StepUpRequired) as refusal:
        set_limit(user=limited, asset="EUR", caps=wanted, now=NOW)
    assert refusal.value.extra["act"] == StepUpAct.RAISE_LIMIT


def raise_to(session: Session, caps: Caps, *, now: dt.datetime = NOW) -> SpendingLimit:
    """With a proof."""
    proven(session, StepUpAct.RAISE_LIMIT, {"asset": "EUR", **caps._asdict()}, now=now)
    with acting(session):
        return set_limit(user=session.user, asset="EUR", caps=caps, now=now)


def test_raises_a_day_later(session: Session, limited: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    raise_to(session, Caps(60_00, None))
    with refused(OverPaymentLimit):
        pay(alice_eur, bruno_eur, 60_00, limited, now=NOW + 23 * HOUR)
    pay(alice_eur, bruno_eur, 60_00, limited, now=NOW + 24 * HOUR)


def test_of_one_higher_and_one_lower_the_lower_holds_at_once(session: Session, limited: User) -> None:
    limit = raise_to(session, Caps(30_00, 40_00))
    assert (limit.caps(NOW), limit.next_caps(NOW)) == (Caps(20_00, 40_00), Caps(30_00, 40_00))


def test_wanting_what_holds_cancels_a_raise(session: Session, limited: User) -> None:
    raise_to(session, Caps(60_00, 60_00))
    with acting(session):
        set_limit(user=limited, asset="EUR", caps=TIGHT, now=NOW)
    assert limit_of(limited, "EUR", now=NOW + 30 * HOUR).caps == TIGHT


def test_sent_again_it_changes_nothing_and_waits_no_longer(session: Session, limited: User) -> None:
    wanted = Caps(60_00, 60_00)
    raise_to(session, wanted)
    with acting(session), nothing_changes():
        limit = set_limit(user=limited, asset="EUR", caps=wanted, now=NOW + HOUR)
    assert limit.raised_at == NOW + 24 * HOUR


def test_a_proof_is_for_these_caps(session: Session, limited: User) -> None:
    """R23."""
    proven(session, StepUpAct.RAISE_LIMIT, {"asset": "EUR", "per_payment": 30_00, "per_day": 50_00}, now=NOW)
    with acting(session), refused(StepUpRequired):
        set_limit(user=limited, asset="EUR", caps=Caps(30_01, 50_00), now=NOW)
    with acting(session), refused(StepUpRequired):
        set_limit(user=limited, asset="EUR", caps=Caps(30_00, None), now=NOW)


def test_is_written_down_and_told(session: Session, limited: User, mailbox: Mailbox) -> None:
    raise_to(session, Caps(60_00, None))
    entries = AuditEntry.objects.filter(customer=limited, action__startswith="limit.").order_by("pk")
    assert [(entry.action, entry.new_values) for entry in entries] == [
        ("limit.set", {"asset": "EUR", "per_payment": 20_00, "per_day": 50_00}),
        ("limit.raised", {"asset": "EUR", "per_payment": 60_00, "per_day": None}),
    ]
    assert "Your limits will be raised" in [mail.subject for mail in mailbox()]


def test_refuses_an_asset_it_does_not_know(alice: User) -> None:
    with refused(UnknownAsset):
        set_limit(user=alice, asset="XXX", caps=TIGHT, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_payments_at_once_never_take_the_same_room(limited: User, alice_eur: Wallet, bruno_eur: Wallet) -> None:
    """From two wallets, so that no wallet's lock orders them."""
    second = open_wallet_for(limited, minor=100_00)

    def one(wallet: Wallet) -> None:
        with suppress(OverDailyLimit):
            pay(wallet, bruno_eur, 20_00, limited)

    together([lambda: one(alice_eur), lambda: one(second)] * 3)
    assert minor_in(bruno_eur) == 40_00


@pytest.mark.django_db(transaction=True)
def test_two_first_limits_at_once_are_one(alice: User) -> None:
    set_by = together([lambda: set_limit(user=alice, asset="EUR", caps=TIGHT, now=NOW).pk] * 4)
    assert set_by == [SpendingLimit.objects.get().pk] * 4


@pytest.mark.django_db(transaction=True)
def test_by_api(session: Session, alice_eur: Wallet) -> None:
    api = doors.api_client_of(session)
    body = {"asset": "EUR", "per_payment": "20.00", "per_day": "50.00"}
    shown = {**body, "spent": "0.00", "next": None, "raised_at": None}
    assert api.get("/api/limits").json() == {"limits": []}
    assert api.put("/api/limits", body).json() == shown
    assert api.get("/api/limits").json() == {"limits": [shown]}
    higher = {**body, "per_day": None}
    with nothing_changes():
        refusal = api.put("/api/limits", higher).json()
    assert (refusal["code"], refusal["act"]) == ("step_up_required", "raise_limit")
    assert refusal["words"] == "Raise your limits in EUR: 20.00 EUR at once, no limit in 24 hours"
    assert confirm(api, refusal["challenge"]).status_code == 200
    raised = api.put("/api/limits", higher).json()
    assert (raised["per_day"], raised["next"]) == ("50.00", {"per_payment": "20.00", "per_day": None})


@pytest.mark.parametrize(
    "changed", [{"per_day": "0"}, {"per_day": 5}, {"per_payment": "1.005"}, {"asset": "XXX"}, {"user": "mallory"}]
)
def test_the_api_refuses_what_is_no_limit(session: Session, changed: dict[str, object]) -> None:
    body = {"asset": "EUR", "per_payment": "20.00", "per_day": "50.00", **changed}
    api = doors.api_client_of(session)
    with nothing_changes():
        assert api.put("/api/limits", body).status_code == 400
