"""`./run bench webhooks`: two hundred events a second, fanned out to their endpoints by one worker.

Twenty stores have an endpoint each at a server on this machine; one more store's endpoint never answers. The delay is from the
commit of an event to its arrival. `--quick` runs for a sixth of the time.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.bench import cluster, report
from tests.bench.report import Row

SECONDS, PER_S, STORES = 60, 200, 20
BATCH_S = 0.1
DRAIN_LIMIT_S = 60
DELAY_LIMIT_S = 5
HOST = "127.0.0.1"
PERCENTILE = 99


class Receiver:
    """Notes when each event came, and how often."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.twice = 0
        self.order: dict[str, list[int]] = {}
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/dead":
                    time.sleep(DRAIN_LIMIT_S)
                    return
                receiver.note(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                """Nothing."""

        self.http = ThreadingHTTPServer((HOST, 0), Handler)
        self.http.daemon_threads = True
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def note(self, event: dict[str, Any]) -> None:
        """One delivery."""
        with self.lock:
            self.twice += event["id"] in self.at
            self.at[event["id"]] = time.time()
            self.order.setdefault(event["data"]["resource"], []).append(event["data"]["number"])


def main() -> None:
    """Fill, publish at the pace, wait for the last, count."""
    parser = argparse.ArgumentParser(prog="./run bench webhooks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    seconds = SECONDS // 6 if parser.parse_args().quick else SECONDS
    cluster.use()
    os.environ["OUTBOUND_ALLOWED_HOSTS"] = HOST
    cluster.lay()
    import django

    django.setup()
    print(f"Machine: {report.machine()}")
    receiver = Receiver()
    stores, dead = _stores(receiver)
    with _worker():
        sent, took_s = _publish(stores, dead, seconds)
        _drain(receiver, sent)
    delays = [receiver.at[event] - at for event, at in sent.items() if event in receiver.at]
    if not delays:
        sys.exit("Nothing arrived.")
    missing, disordered = len(sent) - len(delays), sum(numbers != sorted(numbers) for numbers in receiver.order.values())
    late = statistics.quantiles(delays, n=100)[PERCENTILE - 1]
    rate = len(sent) / took_s
    rows = [
        Row("", f"events a second for {took_s:.0f} s, {STORES} endpoints and a dead one", f"{rate:,.0f}/s", rate, PER_S * 0.98),
        Row("", "from commit to arrival, median", f"{statistics.median(delays):.2f} s"),
        Row("", f"from commit to arrival, {PERCENTILE} %", f"{late:.2f} s", late, DELAY_LIMIT_S, at_most=True),
        Row("", "events that did not arrive", str(missing), missing, 0, at_most=True),
        Row("", "events that arrived twice", str(receiver.twice), receiver.twice, 0, at_most=True),
        Row("", "resources whose events came out of order", str(disordered), disordered, 0, at_most=True),
    ]  # fmt: skip
    print(report.table("Webhooks", rows))


def _stores(receiver: Receiver) -> tuple[list[Any], Any]:
    """Stores with an endpoint each, and one whose endpoint never answers."""
    from django.utils import timezone

    from merchants.models import Store, WebhookEndpoint
    from merchants.webhooks.signing import Secret
    from tests.factories import UserFactory, open_store_for

    owner, found = UserFactory.create(), []
    for number in range(STORES + 1):
        store = open_store_for(owner, name=f"Store {number}", symbol=f"STORE{number}")
        path = "dead" if number == STORES else "hook"
        url = f"http://{HOST}:{receiver.http.server_address[1]}/{path}"
        endpoint = WebhookEndpoint(store=store, url=url, created_by=owner, created_at=timezone.now())
        endpoint.secrets = [Secret.new().as_json()]
        endpoint.save()
        Store.objects.filter(pk=store.pk).update(has_listeners=True)
        found.append(Store.objects.select_related("settlement_wallet").get(pk=store.pk))
    return found[:-1], found[-1]


@contextmanager
def _worker() -> Iterator[None]:
    """One worker, as `./run` starts it."""
    process = subprocess.Popen([sys.executable, "manage.py", "worker"], stdout=subprocess.DEVNULL)
    try:
        time.sleep(5)  # it loads its modules
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _publish(stores: list[Any], dead: Any, seconds: int) -> tuple[dict[str, float], float]:
    """Publish at the pace, each event in a commit of its own; answers when each was committed."""
    from django.db import transaction
    from django.utils import timezone

    from merchants.models import StoreEvent
    from merchants.webhooks.events import publish

    resources = [uuid.uuid4() for _number in range(STORES * 10)]
    begun, number, at = time.monotonic(), 0, {}
    while number < seconds * PER_S:
        for _next in range(int(PER_S * BATCH_S)):
            resource = resources[number % len(resources)]
            store = dead if number % PER_S == 0 else stores[number % len(stores)]
            with transaction.atomic():
                data = {"resource": f"{resource}:{store.pk}", "number": number}
                publish(store, "payment.received", resource_id=resource, data=data, now=timezone.now())
            at[number] = (time.time(), store is dead)
            number += 1
        time.sleep(max(0.0, begun + number / PER_S - time.monotonic()))
    took_s = time.monotonic() - begun
    ids = {event["data__number"]: str(event["pk"]) for event in StoreEvent.objects.values("pk", "data__number")}
    return {ids[each]: when for each, (when, is_dead) in at.items() if not is_dead}, took_s


def _drain(receiver: Receiver, sent: dict[str, float]) -> None:
    """Wait until everything came, for a while."""
    end = time.monotonic() + DRAIN_LIMIT_S
    while len(receiver.at) < len(sent) and time.monotonic() < end:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
