"""The pages about wallets: all of them, opening, one, its name, its place, its end."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from payments.models import Wallet
from payments.operations import close_wallet, freeze_wallet
from tests.doors import portal_client
from tests.factories import open_wallet_for
from tests.payments.pages.acts import exchange, send, start_top_up, top_up
from tests.payments.pages.reading import queries, words
from tests.unchanged import nothing_changes

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)
PAGES = ["wallet", "wallet_rename", "wallet_close", "statement", "statement_csv", "statement_pdf"]


@pytest.fixture
def opening(browser: Client) -> dict[str, str]:
    """The form to open a wallet as the page gives it, for Swiss francs."""
    form = browser.get("/wallets/open/").context["form"]
    return {"idempotency_key": str(form["idempotency_key"].value()), "asset": "CHF", "name": "Skiing"}


class TestAllWallets:
    """`/wallets/`."""

    def test_lists_the_primary_first_and_the_closed_apart(self, browser: Client, alice: User) -> None:
        wallets = [open_wallet_for(alice, asset) for asset in ("EUR", "JPY", "KWD")]
        close_wallet(wallet=wallets[1], actor=alice, now=NOW)
        browser.post(reverse("wallet_primary", args=[wallets[2].pk]))
        shown = words(browser.get("/wallets/"))
        places = [shown.index(text) for text in ("Alice's KWD", "0.000 KWD", "Alice's EUR", "Closed wallets", "Alice's JPY")]
        assert places == sorted(places)

    def test_offers_the_first_one(self, browser: Client) -> None:
        assert "Open your first wallet" in words(browser.get("/wallets/"))

    def test_says_when_there_is_room_for_no_more(self, browser: Client, alice: User) -> None:
        for asset in ("EUR", "USD", "JPY", "KWD"):
            open_wallet_for(alice, asset)
        assert "Open a wallet" in words(browser.get("/wallets/"))
        open_wallet_for(alice, "BRL")
        shown = words(browser.get("/wallets/"))
        assert "You have 5 open wallets, which is as many as one person may." in shown
        assert "Open a wallet" not in shown

    def test_asks_the_database_three_times(self, browser: Client, alice_eur: Wallet, alice_usd: Wallet) -> None:
        with queries(3):
            browser.get("/wallets/")


class TestOpening:
    """`/wallets/open/`."""

    def test_opens_one_and_leads_to_it(self, browser: Client, alice: User, opening: dict[str, str]) -> None:
        answer = browser.post("/wallets/open/", opening)
        wallet = Wallet.objects.get(user=alice)
        assert (wallet.asset_id, wallet.name) == ("CHF", "Skiing")
        assert answer.headers["Location"] == reverse("wallet", args=[wallet.pk])

    def test_calls_it_after_its_currency_in_the_language_of_its_owner(self, bruno: User) -> None:
        browser = portal_client(bruno)
        key = str(browser.get("/wallets/open/").context["form"]["idempotency_key"].value())
        browser.post("/wallets/open/", {"idempotency_key": key, "asset": "JPY", "name": ""})
        assert Wallet.objects.get(user=bruno).name == "Iene japonês"

    def test_opens_one_however_often_it_is_clicked(self, browser: Client, alice: User, opening: dict[str, str]) -> None:
        first, second = (browser.post("/wallets/open/", opening) for _click in range(2))
        assert first.headers["Location"] == second.headers["Location"]
        assert Wallet.objects.filter(user=alice).count() == 1

    def test_suggests_the_money_of_the_place(self, browser: Client) -> None:
        assert browser.get("/wallets/open/").context["form"]["asset"].value() == "USD"  # English is spoken most there

    @pytest.mark.parametrize(
        ("wrong", "says"), [({"asset": "XXX"}, "XXX is not one of the available choices"), ({"name": "n" * 61}, "at most 60")]
    )
    def test_keeps_what_was_typed_and_says_what_is_wrong(
        self, browser: Client, opening: dict[str, str], wrong: dict[str, str], says: str
    ) -> None:
        typed = {**opening, **wrong}
        with nothing_changes():
            answer = browser.post("/wallets/open/", typed)
        assert answer.status_code == 422
        assert says in words(answer)
        assert answer.context["form"]["name"].value() == typed["name"]

    def test_refuses_the_sixth(self, browser: Client, alice: User, opening: dict[str, str]) -> None:
        for asset in ("EUR", "USD", "JPY", "KWD", "BRL"):
            open_wallet_for(alice, asset)
        with nothing_changes():
            answer = browser.post("/wallets/open/", opening)
        assert answer.status_code == 409
        assert "You have as many wallets as one person may." in words(answer)


class TestOneWallet:
    """`/wallets/<id>/`."""

    def test_shows_balance_address_and_movements(self, browser: Client, alice_eur: Wallet, bruno_eur: Wallet) -> None:
        send(alice_eur, bruno_eur, 12_34, note="Dinner")
        shown = words(browser.get(reverse("wallet", args=[alice_eur.pk])))
        for text in (
            "Alice's EUR",
            "87.66 EUR",
            alice_eur.address,
            "Bruno Alves",
            "Sent · Dinner",
            "-12.34 EUR",
            "+100.00 EUR",
        ):
            assert text in shown

    def test_shows_an_exchange_from_its_own_side(
        self, browser: Client, alice: User, alice_eur: Wallet, alice_usd: Wallet
    ) -> None:
        exchange(alice_eur, alice_usd, 10_00, rate="1.25")
        assert "-10.00 EUR" in words(browser.get(reverse("wallet", args=[alice_eur.pk])))
        assert "+12.50 USD" in words(browser.get(reverse("wallet", args=[alice_usd.pk])))

    @time_machine.travel(NOW, tick=False)
    def test_tells_the_balance_of_a_day(self, browser: Client, alice: User) -> None:
        wallet = open_wallet_for(alice)
        for day, minor in ((1, 10_00), (3, 5_00)):
            top_up(wallet, minor, at=dt.datetime(2026, 11, day, 9, 0, tzinfo=dt.UTC))
        page = reverse("wallet", args=[wallet.pk])
        for asked, balance in (
            ("2026-10-31", "0.00"),
            ("2026-11-01", "10.00"),
            ("2026-11-02", "10.00"),
            ("2026-11-21", "15.00"),
        ):
            assert f": {balance} EUR" in words(browser.get(page, {"at": asked})).partition("At the end of")[2]
        assert "This day has not come yet." in words(browser.get(page, {"at": "2026-11-22"}))

    def test_offers_a_frozen_one_no_acts_and_says_why(self, browser: Client, alice: User, alice_eur: Wallet) -> None:
        freeze_wallet(wallet=alice_eur, actor=alice, reason="lost", now=NOW)
        shown = words(browser.get(reverse("wallet", args=[alice_eur.pk])))
        assert "This wallet is frozen: no money can leave it." in shown
        assert "Withdraw" not in shown

    def test_asks_the_database_four_times(self, browser: Client, alice_eur: Wallet, bruno_eur: Wallet) -> None:
        send(alice_eur, bruno_eur, 1_00)
        with queries(4):
            browser.get(reverse("wallet", args=[alice_eur.pk]))

    @pytest.mark.parametrize("page", PAGES)
    def test_is_not_there_for_strangers(self, mallorys: Client, alice_eur: Wallet, page: str) -> None:
        assert mallorys.get(reverse(page, args=[alice_eur.pk])).status_code == 404
        assert mallorys.get(reverse(page, args=[uuid.uuid4()])).status_code == 404

    @pytest.mark.parametrize("act", ["wallet_rename", "wallet_primary", "wallet_close"])
    def test_is_not_changed_by_strangers(self, mallorys: Client, alice_eur: Wallet, act: str) -> None:
        with nothing_changes():
            assert mallorys.post(reverse(act, args=[alice_eur.pk]), {"name": "Mine"}).status_code == 404


class TestRenaming:
    """`/wallets/<id>/name/`."""

    def test_gives_it_another_name(self, browser: Client, alice_eur: Wallet) -> None:
        answer = browser.post(reverse("wallet_rename", args=[alice_eur.pk]), {"name": "Everyday"}, follow=True)
        assert "The wallet has its new name." in words(answer)
        alice_eur.refresh_from_db()
        assert alice_eur.name == "Everyday"

    @pytest.mark.parametrize("name", ["", "   ", "n" * 61])
    def test_refuses_none_and_too_long_ones(self, browser: Client, alice_eur: Wallet, name: str) -> None:
        with nothing_changes():
            assert browser.post(reverse("wallet_rename", args=[alice_eur.pk]), {"name": name}).status_code == 422


class TestMakingPrimary:
    """`/wallets/<id>/primary/`."""

    def test_makes_it_the_one_that_payments_come_from(self, browser: Client, alice_eur: Wallet, alice_usd: Wallet) -> None:
        answer = browser.post(reverse("wallet_primary", args=[alice_usd.pk]), follow=True)
        assert "Alice's USD is your primary wallet now." in words(answer)
        assert Wallet.objects.get(is_primary=True) == alice_usd

    def test_is_not_done_by_looking(self, browser: Client, alice_usd: Wallet) -> None:
        assert browser.get(reverse("wallet_primary", args=[alice_usd.pk])).status_code == 405


class TestClosing:
    """`/wallets/<id>/close/`."""

    def test_says_what_it_means_then_closes(self, browser: Client, alice_usd: Wallet) -> None:
        page = reverse("wallet_close", args=[alice_usd.pk])
        assert "Nothing can be paid into it or out of it" in words(browser.get(page))
        assert "Alice's USD is closed." in words(browser.post(page, follow=True))
        alice_usd.refresh_from_db()
        assert alice_usd.status == "closed"
        again = browser.post(page)
        assert again.headers["Location"] == reverse("wallet", args=[alice_usd.pk])

    @pytest.mark.django_db(transaction=True)
    def test_refuses_one_with_money_in_it(self, browser: Client, alice_eur: Wallet) -> None:
        page = reverse("wallet_close", args=[alice_eur.pk])
        assert "There is still money in this wallet." in words(browser.get(page))
        with nothing_changes():
            answer = browser.post(page)
        assert answer.status_code == 409
        assert "There is still money in this wallet. Send or exchange it, then close the wallet." in words(answer)

    @pytest.mark.django_db(transaction=True)
    def test_refuses_one_with_money_on_its_way(self, browser: Client, alice_usd: Wallet) -> None:
        start_top_up(alice_usd, 5_00)
        with nothing_changes():
            answer = browser.post(reverse("wallet_close", args=[alice_usd.pk]))
        assert answer.status_code == 409
        assert "A payment of this wallet is still on its way." in words(answer)
