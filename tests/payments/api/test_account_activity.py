"""What happened on the caller's account, by the API."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from audit import events
from payments.models import Wallet
from payments.queries import ActivitySummary, activity_summary
from tests.factories import fund, open_wallet_for
from tests.payments.pages.acts import send
from tests.unchanged import nothing_changes

type Api = Callable[[User], APIClient]

NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def test_lists_the_callers_own_newest_first(api_for: Api, alice: User, mallory: User) -> None:
    for number, person in enumerate([alice, mallory, alice]):
        events.note("user.signed_in", user_id=person.pk, now=NOON + dt.timedelta(hours=number), properties={"way": "oidc"})
    events.note("user.sign_in_failed", user_id=None, now=NOON)
    answer = api_for(alice).get("/api/me/activity").json()
    assert [row["created_at"] for row in answer["results"]] == ["2026-11-21T14:00:00Z", "2026-11-21T12:00:00Z"]
    assert {row["act"] for row in answer["results"]} == {"user.signed_in"}
    assert answer["results"][0].keys() == {
        "id", "created_at", "act", "description", "way", "session_id", "device_id", "ip_address", "place", "user_agent",
    }  # fmt: skip
    assert (answer["results"][0]["description"], answer["results"][0]["way"]) == ("Signed in", "oidc")


def test_turns_pages_without_repeating_or_leaving_out(api_for: Api, alice: User) -> None:
    for number in range(7):
        events.note(f"test.act_{number}", user_id=alice.pk, now=NOON)  # at the very same moment
    api, seen, address = api_for(alice), [], "/api/me/activity?page_size=3"
    while address:
        page = api.get(address).json()
        seen += [row["act"] for row in page["results"]]
        address = page["next"]
    assert sorted(seen) == [f"test.act_{number}" for number in range(7)]


@pytest.mark.parametrize("query", ["user=1", "cursor=nowhere", "page_size=0", "name=x"])
def test_refuses_what_it_does_not_know(api_for: Api, alice: User, query: str) -> None:
    api = api_for(alice)
    with nothing_changes():
        assert api.get(f"/api/me/activity?{query}").status_code == 400


@pytest.mark.parametrize("address", ["/api/me/activity", "/api/me/activity/summary"])
def test_can_only_be_read(api_for: Api, alice: User, address: str) -> None:
    api = api_for(alice)
    with nothing_changes():
        assert [getattr(api, verb)(address).status_code for verb in ("post", "put", "patch", "delete")] == [405] * 4
        assert APIClient().get(address).status_code == 401


class TestSummary:
    """Total, this week, last and most common, in one query."""

    @time_machine.travel(NOON, tick=False)
    def test_counts_acts_and_movements_of_ones_own(
        self, alice: User, bruno: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        payer, payee = fund(open_wallet_for(alice), 100_00), open_wallet_for(bruno)  # opened, topped up
        for days in (1, 2, 30):
            send(payer, payee, 1_00, at=NOON - dt.timedelta(days=days))
        events.note("user.signed_in", user_id=alice.pk, now=NOON - dt.timedelta(days=7, seconds=1))
        events.note("user.sign_in_failed", user_id=alice.pk, now=NOON)
        events.note("user.signed_in", user_id=bruno.pk, now=NOON)
        with django_assert_num_queries(1):
            summary = activity_summary(alice, now=NOON)
        assert summary == ActivitySummary(total=6, this_week=4, last_at=NOON, most_common="transfer")

    def test_of_somebody_who_did_nothing(self, alice: User) -> None:
        assert activity_summary(alice, now=NOON) == ActivitySummary(total=0, this_week=0, last_at=None, most_common=None)

    def test_by_api(self, api_for: Api, alice: User) -> None:
        now = timezone.now()
        events.note("user.signed_in", user_id=alice.pk, now=now)
        assert api_for(alice).get("/api/me/activity/summary").json() == {
            "total": 1, "this_week": 1, "last_at": now.isoformat().replace("+00:00", "Z"), "most_common": "user.signed_in",
        }  # fmt: skip

    def test_a_payment_received_is_not_ones_own_act(self, bruno_eur: Wallet, alice_eur: Wallet) -> None:
        assert bruno_eur.user
        before = activity_summary(bruno_eur.user, now=timezone.now()).total
        send(alice_eur, bruno_eur, 1_00, at=timezone.now())
        assert activity_summary(bruno_eur.user, now=timezone.now()).total == before
