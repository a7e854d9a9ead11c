"""The counter in a real browser: a till asks, a customer pays by its code, and the till turns green."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, Route, expect

from accounts.models import User
from merchants.destinations import read_iban
from merchants.models import Charge, Store, StoreMember
from merchants.operations import (
    add_destination,
    add_endpoint,
    close_shift,
    create_charge,
    edit_store,
    invite_member,
    open_dispute,
    open_shift,
    pay_charge,
    request_payout,
)
from merchants.queries import balance_of
from payments.models import Transaction, Wallet
from payments.money import Money
from tests.factories import PASSWORD, open_store_for, open_wallet_for
from tests.journeys.conftest import DESK, PHONE, Door, Visitor, barriers, overflow
from tests.payments.balances import minor_in

pytestmark = pytest.mark.django_db(transaction=True)

RECEIPT = re.compile(r"/activity/[0-9a-f-]{36}/\?done$")
REVIEW = re.compile(r"/pay/[A-Z2-9]+/[0-9a-f-]{36}/$")
SCREEN = re.compile(r"/till/[0-9a-f-]{36}/$")
WITHIN_A_SECOND_MS = 1000
OF_THE_LINE = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_CONNECTION_RESET", "htmx:afterRequest", "htmx:sendError")
OF_STORE = (
    "store", "store_payments", "store_poster", "store_edit", "store_team", "store_invite", "store_roles", "shifts", "till",
    "till_today", "statistics", "store_statement", "payouts", "payout_new", "payout_destinations", "developers", "api_key_new",
    "webhook_new", "store_disputes",
)  # fmt: skip


@pytest.fixture
def alice_eur(alice: User) -> Wallet:
    """100.00 EUR."""
    return open_wallet_for(alice, "EUR", minor=100_00)


@pytest.fixture
def charge(greengrocer: Store, carlos: User) -> Charge:
    """12.50 EUR, asked for at the greengrocer's till."""
    return create_charge(store=greengrocer, amount=Money(12_50, "EUR"), cashier=carlos, now=timezone.now())


def screen(charge: Charge) -> str:
    return reverse("till_charge", args=[charge.store_id, charge.pk])


def spelled(code: Locator) -> str:
    """The code that a page shows in groups."""
    return (code.get_attribute("aria-label") or "").replace(" ", "")


def pay(page: Page, total: str = "12.50") -> None:
    """From the details to the receipt."""
    page.get_by_role("button", name="Review").click()
    page.wait_for_url(REVIEW)
    page.get_by_role("button", name=f"Pay {total} EUR to Olivia's Greens").click()
    page.wait_for_url(RECEIPT)


def paid_once(alice_eur: Wallet, store: Store) -> bool:
    """Alice has paid 12.50 EUR, and not twice."""
    payments = Transaction.objects.filter(kind="payment").count()
    return (minor_in(alice_eur), balance_of(store).amount, payments) == (87_50, 12_50, 1)


def test_turns_green_when_the_customer_has_paid(
    door: Door, carlos: User, alice: User, alice_eur: Wallet, greengrocer: Store
) -> None:
    till = door.visitor(carlos, has_touch=True).open(reverse("till", args=[greengrocer.pk]))
    for key in ("1", "2", "Decimal sign", "5", "5", "Delete the last digit", "0", "7"):  # a third decimal is not taken
        till.get_by_role("button", name=key, exact=True).click()
    expect(till.get_by_label("Amount")).to_have_value("12.50")
    till.get_by_role("button", name="Show the code").click()
    till.wait_for_url(SCREEN)
    expect(till.get_by_role("img", name="QR code to pay this")).to_be_visible()
    code = spelled(till.locator(".till-main .code"))

    customer = door.visitor(alice).open("/")
    customer.get_by_role("navigation", name="Places").get_by_role("link", name="Pay").click()
    customer.get_by_label("Code").fill(f" {code[:3]}-{code[3:6]} {code[6:]}".lower())
    customer.get_by_label("Code").blur()
    expect(customer.get_by_label("Code")).to_have_value(f"{code[:3]} {code[3:6]} {code[6:]}")
    customer.get_by_role("button", name="Continue").click()
    expect(customer.locator(".price .money")).to_have_text("12.50 EUR")
    pay(customer)

    expect(till.locator(".till-paid")).to_be_visible(timeout=WITHIN_A_SECOND_MS)
    expect(till.get_by_role("heading", level=1)).to_have_text("Paid")
    expect(till.get_by_role("heading", level=1)).to_be_focused()  # so that it is read aloud
    confirmation = spelled(till.locator(".till-code .code"))
    assert (
        confirmation
        == spelled(customer.locator(".slip-code .code"))
        == Transaction.objects.get(kind="payment").confirmation_code
    )
    assert paid_once(alice_eur, greengrocer)

    till.get_by_role("link", name="New payment").click()
    expect(till.get_by_label("Amount")).to_have_value("")


def test_works_without_scripts_on_both_sides(
    door: Door, carlos: User, alice: User, alice_eur: Wallet, greengrocer: Store
) -> None:
    till = door.visitor(carlos, java_script_enabled=False).open(reverse("till", args=[greengrocer.pk]))
    expect(till.get_by_role("group", name="Digits")).to_be_hidden()
    till.get_by_label("Amount").fill("12.50")
    till.get_by_role("button", name="Show the code").click()
    till.wait_for_url(SCREEN)

    customer = door.visitor(alice, java_script_enabled=False).open("/pay/")
    customer.get_by_label("Code").fill(spelled(till.locator(".till-main .code")))
    customer.get_by_role("button", name="Continue").click()
    pay(customer)

    expect(till.get_by_role("heading", level=1)).to_have_text("Paid")  # the page refreshes itself
    assert paid_once(alice_eur, greengrocer)
    expect(customer.locator(".slip-code .code")).to_be_visible()


def test_takes_the_amount_by_keyboard(door: Door, carlos: User, greengrocer: Store) -> None:
    till = door.visitor(carlos, viewport=DESK).open(reverse("till", args=[greengrocer.pk]))
    till.get_by_label("Amount").focus()
    till.keyboard.type("12.5")
    till.keyboard.press("Enter")
    till.wait_for_url(SCREEN)

    assert Charge.objects.get().money == Money(12_50, "EUR")


def test_leads_a_visitor_who_scanned_the_code_to_sign_in_and_back(
    door: Door, alice: User, alice_eur: Wallet, charge: Charge
) -> None:
    page = door.visitor().open(f"/pay/{charge.code}")
    page.get_by_label("E-mail address").fill(alice.email or "")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/pay/{charge.code}")
    pay(page)

    assert paid_once(alice_eur, charge.store)


class TestPaysOnce:
    """C4, where nothing but the key of the form stands between one payment and two: an open amount."""

    @pytest.fixture
    def review(self, door: Door, alice: User, alice_eur: Wallet, greengrocer: Store) -> Page:
        """The second step, come to from the store's QR code."""
        page = door.visitor(alice).open(f"/pay/{greengrocer.short_code}?amount=12.50")
        expect(page.get_by_label("Amount")).to_have_value("12.50")
        page.get_by_role("button", name="Review").click()
        page.wait_for_url(REVIEW)
        return page

    def confirm(self, page: Page) -> None:
        page.get_by_role("button", name="Pay 12.50 EUR").click()
        page.wait_for_url(RECEIPT)

    def test_on_a_double_click(self, review: Page, alice_eur: Wallet, greengrocer: Store) -> None:
        review.get_by_role("button", name="Pay 12.50 EUR").dblclick()
        review.wait_for_url(RECEIPT)
        assert paid_once(alice_eur, greengrocer)

    def test_on_a_double_click_without_scripts(self, door: Door, alice: User, alice_eur: Wallet, greengrocer: Store) -> None:
        page = door.visitor(alice, java_script_enabled=False).open(f"/pay/{greengrocer.short_code}?amount=12.50")
        page.get_by_role("button", name="Review").click()
        page.wait_for_url(REVIEW)
        page.get_by_role("button", name="Pay 12.50 EUR").dblclick()
        page.wait_for_url(RECEIPT)
        assert paid_once(alice_eur, greengrocer)

    def test_on_a_reload(self, review: Page, alice_eur: Wallet, greengrocer: Store) -> None:
        review.reload()
        self.confirm(review)
        review.reload()
        expect(review.get_by_role("heading", level=1)).to_have_text("Done")
        assert paid_once(alice_eur, greengrocer)

    def test_on_back_and_a_second_try(self, review: Page, alice_eur: Wallet, greengrocer: Store) -> None:
        self.confirm(review)
        review.go_back()
        if button := review.query_selector("main form button[type=submit]"):  # kept as it was, the browser may do so
            button.click()
        review.wait_for_url(RECEIPT)
        assert paid_once(alice_eur, greengrocer)

    @pytest.mark.parametrize("answer_is_lost", [False, True], ids=["before it arrives", "before the answer does"])
    def test_on_a_network_that_drops(self, review: Page, alice_eur: Wallet, greengrocer: Store, answer_is_lost: bool) -> None:
        review.route("**/pay/**", _cut(answer_is_lost=answer_is_lost), times=1)
        address = review.url
        review.get_by_role("button", name="Pay 12.50 EUR").click()
        review.wait_for_url("chrome-error://**")
        assert paid_once(alice_eur, greengrocer) == answer_is_lost
        review.goto(address)
        if not answer_is_lost:
            self.confirm(review)
        review.wait_for_url(RECEIPT)
        assert paid_once(alice_eur, greengrocer)


def forgive_the_line(counter: Visitor, *also: str) -> None:
    """What the browser says of a line that was cut is no complaint about the page."""
    told = (*OF_THE_LINE, *also)
    assert [complaint for complaint in counter.complaints if not any(each in complaint for each in told)] == []
    counter.complaints.clear()


def _cut(*, answer_is_lost: bool) -> Callable[[Route], None]:
    """A network that fails: before the request has left, or after the server has done its work."""

    def handle(route: Route) -> None:
        if answer_is_lost:
            route.fetch(max_redirects=0)
        route.abort("connectionreset")

    return handle


def test_pays_a_charge_once_from_two_phones(
    door: Door, alice: User, alice_eur: Wallet, bruno: User, charge: Charge, greengrocer: Store
) -> None:
    bruno.language = "en"
    bruno.save(update_fields=["language"])
    brunos = open_wallet_for(bruno, minor=50_00)
    slow = door.visitor(bruno).open(f"/pay/{charge.code}")
    slow.get_by_role("button", name="Review").click()
    slow.wait_for_url(REVIEW)
    fast = door.visitor(alice).open(f"/pay/{charge.code}")
    pay(fast)

    slow.get_by_role("button", name="Pay 12.50 EUR").click()

    expect(slow.get_by_role("heading", name="Somebody else has paid this")).to_be_visible()
    expect(slow.get_by_text("No money of yours moved.")).to_be_visible()
    assert minor_in(brunos) == 50_00
    assert paid_once(alice_eur, greengrocer)


class TestTill:
    """What the screen on the counter says, and what it never says."""

    @pytest.fixture
    def counter(self, door: Door, carlos: User) -> Visitor:
        return door.visitor(carlos)

    def test_says_when_the_line_is_cut_and_never_paid_without_the_server(
        self, counter: Visitor, charge: Charge, alice: User, alice_eur: Wallet
    ) -> None:
        till = counter.open(screen(charge))
        counter.context.set_offline(True)
        notice = till.get_by_text("No connection. Trying again")
        expect(notice).to_be_visible()
        pay_charge(charge=charge, payer_wallet=alice_eur, actor=alice, key=None, now=timezone.now())
        till.wait_for_timeout(WITHIN_A_SECOND_MS)
        expect(till.locator(".till-paid")).to_have_count(0)

        counter.context.set_offline(False)

        expect(till.locator(".till-paid")).to_be_visible()
        expect(notice).to_be_hidden()
        forgive_the_line(counter)

    @pytest.mark.parametrize("answer_is_lost", [False, True], ids=["before it arrives", "before the answer does"])
    def test_asks_once_over_a_line_that_drops(self, counter: Visitor, greengrocer: Store, answer_is_lost: bool) -> None:
        """M6: the amount stays on the screen, and the second tap leads to the same charge."""
        till = counter.open(reverse("till", args=[greengrocer.pk]))
        till.get_by_label("Amount").fill("12.50")
        till.route("**/till/", _cut(answer_is_lost=answer_is_lost), times=1)
        till.get_by_role("button", name="Show the code").click()
        expect(till.get_by_text("No connection, so nothing was asked for yet.")).to_be_visible()
        expect(till.get_by_label("Amount")).to_have_value("12.50")
        assert Charge.objects.count() == int(answer_is_lost)

        till.get_by_role("button", name="Show the code").click()

        till.wait_for_url(SCREEN)
        expect(till.get_by_role("img", name="QR code to pay this")).to_be_visible()
        assert Charge.objects.count() == 1
        forgive_the_line(counter)

    @pytest.mark.parametrize("answer_is_lost", [False, True], ids=["before it arrives", "before the answer does"])
    def test_cancels_over_a_line_that_drops(self, counter: Visitor, charge: Charge, answer_is_lost: bool) -> None:
        till = counter.open(screen(charge))
        till.route("**/cancel/", _cut(answer_is_lost=answer_is_lost), times=1)
        till.get_by_role("button", name="Cancel").click()
        if not answer_is_lost:
            expect(till.get_by_text("Waiting for the payment")).to_be_visible()
            till.get_by_role("button", name="Cancel").click()
        expect(till.get_by_role("heading", level=1)).to_have_text("Cancelled")
        charge.refresh_from_db()
        assert charge.status == "cancelled"
        forgive_the_line(counter)

    def test_goes_on_to_the_next_sale_when_the_line_is_back(
        self, counter: Visitor, charge: Charge, alice: User, alice_eur: Wallet
    ) -> None:
        till = counter.open(screen(charge))
        pay_charge(charge=charge, payer_wallet=alice_eur, actor=alice, key=None, now=timezone.now())
        expect(till.locator(".till-paid")).to_be_visible()
        counter.context.set_offline(True)
        till.get_by_role("link", name="New payment").click()
        expect(till.get_by_text("No connection. Tap again when it is back.")).to_be_visible()
        expect(till.get_by_role("heading", level=1)).to_have_text("Paid")
        counter.context.set_offline(False)
        till.get_by_role("link", name="New payment").click()
        expect(till.get_by_label("Amount")).to_have_value("")
        forgive_the_line(counter)

    def test_says_what_is_wrong_with_an_amount_and_keeps_it(self, counter: Visitor, greengrocer: Store) -> None:
        till = counter.open(reverse("till", args=[greengrocer.pk]))
        till.get_by_label("Amount").fill("1.234")
        till.get_by_role("button", name="Show the code").click()
        expect(till.get_by_text("EUR has 2 decimals")).to_be_visible()
        till.get_by_label("Amount").fill("1.23")
        till.get_by_role("button", name="Show the code").click()
        till.wait_for_url(SCREEN)
        assert Charge.objects.get().amount == 123
        forgive_the_line(counter, "422")

    def test_adds_a_tip_and_counts_the_sale_for_the_shift(
        self, counter: Visitor, greengrocer: Store, olivia: User, alice: User, alice_eur: Wallet
    ) -> None:
        edit_store(store=greengrocer, actor=olivia, now=timezone.now(), offers_tips=True)
        till = counter.open(reverse("till", args=[greengrocer.pk]))
        till.get_by_role("button", name="Begin a shift").click()
        till.get_by_label("Amount", exact=True).fill("10.00")
        till.get_by_text("15 %").click()
        till.get_by_role("button", name="Show the code").click()
        till.wait_for_url(SCREEN)
        expect(till.locator(".till-main .money").first).to_have_text("11.50 EUR")
        pay_charge(charge=Charge.objects.get(), payer_wallet=alice_eur, actor=alice, key=None, now=timezone.now())
        till.get_by_role("link", name="New payment").click()
        expect(till.get_by_text("1 payment, 11.50 EUR")).to_be_visible()
        till.get_by_role("link", name="Close the shift").click()
        till.get_by_role("button", name="Close the shift").click()
        expect(till.get_by_text("The shift is closed.")).to_be_visible()
        expect(till.locator(".slip")).to_contain_text("1.50 EUR")

    def test_turns_to_what_became_of_it_and_offers_the_same_again(self, counter: Visitor, charge: Charge) -> None:
        till = counter.open(screen(charge))
        Charge.objects.filter(pk=charge.pk).update(expires_at=timezone.now())
        expect(till.get_by_role("heading", level=1)).to_have_text("Time is up")
        expect(till.get_by_text("Nobody has paid, and no money moved.")).to_be_visible()
        till.get_by_role("link", name="Same amount again").click()
        expect(till.get_by_label("Amount")).to_have_value("12.50")
        till.get_by_role("button", name="Show the code").click()
        till.wait_for_url(SCREEN)
        till.get_by_role("button", name="Cancel").click()
        expect(till.get_by_role("heading", level=1)).to_have_text("Cancelled")

    def test_leads_to_sign_in_when_the_session_is_over(self, counter: Visitor, charge: Charge) -> None:
        till = counter.open(screen(charge))
        counter.context.clear_cookies()
        till.wait_for_url("**/signin/?next=**")
        assert screen(charge) in till.url

    def test_prints_the_receipt_and_nothing_else(
        self, counter: Visitor, charge: Charge, alice: User, alice_eur: Wallet
    ) -> None:
        pay_charge(charge=charge, payer_wallet=alice_eur, actor=alice, key=None, now=timezone.now())
        till = counter.open(screen(charge))
        expect(till.locator(".slip")).to_be_hidden()
        till.emulate_media(media="print")
        expect(till.locator(".slip")).to_be_visible()
        for hidden in (".till-bar", ".till-foot", ".till-tick", ".till-code"):
            expect(till.locator(hidden)).to_be_hidden()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_shows_the_qr_code_dark_on_white_in_every_theme(
        self, door: Door, carlos: User, charge: Charge, scheme: str
    ) -> None:
        till = door.visitor(carlos, color_scheme=scheme).open(screen(charge))
        frame = till.locator(".qr")
        assert frame.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(255, 255, 255)"
        fills = frame.locator("path").evaluate_all(
            "paths => paths.map((path) => [path.getAttribute('fill'), path.getAttribute('stroke')])"
        )
        assert fills == [["#fff", None], [None, "#161b26"]]


@pytest.fixture
def addresses(charge: Charge, alice: User, alice_eur: Wallet, carlos: User, olivia: User) -> list[str]:
    """Every page of stores and tills, with long names and long amounts."""
    store = charge.store
    store.name = "Mercearia Maria Fernanda de Albuquerque Cavalcanti e Vasconcelos"
    store.address_line1, store.city = "Avenida Engenheiro Arantes e Oliveira 12345, 7.º esquerdo", "Vila Nova de Famalicão"
    store.save()
    dinars = open_store_for(olivia, name="Dinars", symbol="DINARS", asset="KWD")
    dear = create_charge(
        store=dinars, amount=Money(1_234_567_890_123, "KWD"), cashier=olivia, note="n" * 140, now=timezone.now()
    )
    paid = create_charge(store=store, amount=Money(10_00, "EUR"), cashier=carlos, note="n" * 140, now=timezone.now())
    payment = pay_charge(charge=paid, payer_wallet=alice_eur, actor=alice, key=None, now=timezone.now())
    of_store = [reverse(name, args=[store.pk]) for name in OF_STORE]
    of_payment = [reverse(name, args=[store.pk, payment.pk]) for name in ("store_payment", "store_refund")]
    codes = [f"/pay/{code}" for code in (charge.code, dear.code, paid.code, store.short_code, "ZZZZZZ")]
    plain = [reverse(name) for name in ("pay", "stores", "store_open", "directory")]
    plain.append(reverse("public_store", args=[store.symbol]))
    edit_store(store=store, actor=olivia, now=timezone.now(), offers_tips=True, description="Greens. " * 40)
    open_store_for(olivia, name="Another of Olivia's stores, with a long name as well", symbol="ANOTHER")
    invite_member(store=store, role=StoreMember.Role.STAFF, email=f"{'x' * 60}@example.com", actor=olivia, now=timezone.now())
    shift = close_shift(shift=open_shift(store=store, cashier=olivia, now=timezone.now()), actor=olivia, now=timezone.now())
    plain.append(reverse("shift", args=[store.pk, shift.pk]))
    plain.append(reverse("store_member", args=[store.pk, store.members.get(user=carlos).pk]))
    plain += [reverse(name, args=[store.pk, pk]) for name, pk in _business(store, payment, olivia, alice)]
    return [*plain, *codes, *of_store, *of_payment, screen(charge), screen(dear), screen(paid)]


def _business(store: Store, payment: Transaction, olivia: User, alice: User) -> list[tuple[str, UUID]]:
    """A payout, a webhook and a dispute, with long words: the name of each one's page, and its key."""
    now, amount = timezone.now(), Money(3_00, "EUR")
    place = add_destination(store=store, place=read_iban("MT84MALT011000012345MTLCAST001S", "M" * 70), actor=olivia, now=now)
    payout = request_payout(store=store, destination=place, amount=amount, actor=olivia, key=None, now=now)
    url = f"https://example.com/{'hooks/' * 30}"
    webhook, _secret = add_endpoint(store=store, url=url, event_types=[], description="d" * 140, actor=olivia, now=now)
    dispute = open_dispute(payment=payment, reason="not_received", note="n" * 500, actor=alice, now=now)
    return [("payout", payout.pk), ("webhook", webhook.pk), ("store_dispute", dispute.pk)]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_fits_the_screen_on_every_page(door: Door, olivia: User, addresses: list[str], size: dict[str, int]) -> None:
    open_wallet_for(olivia, minor=1_000_000_00)
    page = door.visitor(olivia, viewport=size).open("/")
    for address in addresses:
        page.goto(door.origin + address)
        assert overflow(page) == 0, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_keeps_nobody_out(door: Door, olivia: User, addresses: list[str], scheme: str) -> None:
    """C19, on every page."""
    open_wallet_for(olivia, minor=1_000_000_00)
    page = door.visitor(olivia, color_scheme=scheme, reduced_motion="reduce").open("/")
    found = []
    for address in addresses:
        page.goto(door.origin + address)
        found += barriers(page)
    assert found == []
