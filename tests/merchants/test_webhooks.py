"""Events on their way to merchants' programs."""

import datetime as dt
import functools
import json
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from standardwebhooks import Webhook, WebhookVerificationError

from accounts.models import User
from config.outbound import AddressForbidden
from merchants import tasks
from merchants.errors import TooManyEndpoints
from merchants.models import Store, StoreEvent, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchants.operations import (
    add_endpoint,
    change_endpoint,
    close_store,
    create_charge,
    expire_charges,
    pay_charge,
    pay_store,
    refund_payment,
    remove_endpoint,
    reopen_store,
    resend,
    rotate_secret,
    send_test,
)
from merchants.webhooks import sending
from merchants.webhooks.events import CATALOGUE, forget_events, publish
from merchants.webhooks.sending import BACKOFF_S, deliver_to, place_events
from merchants.webhooks.signing import Secret
from payments.models import Transaction, Wallet
from payments.money import Money
from tests.factories import open_store_for, open_wallet_for
from tests.receiver import Server, answer_with, receiving
from tests.refusals import refused

pytestmark = pytest.mark.django_db(transaction=True)

DAY = dt.timedelta(days=1)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[Server]:
    with receiving(monkeypatch, settings) as made:
        yield made


@pytest.fixture
def wallet(alice: User) -> Wallet:
    return open_wallet_for(alice, minor=1_000_000)


def endpoint_at(store: Store, url: str, *types: str) -> tuple[WebhookEndpoint, Secret]:
    owner = store.members.get(role="owner").user
    return add_endpoint(store=store, url=url, event_types=types, actor=owner, now=timezone.now())


def pay(store: Store, wallet: Wallet, minor: int = 100) -> Transaction:
    assert wallet.user
    amount = Money(minor, "EUR")
    return pay_store(store=store, amount=amount, payer_wallet=wallet, actor=wallet.user, key=None, now=timezone.now())


def deliver(endpoint: WebhookEndpoint) -> int:
    place_events(now=timezone.now())
    return deliver_to(str(endpoint.pk))


def received(server: Server) -> list[tuple[str, dict[str, object]]]:
    found = [json.loads(body) for _path, _headers, body in server.received]
    return [(each["type"], each["data"]) for each in found]


# --- what is said, and that it is us who say it ---


def test_tells_of_a_payment_in_a_way_that_the_librarys_verify_believes(
    server: Server, greengrocer: Store, carlos: User, alice: User, wallet: Wallet
) -> None:
    endpoint, secret = endpoint_at(greengrocer, server.url)
    charge = create_charge(
        store=greengrocer, amount=Money(1_000, "EUR"), tip=Money(150, "EUR"), cashier=carlos, terminal="Till 1",
        now=timezone.now(),
    )  # fmt: skip
    payment = pay_charge(charge=charge, payer_wallet=wallet, actor=alice, key=None, now=timezone.now())

    assert deliver(endpoint) == 1

    ((path, headers, body),) = server.received
    content = Webhook(secret.text).verify(body, {name.lower(): value for name, value in headers.items()})
    assert path == "/hook?a=b"
    assert (content["type"], content["store"]) == ("payment.received", str(greengrocer.pk))
    said = {name: content["data"][name] for name in ("id", "amount", "tip", "asset", "charge", "terminal", "confirmation_code")}
    assert said == {
        "id": str(payment.pk), "amount": "11.50", "tip": "1.50", "asset": "EUR", "charge": str(charge.pk),
        "terminal": "Till 1", "confirmation_code": payment.confirmation_code,
    }  # fmt: skip
    assert headers["webhook-id"] == content["id"] == str(StoreEvent.objects.get().pk)
    with pytest.raises(WebhookVerificationError):
        Webhook(Secret.new().text).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret.text).verify(body.replace(b"11.50", b"99.50"), headers)


def test_two_secrets_sign_for_a_day(server: Server, greengrocer: Store, olivia: User, wallet: Wallet) -> None:
    endpoint, old = endpoint_at(greengrocer, server.url)
    new = rotate_secret(endpoint=endpoint, actor=olivia, now=timezone.now())
    pay(greengrocer, wallet)
    deliver(endpoint)
    ((_path, headers, body),) = server.received
    for secret in (old, new):
        Webhook(secret.text).verify(body, headers)
    endpoint.refresh_from_db()
    later = timezone.now() + DAY + dt.timedelta(seconds=1)
    assert [secret.text for secret in endpoint.living_secrets(later)] == [new.text]
    newest = rotate_secret(endpoint=endpoint, actor=olivia, now=timezone.now())
    endpoint.refresh_from_db()
    assert [secret.text for secret in endpoint.living_secrets(timezone.now())] == [newest.text, new.text]


def test_keeps_secrets_where_nobody_reads_them(server: Server, greengrocer: Store) -> None:
    _endpoint, secret = endpoint_at(greengrocer, server.url)
    with connection.cursor() as cursor:
        cursor.execute("select secrets::text from merchants_webhookendpoint")
        assert secret.text[6:] not in cursor.fetchone()[0]


def test_tells_of_everything_in_the_catalogue_that_happens_here(
    server: Server, greengrocer: Store, olivia: User, carlos: User, wallet: Wallet
) -> None:
    endpoint, _secret = endpoint_at(greengrocer, server.url)
    payment = pay(greengrocer, wallet, 500)
    refund_payment(store=greengrocer, original=payment, amount=None, actor=olivia, key=None, reason="bad", now=timezone.now())
    create_charge(store=greengrocer, amount=Money(100, "EUR"), cashier=carlos, now=timezone.now())
    expire_charges(now=timezone.now() + DAY)
    close_store(store=greengrocer, actor=olivia, now=timezone.now())
    reopen_store(store=greengrocer, actor=olivia, now=timezone.now())
    deliver(endpoint)
    told = received(server)
    assert Counter(name for name, _data in told) == {
        "payment.received": 1, "refund.completed": 1, "charge.expired": 1, "store.updated": 2,
    }  # fmt: skip
    assert [data["status"] for name, data in told if name == "store.updated"] == ["inactive", "active"]
    assert all(each.islower() and "." in each for each in CATALOGUE)


def test_costs_nobody_a_statement_who_does_not_listen(greengrocer: Store, wallet: Wallet) -> None:
    pay(greengrocer, wallet)
    with CaptureQueriesContext(connection) as before:
        pay(greengrocer, wallet)
    endpoint_at(greengrocer, "https://example.com/")
    with CaptureQueriesContext(connection) as after:
        pay(greengrocer, wallet)
    assert len(after) == len(before) + 1
    assert StoreEvent.objects.count() == 1


def test_an_event_is_there_exactly_if_what_it_tells_of_is(greengrocer: Store, wallet: Wallet) -> None:
    endpoint_at(greengrocer, "https://example.com/")
    with transaction.atomic():
        pay(greengrocer, wallet)
        transaction.set_rollback(True)
    assert not StoreEvent.objects.exists()
    with pytest.raises(ValueError, match=r"payment\.invented"):
        publish(greengrocer, "payment.invented", resource_id=greengrocer.pk, data={}, now=timezone.now())


def test_sends_only_what_was_asked_for_and_only_to_its_store(
    server: Server, greengrocer: Store, olivia: User, mallory: User, wallet: Wallet
) -> None:
    endpoint, _secret = endpoint_at(greengrocer, server.url, "refund.completed")
    other = open_store_for(mallory, symbol="OTHER")
    strangers, _secret = endpoint_at(other, f"{server.url}&stranger")
    payment = pay(greengrocer, wallet, 500)
    refund_payment(store=greengrocer, original=payment, amount=None, actor=olivia, key=None, reason="", now=timezone.now())
    deliver(endpoint)
    assert [name for name, _data in received(server)] == ["refund.completed"]
    assert not strangers.deliveries.exists()


# --- until it has arrived ---


def test_tries_again_for_three_days_and_survives_restarts(server: Server, greengrocer: Store, wallet: Wallet) -> None:
    """What is due is in the rows: each pass here is another worker, which knows nothing of the one before."""
    endpoint, _secret = endpoint_at(greengrocer, server.url)
    server.reply = lambda handler: answer_with(handler, 503, b"later")
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        pay(greengrocer, wallet)
        passes, waits = 0, True
        while waits:
            deliver(endpoint)
            waiting = WebhookDelivery.objects.get()
            endpoint.refresh_from_db()
            if waiting.next_attempt_at:
                clock.move_to(max(waiting.next_attempt_at, endpoint.rests_until or waiting.next_attempt_at))
            passes, waits = passes + 1, waiting.status == "pending"
        end = timezone.now()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, delivery.attempt_count) == ("failed", len(BACKOFF_S) + 1)
    assert dt.timedelta(days=2.5) < end - start < dt.timedelta(days=3.5)
    assert sum(BACKOFF_S) == 3 * 24 * 3600
    assert delivery.attempts.count() == passes


def test_arrives_when_the_server_is_back(server: Server, greengrocer: Store, wallet: Wallet) -> None:
    endpoint, _secret = endpoint_at(greengrocer, server.url)
    server.reply = lambda handler: answer_with(handler, 500, b"")
    pay(greengrocer, wallet)
    deliver(endpoint)
    server.reply = lambda handler: answer_with(handler, 204, b"")
    assert deliver(endpoint) == 0  # its time has not come
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=6)):
        assert deliver(endpoint) == 1
    delivery = WebhookDelivery.objects.get()
    assert (delivery.status, [attempt.status_code for attempt in delivery.attempts.order_by("created_at")]) == (
        "delivered",
        [500, 204],
    )
    first, second = (json.loads(body) for _path, _headers, body in server.received)
    assert first == second


def test_keeps_the_order_of_each_resource_and_lets_the_others_pass(
    server: Server, greengrocer: Store, olivia: User, wallet: Wallet
) -> None:
    endpoint, _secret = endpoint_at(greengrocer, server.url)
    first, second = pay(greengrocer, wallet, 1_000), pay(greengrocer, wallet, 1_000)
    for payment in (first, second):
        for _refund in range(3):
            refund_payment(
                store=greengrocer, original=payment, amount=Money(100, "EUR"), actor=olivia, key=None, reason="",
                now=timezone.now(),
            )  # fmt: skip

    def refuse_the_first(handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(server.received[-1][2])
        answer_with(handler, 500 if str(first.pk) in {body["data"]["id"], body["data"].get("payment")} else 200, b"")

    server.reply = refuse_the_first
    deliver(endpoint)
    of_second = [name for name, data in received(server) if str(second.pk) in {data["id"], data.get("payment")}]
    assert of_second == ["payment.received", *["refund.completed"] * 3]
    assert WebhookDelivery.objects.filter(resource_id=first.pk, status="pending").count() == 4
    server.reply = lambda handler: answer_with(handler, 200, b"")
    server.received.clear()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        deliver(endpoint)
    assert [name for name, _data in received(server)] == ["payment.received", *["refund.completed"] * 3]
    assert not WebhookDelivery.objects.filter(status="pending").exists()


def test_a_dead_endpoint_rests_and_slows_nobody(
    server: Server, greengrocer: Store, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.2)
    dead, _secret = endpoint_at(greengrocer, server.url.replace("/hook", "/dead"))
    living, _secret = endpoint_at(greengrocer, server.url)

    def hang_if_dead(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.startswith("/dead"):
            time.sleep(0.5)
        answer_with(handler, 200, b"")

    server.reply = hang_if_dead
    for _payment in range(20):
        pay(greengrocer, wallet)
    place_events(now=timezone.now())
    assert deliver_to(str(living.pk)) == 20
    tried = sum(deliver_to(str(dead.pk)) for _job in range(5))
    dead.refresh_from_db()
    assert tried <= 25
    assert dead.failures >= 1
    for seconds in (60, 120, 180):
        with time_machine.travel(timezone.now() + dt.timedelta(seconds=seconds)):
            deliver_to(str(dead.pk))
    dead.refresh_from_db()
    assert dead.rests_until
    assert str(dead.pk) not in sending.endpoints_with_work(now=timezone.now())
    assert WebhookAttempt.objects.filter(delivery__endpoint=dead, error="no answer in time").exists()


def test_an_event_is_placed_once_whoever_places(server: Server, greengrocer: Store, wallet: Wallet) -> None:
    endpoint_at(greengrocer, server.url)
    for _payment in range(10):
        pay(greengrocer, wallet)
    from tests.threads import together

    together([functools.partial(place_events, now=timezone.now()) for _worker in range(6)])
    place_events(now=timezone.now())
    positions = list(StoreEvent.objects.order_by("created_at").values_list("position", flat=True))
    assert None not in positions
    assert positions == sorted(positions)  # type: ignore[type-var]  # none is None
    assert WebhookDelivery.objects.count() == 10


def test_the_job_of_each_second_starts_one_for_each_endpoint(server: Server, greengrocer: Store, wallet: Wallet) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    endpoint, _secret = endpoint_at(greengrocer, server.url)
    pay(greengrocer, wallet)
    for _second in range(3):
        tasks.place(0)
    jobs = ProcrastinateJob.objects.filter(task_name="merchants.deliver")
    assert [job.args for job in jobs] == [{"endpoint_id": str(endpoint.pk)}]
    tasks.deliver(str(endpoint.pk))
    assert WebhookDelivery.objects.get().status == "delivered"


def test_forgets_what_is_old_and_nothing_that_is_on_its_way(
    server: Server, greengrocer: Store, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("merchants.webhooks.events.FORGOTTEN_AT_ONCE", 2)
    start = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        endpoint, _secret = endpoint_at(greengrocer, server.url)
        for _payment in range(5):
            pay(greengrocer, wallet)
        assert deliver(endpoint) == 5
        server.reply = lambda handler: answer_with(handler, 500, b"")
        under_way = pay(greengrocer, wallet)
        deliver(endpoint)
    with time_machine.travel(start + 80 * DAY, tick=False):
        young = pay(greengrocer, wallet)
        place_events(now=timezone.now())
    with time_machine.travel(start + 90 * DAY, tick=False):
        assert forget_events(now=timezone.now()) == 0
    with time_machine.travel(start + 90 * DAY + dt.timedelta(seconds=1), tick=False):
        tasks.forget_old_events(0)
        assert list(StoreEvent.objects.order_by("position").values_list("resource_id", flat=True)) == [under_way.pk, young.pk]
        assert not WebhookAttempt.objects.exclude(delivery__event__resource_id=under_way.pk).exists()
        assert forget_events(now=timezone.now()) == 0


# --- endpoints ---


def test_takes_no_address_inside_our_network(greengrocer: Store, olivia: User) -> None:
    for url in ("http://example.com/", "https://127.0.0.1/", "https://169.254.169.254/", "https://user@example.com/"):
        with refused(AddressForbidden):
            endpoint_at(greengrocer, url)


def test_asks_nobody_whose_name_leads_inside_later(
    server: Server, greengrocer: Store, wallet: Wallet, settings: Settings
) -> None:
    endpoint, _secret = endpoint_at(greengrocer, server.url)
    settings.OUTBOUND_ALLOWED_HOSTS = []
    pay(greengrocer, wallet)
    deliver(endpoint)
    assert server.received == []
    assert WebhookAttempt.objects.get().error == "the address leads into a private network"


def test_a_store_has_so_many_and_no_more(greengrocer: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from merchants.operations import integration

    monkeypatch.setattr(integration, "ENDPOINTS", 2)
    for number in range(2):
        endpoint_at(greengrocer, f"https://example.com/{number}")
    with refused(TooManyEndpoints):
        endpoint_at(greengrocer, "https://example.com/3")


def test_is_changed_switched_off_and_removed(server: Server, greengrocer: Store, olivia: User, wallet: Wallet) -> None:
    endpoint, _secret = endpoint_at(greengrocer, "https://old.example.com/")
    pay(greengrocer, wallet)
    place_events(now=timezone.now())
    change = functools.partial(
        change_endpoint, endpoint=endpoint, event_types=[], description="", actor=olivia, now=timezone.now()
    )
    change(url=server.url, is_enabled=False)
    assert deliver(endpoint) == 0
    change(url=server.url, is_enabled=True)
    assert deliver(endpoint) == 1
    pay(greengrocer, wallet)
    place_events(now=timezone.now())
    remove_endpoint(endpoint=endpoint, actor=olivia, now=timezone.now())
    assert deliver(endpoint) == 0
    assert sorted(WebhookDelivery.objects.values_list("status", flat=True)) == ["delivered", "failed"]


def test_sends_again_and_sends_a_test(server: Server, greengrocer: Store, olivia: User, wallet: Wallet) -> None:
    endpoint, secret = endpoint_at(greengrocer, server.url)
    pay(greengrocer, wallet)
    deliver(endpoint)
    resend(delivery=WebhookDelivery.objects.select_related("endpoint__store").get(), actor=olivia, now=timezone.now())
    deliver(endpoint)
    (_path, first, body), (_path, second, again) = server.received
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    send_test(endpoint=endpoint, actor=olivia, now=timezone.now())
    deliver(endpoint)
    assert received(server)[-1] == ("webhook.test", {"hello": "Olivia's Greens"})
    Webhook(secret.text).verify(server.received[-1][2], server.received[-1][1])


# --- the command ---


def test_forwards_and_triggers_on_a_developers_machine(
    greengrocer: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, bytes]] = []

    class Taken:
        status_code = 200

        def __init__(self, url: str, body: bytes, **_more: object) -> None:
            sent.append((url, body))

    monkeypatch.setattr("merchants.management.commands.webhooks.requests.post", Taken)
    call_command("webhooks", "trigger", "greens", "payment.received")
    call_command("webhooks", "listen", "GREENS", "--forward-to", "http://localhost:3000/", "--once", "--after", "0")
    ((url, body),) = sent
    assert url == "http://localhost:3000/"
    assert json.loads(body)["data"]["made_up"] is True
    assert "payment.received" in capsys.readouterr().out
    with pytest.raises(CommandError, match="No store"):
        call_command("webhooks", "trigger", "NOBODY", "payment.received")
    with pytest.raises(CommandError, match="http"):
        call_command("webhooks", "listen", "GREENS", "--forward-to", "file:///etc/passwd", "--once")
